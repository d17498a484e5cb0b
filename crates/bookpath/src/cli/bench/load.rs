//! The load: keep-alive connections that each post one new delivery after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bookpath_domain::Vendor;
use bookpath_vendors::signature::SigningKey;
use jiff::Timestamp;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Figures, figures};
use crate::failure::Failure;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// A booking of the real size, about 2.7 KB, unlike any other.
pub(super) fn body(number: u64) -> Vec<u8> {
    let event = format!("https://api.calendly.com/scheduled_events/bench-{number}");
    let answer =
        "We are running paid ads and need more qualified booked calls every month. ".repeat(14);
    json!({
        "event": "invitee.created", "created_at": "2026-03-01T10:00:00.000000Z", "created_by": "https://api.calendly.com/users/U1",
        "payload": {
            "uri": format!("{event}/invitees/I{number}"), "email": format!("lead{number}@example.org"), "name": "Jane Doe",
            "first_name": null, "last_name": null, "status": "active", "timezone": "America/New_York",
            "text_reminder_number": "+1 222 333 4444", "created_at": "2026-03-01T10:00:00.000000Z", "updated_at": "2026-03-01T10:00:00.000000Z",
            "rescheduled": false, "old_invitee": null, "new_invitee": null, "no_show": null, "cancellation": null,
            "cancel_url": format!("https://calendly.com/cancellations/I{number}"),
            "questions_and_answers": [{"question": "What is your biggest challenge?", "answer": answer, "position": 0}],
            "tracking": {"utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "C1", "utm_content": null, "utm_term": null},
            "scheduled_event": {
                "uri": event, "name": "Triage Call", "status": "active", "start_time": "2026-03-10T15:00:00.000000Z",
                "end_time": "2026-03-10T15:30:00.000000Z", "created_at": "2026-03-01T10:00:00.000000Z", "updated_at": "2026-03-01T10:00:00.000000Z",
                "event_type": "https://api.calendly.com/event_types/d639ecd3-8718-4068-955a-436b10d72c78",
                "location": {"type": "zoom", "join_url": "https://zoom.example/1"},
                "event_memberships": [{"user": "https://api.calendly.com/users/U1", "user_email": "am1@co.test", "user_name": "Ann Manager"}]
            }
        }
    })
    .to_string()
    .into_bytes()
}

fn request(key: &SigningKey, number: u64) -> Vec<u8> {
    let body = body(number);
    let signature = key.timed(Timestamp::now().as_second(), &body);
    let mut request = format!(
        "POST /api/webhooks/calendly HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncalendly-webhook-signature: {signature}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    request
}

/// Loads the server for `limit`.
pub(super) async fn round(
    address: &str,
    key: &str,
    connections: usize,
    limit: Duration,
    round: usize,
) -> Result<Figures, Failure> {
    let key = Arc::new(SigningKey::new(Vendor::Calendly, key).map_err(Failure::new)?);
    let numbers = Arc::new(AtomicU64::new((round as u64) << 40));
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(connection(
            address.to_owned(),
            key.clone(),
            numbers.clone(),
            started + limit,
        ));
    }
    let mut latencies = Vec::new();
    while let Some(task) = tasks.join_next().await {
        latencies.extend(task.map_err(Failure::new)??);
    }
    Ok(figures(latencies, started.elapsed()))
}

async fn connection(
    address: String,
    key: Arc<SigningKey>,
    numbers: Arc<AtomicU64>,
    until: Instant,
) -> Result<Vec<Duration>, Failure> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut answer = vec![0; 16 << 10];
    while Instant::now() < until {
        let request = request(&key, numbers.fetch_add(1, Ordering::Relaxed));
        let sent = Instant::now();
        stream.write_all(&request).await?;
        let length = read_answer(&mut stream, &mut answer).await?;
        latencies.push(sent.elapsed());
        if !answer[..length]
            .windows(10)
            .any(|window| window == b"\"accepted\"")
        {
            return Err(Failure::Failed(format!(
                "not accepted: {}",
                String::from_utf8_lossy(&answer[..length])
            )));
        }
    }
    Ok(latencies)
}

/// Reads one answer whole; its length in the buffer.
async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<usize, Failure> {
    let mut filled = 0;
    loop {
        let n = stream.read(&mut buffer[filled..]).await?;
        if n == 0 {
            return Err(Failure::Failed(
                "the server closed the connection".to_owned(),
            ));
        }
        filled += n;
        if whole(&buffer[..filled]) {
            return Ok(filled);
        }
    }
}

fn whole(answer: &[u8]) -> bool {
    let Some(head) = answer
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)
    else {
        return false;
    };
    let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    let length = text
        .lines()
        .find_map(|line| {
            line.strip_prefix("content-length:")?
                .trim()
                .parse::<usize>()
                .ok()
        })
        .unwrap_or(0);
    answer.len() >= head + HEAD_END.len() + length
}
