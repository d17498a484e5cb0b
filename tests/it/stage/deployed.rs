//! What `serve` does by its `/local` routes, done with the emulator's services to the deployed stack.

use serde_json::{Map, Value, json};

use super::Stage;
use super::keys::{JWT_SECRET, KEYS, ORIGIN_SECRET};
use super::options::Options;
use super::requests::Answer;
use crate::emulated::Account;

/// The deployed stack with no data and the test's rules and keys.
pub(super) async fn prepared(options: &Options) -> (Account, String) {
    assert!(!options.faults, "faults exist in `serve` only");
    let account = Account::open().await;
    let of = |name: &str| {
        let mut set = options.env.iter();
        set.find(|(n, _)| *n == name).map(|(_, v)| v.clone())
    };
    let vendor_keys: Map<String, Value> = [
        "STRIPE_API_KEY",
        "CALENDLY_WRITE_TOKEN",
        "CALENDLY_API_TOKEN",
        "TYPEFORM_API_TOKEN",
        "CLOSE_API_KEY",
    ]
    .into_iter()
    .filter_map(|name| Some((name.to_owned(), Value::from(of(name)?))))
    .collect();
    let signing: Map<String, Value> = KEYS
        .iter()
        .map(|(name, key)| ((*name).to_owned(), Value::from(*key)))
        .collect();
    let secrets = json!({
        "webhook-signing-keys": signing,
        "access": { "JWT_SECRET": JWT_SECRET },
        "origin": { "ORIGIN_SECRET": ORIGIN_SECRET },
        "phone-hash": { "PHONE_HASH_SECRET": JWT_SECRET },
        "vendor-keys": vendor_keys,
    });
    // The emulator skips waits, so a machine that waits calls its function in a loop: keep the wait short.
    let short = if options.config.contains("follow_up_wait_seconds") {
        ""
    } else {
        "follow_up_wait_seconds = 1\n"
    };
    let rules = format!("{short}{}", options.config);
    let prepare = json!({ "rules": rules, "secrets": secrets, "waits": 0.0 });
    let place = account.ask("prepare", prepare).await;
    (account, place["base"].as_str().unwrap().to_owned())
}

/// The answer of a `/local` route.
pub(super) async fn by_hand(stage: &Stage, path: &str, body: &Value) -> Answer {
    let account = stage.account();
    let done = |body: Value| Answer { status: 200, body };
    match path.split('/').skip(2).collect::<Vec<_>>()[..] {
        ["drain"] => done(account.ask("drain", json!({})).await),
        ["mail"] => done(json!({ "letters": account.ask("letters", json!({})).await })),
        ["etl"] => etl(stage, body).await,
        ["sync", vendor] => {
            let care = care(account, json!({ "action": "sync", "vendor": vendor })).await;
            done(care["syncs"][0].clone())
        }
        ["watch"] => done(care(account, json!({ "action": "watch" })).await),
        _ => panic!("{path} exists in `serve` only"),
    }
}

/// What the schedules call; it is over when everything that it asked of the business is done.
async fn care(account: &Account, call: Value) -> Value {
    account.ask("drain", json!({})).await;
    let call = json!({ "function": "sync-vendors", "payload": call });
    let answer = account.ask("invoke", call).await;
    assert_eq!(answer["error"], Value::Null, "{answer}");
    account.ask("drain", json!({})).await;
    answer["body"].clone()
}

async fn etl(stage: &Stage, body: &Value) -> Answer {
    stage.account().ask("drain", json!({})).await;
    let mut args = vec!["etl", "--as-of", body["as_of"].as_str().unwrap()];
    let rebuild = body["rebuild"].as_bool().unwrap_or(false);
    args.extend(rebuild.then_some("--rebuild"));
    args.push("--json");
    let (code, stdout, stderr) = stage.cli(&args).await;
    if code == 0 {
        Answer {
            status: 200,
            body: serde_json::from_str(&stdout).unwrap(),
        }
    } else {
        Answer {
            status: 422,
            body: json!({ "detail": stderr }),
        }
    }
}
