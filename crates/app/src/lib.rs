//! The use cases of Bookpath over ports: no clock, no environment, no vendor of infrastructure.
//!
//! A Lambda and `bookpath serve` build the same [`http`] routers and call the same use cases; they differ
//! only in the adapters they put behind [`ports`].

pub mod ad_spend;
pub mod bronze;
pub mod customers;
pub mod delivery;
pub mod etl;
pub mod http;
pub mod import;
pub mod land;
pub mod limits;
pub mod lineage;
pub mod machines;
pub mod ports;
pub mod receive;
pub mod replay;
