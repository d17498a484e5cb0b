//! `/api/contacts`: who somebody is, why, and what admins decide about it.

mod candidates;
mod decision_log;
mod decisions;
pub(super) mod judged;
mod list;
mod paged;
mod privacy;
mod show;
#[cfg(test)]
mod tests;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::get_contacts))
        .routes(routes!(candidates::get_candidates))
        .routes(routes!(decision_log::get_decisions))
        .routes(routes!(show::get_contact))
        .routes(routes!(decisions::post_merge))
        .routes(routes!(decisions::post_unmerge))
        .routes(routes!(decisions::post_reject))
        .routes(routes!(privacy::get_export))
        .routes(routes!(privacy::delete_contact))
}
