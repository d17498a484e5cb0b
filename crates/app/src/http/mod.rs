//! The HTTP routers, mounted by the Lambdas and by `bookpath serve` alike.

pub mod ad_spend;
pub mod auth;
pub mod bookings;
pub mod conversations;
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
use bookpath_core::BusinessConfig;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::access::Access;
use crate::effects::Performer;
use crate::ports::{Clock, LakeEngine, ObjectStore, Store};
use crate::receive::Receiver;

pub use layers::secured;
pub use problem::Problem;

/// What the APIs read.
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
    /// Decides upon bookings, and does at once what a caller waits for.
    pub performer: Arc<Performer>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

#[derive(OpenApi)]
#[openapi(info(title = "Bookpath", description = "From the first form to cash: every booking, and an answer for every number."))]
struct Document;

/// Every public route with its description. A route that is not in the document can't be mounted this way.
fn documented(api: &Api, document: system::Document) -> OpenApiRouter {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(webhooks::router(api.receiver.clone()))
        .merge(auth::router(api.clone()))
        .merge(marketing::router(api.clone()))
        .merge(customers::router(api.clone()))
        .merge(conversations::router(api.clone()))
        .merge(messages::router(api.clone()))
        .merge(bookings::router(api.clone()))
        .merge(session_types::router(api.clone()))
        .merge(ledger::router(api.clone()))
        .merge(inbox::router(api.clone()))
        .merge(lineage::router(api.clone()))
        .merge(ad_spend::router(api.clone()))
        .merge(ops::router(api.clone()))
        .merge(system::router())
        .merge(system::document_router(document))
}

/// The whole public application: the documented routes, their document, and the first page.
pub fn application(api: &Api) -> Router {
    let document = system::Document::default();
    let (routes, made) = documented(api, document.clone()).split_for_parts();
    document.get_or_init(|| made);
    secured(routes.merge(home::router()))
}
