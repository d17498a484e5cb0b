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
    /// The currency of both, where it is another one than that in which amounts add up.
    pub other_currency: Option<String>,
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
    /// The same of deals whose money adds up: not in another currency.
    pub deals_adding_up: i64,
    pub revenue_minor: i64,
    pub cash_minor: i64,
    /// Changes of amounts in other currencies; they are in no sum. Two entries where the deal changed its currency.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<DealMoney>,
}

/// Money of a deal in another currency than that in which amounts add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealMoney {
    /// ISO 4217.
    pub currency: String,
    pub revenue_minor: i64,
    pub cash_minor: i64,
}

impl DealLine {
    /// It changes a sum: the number of deals, or money that adds up.
    #[must_use]
    pub const fn adds_up(&self) -> bool {
        self.deals != 0
            || self.deals_adding_up != 0
            || self.revenue_minor != 0
            || self.cash_minor != 0
    }
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
    let mut posted = Standing::default();
    for version in versions {
        let now = Standing::of(version);
        if now == posted {
            continue;
        }
        let cause = match (posted.deals, now.deals) {
            (0, _) if out.is_empty() => DealCause::Won,
            (0, _) => DealCause::WonAgain,
            (_, 0) => DealCause::Reopened,
            _ => DealCause::Changed,
        };
        let changed_on = zone.to_datetime(version.version_at).date();
        let won_on = date_won.filter(|_| cause == DealCause::Won);
        let (was, is) = (posted.adding_up(), now.adding_up());
        out.push(DealLine {
            row_id: format!("{}@{}", version.opportunity_id, version.version_at),
            opportunity_id: version.opportunity_id.clone(),
            contact_id: newest.contact_id.clone(),
            user: newest.user.clone(),
            on: won_on.unwrap_or(changed_on),
            cause,
            deals: now.deals - posted.deals,
            deals_adding_up: is.0 - was.0,
            revenue_minor: is.1 - was.1,
            cash_minor: is.2 - was.2,
            left_out: now.left_out_since(&posted),
        });
        posted = now;
    }
    out
}

/// What stands of a deal after a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Standing<'a> {
    /// 1 where it is won, as of now.
    deals: i64,
    revenue_minor: i64,
    cash_minor: i64,
    /// `None`: the money adds up.
    other_currency: Option<&'a str>,
}

impl<'a> Standing<'a> {
    /// Count and amounts of a version of a deal: all zero unless it is won.
    fn of(version: &'a DealVersion) -> Self {
        if !version.won {
            return Self::default();
        }
        Self {
            deals: 1,
            revenue_minor: version.value_minor,
            cash_minor: version.cash_minor,
            other_currency: version.other_currency.as_deref(),
        }
    }

    /// Deals, revenue and cash that add up.
    const fn adding_up(&self) -> (i64, i64, i64) {
        match self.other_currency {
            None => (self.deals, self.revenue_minor, self.cash_minor),
            Some(_) => (0, 0, 0),
        }
    }

    fn in_currency(&self, currency: &str) -> (i64, i64) {
        if self.other_currency == Some(currency) {
            (self.revenue_minor, self.cash_minor)
        } else {
            (0, 0)
        }
    }

    /// How it differs from what stood before, in each other currency of the two.
    fn left_out_since(&self, before: &Standing<'_>) -> Vec<DealMoney> {
        let gone = before.other_currency;
        let gone = gone.filter(|currency| self.other_currency != Some(*currency));
        let currencies = gone.into_iter().chain(self.other_currency);
        let differences = currencies.map(|currency| {
            let (was, is) = (before.in_currency(currency), self.in_currency(currency));
            DealMoney {
                currency: currency.to_owned(),
                revenue_minor: is.0 - was.0,
                cash_minor: is.1 - was.1,
            }
        });
        differences.collect()
    }
}
