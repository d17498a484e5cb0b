//! Business rules and secrets.

use aws_sdk_ssm::types::ParameterType;
use bookpath_aws::{Secrets, SetupError, business_config};

use crate::account;

#[tokio::test]
async fn the_rules_are_read_and_mistakes_are_named() {
    let session = account::session();
    let client = aws_sdk_ssm::Client::new(session.shared());
    let name = format!("/{}/bookpath.toml", account::name());
    let missing = business_config(&session, &name).await.unwrap_err();
    assert_eq!(missing, SetupError::Missing(vec![format!("the parameter {name}")]));
    for (text, fine) in [("reporting_timezone = \"Europe/Berlin\"", true), ("reporting_timezone = 5", false)] {
        client.put_parameter().name(&name).value(text).r#type(ParameterType::String).overwrite(true).send().await.unwrap();
        match business_config(&session, &name).await {
            Ok(_) => assert!(fine),
            Err(error) => assert!(!fine && matches!(error, SetupError::Invalid(_)), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_secret_is_read_and_an_empty_one_holds_nothing() {
    let session = account::session();
    let client = aws_sdk_secretsmanager::Client::new(session.shared());
    let id = account::name();
    assert_eq!(Secrets::fetch(&session, &id).await.unwrap(), Secrets::default());
    client.create_secret().name(&id).send().await.unwrap();
    assert_eq!(Secrets::fetch(&session, &id).await.unwrap().get("A"), None);
    client.put_secret_value().secret_id(&id).secret_string(r#"{"A":"x, y"}"#).send().await.unwrap();
    assert_eq!(Secrets::fetch(&session, &id).await.unwrap().get("A"), Some("x, y"));
    client.put_secret_value().secret_id(&id).secret_string("no json").send().await.unwrap();
    let error = Secrets::fetch(&session, &id).await.unwrap_err();
    assert!(matches!(&error, SetupError::Invalid(text) if !text.contains("no json,")), "{error}");
}
