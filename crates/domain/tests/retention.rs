//! What a bucket of AWS deletes by its own rule is kept as long as `bookpath.toml` says by default.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bookpath_domain::BusinessConfig;

#[test]
fn rules_of_the_buckets_are_the_defaults() {
    let template = std::fs::read_to_string("../../infra/template.yaml").unwrap();
    let kept = BusinessConfig::default().retention;
    let (_, rule) = template.split_once("- Id: expire-quarantine\n").unwrap();
    let quarantine = format!(
        "            Status: Enabled\n            Prefix: quarantine/\n            ExpirationInDays: {}\n",
        kept.quarantine_days
    );
    assert!(rule.starts_with(&quarantine));
    let (_, bucket) = template.split_once("\n  DeadLetterBucket:\n").unwrap();
    let (bucket, _) = bucket.split_once("\n  DeadLetterBucketPolicy:\n").unwrap();
    let letters = format!(
        "Id: expire, Status: Enabled, ExpirationInDays: {} ",
        kept.dead_letters_days
    );
    assert!(bucket.contains(&letters), "{bucket}");
}
