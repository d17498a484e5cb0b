//! What a test asks of the lake.

use serde_json::{Value, json};

use super::Stage;

pub(crate) const GOLD: [&str; 5] = [
    "booking_time_analysis",
    "bookings_trend",
    "channel_attribution",
    "cost_per_booking",
    "daily_bookings_by_source",
];

impl Stage {
    /// Runs the ETL at `as_of` through the local route.
    pub(crate) async fn etl(&self, as_of: &str) -> Value {
        let answer = self.post("/local/etl", &json!({ "as_of": as_of })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// All rows of a gold table.
    pub(crate) async fn gold(&self, table: &str) -> Vec<Value> {
        let path = format!("/api/marketing/{table}?limit=1000");
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.body["next_cursor"],
            Value::Null,
            "more than a page of {table}"
        );
        let mut rows = answer.body["items"].as_array().unwrap().clone();
        let whole = rows.iter_mut().filter_map(Value::as_object_mut);
        for row in whole {
            for key in ["drill", "drills"] {
                row.remove(key);
            }
        }
        rows
    }

    /// All rows of all five gold tables, without `as_of`: what two equal runs have in common.
    pub(crate) async fn all_gold(&self) -> Value {
        let mut out = json!({});
        for table in GOLD {
            let mut rows = self.gold(table).await;
            let whole = rows.iter_mut().filter_map(Value::as_object_mut);
            whole.for_each(|row| drop(row.shift_remove("as_of")));
            rows.sort_by_key(Value::to_string);
            out[table] = Value::Array(rows);
        }
        out
    }
}
