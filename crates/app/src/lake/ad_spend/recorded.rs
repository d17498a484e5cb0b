//! Spend that is recorded already, beside what is posted.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{FAULTS_MAX, SpendError};
use super::together::spoken;
use crate::ports::{LakeEngine, LakeFailure, SpendEntry, TableRow};

/// Rows of the table that are read at once.
const PAGE: usize = 5_000;

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
    let faults: Vec<String> = known
        .iter()
        .filter_map(|((day, channel, campaign), (_, currency))| {
            let own = (channel.as_str(), campaign.as_deref());
            let new = posted.get(&own).filter(|new| **new != currency.as_str())?;
            let whose = spoken(own.0, own.1);
            Some(format!("{whose} has amounts in {currency} already ({day}), this post has {new}; amounts of two currencies can't be added up"))
        })
        .take(FAULTS_MAX)
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(SpendError { faults }.into())
}

type Key = (String, String, Option<String>);

fn recorded(row: &TableRow) -> Option<(Key, i64, String)> {
    let text = |name: &str| row.get(name)?.as_str().map(str::to_owned);
    let key = (text("day")?, text("channel")?, text("campaign"));
    Some((key, row.get("revision")?.as_i64()?, text("currency")?))
}
