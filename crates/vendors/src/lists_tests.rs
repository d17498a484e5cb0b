//! The clients of lists: how they ask, and what they read of a rate limit.

use std::time::Duration;

use crate::client_tests::server;
use crate::close::facts::ObjectKind;
use crate::lists::{
    CrmObjects as _, FormResponses as _, Pace, PaymentEvents as _, ScheduledEvents as _,
    Subscriptions as _,
};
use crate::stripe::KINDS;
use crate::{CalendlyLists, CloseClient, Secret, StripeLists, TypeformClient};

fn key() -> Secret {
    Secret("key".to_owned())
}

#[tokio::test]
async fn calendly_states_its_limit_in_three_headers() {
    let headers = &[
        ("x-ratelimit-limit", "50"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "12"),
    ];
    let body = r#"{"collection":[{"uri":"i"}],"pagination":{"next_page_token":"t2"}}"#;
    let (base, seen) = server(200, headers, body).await;
    let lists = CalendlyLists::new(&base, key()).unwrap();
    let event = "https://api.calendly.com/scheduled_events/E1";
    let page = lists.invitees(event, Some("t1")).await.unwrap();
    assert_eq!((page.items.len(), page.next.as_deref()), (1, Some("t2")));
    let pace = Pace {
        limit: 50,
        remaining: 0,
        reset: Duration::from_secs(12),
    };
    assert_eq!(page.pace, Some(pace));
    let (uri, sent, _) = seen.lock().unwrap().remove(0);
    assert_eq!(uri, "/scheduled_events/E1/invitees?count=100&page_token=t1");
    assert_eq!(sent["authorization"], "Bearer key");
    assert!(lists.invitees("https://x/../y?z", None).await.is_err());
}

#[tokio::test]
async fn close_states_its_limit_in_one_header_and_wants_a_slash() {
    let headers = &[("ratelimit", "limit=100, remaining=50, reset=5.5")];
    let (base, seen) = server(
        200,
        headers,
        r#"{"data":[{"id":"lead_1"}],"has_more":true}"#,
    )
    .await;
    let close = CloseClient::new(&format!("{base}/api/v1"), key()).unwrap();
    let page = close.objects(ObjectKind::Call, None, 100).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("101"));
    let pace = Pace {
        limit: 100,
        remaining: 50,
        reset: Duration::from_millis(5_500),
    };
    assert_eq!(page.pace, Some(pace));
    let (uri, sent, _) = seen.lock().unwrap().remove(0);
    assert_eq!(
        uri,
        "/api/v1/activity/call/?_limit=100&_skip=100&_order_by=date_created"
    );
    assert_eq!(sent["authorization"], "Basic a2V5Og==");
}

#[tokio::test]
async fn a_refusal_for_too_many_calls_says_when_to_come_again() {
    let reset = &[("ratelimit", "limit=100, remaining=0, reset=5")];
    let (base, _) = server(429, reset, "{}").await;
    let close = CloseClient::new(&base, key()).unwrap();
    let error = close.events("2026-03-01T00:00:00Z".parse().unwrap(), None);
    let error = error.await.unwrap_err();
    assert!(error.passes());
    assert_eq!(error.retry_after, Some(Duration::from_secs(5)));
    let (base, _) = server(429, &[("retry-after", "7")], "{}").await;
    let typeform = TypeformClient::new(&base, key(), Vec::new()).unwrap();
    let error = typeform.responses("F", None, None).await.unwrap_err();
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_plan_without_custom_activities_has_an_empty_list_of_them() {
    let (base, _) = server(404, &[], r#"{"error":"Not Found"}"#).await;
    let close = CloseClient::new(&base, key()).unwrap();
    let custom = close.objects(ObjectKind::CustomActivity, None, 0).await;
    assert_eq!(custom.unwrap().items.len(), 0);
    let leads = close.objects(ObjectKind::Lead, None, 0).await;
    assert!(leads.unwrap_err().to_string().contains("Not Found"));
}

#[tokio::test]
async fn the_last_page_of_responses_has_none_after_it() {
    let body = r#"{"page_count":2,"items":[{"token":"t2"},{"token":"t1"}]}"#;
    let (base, seen) = server(200, &[], body).await;
    let typeform = TypeformClient::new(&base, key(), Vec::new()).unwrap();
    let since = "2026-03-01T00:00:00.5Z".parse().ok();
    let page = typeform.responses("F1", since, Some("t3")).await.unwrap();
    assert_eq!(page.next.as_deref(), Some("t1"));
    let (uri, ..) = seen.lock().unwrap().remove(0);
    assert_eq!(
        uri,
        "/forms/F1/responses?page_size=200&since=2026-03-01T00%3A00%3A00Z&before=t3"
    );
    let (base, _) = server(200, &[], r#"{"page_count":1,"items":[{"token":"t1"}]}"#).await;
    let typeform = TypeformClient::new(&base, key(), Vec::new()).unwrap();
    assert_eq!(
        typeform.responses("F1", None, None).await.unwrap().next,
        None
    );
}

#[tokio::test]
async fn stripe_is_asked_for_the_kinds_that_count_in_one_version() {
    let body = r#"{"has_more":true,"data":[{"id":"evt_2"},{"id":"evt_1"}]}"#;
    let (base, seen) = server(200, &[], body).await;
    let stripe = StripeLists::new(&base, key()).unwrap();
    let since = "2026-03-01T00:00:00.9Z".parse().unwrap();
    let page = stripe.events(since, Some("evt_3")).await.unwrap();
    assert_eq!((page.items.len(), page.next.as_deref()), (2, Some("evt_1")));
    let (uri, sent, _) = seen.lock().unwrap().remove(0);
    let begins = "/v1/events?limit=100&created%5Bgte%5D=1772323200&types%5B%5D=checkout";
    assert!(uri.starts_with(begins), "{uri}");
    assert!(uri.ends_with("&starting_after=evt_3"), "{uri}");
    assert_eq!(sent["stripe-version"], "2026-09-30.endive");
    // Stripe takes no more in one question.
    assert!(KINDS.len() <= 20);
    let (base, _) = server(200, &[], r#"{"has_more":false,"data":[{"id":"evt_0"}]}"#).await;
    let stripe = StripeLists::new(&base, key()).unwrap();
    assert_eq!(stripe.events(since, None).await.unwrap().next, None);
}

#[tokio::test]
async fn stripes_secret_is_kept_and_its_events_come_in_our_version() {
    let (base, seen) = server(200, &[], r#"{"id":"we_1","secret":"whsec_1"}"#).await;
    let stripe = StripeLists::new(&base, key()).unwrap();
    let made = stripe.subscribe("https://book.test/x", "").await.unwrap();
    assert_eq!(
        (made.ids[0].as_str(), made.signing_key.as_str()),
        ("we_1", "whsec_1")
    );
    let (uri, _, body) = seen.lock().unwrap().remove(0);
    assert_eq!(uri, "/v1/webhook_endpoints");
    for part in [
        "url=https%3A%2F%2Fbook.test%2Fx",
        "api_version=2026-09-30.endive",
        "enabled_events%5B%5D=charge.refunded",
    ] {
        assert!(body.contains(part), "{body}");
    }
}
