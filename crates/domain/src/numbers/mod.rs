//! Numbers of the business: key figures over months, and which channels earned them.

pub mod attribution;
pub mod causes;
pub mod kpi;
pub mod month;
pub mod opened;
pub mod team;
