//! What is asked for: of which months, of whom and of which campaign.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::period::{Mode, Period};
use super::row::Row;
use super::why::Why;

/// Whose figures.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FiguresOf {
    #[default]
    Everybody,
    User(String),
    /// Facts that have no user.
    Unassigned,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    pub period: Period,
    pub mode: Mode,
    pub who: FiguresOf,
    /// Only this campaign; of spend its own, of everything else that of the contact's first touch.
    pub campaign: Option<String>,
    /// The last day of the reporting zone that counts; `None`: all of the period.
    pub until: Option<Date>,
    /// Rows of other users are none of the asker's business: they are not told of either.
    pub alone: bool,
}

impl Query {
    /// Why the row is outside; the first reason that holds.
    pub(super) fn excludes(&self, row: &Row<'_>, zone: &TimeZone) -> Option<Why> {
        let user = match &self.who {
            FiguresOf::Everybody => true,
            FiguresOf::User(user) => row.user == Some(user),
            FiguresOf::Unassigned => row.user.is_none(),
        };
        let campaign = self.campaign.as_deref();
        let late = self.until.is_some_and(|until| row.date(zone).0 > until);
        match row.month {
            None => Some(Why::NoFirstTouch),
            Some(month) if late || !self.period.has(month) => Some(Why::OtherMonth),
            _ if !user => Some(Why::OtherUser),
            _ if campaign.is_some() && row.campaign != campaign => Some(Why::OtherCampaign),
            _ => None,
        }
    }

    /// A row that is outside for this reason is not told of at all.
    pub(super) fn hides(&self, why: Why) -> bool {
        why == Why::OtherMonth || (self.alone && why == Why::OtherUser)
    }
}
