//! In: customers' texts and delivery events, through a topic. Out: raw objects and the event stream. Bad ones: the inbox.

use std::sync::Arc;

use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::admit::admit;
use bookpath_app::ports::NoFaults;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_function_runtime::{Environment, Error, FunctionError, SnsEvent, run, topic_messages};
use bookpath_platform_aws::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let (raw, stream) = (
        environment.required("RAW_BUCKET"),
        environment.required("EVENT_STREAM"),
    );
    let platform = Platform::start(environment).await?;
    let clock = platform.clock.clone();
    let inbox = Inbox {
        ids: platform.ids.clone(),
        store: platform.store_and_stream(&stream),
        objects: platform.objects(&[("raw/", &raw)]),
        faults: Arc::new(NoFaults),
    };
    run(async |batch: SnsEvent| {
        for message in topic_messages(batch) {
            let admitted = admit(
                &inbox,
                Vendor::Sms,
                Origin::Webhook,
                clock.now(),
                message.as_bytes(),
            )
            .await;
            admitted.map_err(|e| FunctionError::transient(e.to_string()))?;
        }
        Ok(())
    })
    .await
}
