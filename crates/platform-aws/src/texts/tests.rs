//! What an answer, or none, says about a message.

use std::sync::{Arc, Mutex};

use super::*;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use bookpath_app::ports::TextSender;
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{Message, Reason, Text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Coded(ErrorMetadata);

impl ProvideErrorMetadata for Coded {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn answered(status: u16, code: &str) -> SdkError<Coded, HttpResponse> {
    let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
    SdkError::service_error(Coded(ErrorMetadata::builder().code(code).build()), response)
}

#[test]
fn only_a_clear_no_is_a_no() {
    let now = Timestamp::UNIX_EPOCH;
    let of = |error| failed::<Coded>(&error, &["AccessDeniedException"], now);
    let again = SendResult::NotTaken {
        again_at: now + AGAIN,
    };
    assert_eq!(of(answered(400, "InvalidParameter")), SendResult::Refused);
    assert_eq!(of(answered(400, "ThrottlingException")), again);
    assert_eq!(of(answered(403, "AccessDeniedException")), again);
    assert_eq!(
        of(answered(500, "InternalServerException")),
        SendResult::Lost
    );
    assert_eq!(of(SdkError::timeout_error("slow")), SendResult::Lost);
    assert_eq!(
        of(SdkError::dispatch_failure(ConnectorError::io(
            "reset".into()
        ))),
        SendResult::Lost
    );
}

fn session_at(address: std::net::SocketAddr) -> crate::Session {
    crate::Session::of_emulator(&format!("http://{address}"), "us-west-1").unwrap()
}

fn message() -> Message {
    Message {
        intent_id: "follow_up:1".to_owned(),
        to: Phone::parse("+14155550123", "US").unwrap(),
        body: Text("Hello".to_owned()),
        parts: 1,
        useless_after: None,
    }
}

fn texts(session: &crate::Session) -> [Box<dyn TextSender>; 2] {
    let clock = Arc::new(crate::SystemClock::start());
    let voice = VoiceSettings {
        origination_identity: "+14155550100".to_owned(),
        ..VoiceSettings::default()
    };
    [
        Box::new(SnsTexts::new(
            session,
            SnsSettings::default(),
            clock.clone(),
        )),
        Box::new(VoiceTexts::new(session, voice, clock)),
    ]
}

type Requests = Arc<Mutex<Vec<String>>>;

/// Reads every request whole, gives `answer` and closes.
async fn stub(answer: &'static str) -> (std::net::SocketAddr, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, requests) = (listener.local_addr().unwrap(), Requests::default());
    let seen = requests.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = whole_request(&mut stream).await;
            seen.lock().unwrap().push(request);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (address, requests)
}

async fn whole_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0);
    }
}

#[tokio::test]
async fn a_message_without_a_connection_was_not_sent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for texts in texts(&session_at(free)) {
        assert!(matches!(
            texts.send(&message()).await,
            SendResult::NotTaken { .. }
        ));
    }
}

#[tokio::test]
async fn a_lost_answer_is_no_reason_to_send_again() {
    for answer in [
        "",
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ] {
        let (address, requests) = stub(answer).await;
        for texts in texts(&session_at(address)) {
            assert_eq!(texts.send(&message()).await, SendResult::Lost);
        }
        assert_eq!(
            requests.lock().unwrap().len(),
            2,
            "one request for each message"
        );
    }
}

#[tokio::test]
async fn end_user_messaging_is_told_the_intent_and_the_life_of_a_text() {
    let (address, requests) = stub(
        "HTTP/1.1 200 OK\r\ncontent-length: 17\r\nconnection: close\r\n\r\n{\"MessageId\":\"m\"}",
    )
    .await;
    let [_, texts] = texts(&session_at(address));
    assert_eq!(
        texts.send(&message()).await,
        SendResult::Accepted {
            provider_id: Some("m".to_owned())
        }
    );
    let request = requests.lock().unwrap().remove(0);
    let body: serde_json::Value =
        serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let wanted = serde_json::json!({
        "DestinationPhoneNumber": "+14155550123",
        "OriginationIdentity": "+14155550100",
        "MessageBody": "Hello",
        "MessageType": "TRANSACTIONAL",
        "TimeToLive": 3600,
        "Context": { "intent_id": "follow_up:1" },
    });
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn a_conflict_is_read_by_its_reason() {
    let wanted = [
        (
            "ConflictException",
            "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            SendResult::Suppressed(Reason::OptedOut),
        ),
        (
            "ConflictException",
            "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
            SendResult::Suppressed(Reason::NotVerified),
        ),
        (
            "ConflictException",
            "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
            SendResult::Refused,
        ),
        (
            "ConflictException",
            "NO_ORIGINATION_IDENTITIES_FOUND",
            SendResult::QuotaSpent,
        ),
        (
            "ServiceQuotaExceededException",
            "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
            SendResult::QuotaSpent,
        ),
    ];
    for (code, reason, wanted) in wanted {
        let body = format!(r#"{{"__type":"{code}","Message":"+14155550123","Reason":"{reason}"}}"#);
        let answer = format!(
            "HTTP/1.1 400 Bad Request\r\nx-amzn-errortype: {code}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let (address, _) = stub(answer.leak()).await;
        let [_, texts] = texts(&session_at(address));
        assert_eq!(texts.send(&message()).await, wanted, "{reason}");
    }
}
