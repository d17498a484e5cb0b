//! The use cases of Bookpath over ports: no clock, no environment, no vendor of infrastructure.
//!
//! A Lambda and `bookpath serve` build the same [`http`] routers and call the same use cases; they differ
//! only in the adapters they put behind [`ports`].

pub mod access;
pub mod ad_spend;
pub mod alarms;
pub mod bookings;
pub mod bronze;
pub mod conversations;
pub mod customers;
pub mod dead;
pub mod delivery;
pub mod effects;
pub mod etl;
pub mod http;
pub mod import;
pub mod land;
pub mod latency;
pub mod lease;
pub mod ledger;
pub mod limits;
pub mod lineage;
pub mod machines;
pub mod outbox;
pub mod payments;
pub mod ports;
pub mod react;
pub mod receive;
pub mod reconcile;
pub mod replay;
pub mod sweep;
