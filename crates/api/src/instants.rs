//! The two instants of a question: `as_of` judges with everything known, `known_at` answers from what was known then.

use std::sync::Arc;

use bookpath_app::lake::etl::as_of_at;
use bookpath_app::people::rows;
use bookpath_app::ports::LakeReader;
use bookpath_app::privacy::tombstones::past_is_there;
use bookpath_domain::people::resolved::Resolved;
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::Timestamp;

use crate::list::freshness;
use crate::{Api, Problem};

/// The instants as they were asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Instants {
    /// Judges at this instant instead of the last run's.
    pub(crate) as_of: Option<Timestamp>,
    /// Knows what the tables said at this instant, instead of what they say now.
    pub(crate) known_at: Option<Timestamp>,
}

impl Instants {
    /// Both, as far as they are given.
    pub(crate) const fn new(as_of: Option<Timestamp>, known_at: Option<Timestamp>) -> Self {
        Self { as_of, known_at }
    }
}

/// The tables as an answer reads them.
pub(crate) struct LakeMoment {
    pub(crate) lake: Arc<dyn LakeReader>,
    pub(crate) known_at: Option<Timestamp>,
    /// The last run's instant, as it was then; `None` before the first run.
    pub(crate) last_run: Option<Timestamp>,
    /// Seconds between that instant and the moment that is answered for.
    pub(crate) lag_seconds: Option<i64>,
    /// Now; of the past, that moment.
    now: Timestamp,
}

impl LakeMoment {
    /// The tables as they stand, or as they stood.
    pub(crate) async fn at(api: &Api, known_at: Option<Timestamp>) -> Result<Self, Problem> {
        let now = api.clock.now();
        let Some(at) = known_at else {
            let (last_run, lag_seconds) = freshness(api).await?;
            return Ok(Self {
                lake: api.lake.clone(),
                known_at,
                last_run,
                lag_seconds,
                now,
            });
        };
        past_is_there(api.store.as_ref(), at).await?;
        let now = at.min(now);
        let last_run = as_of_at(api.store.as_ref(), at).await?;
        Ok(Self {
            lake: api.lake.known_at(at),
            known_at,
            last_run,
            lag_seconds: last_run.map(|run| now.duration_since(run).as_secs().max(0)),
            now,
        })
    }

    /// Everything that these tables say of people and money, judged at `as_of`, else at the last run's instant.
    pub(crate) async fn resolved(
        &self,
        api: &Api,
        as_of: Option<Timestamp>,
    ) -> Result<Judgement, Problem> {
        let at = as_of.or(self.last_run).unwrap_or(self.now);
        let (sources, directory) =
            rows(api.store.as_ref(), self.lake.as_ref(), self.known_at).await?;
        let (resolutions, rules) = (api.resolutions.clone(), api.rules.clone());
        let (of, known) = (sources.clone(), directory.clone());
        let work = move || resolutions.resolve(&of, known, &rules, at);
        let resolved = tokio::task::spawn_blocking(work).await;
        Ok(Judgement {
            sources,
            directory,
            resolved: resolved.map_err(Problem::internal)?,
            at,
        })
    }
}

/// People and facts at an instant.
pub(crate) struct Judgement {
    pub(crate) sources: Arc<Sources>,
    pub(crate) directory: Directory,
    pub(crate) resolved: Arc<Resolved>,
    /// The instant.
    pub(crate) at: Timestamp,
}
