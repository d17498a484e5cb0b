//! The emulated account.

use bookpath_aws::{Session, StateTable};
use serde_json::Value;

/// Names that no other test of this account uses.
pub(crate) fn name() -> String {
    use bookpath_app::ports::Ids as _;
    format!("conformance-{}", bookpath_aws::RandomIds.fresh())
}

pub(crate) fn endpoint() -> String {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").expect("AWS_ENDPOINT_URL names the emulator: run `make acceptance-aws`");
    // These tests make and fill resources: never those of a real account.
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint} is no emulator on this machine");
    endpoint
}

pub(crate) fn session() -> Session {
    let endpoint = endpoint();
    let variable = |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
        "AWS_REGION" => Some("us-west-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
        _ => None,
    };
    Session::from_variables(variable).unwrap()
}

/// A table as the template makes it.
pub(crate) async fn table(session: &Session) -> StateTable {
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType, ScalarAttributeType,
        TimeToLiveSpecification,
    };
    use bookpath_aws::table::{EXPIRES_AT, INDEX_NAME, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT};
    let client = aws_sdk_dynamodb::Client::new(session.shared());
    let schema = |partition: &str, sort: &str| {
        [(partition, KeyType::Hash), (sort, KeyType::Range)]
            .map(|(name, kind)| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap())
    };
    let text = |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap();
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX_NAME)
        .set_key_schema(Some(schema(INDEX_PARTITION, INDEX_SORT).into()))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    let name = name();
    client
        .create_table()
        .table_name(&name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some([PARTITION, SORT, INDEX_PARTITION, INDEX_SORT].map(text).into()))
        .set_key_schema(Some(schema(PARTITION, SORT).into()))
        .global_secondary_indexes(index)
        .send()
        .await
        .unwrap();
    let life = TimeToLiveSpecification::builder().attribute_name(EXPIRES_AT).enabled(true).build().unwrap();
    client.update_time_to_live().table_name(&name).time_to_live_specification(life).send().await.unwrap();
    StateTable::new(session, name)
}

/// An empty bucket.
pub(crate) async fn bucket(session: &Session) -> String {
    use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
    let config = aws_sdk_s3::config::Builder::from(session.shared()).force_path_style(true).build();
    let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from("us-west-1")).build();
    let name = name();
    aws_sdk_s3::Client::from_conf(config).create_bucket().bucket(&name).create_bucket_configuration(place).send().await.unwrap();
    name
}

/// A call of a service that no adapter needs, so that its client is not compiled. The emulator does not check
/// signatures.
pub(crate) async fn raw(service: &str, headers: &[(&str, &str)], body: String) {
    let scope = format!("AWS4-HMAC-SHA256 Credential=test/20260101/us-west-1/{service}/aws4_request, SignedHeaders=host, Signature=0");
    let mut request = reqwest::Client::new().post(endpoint()).header("authorization", scope).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{service}: {text}");
}

/// What the emulator shows of itself.
pub(crate) async fn shown(path: &str) -> Value {
    reqwest::get(format!("{}{path}", endpoint())).await.unwrap().json().await.unwrap()
}
