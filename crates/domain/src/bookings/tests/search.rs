//! Exhaustive search: every interleaving and every crash point of {book, pay, cancel twice, refund webhook twice,
//! restart}, against a store with an outbox and a stand-in for Stripe that honours idempotency keys.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::*;
use crate::bookings::EffectKind;
use crate::money::ledger::Ledger;
use crate::testing::invitee;

/// The vendors' own clocks: they need not agree with ours.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    paid: &'static str,
    canceled: &'static str,
    refunded: &'static str,
}

/// Where an effect of the outbox is.
#[derive(Debug, Clone, PartialEq)]
enum Place {
    Waiting {
        tried: bool,
    },
    Claimed,
    /// The vendor did it; its answer is on the way.
    Called(Box<Option<Fact>>),
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Page {
    Open,
    Complete,
    Expired,
}

/// All of Stripe that matters.
#[derive(Debug, Clone, Default)]
struct Stripe {
    /// Idempotency key to the object that was made under it.
    made: BTreeMap<String, String>,
    pages: BTreeMap<String, Page>,
    charges: Vec<String>,
    refunds: Vec<i64>,
}

#[derive(Debug, Clone)]
struct World {
    booking: Option<Booking>,
    ledger: Ledger,
    outbox: BTreeMap<String, (Effect, Place)>,
    stripe: Stripe,
    booked_in_calendly: bool,
    /// Webhooks on their way, with the number of deliveries left.
    post: BTreeMap<&'static str, u8>,
    cancels_left: u8,
    crashes_left: u8,
}

#[derive(Debug, Clone)]
enum Step {
    Deliver(&'static str),
    UserCancels,
    CustomerPays(String),
    Claim(String),
    Call(String),
    Mark(String),
    Crash,
}

impl World {
    fn new() -> Self {
        Self {
            booking: None,
            ledger: Ledger::default(),
            outbox: BTreeMap::new(),
            stripe: Stripe::default(),
            booked_in_calendly: true,
            post: BTreeMap::from([("client post", 1), ("invitee.created", 1)]),
            cancels_left: 2,
            crashes_left: 2,
        }
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = self
            .post
            .iter()
            .filter(|(_, left)| **left > 0)
            .map(|(name, _)| Step::Deliver(name))
            .collect();
        if self.cancels_left > 0 && self.booking.is_some() {
            steps.push(Step::UserCancels);
        }
        if self.stripe.charges.is_empty() {
            steps.extend(
                self.stripe
                    .pages
                    .iter()
                    .filter(|(_, p)| **p == Page::Open)
                    .map(|(id, _)| Step::CustomerPays(id.clone())),
            );
        }
        for (key, (_, place)) in &self.outbox {
            match place {
                Place::Waiting { .. } => steps.push(Step::Claim(key.clone())),
                Place::Claimed => steps.push(Step::Call(key.clone())),
                Place::Called(_) => steps.push(Step::Mark(key.clone())),
                Place::Done => {}
            }
        }
        if self.crashes_left > 0
            && self
                .outbox
                .values()
                .any(|(_, p)| matches!(p, Place::Claimed | Place::Called(_)))
        {
            steps.push(Step::Crash);
        }
        steps
    }

    fn take(&mut self, fact: &Fact, config: &BusinessConfig) {
        let decision = decide(self.booking.as_ref(), fact, at(NOW), &rules(config));
        if let Some(next) = decision.next {
            self.booking = Some(next);
        }
        for entry in decision.ledger {
            assert!(self.ledger.append(entry));
        }
        for effect in decision.effects {
            if !matches!(effect.kind, EffectKind::NotifyCustomer { .. }) {
                let known = self.outbox.insert(
                    effect.key.clone(),
                    (effect, Place::Waiting { tried: false }),
                );
                assert!(known.is_none(), "asked twice under one key");
            }
        }
    }

    fn run(&mut self, step: &Step, clocks: Clocks, config: &BusinessConfig) {
        match step {
            Step::Deliver(name) => {
                if let Some(left) = self.post.get_mut(name) {
                    *left -= 1;
                }
                let fact = self.webhook(name, clocks);
                self.take(&fact, config);
            }
            Step::UserCancels => {
                self.cancels_left -= 1;
                self.take(&act(ActionKind::Cancel), config);
            }
            Step::CustomerPays(page) => {
                self.stripe.pages.insert(page.clone(), Page::Complete);
                self.stripe.charges.push(page.clone());
                self.post.insert("paid", 1);
            }
            Step::Claim(key) => self.claim(key, config),
            Step::Call(key) => self.call(key, clocks),
            Step::Mark(key) => {
                let (_, place) = self.outbox.get_mut(key).unwrap();
                if let Place::Called(answer) = std::mem::replace(place, Place::Done)
                    && let Some(fact) = *answer
                {
                    self.take(&fact, config);
                }
            }
            Step::Crash => {
                self.crashes_left -= 1;
                for (_, place) in self.outbox.values_mut() {
                    if matches!(place, Place::Claimed | Place::Called(_)) {
                        *place = Place::Waiting { tried: true };
                    }
                }
            }
        }
    }

    fn webhook(&self, name: &str, clocks: Clocks) -> Fact {
        let own = invitee("A1", NOW);
        match name {
            "client post" => post("strategy", Some("A1")),
            "invitee.created" => seen(&own),
            "invitee.canceled" => seen(&canceled(&own, clocks.canceled)),
            "paid" => paid(&self.stripe.charges[0], clocks.paid),
            "expired" => expired("cs_1", clocks.canceled),
            "refunded" => refund("re_1", RefundStatus::Succeeded, 15_000, clocks.refunded),
            _ => panic!("{name}"),
        }
    }

    /// What is no longer wanted is dropped before its first try, and before any try that leaves no trace.
    fn claim(&mut self, key: &str, config: &BusinessConfig) {
        let booking = self.booking.as_ref().unwrap();
        let (effect, place) = self.outbox.get_mut(key).unwrap();
        let tried = *place == Place::Waiting { tried: true };
        if effect.still_wanted(booking) || (tried && effect.kind.leaves_a_trace()) {
            *place = Place::Claimed;
            return;
        }
        self.outbox.remove(key);
        let key = key.to_owned();
        self.take(&Fact::EffectDropped { key }, config);
    }

    fn call(&mut self, key: &str, clocks: Clocks) {
        let kind = self.outbox[key].0.kind.clone();
        let answer = match kind {
            EffectKind::CreateCheckoutSession { .. } => {
                let id = format!("cs_{}", self.stripe.pages.len() + 1);
                let id = self.stripe.made.entry(key.to_owned()).or_insert(id).clone();
                self.stripe.pages.entry(id.clone()).or_insert(Page::Open);
                Some(created(key, &id))
            }
            EffectKind::ExpireSession { session_id } => {
                if self.stripe.pages.get(&session_id) == Some(&Page::Open) {
                    self.stripe.pages.insert(session_id, Page::Expired);
                    self.post.insert("expired", 1);
                }
                None
            }
            EffectKind::Refund { amount_minor, .. } => {
                if self
                    .stripe
                    .made
                    .insert(key.to_owned(), "re_1".to_owned())
                    .is_none()
                {
                    self.stripe.refunds.push(amount_minor);
                    self.post.insert("refunded", 2);
                }
                Some(refund(
                    "re_1",
                    RefundStatus::Succeeded,
                    amount_minor,
                    clocks.refunded,
                ))
            }
            EffectKind::CancelInCalendly { .. } => {
                if std::mem::replace(&mut self.booked_in_calendly, false) {
                    self.post.insert("invitee.canceled", 1);
                }
                None
            }
            EffectKind::BookInCalendly { .. }
            | EffectKind::NotifyCustomer { .. }
            | EffectKind::AlertAdmin { .. } => None,
        };
        self.outbox.get_mut(key).unwrap().1 = Place::Called(Box::new(answer));
    }

    fn fingerprint(&self) -> u128 {
        // The history is left out: nothing is decided by it.
        let booking = self.booking.as_ref().map(|b| {
            let calendly = (
                b.chain.snapshots().count(),
                b.chain.cancellation().is_some(),
                &b.seen,
            );
            (
                b.state,
                calendly,
                &b.payment,
                &b.call,
                &b.requested,
                b.terms.len(),
                b.actions.len(),
                b.client.is_some(),
            )
        });
        let outbox: Vec<(&String, &Place)> = self
            .outbox
            .iter()
            .map(|(key, (_, place))| (key, place))
            .collect();
        let ledger = self
            .ledger
            .entries()
            .map(|e| &e.entry_id)
            .collect::<Vec<_>>();
        let rest = (
            self.booked_in_calendly,
            &self.post,
            self.cancels_left,
            self.crashes_left,
        );
        let text = format!("{:?}", (booking, outbox, ledger, &self.stripe, rest));
        let half = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            (seed, &text).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        half(1) << 64 | half(2)
    }

    /// (charges, refunds, ledger, state).
    fn figures(&self) -> (usize, usize, i128, BookingState) {
        (
            self.stripe.charges.len(),
            self.stripe.refunds.len(),
            self.ledger.balance().values().sum(),
            self.booking.as_ref().unwrap().state,
        )
    }
}

/// Visits every reachable world; returns how many there are, and the figures of those in which nothing is left to do.
fn search(clocks: Clocks) -> (usize, BTreeSet<(usize, usize, i128, BookingState)>) {
    let config = config();
    let mut known = HashSet::new();
    let mut ends = BTreeSet::new();
    let mut open = vec![World::new()];
    while let Some(world) = open.pop() {
        let steps = world.steps();
        if steps.iter().all(|s| matches!(s, Step::Crash)) {
            ends.insert(world.figures());
        }
        for step in steps {
            let mut next = world.clone();
            next.run(&step, clocks, &config);
            assert!(next.stripe.charges.len() <= 1 && next.stripe.refunds.len() <= 1);
            if known.insert(next.fingerprint()) {
                open.push(next);
            }
        }
    }
    (known.len(), ends)
}

/// Paid: charged once, given back once, ledger 0, REFUNDED. Not paid because the page closed first: nothing moved.
#[test]
fn every_interleaving_and_crash_point_ends_refunded() {
    let (early, middle, late) = ("2026-03-01T09:00:00Z", NOW, "2026-03-01T11:00:00Z");
    let skews = [
        (middle, middle, middle),
        (early, middle, late),
        (late, middle, early),
    ];
    for (paid, canceled, refunded) in skews {
        let (worlds, ends) = search(Clocks {
            paid,
            canceled,
            refunded,
        });
        assert!(worlds > 10_000, "only {worlds} worlds");
        assert_eq!(
            ends,
            BTreeSet::from([
                (0, 0, 0, BookingState::Cancelled),
                (1, 1, 0, BookingState::Refunded)
            ])
        );
    }
}
