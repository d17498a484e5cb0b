//! In: the event stream. Out: bronze objects, and the work list of the next run. Bad records: dead letters in the table.

use std::sync::Arc;

use bookpath_app::bronze::Publisher;
use bookpath_app::bronze::publish::publish;
use bookpath_app::ports::NoFaults;
use bookpath_function_runtime::{Environment, Error, Source as _, consume};
use bookpath_platform_aws::{Current, Platform};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let (raw, bronze, dead_letters) = (
        environment.required("RAW_BUCKET"),
        environment.required("BRONZE_BUCKET"),
        environment.required("DEAD_LETTER_BUCKET"),
    );
    let platform = Platform::start(environment).await?;
    let current = Current::new(platform, move |platform| {
        let objects = [
            ("raw/", raw.as_str()),
            ("bronze/", &bronze),
            ("dead-letters/", &dead_letters),
        ];
        Ok(Publisher {
            rules: platform.rules.clone(),
            store: platform.store(),
            objects: platform.objects(&objects),
            faults: Arc::new(NoFaults),
        })
    })?;
    consume(async |records| {
        let published = publish(current.get().await.as_ref(), &records).await;
        (published.failed, published.error)
    })
    .await
}
