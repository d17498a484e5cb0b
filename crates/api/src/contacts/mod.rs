//! `/api/contacts`: who somebody is, why, and what admins decide about it.

mod candidates;
mod decisions;
mod list;
mod privacy;
mod show;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bookpath_app::people::Known;
use jiff::Timestamp;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::instants::{Instants, Told};
use crate::{Api, Problem};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::get_contacts))
        .routes(routes!(candidates::get_candidates))
        .routes(routes!(show::get_contact))
        .routes(routes!(decisions::post_merge))
        .routes(routes!(decisions::post_unmerge))
        .routes(routes!(decisions::post_reject))
        .routes(routes!(privacy::get_export))
        .routes(routes!(privacy::delete_contact))
}

/// What is known of people, and how fresh that is.
pub(crate) struct Judged {
    pub(crate) known: Known,
    /// The instant that was asked for, else the last run's; `None` before the first run.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) lag_seconds: Option<i64>,
    /// The last run.
    pub(crate) last_run: Option<Timestamp>,
}

/// Everything known of people at these instants.
pub(crate) async fn judged(api: &Api, asked: Instants) -> Result<Judged, Problem> {
    let told = Told::at(api, asked.known_at).await?;
    let judged = told.resolved(api, asked.as_of).await?;
    Ok(Judged {
        known: Known {
            sources: judged.sources,
            directory: Arc::new(judged.directory),
            resolved: judged.resolved,
        },
        as_of: asked.as_of.or(told.last_run),
        lag_seconds: told.lag_seconds,
        last_run: told.last_run,
    })
}

/// One object with how fresh it is.
#[derive(Debug, Serialize)]
pub(crate) struct Answer<T> {
    /// The instant that it answers as of.
    pub(crate) as_of: Option<Timestamp>,
    /// Seconds between the last run and now.
    pub(crate) lag_seconds: Option<i64>,
    #[serde(flatten)]
    pub(crate) about: T,
}
