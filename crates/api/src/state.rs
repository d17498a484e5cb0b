//! State of the routes: `Api` for the dashboard, `BookingsApi` for bookings.

use std::sync::Arc;

use bookpath_app::access::Access;
use bookpath_app::effects::Performer;
use bookpath_app::inbox::Inbox;
use bookpath_app::people::Resolutions;
use bookpath_app::ports::{Clock, LakeEngine, Meters, ObjectStore, Store};
use bookpath_app::privacy::RebuildTables;
use bookpath_domain::BusinessConfig;

/// State of the dashboard's routes: lake, inbox, users, meters.
#[derive(Clone)]
pub struct Api {
    pub store: Arc<dyn Store>,
    pub objects: Arc<dyn ObjectStore>,
    pub lake: Arc<dyn LakeEngine>,
    pub clock: Arc<dyn Clock>,
    pub rules: Arc<BusinessConfig>,
    /// Users, sessions and permissions.
    pub access: Arc<Access>,
    /// Processes inbox replays.
    pub inbox: Arc<Inbox>,
    /// People and facts as they were resolved last.
    pub resolutions: Arc<Resolutions>,
    /// Builds the tables again after an erasure, where this process may write to them.
    pub tables: Option<Arc<dyn RebuildTables>>,
    /// Metered use so far, for the bill.
    pub meters: Arc<dyn Meters>,
    /// This is `serve --demo`: a made-up business.
    pub demo: bool,
}

/// State of the routes of bookings and conversations. It has no lake, so their Lambda links no query engine.
#[derive(Clone)]
pub struct BookingsApi {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub rules: Arc<BusinessConfig>,
    /// Users, sessions and permissions.
    pub access: Arc<Access>,
    /// Decides about bookings, and performs at once the effects that a caller waits for.
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
