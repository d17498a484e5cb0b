//! The HTTP routers, mounted by the Lambdas and by `bookpath serve` alike.

mod ad_spend;
mod auth;
mod body;
mod bookings;
mod caller;
pub mod conversations;
mod csv_export;
mod customers;
mod home;
mod inbox;
mod layers;
mod ledger;
mod lineage;
mod list;
mod marketing;
mod messages;
mod openapi;
mod ops;
mod permission;
mod problem;
mod rate;
mod routes;
mod session_types;
mod state;
mod system;
mod users;
mod webhooks;

pub use caller::CLIENT_IP;
pub use layers::{REQUEST_ID, secured};
pub use problem::Problem;
pub use routes::{application, booking, dashboard, document, receiving};
pub use state::{Api, BookingsApi};
