//! `bookpath webhooks`: the vendors' subscriptions to our address.

use bookpath_app::ports::Subscription;
use bookpath_app::sync::subscriptions::{SubscriptionError, Watched, create};
use bookpath_domain::Vendor;
use serde_json::json;

use super::output::{print, table};
use super::sync::missing;
use crate::arguments::{Common, WebhooksCommand};
use crate::environment;
use crate::failure::Failure;
use crate::key_file::{FileKeys, fresh_key};
use crate::node::Node;
use crate::syncs::subscriptions;

impl From<SubscriptionError> for Failure {
    fn from(error: SubscriptionError) -> Self {
        Self::Failed(error.to_string())
    }
}

pub(crate) async fn run(common: &Common, command: &WebhooksCommand) -> Result<(), Failure> {
    let node = Node::open(common)?;
    let apis = environment::vendor_apis("http://127.0.0.1:8080");
    let vendor = match command {
        WebhooksCommand::List(whose) => whose.vendor,
        WebhooksCommand::Create(args) => args.whose.vendor,
        WebhooksCommand::Delete(args) => args.whose.vendor,
    };
    if let Some(missing) = missing(vendor, &apis) {
        return Err(Failure::Usage(format!(
            "{missing} is not set, so there is nobody to ask"
        )));
    }
    let api = subscriptions(&node, &apis, vendor)?;
    match command {
        WebhooksCommand::List(_) => {
            let listed = api.subscriptions().await.map_err(Failure::of)?;
            let result = json!({ "vendor": vendor, "subscriptions": listed });
            print(common, &result, |_| words(vendor, &listed))
        }
        WebhooksCommand::Create(args) => {
            let url = match &args.url {
                Some(url) => url.clone(),
                None => environment::webhook_url(vendor).ok_or_else(|| {
                    Failure::Usage(
                        "set BOOKPATH_PUBLIC_URL, or give --url: the vendor can't reach this machine's own address"
                            .to_owned(),
                    )
                })?,
            };
            let keys = FileKeys::of(&node.dir);
            let watched = Watched {
                vendor,
                api: api.as_ref(),
                url: &url,
                keys: &keys,
            };
            let fresh = fresh_key();
            let made = create(node.database.as_ref(), watched, &fresh).await?;
            let result = json!({ "vendor": vendor, "url": url, "ids": made.ids });
            print(common, &result, |_| {
                format!("{vendor} posts to {url} from now on; the key is kept.")
            })
        }
        WebhooksCommand::Delete(args) => {
            api.unsubscribe(&args.id).await.map_err(Failure::of)?;
            let result = json!({ "vendor": vendor, "deleted": args.id });
            print(common, &result, |_| format!("{} is ended.", args.id))
        }
    }
}

fn words(vendor: Vendor, listed: &[Subscription]) -> String {
    if listed.is_empty() {
        return format!("{vendor} posts nowhere.");
    }
    let rows = listed.iter().map(|one| {
        vec![
            json!(one.id),
            json!(one.url),
            json!(one.state),
            json!(one.failing_since),
        ]
    });
    table(["id", "posts to", "state", "failing since"], rows)
}
