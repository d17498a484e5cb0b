//! Reads posted advertising spend, JSON or CSV.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::money::currency;
use jiff::civil::Date;
use serde::Deserialize;

use crate::ports::{LakeEngine, LakeFailure, SpendEntry, TableRow};

/// Rows of one post: bounds the memory and the time of one commit.
pub const ROWS_MAX: usize = 100_000;
/// Rows of the table that are read at once.
const PAGE: usize = 5_000;
/// Lines that an error names before it only counts.
const NAMED_MAX: usize = 5;
const COLUMNS: &str = "day,channel,campaign,amount_minor,currency";

/// The post can't be used; the message names the line and the column, or the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpendError(pub String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Posted {
    Rows(Vec<PostedRow>),
    Wrapped { rows: Vec<PostedRow> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PostedRow {
    day: String,
    channel: String,
    #[serde(default)]
    campaign: Option<String>,
    amount_minor: i64,
    currency: String,
}

/// Reads `[{day, channel, campaign, amount_minor, currency}]` or `{"rows": [...]}`.
///
/// # Errors
/// [`SpendError`] names the row, from 1.
pub fn from_json(body: &[u8]) -> Result<Vec<SpendEntry>, SpendError> {
    let value: serde_json::Value = serde_json::from_slice(&bookpath_vendors::readable(body))
        .map_err(|e| SpendError(format!("the body is no JSON: {e}")))?;
    let Ok(Posted::Rows(rows) | Posted::Wrapped { rows }) = serde_json::from_value(value) else {
        return Err(SpendError("expected an array of {day, channel, campaign, amount_minor, currency}, or {\"rows\": [...]}".to_owned()));
    };
    let mut read = Vec::with_capacity(rows.len());
    for (place, row) in rows.into_iter().enumerate() {
        let at = format!("row {}", place + 1);
        let entry = SpendEntry {
            day: day(&row.day).map_err(|why| fault(&at, &why))?,
            channel: row.channel,
            campaign: row.campaign,
            amount_minor: row.amount_minor,
            currency: row.currency,
        };
        read.push((place + 1, tidy(entry).map_err(|why| fault(&at, &why))?));
    }
    together("row", read)
}

/// Reads CSV (RFC 4180, UTF-8) with the header `day,channel,campaign,amount_minor,currency` in any order.
///
/// # Errors
/// [`SpendError`] names the line, from 1, and where it can the column.
pub fn from_csv(body: &[u8]) -> Result<Vec<SpendEntry>, SpendError> {
    let text = utf8(body)?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(unreadable)?.clone();
    let columns = Columns::read(&header)?;
    let mut read = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        let entry = columns
            .entry(&header, &record)
            .and_then(tidy)
            .map_err(|why| fault(&format!("line {line}"), &why))?;
        read.push((line, entry));
        if read.len() > ROWS_MAX {
            break;
        }
    }
    together("line", read)
}

fn fault(at: &str, why: &str) -> SpendError {
    SpendError(format!("{at}: {why}"))
}

fn unreadable(error: csv::Error) -> SpendError {
    SpendError(format!("the CSV can't be read: {error}"))
}

/// The text without its byte order mark.
fn utf8(body: &[u8]) -> Result<&str, SpendError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let line = 1 + body[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        fault(
            &format!("line {line}"),
            "the CSV is not UTF-8; save it as \"CSV UTF-8\"",
        )
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Where each column stands.
struct Columns {
    day: usize,
    channel: usize,
    campaign: Option<usize>,
    amount_minor: usize,
    currency: usize,
}

impl Columns {
    fn read(header: &csv::StringRecord) -> Result<Self, SpendError> {
        if header.iter().all(str::is_empty) {
            return Err(SpendError("the CSV is empty".to_owned()));
        }
        if let (1, Some(all)) = (header.len(), header.get(0))
            && let Some(separator) = all.chars().find(|c| matches!(c, ';' | '\t' | '|'))
        {
            let column = 1 + all.chars().take_while(|c| *c != separator).count();
            return Err(SpendError(format!(
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
            [] => Err(fault(
                "line 1",
                &format!("the header has no `{name}`; it must be {COLUMNS}"),
            )),
            _ => Err(fault("line 1", &format!("the header has `{name}` twice"))),
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

    fn entry(
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

fn day(text: &str) -> Result<Date, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("`{}` is no day (YYYY-MM-DD)", text.trim()))
}

/// Trims the texts and checks each value by itself, whatever notation it came in.
fn tidy(entry: SpendEntry) -> Result<SpendEntry, String> {
    let channel = entry.channel.trim().to_owned();
    if channel.is_empty() {
        return Err("channel is empty".to_owned());
    }
    if entry.amount_minor < 0 {
        return Err("amount_minor is negative".to_owned());
    }
    let currency = entry.currency.trim().to_ascii_uppercase();
    if !currency::is_known(&currency) {
        return Err(format!("currency `{currency}` is no code of ISO 4217"));
    }
    let campaign = entry
        .campaign
        .map(|campaign| campaign.trim().to_owned())
        .filter(|campaign| !campaign.is_empty());
    Ok(SpendEntry {
        day: entry.day,
        channel,
        campaign,
        amount_minor: entry.amount_minor,
        currency,
    })
}

/// Checks what only the rows together can break: each key comes once, and what is added up has one currency.
fn together(unit: &str, rows: Vec<(usize, SpendEntry)>) -> Result<Vec<SpendEntry>, SpendError> {
    if rows.len() > ROWS_MAX {
        return Err(SpendError(format!(
            "the post has too many rows; at most {ROWS_MAX}"
        )));
    }
    let mut keys: BTreeMap<(Date, &str, Option<&str>), Vec<usize>> = BTreeMap::new();
    let mut currencies: BTreeMap<(&str, Option<&str>), BTreeMap<&str, usize>> = BTreeMap::new();
    for (place, row) in &rows {
        let (channel, campaign) = (row.channel.as_str(), row.campaign.as_deref());
        keys.entry((row.day, channel, campaign))
            .or_default()
            .push(*place);
        currencies
            .entry((channel, campaign))
            .or_default()
            .entry(&row.currency)
            .or_insert(*place);
    }
    if let Some(((day, channel, campaign), places)) = keys.iter().find(|(_, p)| p.len() > 1) {
        return Err(SpendError(format!(
            "{}: the same day, channel and campaign ({day}, {}); add them up into one row",
            named(unit, places),
            spoken(channel, *campaign),
        )));
    }
    if let Some(((channel, campaign), found)) = currencies.iter().find(|(_, c)| c.len() > 1) {
        let mut found: Vec<(usize, &str)> = found.iter().map(|(code, at)| (*at, *code)).collect();
        found.sort_unstable();
        let (places, codes): (Vec<usize>, Vec<&str>) = found.into_iter().unzip();
        return Err(SpendError(format!(
            "{}: {} has amounts in {}; amounts of two currencies can't be added up",
            named(unit, &places),
            spoken(channel, *campaign),
            codes.join(" and "),
        )));
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn spoken(channel: &str, campaign: Option<&str>) -> String {
    match campaign {
        Some(campaign) => format!("{channel}, {campaign}"),
        None => format!("{channel} without a campaign"),
    }
}

/// `lines 2, 3 and 4`.
fn named(unit: &str, places: &[usize]) -> String {
    let mut texts: Vec<String> = places
        .iter()
        .take(NAMED_MAX)
        .map(usize::to_string)
        .collect();
    if let Some(more) = places.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
        texts.push(format!("{more} more"));
    }
    match texts.split_last() {
        Some((last, [])) => format!("{unit} {last}"),
        Some((last, head)) => format!("{unit}s {} and {last}", head.join(", ")),
        None => unit.to_owned(),
    }
}

/// Why spend was not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    #[error(transparent)]
    Refused(#[from] SpendError),
    #[error(transparent)]
    Lake(#[from] LakeFailure),
}

/// Refuses entries that would give a channel and campaign a second currency beside what is recorded already.
///
/// # Errors
/// [`RecordError::Refused`] names the campaign and both currencies.
pub async fn same_currency(
    lake: &dyn LakeEngine,
    entries: &[SpendEntry],
) -> Result<(), RecordError> {
    let posted: BTreeMap<(&str, Option<&str>), &str> = entries
        .iter()
        .map(|e| {
            (
                (e.channel.as_str(), e.campaign.as_deref()),
                e.currency.as_str(),
            )
        })
        .collect();
    let replaced: BTreeSet<(String, &str, Option<&str>)> = entries
        .iter()
        .map(|e| (e.day.to_string(), e.channel.as_str(), e.campaign.as_deref()))
        .collect();
    // Newest revision of each day.
    let mut known: BTreeMap<(String, String, Option<String>), (i64, String)> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let rows = lake.rows("silver.ad_spend", &[], PAGE, offset).await?;
        for row in &rows {
            let Some((key, revision, currency)) = recorded(row) else {
                continue;
            };
            let own = (key.1.as_str(), key.2.as_deref());
            let concerned =
                posted.contains_key(&own) && !replaced.contains(&(key.0.clone(), own.0, own.1));
            if concerned && known.get(&key).is_none_or(|(newest, _)| *newest < revision) {
                known.insert(key, (revision, currency));
            }
        }
        if rows.len() < PAGE {
            break;
        }
        offset += PAGE;
    }
    for ((day, channel, campaign), (_, currency)) in &known {
        let own = (channel.as_str(), campaign.as_deref());
        if let Some(new) = posted.get(&own).filter(|new| **new != currency.as_str()) {
            return Err(SpendError(format!(
                "{} has amounts in {currency} already ({day}), this post has {new}; amounts of two currencies can't be added up",
                spoken(own.0, own.1)
            ))
            .into());
        }
    }
    Ok(())
}

type Key = (String, String, Option<String>);

fn recorded(row: &TableRow) -> Option<(Key, i64, String)> {
    let text = |name: &str| row.get(name)?.as_str().map(str::to_owned);
    let key = (text("day")?, text("channel")?, text("campaign"));
    Some((key, row.get("revision")?.as_i64()?, text("currency")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "day,channel,campaign,amount_minor,currency\n";

    fn csv_error(lines: &str) -> String {
        from_csv(format!("{HEADER}{lines}").as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn both_notations_say_the_same() {
        let csv = "day,channel,campaign,amount_minor,currency\n2026-03-01, google ,\"spring, \"\"one\"\"\",1250,usd\n2026-03-02,google,,5, USD\n";
        let json = br#"{"rows":[{"day":"2026-03-01","channel":"google","campaign":" spring, \"one\"","amount_minor":1250,"currency":"USD"},
            {"day":" 2026-03-02 ","channel":" google","campaign":" ","amount_minor":5,"currency":"usd "}]}"#;
        let rows = from_csv(csv.as_bytes()).unwrap();
        assert_eq!(rows, from_json(json).unwrap());
        assert_eq!(
            (rows[0].channel.as_str(), &rows[1].campaign),
            ("google", &None)
        );
    }

    /// RFC 4180: line breaks, quotes and commas in quotes; CRLF; a last line without an end.
    #[test]
    fn quoted_line_breaks_and_what_spreadsheets_add() {
        let csv = "\u{feff}Day,Channel,Campaign,Amount_Minor,Currency\r\n2026-11-02,google_ads,\"Spring\nlaunch, part \"\"B\"\"\",1250,USD\r\n\r\n,,,,\r\n2026-11-02,google_ads,\"5\"\" banner, wide\",700,USD\r\n2026-11-03,google_ads,,5,usd";
        let rows = from_csv(csv.as_bytes()).unwrap();
        let campaigns: Vec<Option<&str>> = rows.iter().map(|r| r.campaign.as_deref()).collect();
        assert_eq!(
            campaigns,
            [
                Some("Spring\nlaunch, part \"B\""),
                Some("5\" banner, wide"),
                None
            ]
        );
        // The line of an error counts the line breaks in quotes.
        let error = csv_error("2026-11-02,a,\"two\nlines\",1,USD\n2026-11-02,b,,x,USD");
        assert!(
            error.starts_with("line 4: column 4 (amount_minor): `x`"),
            "{error}"
        );
    }

    #[test]
    fn faults_are_named() {
        for (line, named) in [
            ("2026-13-01,a,,1,USD", "2026-13-01"),
            ("2026-01-01,a,,1.5,USD", "column 4 (amount_minor): `1.5`"),
            ("2026-01-01,,,1,USD", "channel"),
            ("2026-01-01,a,,-1,USD", "negative"),
            ("2026-01-01,a,,1,US", "currency"),
            ("2026-01-01,a,,1,ZZZ", "currency"),
            ("2026-01-01,a,1,USD", "line 2: 4 fields"),
            ("2026-01-01;a;;1;USD", "`;`"),
        ] {
            let error = csv_error(line);
            assert!(error.contains(named), "{line}: {error}");
        }
        for (body, named) in [
            (&b"day,channel\n"[..], "amount_minor"),
            (b"day,day,channel,amount_minor,currency\n", "`day` twice"),
            (
                b"day;channel;campaign;amount_minor;currency\n2026-01-01;a;;1;USD",
                "line 1, column 4: the fields are separated by `;`",
            ),
            (
                b"day,channel,amount_minor,currency\n2026-01-01,caf\xe9,1,USD",
                "line 2: the CSV is not UTF-8",
            ),
            (b"", "empty"),
        ] {
            let error = from_csv(body).unwrap_err().to_string();
            assert!(error.contains(named), "{named}: {error}");
        }
        assert!(from_json(b"{}").is_err());
    }

    #[test]
    fn a_key_that_comes_again_is_refused_by_its_lines() {
        let three = "2026-11-07,a,x,1000,USD\n2026-11-07,a,x,2000,USD\n2026-11-07, a ,x,3000,USD";
        let error = csv_error(three);
        assert!(error.starts_with("lines 2, 3 and 4: "), "{error}");
        let json = br#"[{"day":"2026-11-07","channel":"a","amount_minor":1,"currency":"USD"},
            {"day":"2026-11-07","channel":"a","campaign":"","amount_minor":1,"currency":"USD"}]"#;
        let error = from_json(json).unwrap_err().to_string();
        assert!(error.starts_with("rows 1 and 2: "), "{error}");
    }

    #[test]
    fn two_currencies_of_one_campaign_are_refused() {
        let error = csv_error("2026-11-08,a,x,1,EUR\n2026-11-09,a,x,1,USD\n2026-11-09,a,y,1,USD");
        assert!(
            error.starts_with("lines 2 and 3: a, x has amounts in EUR and USD"),
            "{error}"
        );
        let apart = format!("{HEADER}2026-11-08,a,x,1,EUR\n2026-11-09,a,y,1,USD");
        assert_eq!(from_csv(apart.as_bytes()).unwrap().len(), 2);
    }
}
