//! A delivery that got 200 survives kill -9 at any moment, exactly once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::support::calendly::{created, post, seconds};
use crate::support::{Site, parts};

const NOW: &str = "2026-03-01T10:00:05Z";
const RULES: &str = "[limits]\nwebhooks_per_second = 100000\nwebhooks_burst = 100000\n";

/// Every accepted delivery is in bronze once, after a restart.
async fn assert_exactly_once(site: &Site, accepted: &BTreeSet<String>) {
    let server = site.serve(&["--clock", NOW]);
    server.drain().await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for line in site.bronze() {
        *times.entry(line["delivery_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for id in accepted {
        assert_eq!(times.get(id), Some(&1), "{id}");
    }
    assert!(times.values().all(|n| *n == 1), "{times:?}");
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_stream_of_posts_loses_nothing() {
    let site = Site::with_rules(RULES);
    let server = site.serve(&["--clock", NOW]);
    let (url, client, process) = (server.url.clone(), server.client.clone(), server.process_id());
    let mut posts = tokio::task::JoinSet::new();
    for n in 0..600 {
        let (url, client) = (url.clone(), client.clone());
        posts.spawn(async move {
            let body = created(&format!("K{n}"), "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z").to_string();
            let signature = crate::support::calendly::signed(seconds(NOW), body.as_bytes());
            let sent = client.post(format!("{url}/api/webhooks/calendly")).header(crate::support::calendly::SIGNATURE, signature);
            let answer = sent.body(body).send().await.ok()?;
            let ok = answer.status() == 200;
            let answer: serde_json::Value = answer.json().await.ok()?;
            ok.then(|| answer["delivery_id"].as_str().unwrap().to_owned())
        });
    }
    let mut accepted = BTreeSet::new();
    let mut server = Some(server);
    while let Some(answer) = posts.join_next().await {
        accepted.extend(answer.unwrap());
        if accepted.len() == 150
            && let Some(server) = server.take()
        {
            server.kill();
        }
    }
    assert!(accepted.len() >= 150 && accepted.len() < 600, "{} of process {process}", accepted.len());
    assert_exactly_once(&site, &accepted).await;
}

#[tokio::test]
async fn a_crash_at_any_point_keeps_what_was_accepted() {
    for point in ["raw.before_write", "raw.after_write", "stream.after_put", "state.before_commit", "state.after_commit"] {
        let site = Site::with_rules(RULES);
        let server = site.serve(&["--clock", NOW, "--faults"]);
        let points = server.ask("/local/faults", json!({"point": point, "action": "crash", "skip": 1})).await["points"].clone();
        assert!(points.as_array().unwrap().contains(&json!(point)));
        let mut accepted = BTreeSet::new();
        for n in 0..20 {
            let body = created(&format!("P{n}"), "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
            let text = body.to_string();
            let signature = crate::support::calendly::signed(seconds(NOW), text.as_bytes());
            let request = server.client.post(format!("{}/api/webhooks/calendly", server.url));
            let sent = request.header(crate::support::calendly::SIGNATURE, signature).body(text).send().await;
            let Ok(answer) = sent else { break };
            if let (200, answer) = parts(answer).await {
                accepted.insert(answer["delivery_id"].as_str().unwrap().to_owned());
            }
            if point.starts_with("state.") && server.client.post(format!("{}/local/drain", server.url)).send().await.is_err() {
                break;
            }
        }
        assert!(!server.ended().success(), "{point} did not crash the process");
        assert_exactly_once(&site, &accepted).await;
    }
}

#[tokio::test]
async fn two_processes_share_a_directory() {
    let site = Site::with_rules(RULES);
    let (one, two) = (site.serve(&["--clock", NOW]), site.serve(&["--clock", NOW]));
    let mut accepted = BTreeSet::new();
    let mut duplicates = 0;
    for n in 0..40 {
        for server in [&one, &two] {
            let body = created(&format!("T{n}"), "2026-03-01T10:00:00Z", "2026-03-10T15:00:00Z");
            let (_, answer) = parts(post(server, seconds(NOW), &body).await).await;
            match answer["status"].as_str() {
                Some("accepted") => assert!(accepted.insert(answer["delivery_id"].as_str().unwrap().to_owned())),
                _ => duplicates += 1,
            }
        }
    }
    assert_eq!((accepted.len(), duplicates), (40, 40));
    one.drain().await;
    two.drain().await;
    let report = site.json(&["etl", "--as-of", NOW]);
    assert_eq!(report["tables"]["silver.invitees"]["rows_written"], 40);
    assert_eq!(site.bronze().len(), 40);
}
