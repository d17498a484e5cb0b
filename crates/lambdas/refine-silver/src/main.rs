//! In: the state machine's call. Out: silver tables, and their checks. Bad records: `silver.rejected`.

use bookpath_function_runtime::{Environment, Error, run};
use bookpath_platform_aws::Platform;
use bookpath_platform_aws::lake::{Place, Steps, Tiers};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let tiers = Tiers::default()
        .bronze(&mut environment)
        .silver(&mut environment);
    let platform = Platform::start(environment).await?;
    let steps = Steps::new(&Place::from(&platform), &tiers)?;
    run(async |payload: Value| steps.call("RefineSilverFunction", payload).await).await
}
