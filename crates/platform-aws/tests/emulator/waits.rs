//! Executions of a state machine.

use bookpath_conformance::waits;
use bookpath_platform_aws::StateMachineWaits;

use crate::account;

#[tokio::test]
async fn started_once() {
    let session = account::session();
    let client = aws_sdk_sfn::Client::new(session.shared());
    let machine = r#"{"StartAt":"Wait","States":{"Wait":{"Type":"Wait","SecondsPath":"$.wait_seconds","End":true}}}"#;
    let role = account::name();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let form = format!(
        "Action=CreateRole&Version=2010-05-08&RoleName={role}&AssumeRolePolicyDocument={}",
        percent(trust)
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    account::raw("iam", reqwest::Method::POST, "/", &headers, form).await;
    let made = client
        .create_state_machine()
        .name(account::name())
        .definition(machine);
    let arn = made
        .role_arn(format!("arn:aws:iam::111122223333:role/{role}"))
        .send()
        .await
        .unwrap()
        .state_machine_arn;
    let started = async || {
        client
            .list_executions()
            .state_machine_arn(&arn)
            .send()
            .await
            .unwrap()
            .executions
            .len()
    };
    waits::started_once(&StateMachineWaits::new(&session, &arn), started).await;
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
