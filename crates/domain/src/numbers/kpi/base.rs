//! The numbers that add up, from which every key figure is made.

use std::ops::{AddAssign, Index};

use serde::ser::{Serialize, SerializeMap, Serializer};
use strum::VariantArray;

/// A number that adds up over months, users and campaigns: a column of `kpi_monthly`.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Base {
    Leads,
    /// Leads whose first booked call is a solution call.
    DirectBookings,
    TriageBooked,
    TriageAttended,
    TriageCanceled,
    TriageNoShow,
    /// Contacts with an attended triage call, each by its first one of the period (X26).
    TriageContacts,
    /// Those of them that booked a solution call.
    TriageToSolution,
    SolutionBooked,
    SolutionAttended,
    SolutionCanceled,
    SolutionNoShow,
    /// Solution calls that were attended or missed.
    SolutionPast,
    /// Those of them of which only the default says that they were attended.
    SolutionUnrecorded,
    DealsWon,
    /// Those of them whose money adds up: not in another currency.
    DealsAddingUp,
    /// Minor units, as the next two.
    Revenue,
    CashCollected,
    Spend,
}

const BASES: usize = Base::VARIANTS.len();

impl Base {
    /// The column's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// A number for each [`Base`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bases([i64; BASES]);

impl Default for Bases {
    fn default() -> Self {
        Self([0; BASES])
    }
}

impl Bases {
    /// Adds to one number; beyond 64 bits it stays at the end of their range.
    pub fn add(&mut self, base: Base, amount: i64) {
        let sum = &mut self.0[base as usize];
        *sum = sum.saturating_add(amount);
    }

    /// Every number is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|n| *n == 0)
    }

    /// The numbers by name.
    pub fn iter(&self) -> impl Iterator<Item = (Base, i64)> {
        Base::VARIANTS.iter().map(|base| (*base, self[*base]))
    }
}

impl Index<Base> for Bases {
    type Output = i64;

    fn index(&self, base: Base) -> &i64 {
        &self.0[base as usize]
    }
}

impl AddAssign<&Self> for Bases {
    fn add_assign(&mut self, other: &Self) {
        for (base, amount) in other.iter() {
            self.add(base, amount);
        }
    }
}

impl Serialize for Bases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(BASES))?;
        for (base, amount) in self.iter() {
            map.serialize_entry(base.as_str(), &amount)?;
        }
        map.end()
    }
}
