//! What is said of people from the rows that hang together with news is what is said of them from all rows.

use std::sync::Arc;

use proptest::prelude::*;

use super::causes::{EARLIER, NOW, causes_of, moved, part, with_webhooks};
use super::worlds::world;
use super::{at, rules};
use crate::inbox::vendor::Vendor;
use crate::numbers::causes::Moment;
use crate::people::identity::log::{Evidence, edge_id};
use crate::people::identity::{Decision, Node, RecordKey, Verdict};
use crate::people::related::{Between, Changed, Related};
use crate::people::resolved::{CONTACT, INVITEE, resolve};
use crate::people::sources::{Directory, Sources};

/// What of the one is not in the other.
fn without(one: &Sources, other: &Sources) -> Sources {
    fn rows<T: Clone + PartialEq>(one: &[T], other: &[T]) -> Vec<T> {
        let rows = one.iter().filter(|row| !other.contains(row));
        rows.cloned().collect()
    }
    Sources {
        invitees: rows(&one.invitees, &other.invitees),
        forms: rows(&one.forms, &other.forms),
        crm_leads: rows(&one.crm_leads, &other.crm_leads),
        crm_contacts: rows(&one.crm_contacts, &other.crm_contacts),
        opportunities: rows(&one.opportunities, &other.opportunities),
        activities: rows(&one.activities, &other.activities),
        payments: rows(&one.payments, &other.payments),
        spend: Vec::new(),
    }
}

fn changed(before: &Sources, after: &Sources) -> Changed {
    Changed {
        gone: without(before, after),
        fresh: without(after, before),
        spend: (before.spend != after.spend).then(|| after.spend.clone()),
    }
}

fn crm_contact(n: u8) -> RecordKey {
    RecordKey::new(Vendor::Close, CONTACT, &format!("c{n}"))
}

/// Somebody is merged, kept apart, or a merge or an address is taken back.
fn decision(place: usize, (kind, one, other): (u8, u8, u8)) -> Decision {
    let email = |n: u8| Node::Email(format!("p{n}@acme.co"));
    let invitee = || RecordKey::new(Vendor::Calendly, INVITEE, &format!("i{one}"));
    let address = format!("p{other}@acme.co");
    Decision {
        id: format!("d{place}"),
        verdict: match kind {
            0 => Verdict::NotTheSame {
                a: email(one),
                b: email(other),
            },
            1 => Verdict::Unmerge {
                edge_id: "d0".to_owned(),
            },
            2 => Verdict::Unmerge {
                edge_id: edge_id(&invitee(), Evidence::Email, &address),
            },
            _ => Verdict::Merge {
                into: email(one),
                from: email(other),
            },
        },
        actor: "ann".to_owned(),
        at: at(NOW),
        reason: None,
        // The last draws are decisions of an older release, which keep no records.
        holders: if kind < 5 {
            [one, other].map(|n| vec![crm_contact(n)])
        } else {
            Default::default()
        },
    }
}

fn decisions() -> impl Strategy<Value = Vec<Decision>> {
    let drawn = prop::collection::vec((0..6_u8, 0..6_u8, 0..6_u8), 0..3);
    drawn.prop_map(|drawn| {
        let drawn = drawn.into_iter().enumerate();
        drawn.map(|(place, draw)| decision(place, draw)).collect()
    })
}

fn moment(sources: &Sources, decisions: &[Decision], as_of: &str) -> Moment {
    let directory = Directory {
        decisions: decisions.to_vec(),
        users: Vec::new(),
    };
    Moment {
        resolved: resolve(sources, &directory, &rules(), at(as_of)),
        sources: Arc::new(sources.clone()),
        directory,
    }
}

proptest! {
    #[test]
    fn the_rows_that_news_touch_say_what_all_rows_say(
        all in world(), other in world(), decisions in decisions(), dice in any::<u64>(),
        (known, passes, in_euros) in any::<(usize, bool, bool)>(),
    ) {
        let mut dice = dice;
        let mut some = |sources: &Sources| part(sources, |len| {
            dice = dice.rotate_left(7);
            if dice % 2 == 0 { len } else { (dice % 8) as usize }
        });
        let mut all = with_webhooks(all);
        let (first, mut second) = (some(&with_webhooks(other.clone())), some(&all));
        // Rows that said something else before.
        second.crm_contacts = with_webhooks(other).crm_contacts;
        if in_euros {
            for row in &mut all.opportunities {
                row.currency = Some("EUR".to_owned());
            }
            all.spend.pop();
        }
        let known = &decisions[..known % (decisions.len() + 1)];
        let as_of = if passes { [EARLIER, NOW] } else { [NOW, NOW] };
        let whole = [moment(&second, known, as_of[0]), moment(&all, &decisions, as_of[1])];

        let mut related = Related::new(Arc::new(first.clone()), &decisions);
        related.apply(changed(&first, &second));
        let between = Between {
            before: &whole[0].directory,
            after: &whole[1].directory,
            as_of: as_of.map(at),
        };
        let touched = related.touched(changed(&second, &all), &between);
        let part = Moment::both(touched, &between, &rules());
        for (part, whole) in part.iter().zip(&whole) {
            for contact in &part.resolved.contacts {
                prop_assert_eq!(whole.resolved.contact(&contact.contact_id), Some(contact));
            }
        }
        let rows = moved(&whole[0], &whole[1]);
        let wanted = causes_of(rows.clone(), &whole[0], &whole[1]);
        prop_assert_eq!(causes_of(rows, &part[0], &part[1]), wanted);
    }
}
