//! Texts from customers and delivery events, as AWS End User Messaging publishes them to SNS.

mod classify;
mod event;

use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::source::Source;

pub use event::{
    CONTEXT_INTENT, DELIVERED, FAILED, INBOUND, SmsEvent, delivery_body, event, inbound_body,
};

/// The carrier of text messages; its deliveries come by SNS, never as a webhook.
pub(crate) struct Sms;

impl Source for Sms {
    fn classify<'a>(&self, body: &'a Value) -> Result<Classified<'a>, Unusable> {
        classify::classify(body)
    }
}
