//! Calls that a function does not make: a vendor without a key, a carrier that is not configured. Never a stand-in.

use async_trait::async_trait;
use bookpath_app::ports::{
    BookedSlot, Calendar, CallError, Checkout, CheckoutRequest, EventType, InviteeView, Mail,
    Mailer, Operators, Parameters, Payments, RefundRequest, RefundView, SlotRequest, StatementPage,
    TextSender, Waits,
};
use bookpath_domain::texts::{Message, SendResult};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// When a text is tried again for which there is no carrier.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// Refuses every call with the reason, as something that passes: once the operator has put the key in, what waited
/// is done. After an hour of waiting the outbox tells the operators.
#[derive(Debug, Clone)]
pub(crate) struct Unavailable(pub(crate) &'static str);

impl Unavailable {
    fn refuse<T>(&self) -> Result<T, CallError> {
        Err(CallError::transient(self.0))
    }
}

#[async_trait]
impl Payments for Unavailable {
    async fn checkout_parameters(
        &self,
        _request: &CheckoutRequest,
    ) -> Result<Parameters, CallError> {
        self.refuse()
    }

    async fn create_checkout(
        &self,
        _key: &str,
        _parameters: &Parameters,
    ) -> Result<Checkout, CallError> {
        self.refuse()
    }

    async fn checkout_of(
        &self,
        _booking_id: &str,
        _attempt: u32,
        _since: Timestamp,
    ) -> Result<Option<Checkout>, CallError> {
        self.refuse()
    }

    async fn expire_checkout(&self, _session_id: &str) -> Result<(), CallError> {
        self.refuse()
    }

    async fn checkout(&self, _session_id: &str) -> Result<Checkout, CallError> {
        self.refuse()
    }

    async fn refund_parameters(
        &self,
        _key: &str,
        _request: &RefundRequest,
    ) -> Result<Parameters, CallError> {
        self.refuse()
    }

    async fn refund(&self, _key: &str, _parameters: &Parameters) -> Result<RefundView, CallError> {
        self.refuse()
    }

    async fn refunds_of(&self, _charge: &str) -> Result<Vec<RefundView>, CallError> {
        self.refuse()
    }

    async fn statement(
        &self,
        _from: Timestamp,
        _to: Timestamp,
        _after: Option<&str>,
    ) -> Result<StatementPage, CallError> {
        self.refuse()
    }
}

#[async_trait]
impl Calendar for Unavailable {
    async fn cancel_event(&self, _event_uri: &str, _reason: &str) -> Result<(), CallError> {
        self.refuse()
    }

    async fn single_use_link(&self, _event_type: &str) -> Result<String, CallError> {
        self.refuse()
    }

    async fn invitee(&self, _invitee_uri: &str) -> Result<Option<InviteeView>, CallError> {
        self.refuse()
    }

    async fn event_types(&self) -> Result<Vec<EventType>, CallError> {
        self.refuse()
    }

    async fn book(&self, _request: &SlotRequest) -> Result<BookedSlot, CallError> {
        self.refuse()
    }

    async fn booked(&self, _request: &SlotRequest) -> Result<Option<BookedSlot>, CallError> {
        self.refuse()
    }
}

/// The mailer without `MAIL_FROM`: sends nothing, and logs a warning for each e-mail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoEmails;

#[async_trait]
impl Mailer for NoEmails {
    async fn send(&self, mail: &Mail) -> Result<(), CallError> {
        tracing::warn!(
            mail_id = mail.mail_id,
            "MAIL_FROM is not set, so an e-mail is not sent"
        );
        Ok(())
    }
}

#[async_trait]
impl Waits for Unavailable {
    async fn start(&self, _id: &str, _input: Value) -> Result<(), CallError> {
        self.refuse()
    }
}

#[async_trait]
impl Operators for Unavailable {
    async fn tell(&self, _id: &str, _subject: &str, _message: Value) -> Result<(), CallError> {
        self.refuse()
    }
}

#[async_trait]
impl TextSender for Unavailable {
    async fn send(&self, _message: &Message) -> SendResult {
        tracing::warn!(reason = self.0, "a text waits");
        SendResult::NotTaken {
            again_at: Timestamp::now() + AGAIN,
        }
    }
}
