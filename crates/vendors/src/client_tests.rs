//! Each client against a server that answers what the test says.

use std::sync::{Arc, Mutex};

use crate::calls::{Calendar, CheckoutRequest, CheckoutStatus, Payments, RefundRequest};
use crate::erasing::{Deletion, PersonRecords as _};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use bookpath_domain::ErrorClass;
use bookpath_domain::bookings::invitee::Private;

use super::*;

pub(crate) type Seen = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

/// A server that notes every request and answers `status` with `headers` and `body`.
pub(crate) async fn server(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> (String, Seen) {
    let seen = Seen::default();
    let answer = move |State(seen): State<Seen>, uri: Uri, sent: HeaderMap, text: Bytes| async move {
        seen.lock().unwrap().push((
            uri.to_string(),
            sent,
            String::from_utf8_lossy(&text).into_owned(),
        ));
        let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        response
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(answer).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (base, seen)
}

fn stripe(base: &str) -> StripeClient {
    StripeClient::new(base, Secret("sk_test".to_owned()), "https://book.test/").unwrap()
}

fn request() -> CheckoutRequest {
    CheckoutRequest {
        booking_id: "b1".to_owned(),
        attempt: 2,
        product: "Strategy & more".to_owned(),
        amount_minor: 15_000,
        currency: "USD".to_owned(),
        expires_at: "2026-03-01T11:00:00Z".parse().unwrap(),
        email: Some(Private("jane@acme.co".to_owned())),
    }
}

#[tokio::test]
async fn a_checkout_carries_its_booking_on_session_and_intent() {
    let (base, seen) =
        server(200, &[], r#"{"id":"cs_1","url":"https://pay.test/1","status":"open","payment_status":"unpaid","expires_at":1772362800}"#)
            .await;
    let client = stripe(&base);
    let parameters = client.checkout_parameters(&request()).await.unwrap();
    let made = client
        .create_checkout("session:b1:2", &parameters)
        .await
        .unwrap();
    assert_eq!(
        (made.session_id.as_str(), made.url.as_deref(), made.status),
        ("cs_1", Some("https://pay.test/1"), CheckoutStatus::Open)
    );
    let (uri, headers, body) = seen.lock().unwrap().remove(0);
    assert_eq!(uri, "/v1/checkout/sessions");
    assert_eq!(headers["idempotency-key"], "session:b1:2");
    assert_eq!(headers["authorization"], "Bearer sk_test");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    for (name, value) in [
        ("client_reference_id", "b1"),
        ("metadata[booking_id]", "b1"),
        ("payment_intent_data[metadata][booking_id]", "b1"),
        ("payment_intent_data[metadata][attempt]", "2"),
        ("line_items[0][price_data][unit_amount]", "15000"),
        ("line_items[0][price_data][currency]", "usd"),
        ("expires_at", "1772362800"),
        ("customer_email", "jane@acme.co"),
    ] {
        assert!(
            form.contains(&(name.to_owned(), value.to_owned())),
            "{name}: {form:?}"
        );
    }
}

#[tokio::test]
async fn a_refund_of_a_session_asks_for_its_intent_first() {
    let (base, seen) = server(
        200,
        &[],
        r#"{"id":"re_1","payment_intent":"pi_9","status":"succeeded","amount":500,"metadata":{"booking_id":"b1","attempt":"1"}}"#,
    )
    .await;
    let refund = RefundRequest {
        booking_id: "b1".to_owned(),
        attempt: Some(1),
        charge: "cs_1".to_owned(),
        amount_minor: 500,
        currency: "USD".to_owned(),
    };
    let client = stripe(&base);
    let parameters = client.refund_parameters("refund:b1", &refund).await;
    let view = client
        .refund("refund:b1", &parameters.unwrap())
        .await
        .unwrap();
    assert_eq!(
        (view.refund_id.as_str(), view.amount_minor, view.attempt),
        ("re_1", 500, Some(1))
    );
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].0, "/v1/checkout/sessions/cs_1");
    assert!(seen[1].2.contains("payment_intent=pi_9"), "{}", seen[1].2);
    let key = "metadata%5Beffect_key%5D=refund%3Ab1";
    assert!(seen[1].2.contains(key), "{}", seen[1].2);
}

#[tokio::test]
async fn a_key_that_came_with_other_parameters_is_told_from_any_other_refusal() {
    for (body, reused) in [
        (r#"{"error":{"type":"idempotency_error"}}"#, true),
        (r#"{"error":{"type":"invalid_request_error"}}"#, false),
    ] {
        let (base, _) = server(400, &[], body).await;
        let error = stripe(&base).checkout("cs_1").await.unwrap_err();
        assert_eq!((error.passes(), error.reused_key), (false, reused));
    }
}

#[tokio::test]
async fn the_checkout_of_an_earlier_call_is_found_by_its_metadata() {
    let (base, seen) = server(
        200,
        &[],
        r#"{"has_more":false,"data":[
            {"id":"cs_1","status":"open","payment_status":"unpaid","metadata":{"booking_id":"b1","attempt":"1"}},
            {"id":"cs_2","status":"open","payment_status":"unpaid","metadata":{"booking_id":"b1","attempt":"2"}}]}"#,
    )
    .await;
    let since = "2026-03-01T10:00:00Z".parse().unwrap();
    let client = stripe(&base);
    let found = client.checkout_of("b1", 2, since).await.unwrap();
    assert_eq!(found.map(|c| c.session_id).as_deref(), Some("cs_2"));
    assert_eq!(client.checkout_of("b2", 1, since).await.unwrap(), None);
    assert!(
        seen.lock().unwrap()[0]
            .0
            .contains("created%5Bgte%5D=1772359200")
    );
}

#[tokio::test]
async fn failures_are_classified() {
    use ErrorClass::{IntegrationError, PaymentError, TransientError};
    type Headers = &'static [(&'static str, &'static str)];
    const LATER: Headers = &[("retry-after", "7")];
    const AGAIN: Headers = &[("stripe-should-retry", "true")];
    const NEVER: Headers = &[("stripe-should-retry", "false")];
    let in_use = r#"{"error":{"type":"idempotency_error"}}"#;
    let declined = r#"{"error":{"code":"card_declined"}}"#;
    let invalid = r#"{"error":{"type":"invalid_request_error"}}"#;
    let cases: [(u16, Headers, &'static str, ErrorClass, Option<u64>); 7] = [
        (500, &[], "oops", TransientError, None),
        (429, LATER, "{}", TransientError, Some(7)),
        (409, &[], in_use, TransientError, None),
        (402, &[], declined, PaymentError, None),
        (400, &[], invalid, IntegrationError, None),
        (400, AGAIN, "{}", TransientError, None),
        (500, NEVER, "{}", IntegrationError, None),
    ];
    for (status, headers, body, class, retry) in cases {
        let (base, _) = server(status, headers, body).await;
        let error = stripe(&base).checkout("cs_1").await.unwrap_err();
        assert_eq!(
            (error.class, error.retry_after.map(|d| d.as_secs())),
            (class, retry),
            "{status} {error}"
        );
    }
    let nobody = stripe("http://127.0.0.1:9")
        .checkout("cs_1")
        .await
        .unwrap_err();
    assert!(
        nobody.passes() && !nobody.message.contains("127.0.0.1"),
        "{nobody}"
    );
}

#[tokio::test]
async fn an_event_that_is_canceled_already_is_canceled() {
    let (base, seen) = server(
        403,
        &[],
        r#"{"title":"Permission Denied","message":"Event is already canceled"}"#,
    )
    .await;
    let calendly = CalendlyClient::new(&base, Secret("pat".to_owned())).unwrap();
    calendly
        .cancel_event("https://api.calendly.com/scheduled_events/E1", "no time")
        .await
        .unwrap();
    assert_eq!(
        seen.lock().unwrap()[1].0,
        "/scheduled_events/E1/cancellation"
    );
    let error = calendly
        .cancel_event("https://evil.test/../x?y", "r")
        .await
        .unwrap_err();
    assert_eq!(error.class, ErrorClass::IntegrationError);
    let (base, _) = server(
        403,
        &[],
        r#"{"title":"Permission Denied","message":"You may not"}"#,
    )
    .await;
    let refused = CalendlyClient::new(&base, Secret("pat".to_owned()))
        .unwrap()
        .cancel_event("E1", "r")
        .await
        .unwrap_err();
    assert!(!refused.passes());
}

#[tokio::test]
async fn an_event_that_others_are_in_is_not_cancelled_for_one() {
    let (base, seen) = server(
        200,
        &[],
        r#"{"resource":{"status":"active","invitees_counter":{"total":2,"active":2,"limit":5}}}"#,
    )
    .await;
    let error = CalendlyClient::new(&base, Secret("pat".to_owned()))
        .unwrap()
        .cancel_event("E1", "r")
        .await
        .unwrap_err();
    assert_eq!(
        (error.class, seen.lock().unwrap().len()),
        (ErrorClass::IntegrationError, 1)
    );
}

/// Whether others are in it is not known, so nothing is canceled.
#[tokio::test]
async fn an_event_that_cannot_be_read_is_not_cancelled() {
    for (status, passes) in [(500, true), (429, true), (401, false), (403, false)] {
        let (base, seen) = server(status, &[], r#"{"title":"no"}"#).await;
        let error = CalendlyClient::new(&base, Secret("pat".to_owned()))
            .unwrap()
            .cancel_event("E1", "r")
            .await
            .unwrap_err();
        assert_eq!((error.passes(), seen.lock().unwrap().len()), (passes, 1));
    }
}

#[tokio::test]
async fn an_invitee_is_read_by_its_own_uri_only() {
    let uri = "https://api.calendly.com/scheduled_events/E1/invitees/A1";
    let body = r#"{"resource":{"status":"canceled","rescheduled":false,"updated_at":"2026-03-01T10:00:00.000000Z","cancellation":{"created_at":"2026-03-01T09:59:00Z"}}}"#;
    let (base, seen) = server(200, &[], body).await;
    let calendly = CalendlyClient::new(&base, Secret("pat".to_owned())).unwrap();
    let view = calendly.invitee(uri).await.unwrap().unwrap();
    assert!(view.canceled && !view.rescheduled);
    assert_eq!(view.canceled_at, "2026-03-01T09:59:00Z".parse().ok());
    assert_eq!(
        seen.lock().unwrap()[0].0,
        "/scheduled_events/E1/invitees/A1"
    );
    assert!(
        !calendly
            .invitee("https://evil.test/x")
            .await
            .unwrap_err()
            .passes()
    );
    let (base, _) = server(404, &[], r#"{"title":"Resource Not Found"}"#).await;
    assert_eq!(
        CalendlyClient::new(&base, Secret("pat".to_owned()))
            .unwrap()
            .invitee(uri)
            .await,
        Ok(None)
    );
}

#[tokio::test]
async fn what_is_left_of_a_limit_is_remembered_from_any_answer() {
    for (headers, low) in [
        (
            &[
                ("x-ratelimit-limit", "500"),
                ("x-ratelimit-remaining", "49"),
            ][..],
            Some(true),
        ),
        (
            &[
                ("x-ratelimit-limit", "500"),
                ("x-ratelimit-remaining", "50"),
            ][..],
            Some(false),
        ),
        (&[("x-ratelimit-limit", "500")][..], None),
    ] {
        let (base, _) = server(404, headers, r#"{"title":"Resource Not Found"}"#).await;
        let client = CalendlyClient::new(&base, Secret("pat".to_owned())).unwrap();
        assert_eq!(client.headroom(), None);
        assert!(client.event_types().await.is_err());
        assert_eq!(
            client.headroom().map(crate::calls::Headroom::is_low),
            low,
            "{headers:?}"
        );
    }
}

/// What each client sends to delete a person's record, and what it makes of the answers.
#[tokio::test]
async fn a_record_that_is_not_there_is_gone_and_a_key_without_the_right_says_so() {
    let key = || Secret("k".to_owned());
    let (base, seen) = server(404, &[], r#"{"error":"Not Found"}"#).await;
    let close = CloseClient::new(&base, key()).unwrap();
    assert_eq!(close.delete("cont_1").await, Ok(Deletion::Gone));
    assert_eq!(seen.lock().unwrap().remove(0).0, "/contact/cont_1/");
    assert!(!close.delete("../lead/1").await.unwrap_err().passes());
    assert!(seen.lock().unwrap().is_empty());

    let (base, seen) = server(200, &[], "").await;
    let typeform = TypeformClient::new(&base, key(), Vec::new()).unwrap();
    assert_eq!(typeform.delete("F1/t-1").await, Ok(Deletion::Gone));
    let (uri, ..) = seen.lock().unwrap().remove(0);
    assert_eq!(uri, "/forms/F1/responses?included_response_ids=t-1");
    // Without a token Typeform would delete all responses of the form.
    for id in ["F1/", "F1", "F1/a,b"] {
        assert!(!typeform.delete(id).await.unwrap_err().passes(), "{id}");
    }
    assert!(seen.lock().unwrap().is_empty());

    for status in [401, 402, 403] {
        let (base, _) = server(status, &[], r#"{"code":"no"}"#).await;
        let close = CloseClient::new(&base, key()).unwrap();
        let answer = close.delete("cont_1").await.unwrap();
        let why = format!("Close answered {status}: no");
        assert_eq!(answer, Deletion::NotAllowed(why));
    }
    let (base, _) = server(500, &[], "").await;
    let close = CloseClient::new(&base, key()).unwrap();
    assert!(close.delete("cont_1").await.unwrap_err().passes());
}

#[tokio::test]
async fn calendly_deletes_by_the_address_that_it_names_itself() {
    let invitee = r#"{"resource":{"email":"jane@acme.co"}}"#;
    let (base, seen) = server(202, &[], invitee).await;
    let calendly = CalendlyClient::new(&base, Secret("pat".to_owned())).unwrap();
    let uri = "https://api.calendly.com/scheduled_events/E1/invitees/I1";
    assert_eq!(calendly.delete(uri).await, Ok(Deletion::Gone));
    let asked = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(asked[0].0, "/scheduled_events/E1/invitees/I1");
    assert_eq!(asked[1].0, "/data_compliance/deletion/invitees");
    assert_eq!(asked[1].2, r#"{"emails":["jane@acme.co"]}"#);
    let (base, seen) = server(200, &[], r#"{"resource":{"email":null}}"#).await;
    let calendly = CalendlyClient::new(&base, Secret("pat".to_owned())).unwrap();
    assert_eq!(calendly.delete(uri).await, Ok(Deletion::Gone));
    assert_eq!(seen.lock().unwrap().len(), 1);
}
