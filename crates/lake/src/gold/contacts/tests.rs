//! Whatever comes in whatever order, the changes add up to what all chains together say.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use object_store::memory::InMemory;

use super::*;
use crate::time::DAY_US;

/// (day, place) -> people.
type Census = BTreeMap<(i32, u64), (i64, i64)>;

/// Counted from all chains at once.
fn census(chains: &[Entry]) -> Census {
    let mut chains = chains.to_vec();
    chains.sort_unstable();
    let day = |e: &Entry| i32::try_from(e[1].cast_signed().div_euclid(DAY_US)).unwrap();
    let mut census = Census::new();
    for contact in chains.chunk_by(|a, b| a[0] == b[0]) {
        let places: BTreeSet<(i32, u64)> = contact.iter().map(|e| (day(e), e[2])).collect();
        for place in places {
            census.entry(place).or_default().0 += 1;
        }
        let first = contact.iter().min_by_key(|e| e[1]).unwrap();
        census.entry((day(first), first[2])).or_default().1 += 1;
    }
    census
}

struct World {
    store: Store,
    refine: RefineState,
    zone: Zone,
    contacts: Contacts,
    chains: Vec<Entry>,
    counted: Census,
}

impl World {
    fn new() -> Self {
        Self {
            store: Store::remote(Arc::new(InMemory::new())),
            refine: RefineState::new("UTC", 0),
            zone: Zone::new(TimeZone::UTC),
            contacts: Contacts::default(),
            chains: Vec::new(),
            counted: Census::new(),
        }
    }

    /// Applies entries and compares.
    async fn run(&mut self, signed: Vec<(Entry, i8)>) {
        let mut put = Vec::new();
        let change = self
            .contacts
            .apply(
                &self.store,
                &self.refine,
                signed.clone(),
                &mut self.zone,
                &mut put,
            )
            .await
            .unwrap();
        for (key, bytes) in put {
            self.store.put(&key, bytes).await.unwrap();
        }
        // As a later process would find it.
        self.contacts =
            serde_json::from_str(&serde_json::to_string(&self.contacts).unwrap()).unwrap();
        for (entry, sign) in signed {
            match sign {
                1 => self.chains.push(entry),
                _ => {
                    let at = self.chains.iter().position(|e| *e == entry).unwrap();
                    self.chains.remove(at);
                }
            }
        }
        for (day, place, people) in change.into_values() {
            let slot = self.counted.entry((day, place)).or_default();
            slot.0 += people.unique;
            slot.1 += people.first_time;
        }
        self.counted.retain(|_, people| *people != (0, 0));
        assert_eq!(self.counted, census(&self.chains));
    }
}

/// A chain of one of few contacts; its number makes created_at unique.
fn chain(random: &mut fastrand::Rng, created: i64, number: u64) -> Entry {
    let contact = crate::hash::hash64(&random.u8(0..40).to_string());
    let place = crate::hash::hash64(&random.u8(0..3).to_string()) & !REMOVED;
    [
        contact,
        (created * 10_000 + i64::try_from(number).unwrap()).cast_unsigned(),
        place,
        number,
    ]
}

#[tokio::test]
async fn counts_are_those_of_all_chains() {
    for seed in 0..30 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut world = World::new();
        let (mut clock, mut number) = (0, 0);
        for _ in 0..60 {
            let mut signed = Vec::new();
            for _ in 0..random.usize(1..12) {
                clock += random.i64(0..DAY_US / 10_000 / 20);
                // One in four comes late, by up to three days.
                let late = if random.u8(0..4) == 0 {
                    random.i64(0..3 * DAY_US / 10_000)
                } else {
                    0
                };
                number += 1;
                signed.push((chain(&mut random, (clock - late).max(0), number), 1));
            }
            // Chains leave, and come back elsewhere.
            for _ in 0..random.usize(0..4).min(world.chains.len()) {
                let gone = world.chains[random.usize(0..world.chains.len())];
                if signed.iter().any(|(e, _)| *e == gone) {
                    continue;
                }
                signed.push((gone, -1));
                if random.bool() {
                    let moved = [
                        gone[0],
                        gone[1],
                        crate::hash::hash64(&random.u8(0..3).to_string()) & !REMOVED,
                        gone[3],
                    ];
                    signed.push((moved, 1));
                }
            }
            world.run(signed).await;
        }
    }
}

#[tokio::test]
async fn a_state_without_an_order_gets_one() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut world = World::new();
    let signed = (1..200)
        .map(|n| {
            (
                chain(&mut random, i64::try_from(n).unwrap() * 1_000_000, n),
                1,
            )
        })
        .collect();
    world.run(signed).await;
    let mut state = serde_json::to_value(&world.contacts).unwrap();
    state.as_object_mut().unwrap().remove("order");
    world.contacts = serde_json::from_value(state).unwrap();
    world
        .run(
            (200..300)
                .map(|n| {
                    (
                        chain(&mut random, i64::try_from(n).unwrap() * 1_000_000, n),
                        1,
                    )
                })
                .collect(),
        )
        .await;
    world
        .run(world.chains.iter().map(|e| (*e, -1)).collect())
        .await;
    world
        .run(vec![(chain(&mut random, 400_000_000, 301), 1)])
        .await;
}
