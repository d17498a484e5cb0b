//! In: silver's changes, by the state machine's call. Out: gold tables, and the upkeep of both.

use bookpath_function_runtime::{Environment, Error, run};
use bookpath_platform_aws::Platform;
use bookpath_platform_aws::lake::{Place, Steps, Tiers};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let tiers = Tiers::default()
        .silver(&mut environment)
        .gold(&mut environment);
    let platform = Platform::start(environment).await?;
    let steps = Steps::new(&Place::from(&platform), &tiers)?;
    run(async |payload: Value| steps.call("ComputeGoldFunction", payload).await).await
}
