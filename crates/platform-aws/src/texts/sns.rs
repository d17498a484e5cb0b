//! Texts through SNS.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use bookpath_app::ports::{Clock, TextSender};
use bookpath_domain::texts::{Message, SendResult};

use super::failed;
use crate::Session;

/// How texts go out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnsSettings {
    /// US dollars per message, such as `0.50`; a message that costs more is not sent.
    pub max_price_usd: Option<String>,
    /// Our number, E.164. Without one SNS picks a number of the account.
    pub origination_number: Option<String>,
    /// Up to 11 letters and digits that the phone shows; not in the US and Canada.
    pub sender_id: Option<String>,
}

/// Texts through SNS, as transactional messages.
#[derive(Clone)]
pub struct SnsTexts {
    client: Client,
    settings: SnsSettings,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for SnsTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SnsTexts")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl SnsTexts {
    #[must_use]
    pub fn new(session: &Session, settings: SnsSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            client: Client::new(session.unrepeated()),
            settings,
            clock,
        }
    }

    fn attributes(&self) -> [(&'static str, &'static str, Option<&str>); 4] {
        let SnsSettings {
            max_price_usd,
            origination_number,
            sender_id,
        } = &self.settings;
        [
            ("AWS.SNS.SMS.SMSType", "String", Some("Transactional")),
            ("AWS.SNS.SMS.MaxPrice", "Number", max_price_usd.as_deref()),
            (
                "AWS.MM.SMS.OriginationNumber",
                "String",
                origination_number.as_deref(),
            ),
            ("AWS.SNS.SMS.SenderID", "String", sender_id.as_deref()),
        ]
    }
}

#[async_trait]
impl TextSender for SnsTexts {
    async fn send(&self, message: &Message) -> SendResult {
        let mut request = self
            .client
            .publish()
            .phone_number(message.to.as_str())
            .message(&message.body.0);
        for (name, data_type, value) in self.attributes() {
            let Some(value) = value else { continue };
            match MessageAttributeValue::builder()
                .data_type(data_type)
                .string_value(value)
                .build()
            {
                Ok(attribute) => request = request.message_attributes(name, attribute),
                Err(_) => return SendResult::Refused,
            }
        }
        match request.send().await {
            Ok(answer) => SendResult::Accepted {
                provider_id: answer.message_id,
            },
            Err(error) => failed(
                &error,
                &["AuthorizationError", "AuthorizationErrorException"],
                self.clock.now(),
            ),
        }
    }
}
