//! Which numbers are asked for: month, user, campaign and mode, as every route of numbers takes them.

use bookpath_app::access::Caller;
use bookpath_app::numbers::{FigureScope, MonthAsked, Refused, scope};
use bookpath_domain::numbers::kpi::{Mode, Query};
use jiff::civil::Date;

use super::Current;
use super::href::Filters;
use crate::Problem;

/// Characters of a campaign's name.
const CAMPAIGN_CHARS_MAX: usize = 500;

/// The parameters as they came.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given<'a> {
    pub(super) month: Option<&'a str>,
    pub(super) user: Option<&'a str>,
    pub(super) mode: Option<&'a str>,
    pub(super) campaign: Option<&'a str>,
    pub(super) until: Option<Date>,
}

/// A question about key figures.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) month: MonthAsked,
    pub(super) asked: FigureScope,
    pub(super) query: Query,
}

impl Question {
    /// The question that the parameters ask; without a month the one of the answer's instant.
    pub(super) fn new(
        given: Given<'_>,
        caller: &Caller,
        current: &Current,
    ) -> Result<Self, Problem> {
        let month = match given.month {
            None => MonthAsked::One(bookpath_app::numbers::Month::containing(current.today())),
            Some(text) => text.parse().map_err(|_| {
                Problem::invalid(format!("month is `{text}`; it must be YYYY-MM or all"))
            })?,
        };
        let mode = mode(given.mode)?;
        let campaign = given.campaign.map(campaign).transpose()?;
        let asked = scope(caller, given.user, &current.resolved, &current.directory)?;
        let query = Query {
            period: month.period(),
            mode,
            who: asked.who.clone(),
            campaign: campaign.flatten(),
            until: given.until,
            alone: asked.own,
        };
        Ok(Self {
            month,
            asked,
            query,
        })
    }

    /// The parameters that ask the same again.
    pub(super) fn filters(&self, user: &str, current: &Current) -> Filters {
        Filters::default()
            .with("month", &self.month)
            .with("mode", mode_name(self.query.mode))
            .with("user", current.resolved.team.token(user))
            .maybe("campaign", self.query.campaign.as_ref())
            .maybe("until", self.query.until.as_ref())
            .with("as_of", &current.as_of)
            .maybe("known_at", current.known_at.as_ref())
    }
}

/// `period` or `cohort`.
pub(super) const fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Period => "period",
        Mode::Cohort => "cohort",
    }
}

fn mode(text: Option<&str>) -> Result<Mode, Problem> {
    match text {
        None | Some("period") => Ok(Mode::Period),
        Some("cohort") => Ok(Mode::Cohort),
        Some(other) => Err(Problem::invalid(format!(
            "mode is `{other}`; it must be period or cohort"
        ))),
    }
}

/// An empty campaign is none asked for.
fn campaign(text: &str) -> Result<Option<String>, Problem> {
    if text.chars().nth(CAMPAIGN_CHARS_MAX).is_some() {
        return Err(Problem::invalid(format!(
            "the campaign has more than {CAMPAIGN_CHARS_MAX} characters"
        )));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotOwn => Self::new(
                axum::http::StatusCode::FORBIDDEN,
                "forbidden",
                refused.to_string(),
            ),
            Refused::Unknown => Self::not_found(refused.to_string()),
        }
    }
}
