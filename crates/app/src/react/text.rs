//! Inbound texts and delivery events.

use bookpath_domain::ToldBy;
use bookpath_domain::inbox::envelope::Envelope;
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{self, Conversation, Inbound, InboundText, IntentState, PhoneRecord};
use bookpath_vendors::sms::SmsEvent;
use jiff::Timestamp;

use super::reactor::Reactor;
use crate::effects::outbox;
use crate::operators::alarms;
use crate::ports::{Rounds, StoreError, Write, held};
use crate::texts::conversations::{self, StoredConversation};

/// Takes in what the carrier says; the same again changes nothing.
pub(super) async fn take(
    reactor: &Reactor,
    event: SmsEvent,
    envelope: &Envelope,
) -> Result<(), StoreError> {
    let received_at = envelope.received_at;
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
                    told_by: Some(ToldBy::from(envelope)),
                },
            )
            .await
        }
    }
}

/// Takes a text in: the number's record first and on its own, so that a STOP counts whatever happens next; then
/// each of its conversations; at last the text itself. Each step may be done again after a crash.
async fn inbound(reactor: &Reactor, text: &InboundText) -> Result<(), StoreError> {
    let mut rounds = Rounds::new("the text kept meeting others of the same number");
    loop {
        rounds.begin()?;
        if conversations::message_known(reactor.store.as_ref(), &text.message_id).await? {
            return Ok(());
        }
        let (inbound, record) = remember(reactor, text).await?;
        let home = quiet(reactor, text, inbound, &record).await?;
        if keep(reactor, text, inbound, &record, home.as_deref()).await? {
            tracing::info!(
                message_id = text.message_id,
                from = text.from.masked(),
                ?inbound,
                "inbound text"
            );
            return Ok(());
        }
    }
}

/// What the text is, and the number's record after it, which is stored.
async fn remember(
    reactor: &Reactor,
    text: &InboundText,
) -> Result<(Inbound, PhoneRecord), StoreError> {
    let (store, secret) = (reactor.store.as_ref(), &reactor.phone_secret);
    let mut rounds = Rounds::new("the number's record kept changing");
    loop {
        rounds.begin()?;
        let known = conversations::known_phone(store, secret, &text.from).await?;
        let (inbound, record) = texts::hear(&known.record, text);
        let Some(write) = conversations::phone_write(secret, &text.from, &known, &record)? else {
            return Ok((inbound, record));
        };
        if held(reactor.commit(vec![write]).await)? {
            return Ok((inbound, record));
        }
    }
}

/// Ends what every conversation of the number still has to send, each in a transaction of its own; the booking
/// whose conversation keeps the text.
async fn quiet(
    reactor: &Reactor,
    text: &InboundText,
    inbound: Inbound,
    record: &PhoneRecord,
) -> Result<Option<String>, StoreError> {
    let mut home: Option<Conversation> = None;
    let mut after = None;
    loop {
        let store = reactor.store.as_ref();
        let page = conversations::page_of_phone(store, &text.from, reactor.now(), after).await?;
        for found in page.found {
            let better = home
                .as_ref()
                .is_none_or(|best| texts::home_rank(&found.conversation) > texts::home_rank(best));
            if better {
                home = Some(found.conversation.clone());
            }
            quiet_one(reactor, text, found, inbound, record).await?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(home.map(|conversation| conversation.booking_id));
        }
    }
}

async fn quiet_one(
    reactor: &Reactor,
    text: &InboundText,
    mut found: StoredConversation,
    inbound: Inbound,
    record: &PhoneRecord,
) -> Result<(), StoreError> {
    let mut rounds = Rounds::new("a conversation of the number kept changing");
    loop {
        rounds.begin()?;
        let Some(next) = texts::quiet(&found.conversation, inbound, record, text) else {
            return Ok(());
        };
        if held(reactor.commit(changed(reactor, Some(&found), &next)?).await)? {
            return Ok(());
        }
        let (store, id) = (reactor.store.as_ref(), found.conversation.booking_id);
        match conversations::of_booking(store, &id, reactor.now()).await? {
            Some(again) => found = again,
            None => return Ok(()),
        }
    }
}

/// Stores the text with its home, and that it was taken in; `false` when something else changed meanwhile.
async fn keep(
    reactor: &Reactor,
    text: &InboundText,
    inbound: Inbound,
    record: &PhoneRecord,
    home: Option<&str>,
) -> Result<bool, StoreError> {
    let (store, now) = (reactor.store.as_ref(), reactor.now());
    let found = match home {
        Some(booking_id) => conversations::of_booking(store, booking_id, now).await?,
        None => None,
    };
    let mut writes = vec![
        conversations::message_write(&text.message_id, now)?,
        Write::Count {
            counter: "sms_inbound",
            by: 1,
        },
    ];
    let own = found.as_ref().map(|f| &f.conversation);
    if let Some(next) = texts::keep(own, inbound, record, text, &reactor.rules) {
        writes.extend(changed(reactor, found.as_ref(), &next)?);
    }
    held(reactor.commit(writes).await)
}

/// The writes of a conversation that changed, with the effects that it asks for.
fn changed(
    reactor: &Reactor,
    before: Option<&StoredConversation>,
    next: &Conversation,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = outbox::of_conversation(before.map(|f| &f.conversation), next, reactor.now())?;
    writes.extend(conversations::writes(next, before)?);
    Ok(writes)
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
    let mut rounds = Rounds::new("the delivery event kept meeting others of the same conversation");
    loop {
        rounds.begin()?;
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
        if held(reactor.commit(writes).await)? {
            return Ok(());
        }
    }
}
