//! What the routes of people answer from.

use std::sync::Arc;

use bookpath_app::people::{CandidatePair, Known};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::instants::{Instants, LakeMoment};
use crate::{Api, Problem};

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
    let told = LakeMoment::at(api, asked.known_at).await?;
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

/// Works out people, facts and pairs as the first questions about them want them.
///
/// # Errors
/// What the tables answer.
pub async fn warm(api: &Api) -> Result<(), Problem> {
    let judged = judged(api, Instants::default()).await?;
    pairs(api, &judged.known).await?;
    Ok(())
}

/// The pairs of contacts that may be one person.
///
/// # Errors
/// 500 where they could not be worked out.
pub(crate) async fn pairs(api: &Api, known: &Known) -> Result<Arc<Vec<CandidatePair>>, Problem> {
    let (resolutions, known) = (api.resolutions.clone(), known.clone());
    let work = move || resolutions.candidates(&known);
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Problem::internal)
}

/// One object with how fresh it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T> {
    /// The instant that it answers as of.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) as_of: Option<Timestamp>,
    /// Seconds between the last run and now.
    pub(crate) lag_seconds: Option<i64>,
    #[serde(flatten)]
    pub(crate) about: T,
}
