//! Business rules and secrets.

use bookpath_platform_aws::{Secrets, SetupError, business_config};

use serde_json::json;

use crate::account;

#[tokio::test]
async fn the_rules_are_read_and_mistakes_are_named() {
    let session = account::session();
    let name = format!("/{}/bookpath.toml", account::name());
    let missing = business_config(&session, &name).await.unwrap_err();
    assert_eq!(
        missing,
        SetupError::Missing(vec![format!("the parameter {name}")])
    );
    for (text, fine) in [
        ("reporting_timezone = \"Europe/Berlin\"", true),
        ("reporting_timezone = 5", false),
    ] {
        let request = json!({ "Name": name, "Value": text, "Type": "String", "Overwrite": true });
        account::json("ssm", "AmazonSSM.PutParameter", request).await;
        match business_config(&session, &name).await {
            Ok(_) => assert!(fine),
            Err(error) => assert!(!fine && matches!(error, SetupError::Invalid(_)), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_secret_is_read_and_an_empty_one_holds_nothing() {
    let session = account::session();
    let id = account::name();
    assert_eq!(
        Secrets::fetch(&session, &id).await.unwrap(),
        Secrets::default()
    );
    account::json(
        "secretsmanager",
        "secretsmanager.CreateSecret",
        json!({ "Name": id }),
    )
    .await;
    assert_eq!(Secrets::fetch(&session, &id).await.unwrap().get("A"), None);
    let fill = async |text: &str| {
        account::json(
            "secretsmanager",
            "secretsmanager.PutSecretValue",
            json!({ "SecretId": id, "SecretString": text }),
        )
        .await;
    };
    fill(r#"{"A":"x, y"}"#).await;
    assert_eq!(
        Secrets::fetch(&session, &id).await.unwrap().get("A"),
        Some("x, y")
    );
    fill("no json").await;
    let error = Secrets::fetch(&session, &id).await.unwrap_err();
    assert!(
        matches!(&error, SetupError::Invalid(text) if !text.contains("no json,")),
        "{error}"
    );
}
