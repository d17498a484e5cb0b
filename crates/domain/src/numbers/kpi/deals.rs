//! Opportunities as lines that add up: won, changed, reopened, won again.
//!
//! A closed month never changes because a deal changed later; the difference is a line of the day of
//! the change, with its cause.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A version of an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DealVersion {
    pub opportunity_id: String,
    pub version_at: Timestamp,
    /// Won, and neither lost nor deleted.
    pub won: bool,
    /// Its deletion, of which the CRM tells nothing but the id.
    pub deleted: bool,
    pub date_won: Option<Date>,
    /// Contracted value in minor units.
    pub value_minor: i64,
    /// What the CRM says was collected, in minor units.
    pub cash_minor: i64,
    pub contact_id: String,
    pub user: Option<String>,
}

/// Why a line was posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum DealCause {
    Won,
    /// Value or cash was changed while the deal was won.
    Changed,
    /// It is no longer won.
    Reopened,
    WonAgain,
}

/// What a version of a deal adds to the figures of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealLine {
    /// `<opportunity>@<version>`
    pub row_id: String,
    pub opportunity_id: String,
    pub contact_id: String,
    pub user: Option<String>,
    /// Day of the reporting zone: `date_won`, of later changes that of the version.
    pub on: Date,
    pub cause: DealCause,
    /// −1, 0 or 1.
    pub deals: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
}

/// The lines of all opportunities, from any of their versions in any order; by opportunity and version.
///
/// Contact and owner are those of the newest version that is no deletion. The first time a deal is won counts on the
/// `date_won` that was last given for it before it was reopened.
#[must_use]
pub fn lines(versions: &[DealVersion], zone: &TimeZone) -> Vec<DealLine> {
    let mut sorted: Vec<&DealVersion> = versions.iter().collect();
    let key = |v: &DealVersion| (v.opportunity_id.clone(), v.version_at);
    sorted.sort_by_cached_key(|version| key(version));
    sorted.dedup_by(|a, b| key(a) == key(b));
    sorted
        .chunk_by(|a, b| a.opportunity_id == b.opportunity_id)
        .flat_map(|of_one| lines_of(of_one, zone))
        .collect()
}

fn lines_of(versions: &[&DealVersion], zone: &TimeZone) -> Vec<DealLine> {
    let newest = versions.iter().rev().find(|version| !version.deleted);
    let Some(newest) = newest.or(versions.last()) else {
        return Vec::new();
    };
    // Versions of one opportunity up to its first reopening.
    let first_won = versions.iter().skip_while(|v| !v.won).take_while(|v| v.won);
    let date_won = first_won.filter_map(|v| v.date_won).last();
    let mut out: Vec<DealLine> = Vec::new();
    let mut posted = (0, 0, 0);
    for version in versions {
        let now = if version.won {
            (1, version.value_minor, version.cash_minor)
        } else {
            (0, 0, 0)
        };
        if now == posted {
            continue;
        }
        let cause = match (posted.0, now.0) {
            (0, _) if out.is_empty() => DealCause::Won,
            (0, _) => DealCause::WonAgain,
            (_, 0) => DealCause::Reopened,
            _ => DealCause::Changed,
        };
        let changed_on = zone.to_datetime(version.version_at).date();
        let won_on = date_won.filter(|_| cause == DealCause::Won);
        out.push(DealLine {
            row_id: format!("{}@{}", version.opportunity_id, version.version_at),
            opportunity_id: version.opportunity_id.clone(),
            contact_id: newest.contact_id.clone(),
            user: newest.user.clone(),
            on: won_on.unwrap_or(changed_on),
            cause,
            deals: now.0 - posted.0,
            revenue_minor: now.1 - posted.1,
            cash_minor: now.2 - posted.2,
        });
        posted = now;
    }
    out
}
