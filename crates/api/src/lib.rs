//! The HTTP routers, mounted by the Lambdas and by `bookpath serve` alike.

mod ad_spend;
mod audit;
mod auth;
mod bill;
mod body;
#[cfg(test)]
mod booking_tests;
mod bookings;
mod caller;
mod contacts;
pub mod conversations;
mod csv_columns;
mod csv_export;
#[cfg(test)]
mod csv_tests;
mod customers;
mod deliveries;
mod inbox;
mod instants;
mod layers;
mod ledger;
mod lineage;
mod list;
mod marketing;
mod match_key;
mod messages;
mod meta;
mod numbers;
mod openapi;
mod ops;
mod permission;
mod problem;
mod rate;
mod raw;
mod routes;
mod row_types;
mod session_types;
mod state;
mod system;
#[cfg(test)]
mod testing;
mod totp;
mod users;
mod vendor_tasks;
mod versions;
mod waiting;
mod webhooks;
mod what_if;

pub use caller::CLIENT_IP;
pub use contacts::judged::warm;
pub use layers::{REQUEST_ID, secured};
pub use meta::names_tag;
pub use permission::from_own_site;
pub use problem::Problem;
pub use routes::{application, booking, dashboard, document, receiving};
pub use state::{Api, BookingsApi};
