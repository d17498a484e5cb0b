//! A person's way from the first touch to cash, dated.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::numbers::attribution::TouchCredit;
use crate::numbers::opened::Source;

/// What happened.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum StepKind {
    Form,
    Booked,
    Rescheduled,
    Canceled,
    Call,
    NoShow,
    Won,
    /// Value or cash of a won deal was changed.
    Changed,
    Reopened,
    Payment,
    Refund,
}

/// A step. Kinds are in the order in which they happen at one instant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    pub at: Timestamp,
    pub kind: StepKind,
    pub channel: Option<String>,
    pub campaign: Option<String>,
    /// Signed, in minor units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The row or record that it comes from.
    pub row_id: String,
    /// Where that row stands in the lake.
    #[serde(skip)]
    pub source: Source,
    /// The webhook that told the row's newest version; `None` where the row names none.
    pub raw_sha256: Option<String>,
    /// Of a touch: what it earned, by model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credit: Vec<TouchCredit>,
}

/// The steps in order, each once. A deal that went from one currency to another has two of one instant.
#[must_use]
pub fn journey(mut steps: Vec<Step>) -> Vec<Step> {
    let place = |step: &Step| (step.at, step.kind);
    let row = |step: &Step| (step.row_id.clone(), step.currency.clone());
    steps.sort_by_cached_key(|step| (place(step), row(step)));
    steps.dedup_by(|a, b| (place(a), row(a)) == (place(b), row(b)));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    #[test]
    fn steps_come_in_order_and_once() {
        let step = |time: &str, kind, row_id: &str| Step {
            at: at(time),
            kind,
            channel: None,
            campaign: None,
            amount_minor: None,
            currency: None,
            row_id: row_id.to_owned(),
            source: Source::of_deal(row_id),
            raw_sha256: None,
            credit: Vec::new(),
        };
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        let steps = vec![
            step(late, StepKind::Payment, "p"),
            step(late, StepKind::Won, "o"),
            step(early, StepKind::Form, "f"),
            step(late, StepKind::Payment, "p"),
        ];
        let kinds: Vec<StepKind> = journey(steps).iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [StepKind::Form, StepKind::Won, StepKind::Payment]);
    }
}
