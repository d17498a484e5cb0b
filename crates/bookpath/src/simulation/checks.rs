//! Checks at the end of a simulated world, after its faults and restarts.

use std::collections::BTreeMap;

use bookpath_app::bookings::list;
use bookpath_app::inbox::delivery;
use bookpath_app::ports::{Clock as _, TableRow};
use bookpath_app::texts::conversations;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::texts::IntentState;
use bookpath_lake::Catalog;
use bookpath_simulation::{GOLD, World, bookings, gold};
use jiff::Timestamp;
use serde_json::Value;

use super::system::{Surroundings, System};
use super::wrong;
use crate::failure::Failure;

/// More rows than any world has.
const ROWS_MAX: usize = 1_000_000;
/// More deliveries than any world has.
const DELIVERIES_MAX: usize = 10_000;

/// Brings the tables up to date, and checks everything.
pub(super) async fn all(
    around: &Surroundings,
    system: &System,
    world: &World,
) -> Result<(), Failure> {
    let now = around.clock.now();
    inbox(system, world).await?;
    texts(around, system, now).await?;
    let kept = list::between(system.node.database.as_ref(), None, None).await?;
    let chains = bookings(world);
    if kept.len() != chains {
        return Err(wrong(format!(
            "{} bookings instead of {chains}",
            kept.len()
        )));
    }
    run(system, now, false).await?;
    tables(system, world, now).await?;
    let before = snapshot(system).await?;
    let again = run(system, now, false).await?;
    if again > 0 {
        return Err(wrong(format!("a run without news made {again} commits")));
    }
    run(system, now, true).await?;
    for (table, rebuilt) in snapshot(system).await? {
        let kept = before.get(table).cloned().unwrap_or_default();
        differ(&format!("{table} after a rebuild"), kept, rebuilt)?;
    }
    Ok(())
}

/// A whole run; how many commits it made.
async fn run(system: &System, as_of: Timestamp, rebuild: bool) -> Result<u64, Failure> {
    let report = system.etl.run(as_of, rebuild).await.map_err(Failure::new)?;
    Ok(report.tables.values().map(|table| table.commits).sum())
}

/// Every fact was applied once: no delivery waits, none failed, none was applied twice.
async fn inbox(system: &System, world: &World) -> Result<(), Failure> {
    let store = system.node.database.as_ref();
    for status in DeliveryStatus::ALL {
        let page = delivery::inbox(store, Some(status), DELIVERIES_MAX, None).await?;
        let (found, facts) = (page.rows.len(), world.facts.len());
        let held = match status {
            DeliveryStatus::Done => found == facts,
            DeliveryStatus::Duplicate => true,
            _ => found == 0,
        };
        if !held {
            let status = status.as_str();
            return Err(wrong(format!(
                "{found} deliveries of {facts} facts are `{status}`"
            )));
        }
    }
    Ok(())
}

/// No text was sent twice, and none waits that is due.
async fn texts(around: &Surroundings, system: &System, now: Timestamp) -> Result<(), Failure> {
    let store = system.node.database.as_ref();
    for conversation in conversations::every(store, now).await? {
        for (id, intent) in &conversation.intents {
            let sent = around.carrier.sent(id);
            let held = match intent.state {
                IntentState::Pending => sent == 0 && intent.due_at > now,
                IntentState::Suppressed => sent == 0,
                IntentState::Claimed => false,
                // The process ended before it knew, or the carrier had it: it is never sent again.
                IntentState::Unknown | IntentState::Failed => sent <= 1,
                IntentState::Sent => sent == 1,
            };
            if !held {
                return Err(wrong(format!(
                    "the text {id}, due {}, is {:?} and was sent {sent} times",
                    intent.due_at, intent.state
                )));
            }
        }
    }
    Ok(())
}

/// Gold is what the naive model says.
async fn tables(system: &System, world: &World, as_of: Timestamp) -> Result<(), Failure> {
    let expected = gold(world, as_of);
    for table in GOLD {
        let wanted = expected[table].as_array().into_iter().flatten();
        let wanted = wanted.filter_map(Value::as_object).map(line);
        let found = rows(system, table).await?;
        let found = found.into_iter().map(|mut row| {
            row.remove("as_of");
            line(&row)
        });
        differ(table, wanted.collect(), found.collect())?;
    }
    Ok(())
}

/// Every table as lines, without what says when a row was written.
async fn snapshot(system: &System) -> Result<BTreeMap<&'static str, Vec<String>>, Failure> {
    let mut all = BTreeMap::new();
    for model in Catalog::get().map_err(Failure::new)?.all() {
        let mut lines = Vec::new();
        for mut row in rows(system, &model.name).await? {
            row.retain(|column, _| column != "as_of" && !model.is_volatile(column));
            lines.push(line(&row));
        }
        all.insert(model.name.as_str(), lines);
    }
    Ok(all)
}

async fn rows(system: &System, table: &str) -> Result<Vec<TableRow>, Failure> {
    let lake = &system.etl.lake;
    lake.rows(table, &[], ROWS_MAX, 0)
        .await
        .map_err(Failure::new)
}

/// A row as text, its columns by name.
fn line(row: &TableRow) -> String {
    let sorted: BTreeMap<&String, &Value> = row.iter().collect();
    format!("{sorted:?}")
}

/// Whether rows are those that are wanted, in any order.
fn differ(what: &str, mut wanted: Vec<String>, mut found: Vec<String>) -> Result<(), Failure> {
    wanted.sort();
    found.sort();
    if wanted == found {
        return Ok(());
    }
    let only = |these: &[String], those: &[String]| {
        let one = these.iter().find(|row| those.binary_search(row).is_err());
        one.cloned().unwrap_or_else(|| "nothing".to_owned())
    };
    Err(wrong(format!(
        "{what} differs: {} rows instead of {}; only the model has {}, only the table has {}",
        found.len(),
        wanted.len(),
        only(&wanted, &found),
        only(&found, &wanted)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_differ_are_told() {
        let rows = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert!(differ("t", rows(&["a", "b"]), rows(&["b", "a"])).is_ok());
        let error = differ("t", rows(&["a", "b"]), rows(&["b", "c", "c"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t differs: 3 rows instead of 2; only the model has a, only the table has c"
        );
        assert!(differ("t", rows(&["a"]), rows(&["a", "a"])).is_err());
    }
}
