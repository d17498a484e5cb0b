//! Key figures and credits: whose they are, and which rows are behind them.

mod metrics;
mod scope;

pub use metrics::{Compare, Month, MonthAsked, NotCompared, Numbers, compared, of_people};
pub use scope::{FigureScope, Refused, UNASSIGNED, scope};
