//! Texts through End User Messaging, which tells what became of each: its events carry our context.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_pinpointsmsvoicev2::Client;
use aws_sdk_pinpointsmsvoicev2::operation::send_text_message::SendTextMessageError;
use aws_sdk_pinpointsmsvoicev2::types::{ConflictExceptionReason, MessageType};
use bookpath_app::ports::{Clock, TextSender};
use bookpath_domain::texts::{Message, Reason, SendResult};
use bookpath_vendors::sms::CONTEXT_INTENT;
use jiff::Timestamp;

use super::{Named as _, failed};
use crate::Session;

/// Seconds that the service takes as a time to live.
const TIME_TO_LIVE_S: std::ops::RangeInclusive<i64> = 5..=259_200;
/// A text without an end of its own is tried so long.
const TIME_TO_LIVE_DEFAULT_S: i64 = 3600;

/// How texts go out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoiceSettings {
    /// Our number, pool or sender id.
    pub origination_identity: String,
    /// Where delivery events go.
    pub configuration_set: Option<String>,
    /// US dollars per part.
    pub max_price_usd: Option<String>,
}

/// Texts through End User Messaging, as transactional messages.
#[derive(Clone)]
pub struct VoiceTexts {
    client: Client,
    settings: VoiceSettings,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for VoiceTexts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceTexts")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl VoiceTexts {
    #[must_use]
    pub fn new(session: &Session, settings: VoiceSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            client: Client::new(session.unrepeated()),
            settings,
            clock,
        }
    }
}

/// What a refusal says about the message; `None` where its code alone says it.
fn judged(error: &SendTextMessageError) -> Option<SendResult> {
    let (why, result) = match error {
        SendTextMessageError::ConflictException(conflict) => {
            let reason = conflict.reason()?;
            let result = match reason {
                ConflictExceptionReason::DestinationPhoneNumberOptedOut => {
                    SendResult::Suppressed(Reason::OptedOut)
                }
                ConflictExceptionReason::DestinationPhoneNumberNotVerified => {
                    SendResult::Suppressed(Reason::NotVerified)
                }
                ConflictExceptionReason::DestinationCountryBlockedByProtectConfiguration => {
                    SendResult::Refused
                }
                // The rest is about our number or pool. An operator repairs it; until then it is like a spent quota.
                _ => SendResult::QuotaSpent,
            };
            (reason.as_str(), result)
        }
        SendTextMessageError::ServiceQuotaExceededException(quota) => {
            (quota.reason()?.as_str(), SendResult::QuotaSpent)
        }
        _ => return None,
    };
    let name = result.name();
    tracing::warn!(error = why, result = name, "a text was not sent");
    Some(result)
}

fn time_to_live_s(useless_after: Option<Timestamp>, now: Timestamp) -> i32 {
    let left = useless_after.map_or(TIME_TO_LIVE_DEFAULT_S, |at| {
        at.duration_since(now).as_secs()
    });
    i32::try_from(left.clamp(*TIME_TO_LIVE_S.start(), *TIME_TO_LIVE_S.end())).unwrap_or(i32::MAX)
}

#[async_trait]
impl TextSender for VoiceTexts {
    async fn send(&self, message: &Message) -> SendResult {
        let now = self.clock.now();
        let request = self
            .client
            .send_text_message()
            .destination_phone_number(message.to.as_str())
            .origination_identity(&self.settings.origination_identity)
            .message_body(&message.body.0)
            .message_type(MessageType::Transactional)
            .set_configuration_set_name(self.settings.configuration_set.clone())
            .set_max_price(self.settings.max_price_usd.clone())
            .time_to_live(time_to_live_s(message.useless_after, now))
            .context(CONTEXT_INTENT, &message.intent_id);
        match request.send().await {
            Ok(answer) => SendResult::Accepted {
                provider_id: answer.message_id,
            },
            Err(error) => error
                .as_service_error()
                .and_then(judged)
                .unwrap_or_else(|| failed(&error, &PASSING, now)),
        }
    }
}

/// Codes of what an operator repairs.
const PASSING: [&str; 3] = [
    "AccessDeniedException",
    "ServiceQuotaExceededException",
    "ConflictException",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_lives_until_it_is_useless_within_the_services_bounds() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let after = |s: i64| Some(Timestamp::from_second(1_000_000 + s).unwrap());
        let lives: Vec<i32> = [after(600), after(-1), after(10_000_000), None]
            .map(|at| time_to_live_s(at, now))
            .into();
        assert_eq!(lives, [600, 5, 259_200, 3600]);
    }
}
