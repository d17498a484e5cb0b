//! The columns of a CSV of spend.

use super::entry::day;
use super::error::SpendError;
use crate::ports::SpendEntry;

const COLUMNS: &str = "day,channel,campaign,amount_minor,currency";

/// Where each column stands.
pub(super) struct Columns {
    day: usize,
    channel: usize,
    campaign: Option<usize>,
    amount_minor: usize,
    currency: usize,
}

impl Columns {
    pub(super) fn read(header: &csv::StringRecord) -> Result<Self, SpendError> {
        if header.iter().all(str::is_empty) {
            return Err(SpendError::one("the CSV is empty"));
        }
        if let (1, Some(all)) = (header.len(), header.get(0))
            && let Some(separator) = all.chars().find(|c| matches!(c, ';' | '\t' | '|'))
        {
            let column = 1 + all.chars().take_while(|c| *c != separator).count();
            return Err(SpendError::one(format!(
                "line 1, column {column}: the fields are separated by `{}`; separate them by commas, and the decimal comma has no place in amount_minor",
                separator.escape_default()
            )));
        }
        let places = |name: &str| {
            header
                .iter()
                .enumerate()
                .filter(|(_, own)| own.eq_ignore_ascii_case(name))
                .map(|(place, _)| place)
                .collect::<Vec<usize>>()
        };
        let column = |name: &str| match places(name).as_slice() {
            [place] => Ok(*place),
            [] => Err(SpendError::one(format!(
                "line 1: the header has no `{name}`; it must be {COLUMNS}"
            ))),
            _ => Err(SpendError::one(format!(
                "line 1: the header has `{name}` twice"
            ))),
        };
        Ok(Self {
            day: column("day")?,
            channel: column("channel")?,
            campaign: match places("campaign").len() {
                0 => None,
                _ => Some(column("campaign")?),
            },
            amount_minor: column("amount_minor")?,
            currency: column("currency")?,
        })
    }

    pub(super) fn entry(
        &self,
        header: &csv::StringRecord,
        record: &csv::StringRecord,
    ) -> Result<SpendEntry, String> {
        if record.len() != header.len() {
            let separators = record.iter().any(|field| field.contains(';'));
            let hint = if separators {
                "; fields are separated by commas, not by `;`"
            } else {
                ""
            };
            return Err(format!(
                "{} fields, the header has {}{hint}",
                record.len(),
                header.len()
            ));
        }
        let field = |place: usize| record.get(place).unwrap_or_default();
        let at =
            |place: usize, why: String| format!("column {} ({}): {why}", place + 1, &header[place]);
        let amount = field(self.amount_minor);
        Ok(SpendEntry {
            day: day(field(self.day)).map_err(|why| at(self.day, why))?,
            channel: field(self.channel).to_owned(),
            campaign: self.campaign.map(|place| field(place).to_owned()),
            amount_minor: amount.parse().map_err(|_| {
                at(
                    self.amount_minor,
                    format!("`{amount}` is no whole number of minor units"),
                )
            })?,
            currency: field(self.currency).to_owned(),
        })
    }
}
