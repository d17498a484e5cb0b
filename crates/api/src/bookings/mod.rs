//! `/api/bookings`: how a customer gets from a booked time to a paid one, and back.

mod actions;
mod admin;
mod create;
mod holder;
mod link;
mod list;
mod metrics;
mod new;
mod recover;
mod session;
mod show;
mod state;
mod trouble;
mod view;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::BookingsApi;
use state::Bookings;

/// The routes with their state: limits that all of them share.
pub(super) fn router(api: BookingsApi) -> Router {
    routes().with_state(Bookings::new(api)).into()
}

pub(super) fn routes() -> OpenApiRouter<Bookings> {
    OpenApiRouter::new()
        .routes(routes!(create::post_booking, list::get_bookings))
        .routes(routes!(recover::post_recover))
        .routes(routes!(session::post_session))
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(show::get_booking))
        .routes(routes!(actions::post_pay))
        .routes(routes!(link::post_link))
        .routes(routes!(actions::post_cancel))
        .routes(routes!(actions::post_reschedule))
        .routes(routes!(admin::post_override))
        .routes(routes!(admin::post_refund))
        .routes(routes!(admin::post_resend))
}
