//! State of the bookings' routes, and the limits that they share.

use std::sync::Arc;

use axum::extract::FromRef;
use bookpath_app::access::Access;
use bookpath_app::inbox::limits::KeyedRateLimit;

use crate::{BookingsApi, Problem};

/// New bookings and recoveries of one network in a minute.
const POSTS_PER_MINUTE: u32 = 60;
/// Actions on one booking in a minute.
const ACTIONS_PER_MINUTE: u32 = 30;

/// The state of the booking routes.
#[derive(Clone)]
pub(crate) struct Bookings {
    pub(super) api: BookingsApi,
    posts: Arc<KeyedRateLimit>,
    actions: Arc<KeyedRateLimit>,
}

impl FromRef<Bookings> for Arc<Access> {
    fn from_ref(state: &Bookings) -> Self {
        state.api.access.clone()
    }
}

impl Bookings {
    /// The state with its limits unused.
    pub(super) fn new(api: BookingsApi) -> Self {
        Self {
            posts: Arc::new(KeyedRateLimit::new(POSTS_PER_MINUTE, &api.clock)),
            actions: Arc::new(KeyedRateLimit::new(ACTIONS_PER_MINUTE, &api.clock)),
            api,
        }
    }

    /// Counts a post of a network.
    pub(super) fn count_post(&self, network: &str) -> Result<(), Problem> {
        self.posts.take(network).map_err(limited)
    }

    /// Counts an action on a booking.
    pub(super) fn count_action(&self, booking_id: &str) -> Result<(), Problem> {
        self.actions.take(booking_id).map_err(limited)
    }
}

fn limited(retry_after_s: u64) -> Problem {
    Problem::too_many("rate_limited", retry_after_s)
}
