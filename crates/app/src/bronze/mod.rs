//! The bronze tier: objects of NDJSON, and the register of which of them the ETL has read.

pub mod import;
mod object;
pub mod publish;
mod publisher;
pub mod register;
mod skip;
#[cfg(test)]
mod tests;

pub use publisher::Publisher;
