//! Reads posted advertising spend, JSON or CSV.

use serde::Deserialize;

use crate::ports::SpendEntry;

/// Rows of one post: bounds the memory and the time of one commit.
pub const ROWS_MAX: usize = 100_000;

/// The post can't be used; the message names the line or the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpendError(pub String);

#[derive(Deserialize)]
#[serde(untagged)]
enum Posted {
    Rows(Vec<SpendEntry>),
    Wrapped { rows: Vec<SpendEntry> },
}

/// Reads `[{day, channel, campaign, amount_minor, currency}]` or `{"rows": [...]}`.
///
/// # Errors
/// [`SpendError`].
pub fn from_json(body: &[u8]) -> Result<Vec<SpendEntry>, SpendError> {
    let value: serde_json::Value = serde_json::from_slice(body)
        .map_err(|e| SpendError(format!("the body is no JSON: {e}")))?;
    let Ok(Posted::Rows(rows) | Posted::Wrapped { rows }) = serde_json::from_value(value) else {
        return Err(SpendError("expected an array of {day, channel, campaign, amount_minor, currency}, or {\"rows\": [...]}".to_owned()));
    };
    checked(rows)
}

/// Reads CSV with the header `day,channel,campaign,amount_minor,currency`, in any order; fields may be quoted.
///
/// # Errors
/// [`SpendError`] names the line.
pub fn from_csv(text: &str) -> Result<Vec<SpendEntry>, SpendError> {
    let mut lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines
        .next()
        .ok_or_else(|| SpendError("the CSV is empty".to_owned()))?;
    let header: Vec<String> = fields(header)
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    let column = |name: &str| {
        header
            .iter()
            .position(|h| h == name)
            .ok_or_else(|| SpendError(format!("the header has no `{name}`")))
    };
    let places = [
        column("day")?,
        column("channel")?,
        column("amount_minor")?,
        column("currency")?,
    ];
    let campaign_at = header.iter().position(|h| h == "campaign");
    let mut rows = Vec::new();
    for (number, line) in lines {
        let at = |message: String| SpendError(format!("line {}: {message}", number + 1));
        let values = fields(line);
        if values.len() != header.len() {
            return Err(at(format!(
                "{} fields, the header has {}",
                values.len(),
                header.len()
            )));
        }
        let [day, channel, amount, currency] = places.map(|place| values[place].trim().to_owned());
        rows.push(SpendEntry {
            day: day
                .parse()
                .map_err(|_| at(format!("`{day}` is no day (YYYY-MM-DD)")))?,
            channel,
            campaign: campaign_at.map(|place| values[place].trim().to_owned()),
            amount_minor: amount
                .parse()
                .map_err(|_| at(format!("`{amount}` is no whole number of minor units")))?,
            currency,
        });
    }
    checked(rows)
}

/// Splits one line; `"a ""b"", c"` is one field.
fn fields(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out.last_mut().into_iter().for_each(|field| field.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => out.last_mut().into_iter().for_each(|field| field.push(c)),
        }
    }
    out
}

fn checked(mut rows: Vec<SpendEntry>) -> Result<Vec<SpendEntry>, SpendError> {
    if rows.len() > ROWS_MAX {
        return Err(SpendError(format!(
            "{} rows; a post has at most {ROWS_MAX}",
            rows.len()
        )));
    }
    for (place, row) in rows.iter_mut().enumerate() {
        let at = |what: &str| SpendError(format!("row {}: {what}", place + 1));
        if row.channel.trim().is_empty() {
            return Err(at("channel is empty"));
        }
        if row.amount_minor < 0 {
            return Err(at("amount_minor is negative"));
        }
        if row.currency.len() != 3 || !row.currency.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(at("currency is no three-letter code"));
        }
        row.currency.make_ascii_uppercase();
        row.campaign = row
            .campaign
            .take()
            .filter(|campaign| !campaign.trim().is_empty());
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_say_the_same() {
        let csv = "day,channel,campaign,amount_minor,currency\n2026-03-01,google,\"spring, \"\"one\"\"\",1250,usd\n2026-03-02,google,,5,USD\n";
        let json = br#"{"rows":[{"day":"2026-03-01","channel":"google","campaign":"spring, \"one\"","amount_minor":1250,"currency":"USD"},
            {"day":"2026-03-02","channel":"google","campaign":"","amount_minor":5,"currency":"USD"}]}"#;
        let rows = from_csv(csv).unwrap();
        assert_eq!(rows, from_json(json).unwrap());
        assert_eq!(rows[1].campaign, None);
    }

    #[test]
    fn faults_are_named() {
        let header = "day,channel,campaign,amount_minor,currency\n";
        for (line, named) in [
            ("2026-13-01,a,,1,USD", "2026-13-01"),
            ("2026-01-01,a,,1.5,USD", "1.5"),
            ("2026-01-01,,,1,USD", "channel"),
            ("2026-01-01,a,,-1,USD", "negative"),
            ("2026-01-01,a,,1,US", "currency"),
            ("2026-01-01,a,1,USD", "4 fields"),
        ] {
            let error = from_csv(&format!("{header}{line}"))
                .unwrap_err()
                .to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
        assert!(
            from_csv("day,channel\n")
                .unwrap_err()
                .0
                .contains("amount_minor")
        );
        assert!(from_json(b"{}").is_err());
    }
}
