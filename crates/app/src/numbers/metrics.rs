//! Key figures of a month with those of everybody in it, and of the month that it is compared with.

use std::str::FromStr;

use bookpath_domain::numbers::kpi::{Counted, Counts, FiguresOf, Period, Query};
use bookpath_domain::numbers::month::NotMonth;
use bookpath_domain::people::resolved::Resolved;
use jiff::ToSpan as _;
use jiff::civil::Date;

pub use bookpath_domain::numbers::month::Month;

/// What `month=` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthAsked {
    All,
    One(Month),
}

impl MonthAsked {
    /// The months that count.
    #[must_use]
    pub fn period(self) -> Period {
        match self {
            Self::All => Period::default(),
            Self::One(month) => Period::from_month(month),
        }
    }
}

/// `all`, or `2026-03`.
impl FromStr for MonthAsked {
    type Err = NotMonth;

    fn from_str(text: &str) -> Result<Self, NotMonth> {
        if text == "all" {
            Ok(Self::All)
        } else {
            text.parse().map(Self::One)
        }
    }
}

/// `all`, or `2026-03`.
impl std::fmt::Display for MonthAsked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::One(month) => month.fmt(f),
        }
    }
}

/// What a month is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// The month before.
    Previous,
    /// The month before up to the same day, while the month is not over.
    PreviousToDate,
    /// The same month of the year before.
    Year,
}

/// There is no month before all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all time can't be compared; name a month")]
pub struct NotCompared;

/// The month to compare with, and the same question about it. `today` is the day of the answer in the reporting zone.
///
/// # Errors
/// [`NotCompared`].
pub fn compared(
    query: &Query,
    month: MonthAsked,
    compare: Compare,
    today: Date,
) -> Result<(Month, Query), NotCompared> {
    let MonthAsked::One(month) = month else {
        return Err(NotCompared);
    };
    let before = match compare {
        Compare::Previous | Compare::PreviousToDate => month.previous(),
        Compare::Year => month.year_before(),
    };
    let running = compare == Compare::PreviousToDate && Month::containing(today) == month;
    let query = Query {
        period: Period::from_month(before),
        until: running.then(|| today.saturating_sub(1.month())),
        ..query.clone()
    };
    Ok((before, query))
}

/// Numbers of one person, or of what belongs to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// Key of the team member; `None`: unassigned.
    pub user: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    pub counted: Counted,
}

/// The team's members with any number in the configured order, then what has no user. Of one asked-for user only theirs.
#[must_use]
pub fn of_people(counts: &Counts, resolved: &Resolved, who: &FiguresOf) -> Vec<Numbers> {
    let members = resolved.team.members().iter().filter_map(|member| {
        let counted = counts.by_user.get(&Some(member.key.clone()))?;
        Some(Numbers {
            user: Some(member.key.clone()),
            email: Some(member.email.clone()),
            name: Some(member.name.clone()),
            counted: *counted,
        })
    });
    let unassigned = || Numbers {
        user: None,
        email: None,
        name: None,
        counted: counts.by_user.get(&None).copied().unwrap_or_default(),
    };
    let nobody = !matches!(who, FiguresOf::User(_));
    members.chain(nobody.then(unassigned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_compared_with_the_one_before_or_a_year_ago() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let march: MonthAsked = "2026-03".parse().unwrap();
        let query = Query {
            period: march.period(),
            campaign: Some("x".to_owned()),
            ..Query::default()
        };
        let before = |compare, today: &str| {
            let (month, query) = compared(&query, march, compare, day(today)).unwrap();
            assert_eq!(query.period, Period::from_month(month));
            assert_eq!(query.campaign.as_deref(), Some("x"));
            (month.to_string(), query.until)
        };
        let of = |month: &str, until: Option<&str>| (month.to_owned(), until.map(day));
        assert_eq!(before(Compare::Previous, "2026-03-15"), of("2026-02", None));
        assert_eq!(before(Compare::Year, "2026-03-15"), of("2025-03", None));
        let to_date = Compare::PreviousToDate;
        assert_eq!(
            before(to_date, "2026-03-15"),
            of("2026-02", Some("2026-02-15"))
        );
        assert_eq!(
            before(to_date, "2026-03-31"),
            of("2026-02", Some("2026-02-28"))
        );
        assert_eq!(before(to_date, "2026-04-01"), of("2026-02", None));
        let all: MonthAsked = "all".parse().unwrap();
        assert_eq!(all.to_string(), "all");
        let refused = compared(&query, all, to_date, day("2026-03-15"));
        assert_eq!(refused.err(), Some(NotCompared));
        assert_eq!("2026-3".parse::<MonthAsked>(), Err(NotMonth));
    }
}
