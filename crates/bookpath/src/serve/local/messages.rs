//! `/local/sms*` and `/local/mail`: shows what was sent, and plays the carriers' side.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use bookpath_api::Problem;
use bookpath_api::conversations::outbound;
use bookpath_app::inbox::admit::admit;
use bookpath_app::inbox::receipt::ReceiptStatus;
use bookpath_app::ports::{Clock as _, Ids as _, RandomIds};
use bookpath_app::texts::conversations;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::people::phone::Phone;
use bookpath_platform_local::carriers::letters;
use bookpath_vendors::sms::{delivery_body, inbound_body};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Local, failed};

pub(super) fn router() -> Router<Local> {
    Router::new()
        .route("/local/sms", get(get_sms))
        .route("/local/sms/inbound", post(post_inbound))
        .route("/local/sms/delivery", post(post_delivery))
        .route("/local/sms/log", post(post_log))
        .route("/local/mail", get(get_mail))
}

async fn get_sms(State(local): State<Local>) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    let conversations =
        conversations::every(local.node.database.as_ref(), local.node.clock.now()).await?;
    Ok(Json(json!({ "messages": outbound(&conversations) })))
}

async fn get_mail(State(local): State<Local>) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    Ok(Json(
        json!({ "letters": letters(local.node.database.as_ref()).await? }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inbound {
    from: String,
    to: Option<String>,
    body: String,
    message_id: Option<String>,
}

/// A customer's text. It comes in as the carrier's notification does.
async fn post_inbound(
    State(local): State<Local>,
    Body(text): Body<Inbound>,
) -> Result<Json<Value>, Problem> {
    let phone = Phone::parse(&text.from, &local.node.rules.default_country);
    let phone = phone.ok_or_else(|| Problem::invalid("`from` is no phone number"))?;
    local.runner.drain().await.map_err(failed)?;
    let now = local.node.clock.now();
    let store = local.node.database.as_ref();
    // The bookings that the text may answer, read before it changes them.
    let open = conversations::of_phone(store, &phone, now).await?;
    let bookings: Vec<String> = open
        .iter()
        .map(|f| &f.conversation)
        .filter(|c| c.open() && c.booked())
        .map(|c| c.booking_id.clone())
        .collect();
    let message_id = text.message_id.unwrap_or_else(|| RandomIds.fresh());
    carry(
        &local,
        &inbound_body(&message_id, phone.as_str(), text.to.as_deref(), &text.body),
    )
    .await?;
    let secret = &local.runner.business().reactor.phone_secret;
    let opted_out = conversations::known_phone(store, secret, &phone)
        .await?
        .record
        .opted_out();
    Ok(Json(
        json!({ "status": "recorded", "opted_out": opted_out, "bookings": bookings }),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveryEvent {
    intent_id: String,
    status: Status,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Delivered,
    Failed,
}

/// The carrier's delivery event of one of our texts.
async fn post_delivery(
    State(local): State<Local>,
    Body(event): Body<DeliveryEvent>,
) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    let now = local.node.clock.now();
    let known =
        conversations::of_intent(local.node.database.as_ref(), &event.intent_id, now).await?;
    known
        .filter(|f| f.conversation.intents.contains_key(&event.intent_id))
        .ok_or_else(|| Problem::not_found("no such intent"))?;
    carry(
        &local,
        &delivery_body(&event.intent_id, event.status == Status::Delivered, now),
    )
    .await?;
    Ok(Json(json!({ "status": "recorded" })))
}

/// A line of the carrier's delivery log, in the carrier's own shape.
async fn post_log(
    State(local): State<Local>,
    Body(line): Body<Value>,
) -> Result<Json<Value>, Problem> {
    local.runner.drain().await.map_err(failed)?;
    carry(&local, &line).await?;
    Ok(Json(json!({ "status": "recorded" })))
}

/// Takes a carrier's body in, and returns when everything that follows from it is done.
async fn carry(local: &Local, body: &Value) -> Result<(), Problem> {
    let bytes = body.to_string();
    let now = local.node.clock.now();
    let receipt = admit(
        &local.inbox,
        Vendor::Sms,
        Origin::Webhook,
        now,
        bytes.as_bytes(),
    )
    .await;
    let receipt = receipt.map_err(|e| Problem::unavailable(e.to_string()))?;
    if receipt.status == ReceiptStatus::Failed {
        return Err(Problem::invalid_body(
            "the carrier's body could not be read",
        ));
    }
    local.runner.drain().await.map_err(failed)
}
