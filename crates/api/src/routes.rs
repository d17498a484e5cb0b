//! Which function serves which routes. A new resource is a file of its own and a line here.

use std::sync::Arc;

use axum::Router;
use bookpath_app::inbox::receive::Receiver;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::layers::secured;
use crate::openapi::completed;
use crate::state::{Api, BookingsApi};
use crate::{
    ad_spend, audit, auth, bill, bookings, contacts, conversations, customers, inbox, ledger,
    lineage, marketing, messages, meta, numbers, ops, raw, session_types, system, totp, users,
    vendor_tasks, versions, webhooks, what_if,
};

/// What dashboard-api serves.
fn dashboard_resources() -> OpenApiRouter<Api> {
    auth::routes()
        .merge(totp::routes())
        .merge(users::routes())
        .merge(audit::routes())
        .merge(marketing::routes())
        .merge(customers::routes())
        .merge(contacts::routes())
        .merge(vendor_tasks::routes())
        .merge(inbox::routes())
        .merge(lineage::routes())
        .merge(ad_spend::routes())
        .merge(ops::routes())
        .merge(bill::routes())
        .merge(meta::routes())
        .merge(numbers::routes())
        .merge(raw::routes())
        .merge(versions::routes())
}

/// What bookings-api serves besides the bookings, which have limits of their own as their state.
fn booking_resources() -> OpenApiRouter<BookingsApi> {
    conversations::routes()
        .merge(messages::routes())
        .merge(what_if::routes())
        .merge(session_types::routes())
        .merge(ledger::routes())
}

/// The description of every public route, whichever function serves it.
#[must_use]
pub fn document() -> OpenApi {
    completed([
        webhooks::routes().into_openapi(),
        dashboard_resources().into_openapi(),
        booking_resources().into_openapi(),
        bookings::routes().into_openapi(),
        system::routes().into_openapi(),
    ])
}

fn webhook_routes(receiver: Arc<Receiver>) -> Router {
    webhooks::routes().with_state(receiver).into()
}

fn dashboard_routes(api: &Api) -> Router {
    let described = system::routes().with_state(Arc::new(document()));
    Router::from(dashboard_resources().with_state(api.clone())).merge(described)
}

fn booking_routes(api: &BookingsApi) -> Router {
    let described = booking_resources().with_state(api.clone());
    Router::from(described).merge(bookings::router(api.clone()))
}

/// The routes of receive-webhook.
pub fn receiving(receiver: Arc<Receiver>) -> Router {
    secured(webhook_routes(receiver))
}

/// The routes of dashboard-api.
pub fn dashboard(api: &Api) -> Router {
    secured(dashboard_routes(api))
}

/// The routes of bookings-api.
pub fn booking(api: &BookingsApi) -> Router {
    secured(booking_routes(api))
}

/// The whole public application in one process: every function's routes, and the pages of `web`.
pub fn application(
    receiver: Arc<Receiver>,
    api: &Api,
    bookings: &BookingsApi,
    web: Router,
) -> Router {
    let routes = webhook_routes(receiver)
        .merge(dashboard_routes(api))
        .merge(booking_routes(bookings));
    secured(routes.merge(web))
}
