//! What is compared.

use std::time::Duration;

use crate::measured::Measured;

/// Which function of ours meets its Python peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contest {
    Receiver,
    Consumer,
}

/// One contest with services of one speed: a pair of measurements per round.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) contest: Contest,
    pub(crate) delay: Duration,
    pub(crate) ours: Vec<Measured>,
    pub(crate) python: Vec<Measured>,
}
