//! Calendly bodies of the real shape.

pub(crate) use bookpath_simulation::Invitee;
