//! In: the state machine's call. Out: silver's and gold's tables and gold's views in the Glue catalog, through Athena's DDL.

mod tables;

use bookpath_app::ports::LakeFailure;
use bookpath_function_runtime::{Environment, Error, FunctionError, run};
use bookpath_platform_aws::Platform;
use bookpath_platform_aws::athena::{Athena, AthenaSettings};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let settings = AthenaSettings::new(
        environment.required("ATHENA_WORKGROUP"),
        environment.required("GLUE_DATABASE"),
    );
    let tiers = [
        ("silver", environment.required("SILVER_BUCKET")),
        ("gold", environment.required("GOLD_BUCKET")),
    ];
    let platform = Platform::start(environment).await?;
    let athena = Athena::new(&platform.session, settings);
    run(async |_: Value| {
        let tables = tables::find(&platform, &tiers)
            .await
            .map_err(|e| FunctionError::transient(e.to_string()))?;
        let done = athena.publish(&tables).await.map_err(LakeFailure::from)?;
        let views = athena.publish_views(&tables).await;
        let views = views.map_err(LakeFailure::from)?;
        let table = |(name, done): &(String, _)| json!({ "table": name, "registration": done });
        let done: Vec<Value> = done.iter().map(table).collect();
        Ok(json!({ "tables": done, "views": views }))
    })
    .await
}
