//! The e-mails that tell a customer how a booking stands.

use std::collections::BTreeMap;

use bookpath_domain::bookings::{Booking, Notice};
use bookpath_domain::people::email;
use bookpath_domain::people::erasure::is_anonymous;
use bookpath_domain::people::name::is_plain;

use super::held::{CallEnding, Called};
use super::performer::Performer;
use crate::bookings::repository;
use crate::ports::{Mail, StoreError};

/// The e-mail of a notice; `None` where no address is proven. It greets by name where the name is nothing
/// but a name: it comes from outside, and the e-mail is ours.
pub(super) fn of_notice(notice: Notice, key: &str, booking: &Booking, link: &str) -> Option<Mail> {
    let contact = booking.contact();
    let to = booking.proven_email()?.to_owned();
    let name = contact.name.filter(|name| is_plain(name));
    let first = name.as_deref().and_then(|n| n.split_whitespace().next());
    let name = contact
        .first_name
        .filter(|name| is_plain(name))
        .or_else(|| first.map(str::to_owned));
    let (subject, line) = words(notice);
    let mut body = format!("Hi {},\n\n{line}\n", name.as_deref().unwrap_or("there"));
    if matches!(notice, Notice::PaymentFailed | Notice::Expired) {
        body.push_str(&format!("\nPay and keep your time: {link}\n"));
    } else {
        body.push_str(&format!("\nYour booking: {link}\n"));
    }
    Some(Mail {
        mail_id: key.to_owned(),
        to,
        subject: subject.to_owned(),
        body,
    })
}

/// Sends the links of the bookings to their address; where it is gone, because the person was erased, nothing.
///
/// # Errors
/// [`StoreError`].
pub(super) async fn send_links(
    performer: &Performer,
    key: &str,
    booking_ids: &[String],
) -> Result<Called, StoreError> {
    let (store, now) = (performer.reactor.store.as_ref(), performer.reactor.now());
    let mut links: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for id in booking_ids {
        let found = repository::by_id(store, id).await?;
        let booking = found.map(|found| found.row.booking);
        let address = booking.as_ref().and_then(Booking::proven_email);
        let address = address.and_then(email::normalize);
        if let Some(address) = address.filter(|address| !is_anonymous(address)) {
            links
                .entry(address)
                .or_default()
                .push(performer.link(id, now));
        }
    }
    // They were found by one address.
    let Some((to, links)) = links.into_iter().max_by_key(|(_, links)| links.len()) else {
        return Ok(Ok(CallEnding::Done));
    };
    let sent = performer.mailer.send(&links_mail(key, to, &links)).await;
    Ok(sent.map(|()| CallEnding::Done))
}

fn links_mail(key: &str, to: String, links: &[String]) -> Mail {
    Mail {
        mail_id: key.to_owned(),
        to,
        subject: "Your bookings".to_owned(),
        body: format!(
            "You asked for the links to your bookings:\n\n{}\n\nIf it was not you, ignore this e-mail.\n",
            links.join("\n")
        ),
    }
}

const fn words(notice: Notice) -> (&'static str, &'static str) {
    match notice {
        Notice::Confirmed => ("Your booking is confirmed", "Your booking is confirmed."),
        Notice::PaymentFailed => (
            "Your payment did not go through",
            "Your payment did not go through, and nothing was charged.",
        ),
        Notice::Expired => (
            "Your booking is about to be released",
            "We did not receive your payment in time. Your time is held for a few minutes more.",
        ),
        Notice::Cancelled => ("Your booking is cancelled", "Your booking is cancelled."),
        Notice::Refunded => (
            "Your refund is on its way",
            "Your booking is cancelled and your payment was given back. Banks take a few days to show it.",
        ),
        Notice::RefundDelayed => (
            "Your refund takes longer",
            "Your booking is cancelled. The refund did not go through at once; we are on it and you need not do anything.",
        ),
    }
}
