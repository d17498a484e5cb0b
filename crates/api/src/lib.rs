//! The HTTP routers, mounted by the Lambdas and by `bookpath serve` alike.

pub mod ad_spend;
pub mod auth;
pub mod bookings;
pub mod conversations;
mod csv_export;
pub mod customers;
pub mod home;
pub mod inbox;
mod layers;
pub mod ledger;
pub mod lineage;
pub mod list;
pub mod marketing;
pub mod messages;
pub mod ops;
pub mod problem;
mod rate;
pub mod session_types;
pub mod system;
pub mod webhooks;

use std::sync::Arc;

use axum::Router;
use bookpath_domain::BusinessConfig;
use utoipa::{OpenApi, openapi};

use bookpath_app::access::Access;
use bookpath_app::effects::Performer;
use bookpath_app::inbox::receive::Receiver;
use bookpath_app::ports::{Clock, LakeEngine, ObjectStore, Store};

pub use layers::secured;
pub use problem::Problem;

/// What the dashboard's routes work with: the lake, the inbox, users.
#[derive(Clone)]
pub struct Api {
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub lake: Arc<dyn LakeEngine>,
    pub clock: Arc<dyn Clock>,
    pub rules: Arc<BusinessConfig>,
    /// Who may call.
    pub access: Arc<Access>,
    /// Processes inbox replays.
    pub receiver: Arc<Receiver>,
}

/// What the routes of bookings and conversations work with. They know no lake, so their Lambda stays small.
#[derive(Clone)]
pub struct BookingsApi {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub rules: Arc<BusinessConfig>,
    /// Who may call.
    pub access: Arc<Access>,
    /// Decides upon bookings, and does at once what a caller waits for.
    pub performer: Arc<Performer>,
}

impl std::fmt::Debug for BookingsApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BookingsApi").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Bookpath",
    description = "From the first form to cash: every booking, and an answer for every number."
))]
struct Document;

/// The description of every public route, whichever function serves it.
fn document() -> openapi::OpenApi {
    let parts = [
        webhooks::routes().into_openapi(),
        auth::routes().into_openapi(),
        marketing::routes().into_openapi(),
        customers::routes().into_openapi(),
        conversations::routes().into_openapi(),
        messages::routes().into_openapi(),
        bookings::routes().into_openapi(),
        session_types::routes().into_openapi(),
        ledger::routes().into_openapi(),
        inbox::routes().into_openapi(),
        lineage::routes().into_openapi(),
        ad_spend::routes().into_openapi(),
        ops::routes().into_openapi(),
        system::routes().into_openapi(),
    ];
    parts
        .into_iter()
        .fold(Document::openapi(), openapi::OpenApi::merge_from)
}

fn webhook_routes(receiver: Arc<Receiver>) -> Router {
    webhooks::routes().with_state(receiver).into()
}

fn dashboard_routes(api: &Api) -> Router {
    let stateful = auth::routes()
        .merge(marketing::routes())
        .merge(customers::routes())
        .merge(inbox::routes())
        .merge(lineage::routes())
        .merge(ad_spend::routes())
        .merge(ops::routes());
    Router::from(stateful.with_state(api.clone()))
        .merge(system::routes().with_state(Arc::new(document())))
}

fn booking_routes(api: &BookingsApi) -> Router {
    let stateful = conversations::routes()
        .merge(messages::routes())
        .merge(session_types::routes())
        .merge(ledger::routes());
    Router::from(stateful.with_state(api.clone())).merge(bookings::router(api.clone()))
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

/// The whole public application in one process: every function's routes, and the first page.
pub fn application(api: &Api, bookings: &BookingsApi) -> Router {
    let routes = webhook_routes(api.receiver.clone())
        .merge(dashboard_routes(api))
        .merge(booking_routes(bookings));
    secured(routes.merge(home::router()))
}
