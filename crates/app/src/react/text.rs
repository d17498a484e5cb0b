//! Inbound texts and delivery events.

use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{self, Conversation, InboundText, IntentState};
use bookpath_vendors::sms::SmsEvent;
use jiff::Timestamp;

use super::Reactor;
use crate::effects::outbox;
use crate::operators::alarms;
use crate::ports::{StoreError, Write};
use crate::texts::conversations;

const ROUNDS_MAX: usize = 32;

/// Takes in what the carrier says; the same again changes nothing.
pub(super) async fn take(
    reactor: &Reactor,
    event: SmsEvent,
    received_at: Timestamp,
) -> Result<(), StoreError> {
    match event {
        SmsEvent::Delivery {
            intent_id,
            delivered,
        } => delivery(reactor, &intent_id, delivered, received_at).await,
        SmsEvent::Log {
            message_id,
            to,
            delivered,
        } => {
            let to = to.and_then(|to| Phone::parse(&to.0, &reactor.rules.default_country));
            match logged(reactor, &message_id, to).await? {
                Some(intent_id) => delivery(reactor, &intent_id, delivered, received_at).await,
                None => Ok(()),
            }
        }
        SmsEvent::Inbound {
            message_id,
            from,
            body,
            ..
        } => {
            let Some(from) = Phone::parse(&from.0, &reactor.rules.default_country) else {
                // A short code or an alphanumeric sender: nobody whom we have texted.
                tracing::warn!(
                    message_id,
                    "a text came from something that is no phone number"
                );
                return Ok(());
            };
            inbound(
                reactor,
                &InboundText {
                    message_id,
                    from,
                    body,
                    at: received_at,
                },
            )
            .await
        }
    }
}

async fn inbound(reactor: &Reactor, text: &InboundText) -> Result<(), StoreError> {
    let store = reactor.store.as_ref();
    for _ in 0..ROUNDS_MAX {
        if conversations::message_known(store, &text.message_id).await? {
            return Ok(());
        }
        let now = reactor.now();
        let known = conversations::known_phone(store, &reactor.phone_secret, &text.from).await?;
        let found = conversations::of_phone(store, &text.from, now).await?;
        let before: Vec<Conversation> = found.iter().map(|f| f.conversation.clone()).collect();
        let decision = texts::on_inbound(&known.record, &before, text);
        let mut writes = vec![conversations::message_write(&text.message_id, now)?];
        writes.extend(conversations::phone_write(
            &reactor.phone_secret,
            &text.from,
            &known,
            &decision.phone,
        )?);
        for next in &decision.conversations {
            let own = found
                .iter()
                .find(|f| f.conversation.booking_id == next.booking_id);
            writes.extend(outbox::of_conversation(
                own.map(|f| &f.conversation),
                next,
                now,
            )?);
            writes.extend(conversations::writes(next, own)?);
        }
        if let Some(intent) = decision.orphan {
            let next = Conversation::unbooked(intent, now);
            writes.extend(outbox::of_conversation(None, &next, now)?);
            writes.extend(conversations::writes(&next, None)?);
        }
        writes.push(Write::Count {
            counter: "sms_inbound",
            by: 1,
        });
        match reactor.commit(writes).await {
            Err(StoreError::Conflict(_)) => {}
            Ok(()) => {
                tracing::info!(message_id = text.message_id, from = text.from.masked(), was = ?decision.was, "inbound text");
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Unavailable(
        "the text kept meeting others of the same number".to_owned(),
    ))
}

/// The intent that a line of the delivery log is about. Where our mark was lost the carrier's id was lost with it:
/// then it is the number's only text whose outcome is unknown, or nobody can tell.
async fn logged(
    reactor: &Reactor,
    message_id: &str,
    to: Option<Phone>,
) -> Result<Option<String>, StoreError> {
    let (store, now) = (reactor.store.as_ref(), reactor.now());
    if let Some(found) = conversations::of_carrier(store, message_id, now).await? {
        let own = found
            .conversation
            .intents
            .values()
            .find(|i| i.provider_id.as_deref() == Some(message_id));
        return Ok(own.map(|i| i.intent_id.clone()));
    }
    let Some(to) = to else { return Ok(None) };
    let found = conversations::of_phone(store, &to, now).await?;
    let unknown: Vec<&str> = found
        .iter()
        .flat_map(|f| f.conversation.intents.values())
        .filter(|i| i.state == IntentState::Unknown && i.to.as_ref() == Some(&to))
        .map(|i| i.intent_id.as_str())
        .collect();
    match unknown.as_slice() {
        [one] => Ok(Some((*one).to_owned())),
        several => {
            tracing::warn!(
                message_id,
                unknown = several.len(),
                "a line of the delivery log belongs to no text that can be told"
            );
            Ok(None)
        }
    }
}

async fn delivery(
    reactor: &Reactor,
    intent_id: &str,
    delivered: bool,
    at: Timestamp,
) -> Result<(), StoreError> {
    for _ in 0..ROUNDS_MAX {
        let Some(found) =
            conversations::of_intent(reactor.store.as_ref(), intent_id, reactor.now()).await?
        else {
            tracing::warn!(
                intent_id,
                "a delivery event names an intent that is not known"
            );
            return Ok(());
        };
        let Some(next) = texts::on_delivery(&found.conversation, intent_id, delivered, at) else {
            return Ok(());
        };
        let mut writes = conversations::writes(&next, Some(&found))?;
        writes.push(alarms::end(alarms::TEXT_UNKNOWN, intent_id));
        match reactor.commit(writes).await {
            Err(StoreError::Conflict(_)) => {}
            other => return other,
        }
    }
    Err(StoreError::Unavailable(
        "the delivery event kept meeting others of the same conversation".to_owned(),
    ))
}
