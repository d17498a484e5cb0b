//! Records of which it is known whose they are, and how well `domain::people::identity` finds that out.
//!
//! [`labelled`] makes them from a seed, [`grade`] resolves them by the code that the product runs and counts pairs of
//! records: how many are one person's (recall), and how many of those that were found are right (precision).

mod cases;
mod grade;
mod kind;
mod names;
mod pairs;
mod world;

use bookpath_domain::people::identity::Record;

pub use grade::{Grade, KindGrade, Missed, Reason, grade};
pub use kind::{Kind, Promise};
pub use pairs::{Pairs, pairs_of};

/// Records with their truth. The three lists have one place for each record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labelled {
    pub records: Vec<Record>,
    /// Number of the person whose record it is.
    pub people: Vec<u32>,
    /// The kind of case that the person is in; one for all records of a person.
    pub kinds: Vec<Kind>,
}

/// At least `records` records, the same for the same seed: cases of all kinds, mixed, each finished.
#[must_use]
pub fn labelled(seed: u64, records: usize) -> Labelled {
    let mut world = world::World::new(seed);
    while world.len() < records {
        cases::one(&mut world);
    }
    world.into_set()
}
