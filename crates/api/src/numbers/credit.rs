//! How deals are credited to touches, as the routes of attribution take it.

use bookpath_app::ports::ClockOf;
use bookpath_domain::BusinessConfig;
use bookpath_domain::numbers::attribution::{By, Days, Model, Options};
use jiff::civil::Date;

use crate::Problem;

/// Days of a window.
const WINDOW_DAYS_MAX: u32 = 3_650;

/// The parameters as they came.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given<'a> {
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) by: Option<&'a str>,
    pub(super) window_days: Option<u32>,
    pub(super) exclude_direct: Option<bool>,
}

impl Given<'_> {
    /// The checked options; what is left open is as configured.
    pub(super) fn options(&self, rules: &BusinessConfig) -> Result<Options, Problem> {
        let asked = window(self.window_days)?;
        Ok(Options {
            window_days: asked.unwrap_or(rules.attribution.window_days),
            half_life_days: rules.attribution.half_life_days,
            exclude_direct: self.exclude_direct.unwrap_or(false),
            days: days(self.from, self.to)?,
            by: by(self.by)?,
        })
    }
}

/// A window that is not too long.
pub(super) fn window(days: Option<u32>) -> Result<Option<u32>, Problem> {
    match days {
        Some(days) if days > WINDOW_DAYS_MAX => Err(Problem::invalid(format!(
            "window_days is {days}; it must be at most {WINDOW_DAYS_MAX}"
        ))),
        days => Ok(days),
    }
}

/// Days that are not upside down.
pub(crate) fn days(from: Option<Date>, to: Option<Date>) -> Result<Days, Problem> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Err(Problem::invalid(format!(
            "to is {to}, before from, which is {from}"
        ))),
        _ => Ok(Days { from, to }),
    }
}

/// Whose clock shows weekday and hour of a booking: that of the reporting zone unless `invitee` is asked for.
pub(crate) fn clock_of(zone: Option<&str>) -> Result<ClockOf, Problem> {
    match zone {
        None | Some("reporting") => Ok(ClockOf::Business),
        Some("invitee") => Ok(ClockOf::Invitee),
        Some(other) => Err(Problem::invalid(format!(
            "zone is `{other}`; it must be reporting or invitee"
        ))),
    }
}

/// `channel` unless something else is asked for.
pub(super) fn by(text: Option<&str>) -> Result<By, Problem> {
    let Some(text) = text else {
        return Ok(By::default());
    };
    text.parse()
        .map_err(|_| Problem::invalid(format!("by is `{text}`; it must be channel or campaign")))
}

/// A model by its name.
pub(super) fn model(text: &str) -> Result<Model, Problem> {
    text.parse()
        .map_err(|_| Problem::invalid(format!("no model is called `{text}`")))
}
