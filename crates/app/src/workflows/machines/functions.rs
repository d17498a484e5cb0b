//! The functions of the ETL machine, as they run inside one process.

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_asl::TaskFailure;
use bookpath_domain::BusinessConfig;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Functions;
use crate::effects::{Performer, TextEnding, follow_up, seconds_until};
use crate::lake::etl::Etl;
use crate::ports::{Checked, LakeFailure, ObjectStore, RebuildScope, RowFilter, StoreError};
use crate::privacy::{delete_old, drop_noted};

/// Refine, check, compute, maintain, publish, and check what was computed.
#[derive(Clone)]
pub struct EtlFunctions {
    pub etl: Etl,
    /// How old the newest change may be before the freshness check fails; `None` only reports its age.
    pub max_age: Option<SignedDuration>,
    /// The zone of `booking_date`.
    pub zone: jiff::tz::TimeZone,
    /// Objects whose time is over are removed here; `None` where they lie in a service that does it by its own rules.
    pub objects: Option<Arc<dyn ObjectStore>>,
    /// Where bodies were emptied: their earlier versions are deleted here. `None` for a function that does no upkeep.
    pub bodies: Option<Arc<dyn ObjectStore>>,
}

impl std::fmt::Debug for EtlFunctions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EtlFunctions")
            .field("etl", &self.etl)
            .finish_non_exhaustive()
    }
}

impl EtlFunctions {
    /// The functions of this ETL under the business rules.
    #[must_use]
    pub fn new(etl: Etl, rules: &BusinessConfig) -> Self {
        let hours = rules.etl.freshness_hours;
        let max_age = (hours > 0).then(|| SignedDuration::from_hours(hours.into()));
        Self {
            etl,
            max_age,
            zone: rules.reporting_timezone.clone(),
            objects: None,
            bodies: None,
        }
    }

    /// The same functions with objects to keep in order.
    #[must_use]
    pub fn with_objects(self, objects: Arc<dyn ObjectStore>) -> Self {
        Self {
            objects: Some(objects.clone()),
            bodies: Some(objects),
            ..self
        }
    }

    /// The same functions where a service removes objects by its own rules, but not the earlier versions of emptied bodies.
    #[must_use]
    pub fn with_bodies(self, bodies: Arc<dyn ObjectStore>) -> Self {
        Self {
            bodies: Some(bodies),
            ..self
        }
    }
}

#[derive(Debug, Deserialize)]
struct Payload {
    action: String,
    as_of: Timestamp,
    #[serde(default)]
    rebuild: RebuildScope,
    #[serde(default)]
    full: bool,
    #[serde(default)]
    input: Input,
}

/// What the execution itself was started with.
#[derive(Debug, Default, Deserialize)]
struct Input {
    /// A schedule started it. Schedules fire late, so another run may have passed the instant of this one: it goes on from
    /// there. An instant that a person asked for is refused then.
    #[serde(default)]
    scheduled: bool,
}

#[async_trait]
impl Functions for EtlFunctions {
    async fn call(&self, name: &str, payload: Value) -> Result<Value, TaskFailure> {
        let payload: Payload = serde_json::from_value(payload).map_err(|e| TaskFailure {
            error: "ValidationError".to_owned(),
            cause: e.to_string(),
        })?;
        let answer = match (name, payload.action.as_str()) {
            ("RefineSilverFunction", "refine") => self.refine(&payload).await,
            ("RefineSilverFunction", "check") => {
                let checked = if payload.full {
                    Checked::Silver
                } else {
                    Checked::Log
                };
                return self.check(checked, &payload).await;
            }
            ("ComputeGoldFunction", "check") => return self.check(Checked::Gold, &payload).await,
            ("ComputeGoldFunction", "compute") => self.compute(&payload).await,
            ("ComputeGoldFunction", "maintain") => self.maintain().await,
            ("PublishCatalogFunction", "publish") => self
                .etl
                .lake
                .tables()
                .await
                .map(|tables| json!({ "tables": tables })),
            (_, action) => {
                let cause = format!("{name} has no action `{action}`");
                return Err(TaskFailure {
                    error: "ValidationError".to_owned(),
                    cause,
                });
            }
        };
        answer.map_err(|failure| failed(&failure))
    }
}

fn failed(failure: &LakeFailure) -> TaskFailure {
    TaskFailure {
        error: failure.error_type().to_owned(),
        cause: failure.to_string(),
    }
}

impl EtlFunctions {
    /// A check that does not hold fails the run: one of silver before it reaches gold.
    async fn check(&self, checked: Checked, payload: &Payload) -> Result<Value, TaskFailure> {
        let max_age = self.max_age.unwrap_or(SignedDuration::MAX);
        let checks = self
            .etl
            .lake
            .check(checked, payload.as_of, max_age)
            .await
            .map_err(|e| failed(&e))?;
        let broken: Vec<String> = checks
            .iter()
            .filter(|check| !check.passed)
            .map(|check| format!("{} of {}: {}", check.name, check.table, check.detail))
            .collect();
        if broken.is_empty() {
            return Ok(json!({ "checks": checks }));
        }
        Err(TaskFailure {
            error: "QualityError".to_owned(),
            cause: broken.join("; "),
        })
    }

    /// Maintains the tables, then deletes everything past its retention.
    async fn maintain(&self) -> Result<Value, LakeFailure> {
        let (etl, now) = (&self.etl, self.etl.clock.now());
        let tables = etl.lake.maintain(now).await?;
        let kept = &etl.rules.retention;
        let store = etl.store.as_ref();
        let deleted = delete_old(store, self.objects.as_deref(), kept, now).await?;
        let emptied = match &self.bodies {
            Some(bodies) => drop_noted(store, bodies.as_ref()).await?,
            None => 0,
        };
        Ok(json!({ "tables": tables, "deleted": deleted, "emptied_bodies": emptied }))
    }

    /// The report names the instant that was used.
    async fn refine(&self, payload: &Payload) -> Result<Value, LakeFailure> {
        let as_of = if payload.input.scheduled {
            self.etl.not_before_last(payload.as_of).await?
        } else {
            payload.as_of
        };
        let tables = self.etl.refine(as_of, &payload.rebuild).await?;
        Ok(json!({ "as_of": as_of, "tables": tables }))
    }

    async fn compute(&self, payload: &Payload) -> Result<Value, LakeFailure> {
        let tables = self.etl.compute(payload.as_of, &payload.rebuild).await?;
        Ok(json!({ "tables": tables, "bookings": self.bookings(payload.as_of).await? }))
    }

    /// Bookings of yesterday and of the day before, and the change between them.
    async fn bookings(&self, as_of: Timestamp) -> Result<Value, LakeFailure> {
        let today = as_of.to_zoned(self.zone.clone()).date();
        let (yesterday, before) = (
            today.saturating_sub(1.day()),
            today.saturating_sub(2.days()),
        );
        let column = || "booking_date".to_owned();
        let filters = [
            RowFilter::From {
                column: column(),
                value: before.to_string(),
            },
            RowFilter::To {
                column: column(),
                value: yesterday.to_string(),
            },
        ];
        let rows = self
            .etl
            .lake
            .rows("gold.bookings_trend", &filters, 2, 0)
            .await?;
        let of = |day: jiff::civil::Date| {
            let row = rows.iter().find(|row| {
                row.get("booking_date").and_then(Value::as_str) == Some(day.to_string().as_str())
            });
            row.and_then(|row| row.get("bookings"))
                .and_then(Value::as_i64)
                .unwrap_or(0)
        };
        let (newer, older) = (of(yesterday), of(before));
        Ok(
            json!({ "day": yesterday, "bookings": newer, "day_before": older, "change": newer - older }),
        )
    }
}

/// The function of the follow-up's machine.
#[derive(Debug, Clone)]
pub struct FollowUpFunction {
    pub performer: Arc<Performer>,
}

#[derive(Debug, Deserialize)]
struct FollowUpPayload {
    intent_id: String,
}

impl FollowUpFunction {
    /// Answers `{status, wait_seconds, reason}`; `status` is `deferred` when the text has to wait again, and `later`
    /// when that is too long for a machine: another execution will do it.
    ///
    /// # Errors
    /// `ValidationError` for another payload, `TransientError` while the store fails, `SystemError` else.
    pub async fn call(&self, payload: Value) -> Result<Value, TaskFailure> {
        let payload: FollowUpPayload =
            serde_json::from_value(payload).map_err(|e| TaskFailure {
                error: "ValidationError".to_owned(),
                cause: e.to_string(),
            })?;
        let ending = follow_up(&self.performer, &payload.intent_id)
            .await
            .map_err(|e| {
                let error = if matches!(e, StoreError::Corrupt(_) | StoreError::Refused(_)) {
                    "SystemError"
                } else {
                    "TransientError"
                };
                TaskFailure {
                    error: error.to_owned(),
                    cause: e.to_string(),
                }
            })?;
        let now = self.performer.reactor.now();
        Ok(match ending {
            TextEnding::Deferred(until) => {
                json!({ "status": "deferred", "wait_seconds": seconds_until(until, now), "reason": null })
            }
            TextEnding::Suppressed(reason) => {
                json!({ "status": "suppressed", "wait_seconds": 0, "reason": reason.as_str() })
            }
            TextEnding::Sent => json!({ "status": "sent", "wait_seconds": 0, "reason": null }),
            TextEnding::Later => json!({ "status": "later", "wait_seconds": 0, "reason": null }),
            TextEnding::Unknown => {
                json!({ "status": "unknown", "wait_seconds": 0, "reason": null })
            }
            TextEnding::Failed => json!({ "status": "failed", "wait_seconds": 0, "reason": null }),
            TextEnding::Nothing => {
                json!({ "status": "nothing", "wait_seconds": 0, "reason": null })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use bookpath_testkit::{MemoryLake, MemoryStore, SetClock};

    use super::*;

    #[tokio::test]
    async fn a_scheduled_run_that_another_has_passed_goes_on_and_a_persons_is_refused() {
        let rules = Arc::new(BusinessConfig::default());
        let etl = Etl {
            store: Arc::new(MemoryStore::default()),
            lake: Arc::new(MemoryLake::default()),
            clock: Arc::new(SetClock::at("2026-03-02T02:00:30Z")),
            rules: rules.clone(),
            resolutions: None,
        };
        let functions = EtlFunctions::new(etl, &rules);
        let refine = async |as_of: &str, input: Value| {
            let payload = json!({ "action": "refine", "as_of": as_of, "input": input });
            functions.call("RefineSilverFunction", payload).await
        };
        let (night, interval) = ("2026-03-02T02:00:00Z", "2026-03-02T02:00:20Z");
        let scheduled = json!({ "scheduled": true });
        let first = refine(interval, scheduled.clone()).await.unwrap();
        assert_eq!(first["as_of"], interval);
        let late = refine(night, scheduled.clone()).await.unwrap();
        assert_eq!(late["as_of"], interval);
        for asked in [json!({}), json!({ "scheduled": false })] {
            let refused = refine(night, asked).await.unwrap_err();
            assert_eq!(refused.error, "RefusedError");
        }
        let later = "2026-03-02T02:05:20Z";
        let next = refine(later, scheduled).await.unwrap();
        assert_eq!(next["as_of"], later);
    }
}
