//! The bill: what was sent, and what more appointments would cost.

use serde_json::{Value, json};

use crate::stage::Stage;
use crate::text_world::{advance, noon, stranger};

#[tokio::test]
async fn the_bill_has_every_part_that_was_sent_and_scales() {
    let config = "[bill]\nsms_part_usd = \"0.0075\"\n[messages.en]\nconfirmation = \"Hi {first_name} 🎉 see you on {start_local}, and this text is long enough for two parts\"\nfollow_up = \"ok?\"\nreminder_24h = \"soon\"\n";
    let (stage, a1) = noon(config).await;
    stage.calendly(&a1.created()).await;
    advance(&stage, 3600).await;
    // An emoji makes it UCS-2: two parts, and one for the follow-up.
    let line = |bill: &Value| {
        bill["lines"]
            .as_array()
            .unwrap()
            .iter()
            .find(|l| l["service"] == "sms")
            .unwrap()
            .clone()
    };
    let sms = line(&stage.cli_json(&["bill"]).await);
    assert_eq!(
        (&sms["quantity"], &sms["unit_price"], &sms["amount"]),
        (&json!("3"), &json!("0.0075"), &json!("0.0225"))
    );
    let bill = stage.cli_json(&["bill", "--appointments", "1000"]).await;
    assert_eq!(line(&bill)["amount"], "22.5");
    for service in [
        "lambda",
        "step_functions",
        "dynamodb",
        "kinesis",
        "s3",
        "api_gateway",
    ] {
        let used = bill["lines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|l| l["service"] == service && l["quantity"] != "0");
        assert!(used, "{service}: {bill}");
    }
    let (code, _, stderr) = Stage::plain()
        .await
        .cli(&["bill", "--appointments", "10"])
        .await;
    assert_eq!(code, 1, "{stderr}");
}

#[tokio::test]
async fn the_bill_of_a_thousand_appointments_of_which_four_in_ten_are_followed_up() {
    // 1,400 parts at 0.0075 are 10.50; with texts of two parts 21.00.
    let long = "x".repeat(161);
    for (config, amount, quantity) in [
        (String::new(), "10.5", "1400"),
        (
            format!("[messages.en]\nconfirmation = \"{long}\"\nfollow_up = \"{long}\"\n"),
            "21",
            "2800",
        ),
    ] {
        let (stage, _) = noon(&config).await;
        for n in 1..=5 {
            stage.calendly(&stranger(n)).await;
        }
        for n in 1..=3 {
            let inbound = json!({ "from": format!("+1222333{n:04}"), "body": "yes", "message_id": format!("m{n}") });
            stage.post("/local/sms/inbound", &inbound).await;
        }
        advance(&stage, 3600).await;
        let bill = stage.cli_json(&["bill", "--appointments", "1000"]).await;
        let sms = bill["lines"]
            .as_array()
            .unwrap()
            .iter()
            .find(|l| l["service"] == "sms")
            .unwrap();
        assert_eq!(
            (&sms["quantity"], &sms["amount"]),
            (&json!(quantity), &json!(amount)),
            "{bill}"
        );
    }
}
