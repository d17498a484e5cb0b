//! Carriers of messages to customers and operators, and the waits of the state machines.

use async_trait::async_trait;
use bookpath_domain::texts::{Message, SendResult};
use bookpath_vendors::calls::CallError;

/// The carrier of text messages. It knows no idempotency keys: a lost answer is `SendResult::Lost`.
#[async_trait]
pub trait TextSender: Send + Sync {
    async fn send(&self, message: &Message) -> SendResult;
}

/// An e-mail to a customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names the letter: sending it again under the same id is sending it once, where the carrier can tell.
    pub mail_id: String,
    pub to: String,
    pub subject: String,
    pub body: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("mail_id", &self.mail_id)
            .finish_non_exhaustive()
    }
}

/// The carrier of e-mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(&self, mail: &Mail) -> Result<(), CallError>;
}

/// The waits of the state machines.
#[async_trait]
pub trait Waits: Send + Sync {
    /// Starts an execution of the follow-up's machine; a known id starts nothing.
    async fn start(&self, id: &str, input: serde_json::Value) -> Result<(), CallError>;
}

/// The people who run the system.
#[async_trait]
pub trait Operators: Send + Sync {
    /// Sends the operators a message; a known id is not sent again.
    async fn tell(
        &self,
        id: &str,
        subject: &str,
        message: serde_json::Value,
    ) -> Result<(), CallError>;
}
