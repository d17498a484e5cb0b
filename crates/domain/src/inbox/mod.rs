//! Deliveries: what a vendor sent, as it travels from the webhook to the consumers.

pub mod envelope;
pub mod told;
pub mod vendor;
