//! The deployed stack as a stage.

use serde_json::{Map, Value, json};

use super::keys::{JWT_SECRET, KEYS, ORIGIN_SECRET};
use super::options::Options;
use crate::emulated::Account;

/// The deployed stack with no data and the test's rules and keys.
pub(super) async fn deployed(options: &Options) -> (Account, String) {
    assert!(!options.faults, "faults exist in `serve` only");
    let account = Account::open().await;
    let keys = |names: &[&str]| -> Value {
        let of = |name: &str| {
            options
                .env
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| v.clone())
        };
        names
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), Value::from(of(name)?))))
            .collect::<Map<_, _>>()
            .into()
    };
    let signing: Map<String, Value> = KEYS
        .iter()
        .map(|(name, key)| ((*name).to_owned(), Value::from(*key)))
        .collect();
    let secrets = json!({
        "webhook-signing-keys": signing,
        "access": { "JWT_SECRET": JWT_SECRET },
        "origin": { "ORIGIN_SECRET": ORIGIN_SECRET },
        "phone-hash": { "PHONE_HASH_SECRET": JWT_SECRET },
        "vendor-keys": keys(&["STRIPE_API_KEY", "CALENDLY_WRITE_TOKEN"]),
    });
    // The emulator skips waits, so a machine that waits calls its function in a loop: keep the wait short.
    let short = if options.config.contains("follow_up_wait_seconds") {
        ""
    } else {
        "follow_up_wait_seconds = 1\n"
    };
    let rules = format!("{short}{}", options.config);
    let place = account
        .ask(
            "prepare",
            json!({ "rules": rules, "secrets": secrets, "waits": 0.0 }),
        )
        .await;
    (account, place["base"].as_str().unwrap().to_owned())
}
