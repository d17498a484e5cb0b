//! Why numbers moved: the differences between two versions of the gold tables, each with what caused it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::error::{LakeError, Result};
use crate::gold;
use crate::history::gone;
use crate::lake::Lake;
use crate::reader;
use crate::session;
use crate::table::Table;
use crate::table::commits::CommitTime;
use bookpath_models::{Catalog, MadeBy, Model};

/// Versions of one table that are compared; of more, every second, third, ... one.
const VERSIONS_MAX: usize = 60;
/// Rows of a table that are compared.
const ROWS_MAX: usize = 200_000;
/// Rows of silver that one run changed and that are looked at.
const NEWS_MAX: usize = 10_000;
/// Webhooks that are named for one value.
const RAWS_MAX: usize = 20;

/// A value of a gold table that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Clock of the run that changed it.
    pub at: Timestamp,
    /// Clock of the run before.
    pub after: Timestamp,
    pub table: &'static str,
    pub key: Map<String, Value>,
    pub column: String,
    /// NULL also where the row is new.
    pub from: Value,
    /// NULL also where the row is gone.
    pub to: Value,
    pub cause: Cause,
}

/// What may have changed a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// One of the webhooks with these SHA-256, or the passing of time.
    Raw(Vec<String>),
    /// Spend was recorded.
    Spend,
    /// Records without a webhook of their own, or several tables at once.
    Records,
    /// Nothing was told; time passed.
    Time,
}

/// A version, and the clock of the run that made it.
type Dated = (i64, Timestamp);

/// What silver learned between two runs, by their clocks.
type Told = HashMap<(Timestamp, Timestamp), News>;

/// Rows by key.
type Rows = BTreeMap<String, Map<String, Value>>;

impl Lake {
    /// What changed in the gold tables of bookings and spend after `since`, by time, table and key; at most `limit` values.
    ///
    /// # Errors
    /// [`LakeError::VersionGone`] when the tables of that time can't be read any more.
    pub async fn changes(&self, since: Timestamp, limit: usize) -> Result<Vec<Change>> {
        let (mut changes, mut told) = (Vec::new(), Told::new());
        let models = Catalog::get()?.tier("gold");
        for model in models.filter(|model| model.spec.made_by == MadeBy::Sql) {
            changes.extend(self.changes_of(model, since, limit, &mut told).await?);
        }
        changes.sort_by_key(|change| (change.at, change.table));
        changes.truncate(limit);
        Ok(changes)
    }

    async fn changes_of(
        &self,
        model: &'static Model,
        since: Timestamp,
        limit: usize,
        told: &mut Told,
    ) -> Result<Vec<Change>> {
        let table = Table::open(self, model).await?;
        let base = Table::open_at(self, model, since).await?.version();
        let dated = self.versions_after(&table, base).await?;
        let mut changes = Vec::new();
        let mut before = self.rows_of(model, base, since).await?;
        // Before the first run nothing was seen, however old its records are.
        let mut seen = base.map_or(Timestamp::UNIX_EPOCH, |_| since);
        for (version, at) in dated {
            let after = self.rows_of(model, Some(version), at).await?;
            if let Entry::Vacant(unknown) = told.entry((seen, at)) {
                let news = News::between(self, seen, at).await;
                unknown.insert(news.map_err(|error| gone(error, model, at))?);
            }
            let news = &told[&(seen, at)];
            changes.extend(differences(model, &before, &after, (seen, at), news));
            if changes.len() >= limit {
                break;
            }
            (before, seen) = (after, at);
        }
        changes.truncate(limit);
        Ok(changes)
    }

    /// Versions after `base` that changed rows, oldest first.
    async fn versions_after(&self, table: &Table, base: Option<i64>) -> Result<Vec<Dated>> {
        let newest = table.version().map_or(0, |version| version + 1);
        let first = base.map_or(0, |version| version + 1);
        let count = usize::try_from(newest - first).unwrap_or(0);
        let commits = table.commits_before(newest, count).await?;
        let changed: Vec<&CommitTime> = commits.iter().filter(|c| c.rows_changed).collect();
        let step = changed.len().div_ceil(VERSIONS_MAX).max(1);
        let dated = changed.into_iter().step_by(step).rev();
        dated
            .map(|commit| {
                let at = Timestamp::from_millisecond(commit.at_ms).map_err(LakeError::internal)?;
                Ok((commit.version, at))
            })
            .collect()
    }

    async fn rows_of(
        &self,
        model: &'static Model,
        version: Option<i64>,
        at: Timestamp,
    ) -> Result<Rows> {
        let Some(version) = version else {
            return Ok(Rows::new());
        };
        let table = Table::open_version(self, model, version).await?;
        let context = session::context()?;
        session::register(&context, model, table.provider().await?)?;
        let rows = reader::page(&context, model, &[], ROWS_MAX, 0).await;
        let rows = rows.map_err(|error| gone(error, model, at))?;
        Ok(rows
            .into_iter()
            .map(|row| (Value::Object(key_of(model, &row)).to_string(), row))
            .collect())
    }
}

fn key_of(model: &Model, row: &Map<String, Value>) -> Map<String, Value> {
    let columns = model.spec.key.iter();
    columns
        .map(|c| (c.clone(), row.get(c).cloned().unwrap_or(Value::Null)))
        .collect()
}

fn differences(
    model: &'static Model,
    before: &Rows,
    after: &Rows,
    (seen, at): (Timestamp, Timestamp),
    news: &News,
) -> Vec<Change> {
    let empty = Map::new();
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let columns = model.spec.columns.iter();
    let compared: Vec<&str> = columns
        .filter(|c| !c.volatile && !model.spec.key.contains(&c.name))
        .map(|c| c.name.as_str())
        .collect();
    let mut changes = Vec::new();
    for key in keys {
        let (old, new) = (before.get(key), after.get(key));
        let value = |row: Option<&Map<String, Value>>, column: &str| {
            let row = row.unwrap_or(&empty);
            row.get(column).cloned().unwrap_or(Value::Null)
        };
        let whole = new.or(old).unwrap_or(&empty);
        let moved = compared.iter().filter_map(|column| {
            let (from, to) = (value(old, column), value(new, column));
            (from != to).then(|| ((*column).to_owned(), from, to))
        });
        let moved: Vec<_> = moved.collect();
        if moved.is_empty() {
            continue;
        }
        let key = key_of(model, whole);
        changes.extend(moved.into_iter().map(|(column, from, to)| Change {
            at,
            after: seen,
            table: model.name.as_str(),
            cause: news.cause(&key, &column),
            key: key.clone(),
            column,
            from,
            to,
        }));
    }
    changes
}

/// What silver learned between two runs.
#[derive(Debug, Default)]
struct News {
    bookings: Vec<Map<String, Value>>,
    spend: Vec<Map<String, Value>>,
}

impl News {
    async fn between(lake: &Lake, after: Timestamp, until: Timestamp) -> Result<Self> {
        let window = |column: &str| {
            format!("{column} >= TIMESTAMP '{after}' AND {column} <= TIMESTAMP '{until}'")
        };
        let bookings = format!(
            "SELECT bookings.*, invitees.raw_sha256
            FROM silver.invitees AS invitees
            JOIN silver.bookings AS bookings ON bookings.chain_id = invitees.chain_id
            WHERE {} ORDER BY invitees.invitee_updated_at DESC LIMIT {NEWS_MAX}",
            window("invitees.processed_at")
        );
        let spend = format!(
            "SELECT day, channel, campaign FROM silver.ad_spend WHERE {} LIMIT {NEWS_MAX}",
            window("recorded_at")
        );
        // As silver stood then: a later run writes the same rows again.
        let context = session::context()?;
        for name in ["silver.invitees", "silver.bookings", "silver.ad_spend"] {
            let table = Table::open_at(lake, Catalog::get()?.find(name)?, until).await?;
            gold::register(&context, &table).await?;
        }
        Ok(Self {
            bookings: reader::json(context.sql(&bookings).await?).await?,
            spend: reader::json(context.sql(&spend).await?).await?,
        })
    }

    /// What moved a number.
    fn cause(&self, key: &Map<String, Value>, column: &str) -> Cause {
        let costs = ["cost", "spend", "roas"]
            .iter()
            .any(|word| column.contains(word));
        if costs && self.spend.iter().any(|row| of_spend(key, row)) {
            return Cause::Spend;
        }
        let bookings: Vec<_> = self
            .bookings
            .iter()
            .filter(|row| of_booking(key, row))
            .collect();
        if self.bookings.is_empty() && self.spend.is_empty() {
            return Cause::Time;
        }
        let raw = |row: &&Map<String, Value>| {
            let sha256 = row.get("raw_sha256").and_then(Value::as_str);
            sha256.map(str::to_owned)
        };
        let raws: Vec<String> = bookings.iter().filter_map(raw).take(RAWS_MAX).collect();
        if raws.is_empty() {
            Cause::Records
        } else {
            Cause::Raw(raws)
        }
    }
}

/// A key column of gold and what a booking has for it; a column that no booking has does not speak against it.
fn of_booking(key: &Map<String, Value>, booking: &Map<String, Value>) -> bool {
    key.iter().all(|(column, value)| match column.as_str() {
        "channel" => booking.get("marketing_channel") == Some(value),
        "campaign" => booking.get("utm_campaign") == Some(value),
        "month" => {
            let date = booking.get("booking_date").and_then(Value::as_str);
            date.and_then(|d| d.get(..7)) == value.as_str()
        }
        other => booking
            .get(other)
            .is_none_or(|of_booking| of_booking == value),
    })
}

fn of_spend(key: &Map<String, Value>, spend: &Map<String, Value>) -> bool {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let day = spend.get("day").and_then(Value::as_str).unwrap_or_default();
    let dated = text("booking_date") == Some(day) || text("month") == day.get(..7);
    dated
        && key.get("channel") == spend.get("channel")
        && key.get("campaign") == spend.get("campaign")
}
