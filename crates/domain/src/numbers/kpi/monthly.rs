//! The rows of `kpi_monthly`, and what each one is made of.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::base::{Base, Bases};
use super::facts::{FactKind, Facts};
use super::period::Mode;
use super::row::{Row, World};
use crate::numbers::month::Month;

/// Key of a row of `kpi_monthly`: month, user, campaign.
pub type MonthlyKey = (Month, Option<String>, Option<String>);

/// What a fact adds to a row of `kpi_monthly`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyPart {
    pub key: MonthlyKey,
    /// Of the fact.
    pub row_id: String,
    pub contact_id: Option<String>,
    pub fact: FactKind,
    pub parts: Vec<(Base, i64)>,
}

/// What the rows of [`monthly`] are made of.
#[must_use]
pub fn monthly_parts(facts: &Facts, zone: &TimeZone) -> Vec<MonthlyPart> {
    let world = World::new(facts, zone, Mode::Period, None);
    let own = |text: Option<&str>| text.map(str::to_owned);
    let part = |row: Row<'_>| {
        if row.parts.is_empty() {
            return None;
        }
        Some(MonthlyPart {
            key: (row.month?, own(row.user), own(row.campaign)),
            row_id: row.row_id().to_owned(),
            contact_id: own(row.contact_id()),
            fact: row.fact.kind(),
            parts: row.parts,
        })
    };
    world.rows().filter_map(part).collect()
}

/// The rows of `kpi_monthly`, none of which is all zeros. Their sums are the figures of a month.
#[must_use]
pub fn monthly(facts: &Facts, zone: &TimeZone) -> BTreeMap<MonthlyKey, Bases> {
    let world = World::new(facts, zone, Mode::Period, None);
    let mut out: BTreeMap<MonthlyKey, Bases> = BTreeMap::new();
    for row in world.rows() {
        let Some(month) = row.month else { continue };
        let own = |text: Option<&str>| text.map(str::to_owned);
        let bases = out
            .entry((month, own(row.user), own(row.campaign)))
            .or_default();
        for (base, amount) in row.parts {
            bases.add(base, amount);
        }
    }
    out.retain(|_, bases| !bases.is_zero());
    out
}
