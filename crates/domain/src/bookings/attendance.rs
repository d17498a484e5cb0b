//! Whether a booked call took place, and who says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The five values of `attendance` (X4). Canceled wins over no-show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Attendance {
    Pending,
    Attended,
    NoShow,
    CanceledEarly,
    CanceledLate,
}

impl Attendance {
    /// The column's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Either kind of cancellation.
    #[must_use]
    pub const fn is_canceled(self) -> bool {
        matches!(self, Self::CanceledEarly | Self::CanceledLate)
    }
}

/// Who decided an attendance (X5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum AttendanceSource {
    /// An outcome in the CRM.
    Close,
    /// A cancellation, or a no-show record that was set or taken back.
    Calendly,
    /// Nobody: the call's time passed, or has not come yet.
    Default,
}

impl AttendanceSource {
    /// The column's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// What the CRM says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum CrmOutcome {
    Attended,
    NoShow,
}

/// What a no-show record says now. The later of setting and removing a mark wins; at the same instant removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NoShowMarks {
    /// Newest time a mark was set.
    pub created_at: Option<Timestamp>,
    /// Newest time a mark was taken back.
    pub deleted_at: Option<Timestamp>,
}

impl NoShowMarks {
    /// Adds facts; order and repetition do not matter.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self {
            created_at: self.created_at.max(other.created_at),
            deleted_at: self.deleted_at.max(other.deleted_at),
        }
    }

    /// A mark is in force: set, and not taken back since. At equal times the deletion wins.
    #[must_use]
    pub fn in_force(self) -> bool {
        match (self.created_at, self.deleted_at) {
            (Some(created), Some(deleted)) => created > deleted,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// A mark was taken back and none is in force: somebody said that the person came.
    #[must_use]
    pub fn withdrawn(self) -> bool {
        self.deleted_at.is_some() && !self.in_force()
    }
}

/// The facts of one invitee that decide its attendance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// `Some(when)` for a canceled invitee: the cancellation's own time, else the snapshot's updated_at.
    pub canceled_at: Option<Timestamp>,
    pub start: Timestamp,
    pub end: Timestamp,
    pub no_show: NoShowMarks,
}

/// The attendance at `as_of` with its source (X4, X5).
///
/// A mark counts once the start has come; a call counts as attended once its end has come.
#[must_use]
pub fn attendance(facts: &Facts, as_of: Timestamp) -> (Attendance, AttendanceSource) {
    if let Some(canceled_at) = facts.canceled_at {
        let kind = if canceled_at >= facts.start {
            Attendance::CanceledLate
        } else {
            Attendance::CanceledEarly
        };
        return (kind, AttendanceSource::Calendly);
    }
    if facts.no_show.in_force() && facts.start <= as_of {
        return (Attendance::NoShow, AttendanceSource::Calendly);
    }
    if facts.end <= as_of {
        let source = if facts.no_show.withdrawn() {
            AttendanceSource::Calendly
        } else {
            AttendanceSource::Default
        };
        return (Attendance::Attended, source);
    }
    (Attendance::Pending, AttendanceSource::Default)
}

/// The attendance where the CRM may have spoken (X5): its outcome counts from the start of the call on
/// and is stronger than a mark; a canceled call stays canceled.
#[must_use]
pub fn attendance_with_crm(
    facts: &Facts,
    outcome: Option<CrmOutcome>,
    as_of: Timestamp,
) -> (Attendance, AttendanceSource) {
    match outcome {
        Some(outcome) if facts.canceled_at.is_none() && facts.start <= as_of => {
            let attendance = match outcome {
                CrmOutcome::Attended => Attendance::Attended,
                CrmOutcome::NoShow => Attendance::NoShow,
            };
            (attendance, AttendanceSource::Close)
        }
        _ => attendance(facts, as_of),
    }
}

/// The next instant after `as_of` at which [`attendance`] changes by time alone; `None` when it never does.
#[must_use]
pub fn next_change(facts: &Facts, as_of: Timestamp) -> Option<Timestamp> {
    if facts.canceled_at.is_some() {
        return None;
    }
    let at = if facts.no_show.in_force() {
        facts.start
    } else {
        facts.end
    };
    (at > as_of).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn facts() -> Facts {
        Facts {
            canceled_at: None,
            start: at(100),
            end: at(200),
            no_show: NoShowMarks::default(),
        }
    }

    #[test]
    fn time_alone_turns_pending_into_attended_at_the_end() {
        assert_eq!(
            attendance(&facts(), at(199)),
            (Attendance::Pending, AttendanceSource::Default)
        );
        assert_eq!(
            attendance(&facts(), at(200)),
            (Attendance::Attended, AttendanceSource::Default)
        );
        assert_eq!(next_change(&facts(), at(199)), Some(at(200)));
        assert_eq!(next_change(&facts(), at(200)), None);
    }

    #[test]
    fn canceled_wins_over_no_show_and_is_late_from_the_start_on() {
        let marked = NoShowMarks {
            created_at: Some(at(150)),
            deleted_at: None,
        };
        let canceled = |t| Facts {
            canceled_at: Some(at(t)),
            no_show: marked,
            ..facts()
        };
        assert_eq!(
            attendance(&canceled(99), at(500)).0,
            Attendance::CanceledEarly
        );
        assert_eq!(
            attendance(&canceled(100), at(500)).0,
            Attendance::CanceledLate
        );
    }

    #[test]
    fn a_mark_counts_from_the_start_and_can_be_taken_back() {
        let marks = |created, deleted: Option<i64>| NoShowMarks {
            created_at: Some(at(created)),
            deleted_at: deleted.map(at),
        };
        let with = |no_show| Facts { no_show, ..facts() };
        assert_eq!(
            attendance(&with(marks(50, None)), at(99)).0,
            Attendance::Pending
        );
        assert_eq!(
            attendance(&with(marks(50, None)), at(100)).0,
            Attendance::NoShow
        );
        assert_eq!(
            attendance(&with(marks(210, Some(210))), at(300)),
            (Attendance::Attended, AttendanceSource::Calendly)
        );
        assert_eq!(
            attendance(&with(marks(220, Some(210))), at(300)).0,
            Attendance::NoShow
        );
    }

    #[test]
    fn next_change_is_where_the_value_changes() {
        let marked = NoShowMarks {
            created_at: Some(at(10)),
            deleted_at: None,
        };
        for f in [
            facts(),
            Facts {
                no_show: marked,
                ..facts()
            },
            Facts {
                canceled_at: Some(at(1)),
                ..facts()
            },
        ] {
            for t in 0..300 {
                let changes = attendance(&f, at(t)) != attendance(&f, at(t + 1));
                assert_eq!(
                    changes,
                    next_change(&f, at(t)) == Some(at(t + 1)),
                    "{f:?} at {t}"
                );
            }
        }
    }

    #[test]
    fn the_crm_is_stronger_than_a_mark_and_speaks_from_the_start_on() {
        let marked = Facts {
            no_show: NoShowMarks {
                created_at: Some(at(150)),
                deleted_at: None,
            },
            ..facts()
        };
        let attended = Some(CrmOutcome::Attended);
        let judged = |facts: &Facts, outcome, t| attendance_with_crm(facts, outcome, at(t));
        let by_crm = |value| (value, AttendanceSource::Close);
        assert_eq!(judged(&marked, attended, 100), by_crm(Attendance::Attended));
        assert_eq!(judged(&marked, attended, 99).0, Attendance::Pending);
        let missed = Some(CrmOutcome::NoShow);
        assert_eq!(judged(&facts(), missed, 300), by_crm(Attendance::NoShow));
        assert_eq!(judged(&marked, None, 300).0, Attendance::NoShow);
        let canceled = Facts {
            canceled_at: Some(at(10)),
            ..facts()
        };
        assert_eq!(
            judged(&canceled, attended, 300).0,
            Attendance::CanceledEarly
        );
    }
}
