//! `bookpath webhooks`: the vendors' subscriptions to our address.

use std::sync::Arc;

use axum::http::Uri;
use bookpath_app::ports::{Store, Subscription, Subscriptions, WebhookKeys};
use bookpath_app::sync::subscriptions::{SubscriptionError, Watched, create};
use bookpath_domain::Vendor;
use serde_json::json;

use super::output::{print, table};
use super::sync::missing;
use crate::arguments::{Common, Target, WebhooksCommand};
use crate::environment;
use crate::failure::Failure;
use crate::key_file::{FileKeys, fresh_key};
use crate::node::Node;
use crate::stack::Stack;
use crate::syncs::subscriptions;

impl From<SubscriptionError> for Failure {
    fn from(error: SubscriptionError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A vendor's account, and what belongs to it here.
struct VendorAccount {
    api: Arc<dyn Subscriptions>,
    store: Arc<dyn Store>,
    keys: Arc<dyn WebhookKeys>,
    /// Where the vendor is to post; `None` where nobody outside reaches this machine.
    url: Option<String>,
}

impl VendorAccount {
    async fn open(common: &Common, vendor: Vendor) -> Result<Self, Failure> {
        match common.target {
            Target::Embedded => Self::of_node(common, vendor),
            Target::Aws => {
                let stack = Stack::open(common).await?;
                let vendors = stack.vendors().await?;
                Ok(Self {
                    api: vendors.subscriptions(vendor)?,
                    store: stack.store.clone(),
                    keys: vendors.caretaker.keys.clone(),
                    url: Some(vendors.caretaker.webhook_url(vendor)),
                })
            }
        }
    }

    fn of_node(common: &Common, vendor: Vendor) -> Result<Self, Failure> {
        let node = Node::open(common)?;
        let apis = environment::vendor_apis("http://127.0.0.1:8080");
        if let Some(missing) = missing(vendor, &apis) {
            return Err(Failure::Usage(format!(
                "{missing} is not set, so there is nobody to ask"
            )));
        }
        Ok(Self {
            api: subscriptions(&node, &apis, vendor)?,
            store: node.database.clone(),
            keys: Arc::new(FileKeys::new(&node.dir)),
            url: environment::webhook_url(vendor),
        })
    }
}

pub(crate) async fn run(common: &Common, command: &WebhooksCommand) -> Result<(), Failure> {
    let vendor = match command {
        WebhooksCommand::List(whose) => whose.vendor,
        WebhooksCommand::Create(args) => args.whose.vendor,
        WebhooksCommand::Delete(args) => args.whose.vendor,
    };
    let place = VendorAccount::open(common, vendor).await?;
    match command {
        WebhooksCommand::List(_) => {
            let listed = place.api.subscriptions().await.map_err(Failure::new)?;
            let result = json!({ "vendor": vendor, "subscriptions": listed });
            print(common, &result, |_| words(vendor, &listed))
        }
        WebhooksCommand::Create(args) => {
            let url = args.url.clone().or_else(|| place.url.clone());
            let url = url.ok_or_else(|| {
                Failure::Usage(
                    "set BOOKPATH_PUBLIC_URL, or give --url: the vendor can't reach this machine's own address"
                        .to_owned(),
                )
            })?;
            check(&url)?;
            let listed = place.api.subscriptions().await.map_err(Failure::new)?;
            if let Some(known) = listed.iter().find(|known| known.url == url) {
                return Err(Failure::Failed(format!(
                    "{vendor} posts to {url} already, under {}; delete that first to make it anew",
                    known.id
                )));
            }
            let watched = Watched {
                vendor,
                api: place.api.as_ref(),
                url: &url,
                keys: place.keys.as_ref(),
            };
            let made = create(place.store.as_ref(), watched, &fresh_key()).await?;
            let result = json!({ "vendor": vendor, "url": url, "ids": made.ids });
            print(common, &result, |_| {
                format!("{vendor} posts to {url} from now on; the key is kept.")
            })
        }
        WebhooksCommand::Delete(args) => {
            let listed = place.api.subscriptions().await.map_err(Failure::new)?;
            if !listed.iter().any(|known| known.id == args.id) {
                let unknown = format!("{vendor} has no subscription {} of ours", args.id);
                return Err(Failure::Failed(unknown));
            }
            let deleted = place.api.unsubscribe(&args.id).await;
            deleted.map_err(Failure::new)?;
            let result = json!({ "vendor": vendor, "deleted": args.id });
            print(common, &result, |_| format!("{} is ended.", args.id))
        }
    }
}

/// A vendor posts to addresses of the web only.
fn check(url: &str) -> Result<(), Failure> {
    let parsed: Option<Uri> = url.parse().ok();
    let web = parsed.is_some_and(|uri| {
        uri.host().is_some() && matches!(uri.scheme_str(), Some("https" | "http"))
    });
    match web {
        true => Ok(()),
        false => Err(Failure::Usage(format!(
            "`{url}` is no address that begins with https://"
        ))),
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
