//! What was known at one instant.

use std::sync::Arc;

use crate::config::BusinessConfig;
use crate::people::related::{Between, Touched};
use crate::people::resolved::{Resolved, resolve_part};
use crate::people::sources::{Directory, Sources};

/// What was known of people and money after a run: of everybody, or of all whom the news since the other run touch.
#[derive(Debug, Clone)]
pub struct Moment {
    pub sources: Arc<Sources>,
    pub directory: Directory,
    /// Of these rows and decisions, judged at the instant of the run.
    pub resolved: Resolved,
}

impl Moment {
    /// The moments before and after some news, of those whom they touch.
    #[must_use]
    pub fn both(touched: Touched, between: &Between<'_>, rules: &BusinessConfig) -> [Self; 2] {
        let moment = |sources, directory: &Directory, as_of, currencies| Self {
            resolved: resolve_part(&sources, directory, rules, as_of, currencies),
            sources: Arc::new(sources),
            directory: directory.clone(),
        };
        let ([then, now], [one, other]) = (between.as_of, touched.currencies);
        [
            moment(touched.before, between.before, then, one),
            moment(touched.after, between.after, now, other),
        ]
    }
}
