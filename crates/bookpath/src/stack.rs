//! The deployed stack: clients for commands with `--target aws`.

pub(crate) mod vendors;

use std::sync::Arc;
use std::time::Duration;

use bookpath_app::bronze::Publisher;
use bookpath_app::lake::etl::EtlReport;
use bookpath_app::ports::{Clock, Ids as _, LakeEngine, NoFaults, RandomIds, RebuildScope};
use bookpath_app::privacy::GIVEN_UP;
use bookpath_domain::BusinessConfig;
use bookpath_domain::money::decimal::Decimal;
use bookpath_platform_aws::athena::dialect::to_athena;
use bookpath_platform_aws::athena::{Answer, Athena, AthenaSettings, QueryError};
use bookpath_platform_aws::lake::{EngineParts, Tiers, engine};
use bookpath_platform_aws::usage::{Buckets, Resources};
use bookpath_platform_aws::{
    ExecutionState, Executions, S3Objects, Session, StackMeters, StateTable, SystemClock,
    VendorPlaces, business_config, parameter,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Common;
use crate::failure::Failure;

/// The pause between two polls of an execution.
const POLL: Duration = Duration::from_millis(500);

/// The stack's names: what the parameter `/bookpath/<environment>/stack` holds.
#[derive(Debug, Clone, Deserialize)]
struct Names {
    etl_arn: String,
    business_config: String,
    dead_letter_bucket: String,
    glue_database: String,
    /// `None` of a stack that is older than this program.
    vendors: Option<VendorPlaces>,
    #[serde(flatten)]
    resources: Resources,
}

/// The stack of one environment.
pub(crate) struct Stack {
    session: Session,
    /// The parameter that holds its names.
    about: String,
    names: Names,
    pub(crate) rules: Arc<BusinessConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<StateTable>,
    pub(crate) objects: Arc<S3Objects>,
}

impl Stack {
    /// The stack of `--environment`, with the caller's own rights: region and credentials as every AWS tool finds them.
    pub(crate) async fn open(common: &Common) -> Result<Self, Failure> {
        let session = Session::of_process()
            .await
            .map_err(|e| Failure::Usage(e.to_string()))?;
        let about = format!("/bookpath/{}/stack", common.environment);
        let text = parameter(&session, &about).await.map_err(Failure::new)?;
        let names: Names =
            serde_json::from_str(&text).map_err(|e| Failure::new(format!("{about}: {e}")))?;
        let rules = Arc::new(
            business_config(&session, &names.business_config)
                .await
                .map_err(Failure::new)?,
        );
        let store = Arc::new(StateTable::new(&session, &names.resources.state_table));
        let buckets = &names.resources.buckets;
        let routes = [
            ("raw/", &buckets.raw_bucket),
            ("quarantine/", &buckets.raw_bucket),
            ("bronze/", &buckets.bronze_bucket),
            ("silver/", &buckets.silver_bucket),
            ("gold/", &buckets.gold_bucket),
            ("dead-letters/", &names.dead_letter_bucket),
            (GIVEN_UP, &names.dead_letter_bucket),
        ];
        let objects = Arc::new(
            routes
                .iter()
                .fold(S3Objects::new(&session), |objects, (prefix, bucket)| {
                    objects.route(*prefix, *bucket)
                }),
        );
        Ok(Self {
            session,
            about,
            names,
            rules,
            clock: Arc::new(SystemClock::start()),
            store,
            objects,
        })
    }

    /// The write-bronze use case, for a replay.
    pub(crate) fn publisher(&self) -> Publisher {
        Publisher {
            rules: self.rules.clone(),
            store: self.store.clone(),
            objects: self.objects.clone(),
            faults: Arc::new(NoFaults),
        }
    }

    /// The tables, for reading.
    pub(crate) fn lake(&self) -> Result<Arc<dyn LakeEngine>, Failure> {
        let place = EngineParts {
            session: self.session.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(RandomIds),
            rules: self.rules.clone(),
        };
        let Buckets {
            bronze_bucket,
            silver_bucket,
            gold_bucket,
            ..
        } = &self.names.resources.buckets;
        let tiers = Tiers::default()
            .with("bronze", bronze_bucket)
            .with("silver", silver_bucket)
            .with("state", silver_bucket);
        engine(&place, &tiers.with("gold", gold_bucket)).map_err(Failure::new)
    }

    /// What the stack has used so far.
    pub(crate) fn meters(&self) -> StackMeters {
        StackMeters {
            session: self.session.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            about: self.about.clone(),
        }
    }

    /// Asks Athena. The query is in the embedded engine's dialect; the cost is computed with the price in the rules.
    pub(crate) async fn query(&self, sql: &str, rows_max: usize) -> Result<Answer, Failure> {
        let sql = to_athena(sql).map_err(|e| Failure::Usage(e.to_string()))?;
        let price: Decimal = self
            .rules
            .bill
            .athena_tb_scanned_usd
            .parse()
            .map_err(Failure::new)?;
        let micros = price
            .times_ratio(1_000_000, 1)
            .and_then(|micros| micros.to_places(0).parse().ok());
        let usd_micros_per_terabyte =
            micros.ok_or_else(|| Failure::new("[bill] athena_tb_scanned_usd is no price"))?;
        let place = AthenaSettings::new(
            &self.names.resources.athena_workgroup,
            &self.names.glue_database,
        );
        let athena = Athena::new(
            &self.session,
            AthenaSettings {
                rows_max,
                usd_micros_per_terabyte,
                ..place
            },
        );
        athena.query(&sql).await.map_err(|error| match error {
            QueryError::Refused(_) => Failure::Usage(error.to_string()),
            other => Failure::new(other),
        })
    }

    /// Starts the ETL machine and waits until it has ended.
    pub(crate) async fn etl(
        &self,
        as_of: Timestamp,
        again: impl Into<RebuildScope>,
    ) -> Result<EtlReport, Failure> {
        let machine = Executions::new(&self.session, &self.names.etl_arn);
        let rebuild: RebuildScope = again.into();
        let input = json!({ "as_of": as_of, "rebuild": rebuild, "maintain": false });
        let execution = machine
            .start(&format!("cli-{}", RandomIds.fresh()), &input)
            .await
            .map_err(Failure::new)?;
        loop {
            match machine.state(&execution).await.map_err(Failure::new)? {
                ExecutionState::Running => tokio::time::sleep(POLL).await,
                ExecutionState::Succeeded { output } => return report(as_of, &output),
                ExecutionState::Failed { error, cause } => {
                    return Err(Failure::Failed(told(&error, &cause)));
                }
            }
        }
    }
}

/// Joins the reports of the machine's two steps into one.
fn report(as_of: Timestamp, output: &Value) -> Result<EtlReport, Failure> {
    let mut tables = bookpath_app::ports::TableRuns::new();
    for step in ["/refine/report/tables", "/compute/report/tables"] {
        let of_step = output
            .pointer(step)
            .cloned()
            .ok_or_else(|| Failure::new(format!("the execution's output has no {step}")))?;
        tables.extend(serde_json::from_value::<bookpath_app::ports::TableRuns>(
            of_step,
        )?);
    }
    Ok(EtlReport { as_of, tables })
}

/// The function's message, where the cause holds one; else error and cause as they are.
fn told(error: &str, cause: &str) -> String {
    let answer: Option<Value> = serde_json::from_str(cause).ok();
    let message = answer
        .as_ref()
        .and_then(|answer| answer.get("errorMessage"))
        .and_then(Value::as_str);
    message.map_or_else(|| format!("{error}: {cause}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_words_come_through() {
        assert_eq!(
            told(
                "RefusedError",
                r#"{"errorType":"RefusedError","errorMessage":"as_of is before"}"#
            ),
            "as_of is before"
        );
        assert_eq!(told("States.Timeout", ""), "States.Timeout: ");
    }

    #[test]
    fn the_report_holds_both_steps() {
        let run = json!({ "rows_read": 1, "rows_written": 1, "keys_recomputed": 0, "commits": 1, "duration_ms": 5 });
        let output = json!({ "refine": { "report": { "tables": { "silver.invitees": run } } }, "compute": { "report": { "tables": { "gold.bookings_trend": run } } } });
        let report = report(Timestamp::UNIX_EPOCH, &output).unwrap();
        assert_eq!(
            report.tables.keys().collect::<Vec<_>>(),
            ["gold.bookings_trend", "silver.invitees"]
        );
        assert!(super::report(Timestamp::UNIX_EPOCH, &json!({})).is_err());
    }
}
