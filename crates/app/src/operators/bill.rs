//! What was used, by the counters of the store: the basis of the cost report (X41).

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_domain::money::bill::{Metered, Usage};

use crate::ports::{Meters, MetersFailure, Store};

/// Counters by name, as a store lists them.
#[derive(Debug)]
pub struct Counted(Vec<(String, i64)>);

impl Counted {
    /// Reads the counters.
    ///
    /// # Errors
    /// [`MetersFailure`], when the store does not answer.
    pub async fn read(store: &dyn Store) -> Result<Self, MetersFailure> {
        let counters = store.counters().await;
        counters
            .map(Self)
            .map_err(|error| MetersFailure(error.to_string()))
    }

    /// What was counted under this name.
    #[must_use]
    pub fn of(&self, name: &str) -> i64 {
        let found = self.0.iter().find(|(counter, _)| counter == name);
        found.map_or(0, |(_, value)| *value)
    }

    /// The use as the processes of one directory count it.
    fn metered(&self) -> Metered {
        let uptime_ms = self.of("uptime_ms").max(0).unsigned_abs();
        let usage = Usage {
            sms_parts: self.of("sms_parts"),
            lambda_requests: self.of("function_calls"),
            lambda_mb_ms: self.of("function_mb_ms").into(),
            step_functions_transitions: self.of("machine_transitions"),
            dynamodb_writes: self.of("store_writes"),
            dynamodb_reads: self.of("store_reads"),
            s3_puts: self.of("object_puts"),
            kinesis_shard_hours: i64::try_from(uptime_ms.div_ceil(3_600_000)).unwrap_or(i64::MAX),
            api_gateway_requests: self.of("api_requests"),
            ..Usage::default()
        };
        Metered {
            usage,
            bookings: self.of("bookings"),
            shards: 1,
        }
    }
}

/// The meters where one process does everything and counts what AWS would charge for.
pub struct StoreMeters(pub Arc<dyn Store>);

impl std::fmt::Debug for StoreMeters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreMeters").finish_non_exhaustive()
    }
}

#[async_trait]
impl Meters for StoreMeters {
    async fn metered(&self) -> Result<Metered, MetersFailure> {
        Ok(Counted::read(self.0.as_ref()).await?.metered())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_the_use_and_a_begun_hour_of_the_stream_counts() {
        let counted = [
            ("sms_parts", 3),
            ("store_writes", 7),
            ("uptime_ms", 3_600_001),
            ("bookings", 2),
            ("webhook_received", 9),
        ];
        let counted = Counted(counted.map(|(name, value)| (name.to_owned(), value)).into());
        let usage = Usage {
            sms_parts: 3,
            dynamodb_writes: 7,
            kinesis_shard_hours: 2,
            ..Usage::default()
        };
        let expected = Metered {
            usage,
            bookings: 2,
            shards: 1,
        };
        assert_eq!(counted.metered(), expected);
    }
}
