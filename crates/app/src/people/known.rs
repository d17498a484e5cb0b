//! What is known of people at an instant, read once for a use case.

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::people::erasure::veil;
use bookpath_domain::people::identity::Decision;
use bookpath_domain::people::resolved::{Resolved, resolve};
use bookpath_domain::people::sources::{Directory, Sources};
use jiff::Timestamp;

use super::directory;
use crate::ports::{LakeEngine, LakeFailure, LakeReader, Store};
use crate::privacy::tombstones;

/// The rows of silver, the decisions of admins, and what both say of people.
#[derive(Debug, Clone)]
pub struct Known {
    pub sources: Arc<Sources>,
    pub directory: Arc<Directory>,
    pub resolved: Arc<Resolved>,
}

/// What the lake and the store say of people. For a lake as it stood at `known_at`: what both said then, without whom was
/// erased since. Rules and users are those of the present.
///
/// # Errors
/// [`LakeFailure`].
pub async fn rows(
    store: &dyn Store,
    lake: &dyn LakeReader,
    known_at: Option<Timestamp>,
) -> Result<(Arc<Sources>, Directory), LakeFailure> {
    let mut sources = lake.sources().await?;
    // Versions of the tables from before an erasure still hold the erased people.
    let veiled = tombstones::veiled(store, known_at).await?;
    if !veiled.is_empty() {
        sources = Arc::new(veil(&sources, &veiled));
    }
    let mut directory = directory(store).await?;
    if let Some(at) = known_at {
        let held = |decision: &Decision| decision.at <= at || decision.is_of_erasure();
        directory.decisions.retain(held);
    }
    Ok((sources, directory))
}

/// Reads the lake and the store, and resolves everything at `as_of`.
///
/// # Errors
/// [`LakeFailure`].
pub async fn known(
    store: &dyn Store,
    lake: &dyn LakeEngine,
    rules: &BusinessConfig,
    as_of: Timestamp,
) -> Result<Known, LakeFailure> {
    let (sources, directory) = rows(store, lake, None).await?;
    let resolved = resolve(&sources, &directory, rules, as_of);
    Ok(Known {
        sources,
        directory: Arc::new(directory),
        resolved: Arc::new(resolved),
    })
}
