//! Opportunities: the only truth of outcome, value and date of a deal.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use bookpath_domain::money::MINOR_MAX;

use super::CustomFields;
use crate::json;
use crate::unreadable::Unreadable;

/// A deal as Close has it (X28).
#[derive(Debug, Clone, PartialEq)]
pub struct Opportunity {
    pub status: OpportunityStatus,
    pub status_label: Option<String>,
    /// One period's value in minor units of `currency`; 0 where Close has none.
    pub value_minor: i64,
    /// ISO 4217, upper case; `None` where Close has none.
    pub currency: Option<String>,
    pub period: ValuePeriod,
    /// Per cent.
    pub confidence: Option<i64>,
    /// The owner; `[[team]]` maps it to a person by `close_user_id`.
    pub user_id: Option<String>,
    /// Whose deal it is; `None`: the lead's contact with the smallest (`date_created`, id).
    pub contact_id: Option<String>,
    /// A calendar day, to be read in the reporting time zone.
    pub date_won: Option<Date>,
    pub date_lost: Option<Date>,
    pub date_created: Option<Timestamp>,
    pub custom: CustomFields,
}

/// Whether a deal is won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpportunityStatus {
    Active,
    Won,
    Lost,
}

/// How often the value is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValuePeriod {
    OneTime,
    Monthly,
    Annual,
}

impl OpportunityStatus {
    /// Close's `status_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

impl ValuePeriod {
    /// Close's `value_period`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneTime => "one_time",
            Self::Monthly => "monthly",
            Self::Annual => "annual",
        }
    }
}

impl Opportunity {
    /// The contracted value in minor units: a monthly value counts twelve times, the others once. `None` over
    /// [`MINOR_MAX`].
    #[must_use]
    pub fn contracted_minor(&self) -> Option<i64> {
        let value = match self.period {
            ValuePeriod::OneTime | ValuePeriod::Annual => Some(self.value_minor),
            ValuePeriod::Monthly => self.value_minor.checked_mul(12),
        };
        value.filter(|minor| (-MINOR_MAX..=MINOR_MAX).contains(minor))
    }

    /// The cash that the custom field `field` says was collected, in minor units; `None` without one, and where the
    /// amount is over [`MINOR_MAX`].
    #[must_use]
    pub fn cash_minor(&self, field: &str) -> Option<i64> {
        self.custom
            .minor_units(field, self.currency.as_deref().unwrap_or("USD"))
            .filter(|cash| (-MINOR_MAX..=MINOR_MAX).contains(cash))
    }
}

/// The documents' own names are read where the real ones are missing: `status`, `currency`, `date_closed`.
pub(super) fn opportunity(data: &Value) -> Result<Opportunity, Unreadable> {
    let own = |name: &str| json::text(data, &[name]).map(str::to_owned);
    let status = own("status_type").or_else(|| own("status"));
    let status = match status.map(|text| text.to_lowercase()).as_deref() {
        Some("won") => OpportunityStatus::Won,
        Some("lost") => OpportunityStatus::Lost,
        _ => OpportunityStatus::Active,
    };
    let period = match json::text(data, &["value_period"]) {
        Some("monthly") => ValuePeriod::Monthly,
        Some("annual") => ValuePeriod::Annual,
        _ => ValuePeriod::OneTime,
    };
    let value = json::at(data, &["value"]);
    let value_minor = value.map_or(Ok(0), |value| {
        value
            .as_i64()
            .ok_or_else(|| Unreadable::new("`data.value` is no whole number of cents"))
    })?;
    let day = |name: &str| json::text(data, &[name]).and_then(day);
    let won = status == OpportunityStatus::Won;
    Ok(Opportunity {
        status,
        status_label: own("status_label"),
        value_minor,
        currency: own("value_currency")
            .or_else(|| own("currency"))
            .map(|code| code.to_uppercase()),
        period,
        confidence: json::at(data, &["confidence"]).and_then(Value::as_i64),
        user_id: own("user_id"),
        contact_id: own("contact_id"),
        date_won: day("date_won").or_else(|| day("date_closed").filter(|_| won)),
        date_lost: day("date_lost"),
        date_created: json::instant_at(data, &["date_created"]),
        custom: CustomFields::read(data),
    })
}

/// A calendar day; of an instant its day in UTC.
fn day(text: &str) -> Option<Date> {
    let head = text.get(..10).unwrap_or(text);
    head.parse().ok()
}
