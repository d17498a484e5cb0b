//! Texts, e-mails and the operators' topic.

use std::sync::Arc;

use bookpath_app::operators::notifications::notifications;
use bookpath_app::ports::{Clock, Mail, Mailer as _, Operators as _, Store, TextSender as _};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{Message, SendResult, Text};
use bookpath_platform_aws::texts::SnsSettings;
use bookpath_platform_aws::{SesMailer, SnsTexts, SystemClock, TopicOperators};
use serde_json::{Value, json};

use crate::account;

#[tokio::test]
async fn a_text_goes_out_once() {
    let session = account::session();
    let settings = SnsSettings {
        max_price_usd: Some("0.50".to_owned()),
        origination_number: Some("+14155550100".to_owned()),
        sender_id: None,
    };
    let texts = SnsTexts::new(&session, settings, Arc::new(SystemClock::start()));
    let body = account::name();
    let message = Message {
        intent_id: "confirmation:1".to_owned(),
        to: Phone::parse("+14155550123", "US").unwrap(),
        body: Text(body.clone()),
        parts: 1,
        useless_after: None,
    };
    let sent = texts.send(&message).await;
    assert!(
        matches!(&sent, SendResult::Accepted { provider_id: Some(id) } if !id.is_empty()),
        "{sent:?}"
    );
    let shown = account::shown("/_ministack/sns/sms-messages?phoneNumber=%2B14155550123").await;
    assert_eq!(shown.to_string().matches(&body).count(), 1, "{shown}");
}

#[tokio::test]
async fn a_letter_goes_out() {
    let session = account::session();
    let client = aws_sdk_sesv2::Client::new(session.shared());
    client
        .create_email_identity()
        .email_identity("hello@example.com")
        .send()
        .await
        .unwrap();
    let subject = account::name();
    let mail = Mail {
        mail_id: "recover:b/1".to_owned(),
        to: "customer@example.com".to_owned(),
        subject: subject.clone(),
        body: "Grüße\n".to_owned(),
    };
    SesMailer::new(&session, "hello@example.com", None)
        .send(&mail)
        .await
        .unwrap();
    let shown = account::shown("/_ministack/ses/messages").await;
    assert_eq!(shown.to_string().matches(&subject).count(), 1, "{shown}");
}

#[tokio::test]
async fn operators_are_told_once() {
    let session = account::session();
    let client = aws_sdk_sns::Client::new(session.shared());
    let topic = client
        .create_topic()
        .name(account::name())
        .send()
        .await
        .unwrap()
        .topic_arn
        .unwrap();
    let store: Arc<dyn Store> = Arc::new(account::table(&session).await);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let operators = TopicOperators::new(&session, topic, store.clone(), clock);
    for _ in 0..2 {
        operators
            .tell(
                "stuck:1",
                "A refund of 5 € is stuck",
                json!({ "booking_id": "1" }),
            )
            .await
            .unwrap();
    }
    let told = notifications(store.as_ref(), 10).await.unwrap();
    let told: Vec<(Option<&str>, &Value)> = told
        .iter()
        .map(|one| (one.subject.as_deref(), &one.message))
        .collect();
    assert_eq!(
        told,
        [(
            Some("A refund of 5 € is stuck"),
            &json!({ "booking_id": "1" })
        )]
    );
}
