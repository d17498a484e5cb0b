//! The parts of the running system that the demo business needs.

use bookpath_app::inbox::Inbox;
use bookpath_app::ports::LakeEngine;

use crate::node::Node;
use crate::serve::sandbox::Sandbox;
use crate::serve::timers::Runner;
use crate::syncs::Syncs;

/// What the demo business is played on.
pub(crate) struct System<'a> {
    pub(crate) node: &'a Node,
    pub(crate) inbox: &'a Inbox,
    pub(crate) lake: &'a dyn LakeEngine,
    pub(crate) runner: &'a Runner,
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) syncs: &'a Syncs,
}
