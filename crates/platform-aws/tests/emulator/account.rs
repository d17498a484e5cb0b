//! The emulated account.

use bookpath_platform_aws::{Session, StateTable};
use serde_json::{Value, json};

/// Names that no other test of this account uses.
pub(crate) fn name() -> String {
    use bookpath_app::ports::Ids as _;
    format!("conformance-{}", bookpath_app::ports::RandomIds.fresh())
}

pub(crate) fn endpoint() -> String {
    let endpoint = std::env::var("AWS_ENDPOINT_URL")
        .expect("AWS_ENDPOINT_URL names the emulator: run `make acceptance-aws`");
    // These tests make and fill resources: never those of a real account.
    assert!(
        endpoint.starts_with("http://127.0.0.1:"),
        "{endpoint} is no emulator on this machine"
    );
    endpoint
}

pub(crate) fn session() -> Session {
    Session::of_emulator(&endpoint(), "us-west-1").unwrap()
}

fn http() -> reqwest::Client {
    // The second test finds it installed.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::new()
}

/// A call of a JSON service from outside our adapters. The emulator does not check signatures.
pub(crate) async fn json(service: &str, target: &str, body: Value) -> Value {
    let headers = [
        ("x-amz-target", target),
        ("content-type", "application/x-amz-json-1.1"),
    ];
    let answer = raw(
        service,
        reqwest::Method::POST,
        "/",
        &headers,
        body.to_string(),
    )
    .await;
    serde_json::from_str(&answer).unwrap_or_default()
}

pub(crate) async fn raw(
    service: &str,
    method: reqwest::Method,
    path: &str,
    headers: &[(&str, &str)],
    body: String,
) -> String {
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let url = format!("{}{path}", endpoint());
    let mut request = http()
        .request(method, url)
        .header("authorization", scope)
        .body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{service}: {text}");
    text
}

/// A table as the template makes it.
pub(crate) async fn table(session: &Session) -> StateTable {
    use bookpath_platform_aws::table::{
        EXPIRES_AT, INDEX_NAME, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT,
    };
    let schema = |partition: &str, sort: &str| json!([{ "AttributeName": partition, "KeyType": "HASH" }, { "AttributeName": sort, "KeyType": "RANGE" }]);
    let text = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let name = name();
    let request = json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": ([PARTITION, SORT, INDEX_PARTITION, INDEX_SORT].map(text)),
        "KeySchema": schema(PARTITION, SORT),
        "GlobalSecondaryIndexes": [{
            "IndexName": INDEX_NAME,
            "KeySchema": schema(INDEX_PARTITION, INDEX_SORT),
            "Projection": { "ProjectionType": "ALL" },
        }],
    });
    json("dynamodb", "DynamoDB_20120810.CreateTable", request).await;
    let life = json!({ "TableName": name, "TimeToLiveSpecification": { "AttributeName": EXPIRES_AT, "Enabled": true } });
    json("dynamodb", "DynamoDB_20120810.UpdateTimeToLive", life).await;
    StateTable::new(session, name)
}

/// An empty bucket.
pub(crate) async fn bucket() -> String {
    let name = name();
    let place = "<CreateBucketConfiguration><LocationConstraint>us-west-1</LocationConstraint></CreateBucketConfiguration>";
    raw(
        "s3",
        reqwest::Method::PUT,
        &format!("/{name}"),
        &[],
        place.to_owned(),
    )
    .await;
    name
}

/// A bucket that keeps what its objects held before, as that of the archive.
pub(crate) async fn versioned_bucket() -> String {
    let name = bucket().await;
    let enabled =
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".to_owned();
    let path = format!("/{name}?versioning");
    raw("s3", reqwest::Method::PUT, &path, &[], enabled).await;
    name
}

/// What the emulator shows of itself.
pub(crate) async fn shown(path: &str) -> Value {
    http()
        .get(format!("{}{path}", endpoint()))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}
