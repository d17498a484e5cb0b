//! In: silver's changes, by the state machine's call. Out: gold tables, and the upkeep of both.

use bookpath_lambda_kit::{Environment, Error, Platform, run};
use bookpath_lambda_lake::{Place, Steps, Tiers};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let tiers = Tiers::default().silver(&mut environment).gold(&mut environment);
    let platform = Platform::start(environment).await?;
    let steps = Steps::new(&Place::from(&platform), &tiers)?;
    run(async |payload: Value| steps.call("ComputeGoldFunction", payload).await).await
}
