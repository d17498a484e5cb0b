//! `silver.invitees`, its reschedule chains and their bookings: what events and the passing of time change in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch, StringArray};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::TimestampMicrosecondType;

use super::chains::{self, Link, LinkedInvitee, Links};
use super::events::newest;
use crate::error::Result;
use crate::hash::key64;
use crate::input::RunInput;
use crate::schema::ArrowSchema as _;
use crate::session::ModelRunner;
use crate::table::layout::{RowPlace, joined, places};
use crate::table::rewrite::Rewrite;
use crate::table::rows::{Keys, column};

/// Application transaction of `silver.bookings`: the version of `silver.invitees` that they follow.
const SOURCE: &str = "bookpath.source.silver.invitees";

/// The transactions of a commit of bookings.
pub(super) fn seen(version: Option<i64>, as_of: (String, i64)) -> Vec<(String, i64)> {
    let source = version.map(|version| (SOURCE.to_owned(), version));
    std::iter::once(as_of).chain(source).collect()
}

/// The three tables of a run.
pub(super) struct Invitees {
    pub(super) rows: Rewrite,
    pub(super) links: Rewrite,
    pub(super) bookings: Rewrite,
    known: Links,
    runner: ModelRunner,
    as_of_us: i64,
    pub(super) chains_recomputed: u64,
}

impl Invitees {
    /// Begins with the tables as they are. Where somebody else changed the invitees, or a run ended between two commits,
    /// links and bookings are made again from all of them.
    pub(super) async fn begin(
        rows: Rewrite,
        links: Rewrite,
        bookings: Rewrite,
        input: &RunInput<'_>,
    ) -> Result<Self> {
        let seen = bookings.table.transaction(SOURCE).await?;
        let stale = !rows.is_empty() && !rows.table.changed_since(seen).await?.is_nothing();
        let (links, bookings) = if stale {
            (links.emptied(), bookings.emptied())
        } else {
            (links, bookings)
        };
        let known = Links::load(&links).await?;
        let runner = ModelRunner::new(input.as_of, input.now)?;
        let as_of_us = input.as_of.as_microsecond();
        let mut this = Self {
            rows,
            links,
            bookings,
            known,
            runner,
            as_of_us,
            chains_recomputed: 0,
        };
        if stale {
            this.follow_all().await?;
        }
        Ok(this)
    }

    /// Folds events into the stored rows.
    pub(super) async fn take_in(&mut self, events: RecordBatch) -> Result<()> {
        if events.num_rows() == 0 {
            return Ok(());
        }
        self.rows
            .load(&places(self.rows.table.model, &events)?)
            .await?;
        self.load_elsewhere(&events).await?;
        let stored = self.rows.stored(&self.rows.comparer.key_set(&events)?)?;
        let told = joined(self.rows.table.model, vec![events, stored])?;
        let folded = self.fold(newest(&self.rows.comparer, told)?).await?;
        self.follow(folded).await
    }

    /// Reads the files of invitees whose later events name another time of creation than the first one did. Only invitees
    /// of whom the events tell no beginning and who are in no file at hand are looked for.
    async fn load_elsewhere(&mut self, events: &RecordBatch) -> Result<()> {
        let uris = column(events, "invitee_uri")?.as_string::<i32>();
        let created = column(events, "invitee_created_at")?;
        let created = created.as_primitive::<TimestampMicrosecondType>();
        let updated = column(events, "invitee_updated_at")?;
        let updated = updated.as_primitive::<TimestampMicrosecondType>();
        let status = column(events, "invitee_status")?.as_string::<i32>();
        let mut found: BTreeSet<&str> = BTreeSet::new();
        for row in 0..events.num_rows() {
            if updated.value(row) <= created.value(row) && status.value(row) != "canceled" {
                found.insert(uris.value(row));
            }
        }
        let mut missing: BTreeSet<String> = uris.iter().flatten().map(str::to_owned).collect();
        missing.retain(|uri| !found.contains(uri.as_str()));
        for batch in self.rows.loaded() {
            for uri in column(batch, "invitee_uri")?
                .as_string::<i32>()
                .iter()
                .flatten()
            {
                missing.remove(uri);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        self.rows.load_holding("invitee_uri", &missing).await
    }

    /// Judges calls that have begun or ended since the last run.
    pub(super) async fn pass_time(&mut self) -> Result<()> {
        let as_of = self.as_of_us;
        // Of the values of `attendance`, `pending` is the greatest.
        let may_hold = |file: &crate::table::DataFile| {
            file.greatest("attendance").is_none_or(|a| a >= "pending")
                && file
                    .instants("event_start_time")
                    .is_none_or(|(least, _)| least <= as_of)
        };
        for file in self.rows.files_where(may_hold) {
            let rows = self.rows.read_file(&file).await?;
            let due = filter_record_batch(&rows, &due(&rows, as_of))?;
            if due.num_rows() > 0 {
                let folded = self.fold(due).await?;
                self.follow(folded).await?;
            }
        }
        Ok(())
    }

    /// Judges the rows at these places again whose uri is wanted, as `changed` makes them.
    pub(super) async fn judge(
        &mut self,
        places: &BTreeSet<RowPlace>,
        wanted: impl Fn(&str) -> bool,
        changed: impl Fn(&RecordBatch) -> Result<RecordBatch>,
    ) -> Result<()> {
        self.rows.load(places).await?;
        let rows = changed(&self.select_loaded(wanted)?)?;
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let folded = self.fold(rows).await?;
        self.follow(folded).await
    }

    /// Makes links and bookings of all rows.
    async fn follow_all(&mut self) -> Result<()> {
        let columns = [
            "invitee_uri",
            "invitee_created_at",
            "booking_year",
            "booking_month",
            "old_invitee_uri",
            "new_invitee_uri",
        ];
        let mut linked = Vec::new();
        self.rows
            .read(&columns, |batch| {
                linked.extend(
                    chains::members(batch)?
                        .into_iter()
                        .filter(|m| m.link.names != [None, None]),
                );
                Ok(())
            })
            .await?;
        for member in &linked {
            self.known.insert(key64(&member.uri), member.link);
        }
        let batch = chains::batch(self.links.table.model, &linked.iter().collect::<Vec<_>>())?;
        self.links.apply(&batch, &Keys::new()).await?;
        for file in self.rows.files_where(|_| true) {
            let rows = self.rows.read_file(&file).await?;
            self.follow(rows).await?;
        }
        Ok(())
    }

    /// Judges rows, one of each invitee.
    async fn fold(&self, facts: RecordBatch) -> Result<RecordBatch> {
        let model = self.rows.table.model;
        let facts = [("bronze.calendly_events", facts)];
        self.runner.run(model, &facts).await
    }

    /// Puts rows in under their chains, and makes the chains' bookings again. A row's own `chain_id` is not trusted.
    async fn follow(&mut self, rows: RecordBatch) -> Result<()> {
        let members = chains::members(&rows)?;
        let groups = self.groups(&members).await?;
        self.rows
            .load(&places(self.rows.table.model, &rows)?)
            .await?;
        let wanted: BTreeSet<i64> = groups.iter().flatten().copied().collect();
        let own: BTreeSet<i64> = members.iter().map(|m| key64(&m.uri)).collect();
        let places: BTreeSet<RowPlace> = wanted
            .difference(&own)
            .filter_map(|key| self.known.get(*key))
            .map(chains::Link::place)
            .collect();
        self.rows.load(&places).await?;
        let mates = self.select_loaded(|uri| {
            let key = key64(uri);
            wanted.contains(&key) && !own.contains(&key)
        })?;
        let model = self.rows.table.model;
        let stored = self.rows.stored(&self.rows.comparer.key_set(&rows)?)?;
        let before = joined(model, vec![stored, mates.clone()])?;
        let all = joined(model, vec![rows, mates])?;
        let all = with_chains(&all, &first_members(&chains::members(&all)?, &groups))?;
        self.chains_recomputed += distinct(&all, "chain_id").len() as u64;
        self.rows.apply(&all, &Keys::new()).await?;
        let fresh = self
            .runner
            .run(
                self.bookings.table.model,
                &[("silver.invitees", all.clone())],
            )
            .await?;
        self.replace_bookings(&before, &fresh).await
    }

    /// Remembers the links of some rows and gives the groups of invitees that they belong to.
    async fn groups(&mut self, members: &[LinkedInvitee]) -> Result<Vec<Vec<i64>>> {
        let mut left: BTreeSet<RowPlace> = BTreeSet::new();
        for member in members.iter().filter(|m| m.link.names != [None, None]) {
            let before = self.known.get(key64(&member.uri)).map(Link::place);
            left.extend(before.filter(|place| *place != member.link.place()));
            self.known.insert(key64(&member.uri), member.link);
        }
        let left = left.into_iter().map(|place| RowPlace {
            partition: place.partition[..1].to_vec(),
            ..place
        });
        self.links.load(&left.collect()).await?;
        let mut linked: Vec<LinkedInvitee> = members
            .iter()
            .filter(|m| self.known.concerns(m))
            .cloned()
            .collect();
        if linked.is_empty() {
            return Ok(Vec::new());
        }
        let unknown = self.unknown_names(&linked, members);
        if !unknown.is_empty() {
            self.rows.load_holding("invitee_uri", &unknown).await?;
            for batch in self.rows.loaded() {
                linked.extend(
                    chains::members(batch)?
                        .into_iter()
                        .filter(|m| unknown.contains(&m.uri)),
                );
            }
        }
        for member in &linked {
            self.known.insert(key64(&member.uri), member.link);
        }
        let batch = chains::batch(self.links.table.model, &linked.iter().collect::<Vec<_>>())?;
        self.links.apply(&batch, &Keys::new()).await?;
        Ok(self
            .known
            .groups(&linked.iter().map(|m| key64(&m.uri)).collect()))
    }

    /// Uris that linked rows name and that neither the links nor the rows at hand know.
    fn unknown_names(
        &self,
        linked: &[LinkedInvitee],
        members: &[LinkedInvitee],
    ) -> BTreeSet<String> {
        let at_hand: BTreeSet<&str> = members.iter().map(|m| m.uri.as_str()).collect();
        let names = linked
            .iter()
            .flat_map(|m| [&m.old, &m.new])
            .filter(|name| !name.is_empty());
        names
            .filter(|n| !at_hand.contains(n.as_str()) && self.known.get(key64(n)).is_none())
            .cloned()
            .collect()
    }

    /// Rows of the files at hand, by their uri.
    fn select_loaded(&self, wanted: impl Fn(&str) -> bool) -> Result<RecordBatch> {
        let select = |batch: &RecordBatch| -> Result<RecordBatch> {
            let uris = batch.column(0).as_string::<i32>();
            let mask: BooleanArray = uris
                .iter()
                .map(|uri| Some(uri.is_some_and(&wanted)))
                .collect();
            Ok(filter_record_batch(batch, &mask)?)
        };
        let found = self.rows.loaded().map(select).collect::<Result<Vec<_>>>()?;
        Ok(concat_batches(&self.rows.table.model.schema(), &found)?)
    }

    /// Puts bookings in and takes those out whose chain is now part of another one.
    async fn replace_bookings(&mut self, before: &RecordBatch, fresh: &RecordBatch) -> Result<()> {
        let now = distinct(fresh, "chain_id");
        let were = distinct(before, "chain_id");
        let gone: BTreeSet<String> = were.iter().filter(|c| !now.contains(*c)).cloned().collect();
        let model = self.bookings.table.model;
        let firsts = chains::members(before)?
            .into_iter()
            .filter(|m| were.contains(&m.uri));
        let places: BTreeSet<RowPlace> = firsts
            .map(|m| RowPlace {
                partition: vec![m.link.year.to_string()],
                at: Some(m.link.created),
            })
            .collect();
        self.bookings.load(&places).await?;
        let schema = Arc::new(
            model
                .schema()
                .project(&[model.schema().index_of("chain_id")?])?,
        );
        let keys =
            RecordBatch::try_new(schema, vec![Arc::new(StringArray::from_iter_values(&gone))])?;
        let keys = self.bookings.comparer.key_set(&keys)?;
        let held = self
            .bookings
            .comparer
            .key_set(&self.bookings.stored(&keys)?)?;
        self.bookings.apply(fresh, &held).await
    }
}

/// Rows whose attendance may turn: pending, and the call has begun.
fn due(rows: &RecordBatch, as_of: i64) -> BooleanArray {
    let (Some(attendance), Some(start)) = (
        rows.column_by_name("attendance"),
        rows.column_by_name("event_start_time"),
    ) else {
        return BooleanArray::from(vec![true; rows.num_rows()]);
    };
    let (attendance, start) = (
        attendance.as_string::<i32>(),
        start.as_primitive::<TimestampMicrosecondType>(),
    );
    let is_due = |row: usize| {
        attendance.is_null(row) || (attendance.value(row) == "pending" && start.value(row) <= as_of)
    };
    (0..rows.num_rows()).map(|row| Some(is_due(row))).collect()
}

/// The chain of every member: the first of its group by time and uri.
fn first_members(members: &[LinkedInvitee], groups: &[Vec<i64>]) -> HashMap<String, String> {
    let by_key: BTreeMap<i64, &LinkedInvitee> =
        members.iter().map(|m| (key64(&m.uri), m)).collect();
    let mut chains = HashMap::new();
    for group in groups {
        let known = || group.iter().filter_map(|key| by_key.get(key));
        let first = known().min_by_key(|m| (m.link.created, &m.uri));
        if let Some(first) = first {
            chains.extend(known().map(|m| (m.uri.clone(), first.uri.clone())));
        }
    }
    chains
}

/// The rows with their chains; a row without one is a chain of its own.
fn with_chains(rows: &RecordBatch, chains: &HashMap<String, String>) -> Result<RecordBatch> {
    let schema = rows.schema();
    let uris = rows
        .column(schema.index_of("invitee_uri")?)
        .as_string::<i32>();
    let chain = uris
        .iter()
        .map(|uri| uri.map(|uri| chains.get(uri).map_or(uri, String::as_str)));
    let chain: StringArray = chain.collect();
    let mut columns = rows.columns().to_vec();
    columns[schema.index_of("chain_id")?] = Arc::new(chain);
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn distinct(rows: &RecordBatch, column: &str) -> BTreeSet<String> {
    let values = rows.column_by_name(column).map(|c| {
        c.as_string::<i32>()
            .iter()
            .flatten()
            .map(str::to_owned)
            .collect()
    });
    values.unwrap_or_default()
}
