//! What the routes work with.

use std::sync::Arc;

use bookpath_app::access::Access;
use bookpath_app::effects::Performer;
use bookpath_app::inbox::Inbox;
use bookpath_app::people::Resolutions;
use bookpath_app::ports::{Clock, LakeEngine, Meters, ObjectStore, Store};
use bookpath_app::privacy::RebuildTables;
use bookpath_domain::BusinessConfig;

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
    pub inbox: Arc<Inbox>,
    /// People and facts as they were resolved last.
    pub resolutions: Arc<Resolutions>,
    /// Builds the tables again after an erasure, where this process may write to them.
    pub tables: Option<Arc<dyn RebuildTables>>,
    /// What has been used so far.
    pub meters: Arc<dyn Meters>,
    /// This is `serve --demo`: a made-up business.
    pub demo: bool,
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
