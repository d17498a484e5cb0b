//! The HTTP routers, mounted by the Lambdas and by `bookpath serve` alike.

pub mod problem;
pub mod webhooks;

pub use problem::Problem;
