//! What was known of people and money after a run.

use std::sync::Arc;

use bookpath_domain::numbers::causes::Moment;
use bookpath_domain::people::resolved::resolve;
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::Timestamp;

use super::ChangesAsked;
use crate::error::{LakeError, Result};
use crate::lake::Lake;

/// A run: its clock, and the instant that it answers for. `at` is `None` before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) at: Option<Timestamp>,
    pub(super) as_of: Timestamp,
}

/// The moment after a run. Rows of silver as they stood then; users and rules are those of the present.
pub(super) async fn after(lake: &Lake, asked: &ChangesAsked<'_>, run: Run) -> Result<Moment> {
    let decisions = asked.directory.decisions.iter();
    let decisions = decisions.filter(|decision| run.at.is_some_and(|at| decision.at <= at));
    let directory = Directory {
        decisions: decisions.cloned().collect(),
        users: asked.directory.users.clone(),
    };
    let sources = match run.at {
        Some(at) => sources(lake, asked, at).await?,
        None => Arc::new(Sources::default()),
    };
    let resolved = resolve(&sources, &directory, &asked.rules.business, run.as_of);
    Ok(Moment {
        sources,
        directory,
        resolved,
    })
}

/// The last run before the instant that was asked for may be long ago, and its files deleted: then what was known at that
/// instant, which is at least as much.
async fn sources(lake: &Lake, asked: &ChangesAsked<'_>, at: Timestamp) -> Result<Arc<Sources>> {
    match lake.known_at(at).sources(asked.rules).await {
        Err(LakeError::VersionGone { .. }) if at < asked.since => {
            lake.known_at(asked.since).sources(asked.rules).await
        }
        read => read,
    }
}
