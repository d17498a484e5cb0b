//! Against servers that behave as scripted, byte by byte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::wire::Body;

const SOON: Duration = Duration::from_millis(200);
const LATER: Duration = Duration::from_secs(5);
const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

struct Server {
    authority: String,
    accepted: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

/// What a server does with a request.
#[derive(Clone, Copy)]
enum Then {
    /// It answers and waits for the next one.
    Answer(&'static str),
    AnswerLate(&'static str, Duration),
    /// It answers, if with anything, and closes.
    Close(&'static str),
    Silence,
}

impl Server {
    /// `then` is told which request this is, from 1, over all connections.
    async fn start(then: impl Fn(usize) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let (accepted, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (server, then) = (
            Self {
                authority,
                accepted: accepted.clone(),
                asked: asked.clone(),
            },
            Arc::new(then),
        );
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                let (asked, then) = (asked.clone(), then.clone());
                tokio::spawn(async move {
                    while read(&mut stream).await {
                        match then(asked.fetch_add(1, Ordering::SeqCst) + 1) {
                            Then::Answer(text) => stream.write_all(text.as_bytes()).await.unwrap(),
                            Then::AnswerLate(text, after) => {
                                tokio::time::sleep(after).await;
                                stream.write_all(text.as_bytes()).await.unwrap();
                            }
                            Then::Close(text) => {
                                return stream.write_all(text.as_bytes()).await.unwrap();
                            }
                            Then::Silence => {}
                        }
                    }
                });
            }
        });
        server
    }

    fn counts(&self) -> (usize, usize) {
        (
            self.accepted.load(Ordering::SeqCst),
            self.asked.load(Ordering::SeqCst),
        )
    }

    async fn ask(
        &self,
        connections: &Connections<Body>,
        patience: Duration,
    ) -> Result<(u16, String), String> {
        let request = Request::put("/a?b=c")
            .header("host", &self.authority)
            .body(Body::bytes("12345"))
            .unwrap();
        let answer = connections
            .exchange(
                "http",
                &self.authority,
                request,
                1000,
                Instant::now() + patience,
            )
            .await?;
        Ok((
            answer.status.as_u16(),
            String::from_utf8(answer.body.to_vec()).unwrap(),
        ))
    }
}

/// Reads one request, whose body is `12345`; false at the end of the connection.
async fn read(stream: &mut TcpStream) -> bool {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n12345") {
        match stream.read_u8().await {
            Ok(byte) => text.push(byte),
            Err(_) => return false,
        }
    }
    assert!(
        text.starts_with(b"PUT /a?b=c HTTP/1.1\r\n"),
        "{}",
        String::from_utf8_lossy(&text)
    );
    true
}

fn fine() -> Result<(u16, String), String> {
    Ok((200, "ok".to_owned()))
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start(|_| Then::Answer(FINE)).await;
    let connections = Connections::new().unwrap();
    for _ in 0..3 {
        assert_eq!(server.ask(&connections, LATER).await, fine());
    }
    assert_eq!(server.counts(), (1, 3));
}

#[tokio::test]
async fn what_the_server_closed_while_idle_is_left_without_a_word() {
    let server = Server::start(|n| {
        if n == 1 {
            Then::Close(FINE)
        } else {
            Then::Answer(FINE)
        }
    })
    .await;
    let connections = Connections::new().unwrap();
    assert_eq!(server.ask(&connections, LATER).await, fine());
    tokio::time::sleep(SOON).await;
    assert_eq!(server.ask(&connections, LATER).await, fine());
    // Each request arrived once.
    assert_eq!(server.counts(), (2, 2));
}

#[tokio::test]
async fn an_answer_that_asks_to_close_is_the_last_of_its_connection() {
    let server = Server::start(|_| {
        Then::Answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    })
    .await;
    let connections = Connections::new().unwrap();
    for _ in 0..2 {
        assert_eq!(server.ask(&connections, LATER).await, fine());
    }
    assert_eq!(server.counts(), (2, 2));
}

#[tokio::test]
async fn requests_at_once_have_a_connection_each_and_all_are_kept() {
    let server = Server::start(|_| Then::AnswerLate(FINE, SOON)).await;
    let connections = Connections::new().unwrap();
    for _ in 0..2 {
        let all = futures::future::join_all((0..5).map(|_| server.ask(&connections, LATER))).await;
        assert!(all.into_iter().all(|answer| answer == fine()));
    }
    assert_eq!(server.counts(), (5, 10));
}

#[tokio::test]
async fn silence_ends_in_time_and_its_connection_is_not_used_again() {
    let server = Server::start(|n| {
        if n == 2 {
            Then::Silence
        } else {
            Then::Answer(FINE)
        }
    })
    .await;
    let connections = Connections::new().unwrap();
    assert_eq!(server.ask(&connections, LATER).await, fine());
    let begun = Instant::now();
    assert_eq!(
        server.ask(&connections, SOON).await,
        Err("no answer in time".to_owned())
    );
    assert!((SOON..LATER).contains(&begun.elapsed()));
    assert_eq!(server.ask(&connections, LATER).await, fine());
    assert_eq!(server.counts(), (2, 3));
}

#[tokio::test]
async fn the_time_limit_of_an_earlier_request_does_not_cut_a_later_one() {
    let server = Server::start(|n| {
        if n == 1 {
            Then::Answer(FINE)
        } else {
            Then::AnswerLate(FINE, SOON * 2)
        }
    })
    .await;
    let connections = Connections::new().unwrap();
    assert_eq!(server.ask(&connections, SOON).await, fine());
    assert_eq!(server.ask(&connections, LATER).await, fine());
    assert_eq!(server.counts(), (1, 2));
}

#[tokio::test]
async fn half_an_answer_is_an_error() {
    for half in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok",
        "no HTTP at all\r\n\r\n",
    ] {
        let server = Server::start(move |_| Then::Close(half)).await;
        let answer = server.ask(&Connections::new().unwrap(), LATER).await;
        assert!(answer.is_err(), "{half:?}: {answer:?}");
        // It may have been done: only the caller knows whether to ask again.
        assert_eq!(server.counts(), (1, 1));
    }
}

#[tokio::test]
async fn answers_have_a_length_or_chunks_or_end_with_the_connection() {
    let cases = [
        (Then::Answer("HTTP/1.1 204 No Content\r\n\r\n"), (204, "")),
        (
            Then::Answer("HTTP/1.1 503 Slow Down\r\ncontent-length: 4\r\n\r\nslow"),
            (503, "slow"),
        ),
        (
            Then::Answer(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
            ),
            (200, "abcde"),
        ),
        (
            Then::Close("HTTP/1.1 200 OK\r\n\r\nto the end"),
            (200, "to the end"),
        ),
    ];
    for (then, (status, text)) in cases {
        let server = Server::start(move |_| then).await;
        let connections = Connections::new().unwrap();
        for _ in 0..2 {
            assert_eq!(
                server.ask(&connections, LATER).await,
                Ok((status, text.to_owned()))
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_and_a_server_that_is_not_there_are_errors() {
    let long: &'static str = Box::leak(
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{}",
            "x".repeat(1001)
        )
        .into_boxed_str(),
    );
    let server = Server::start(move |_| Then::Answer(long)).await;
    assert!(
        server
            .ask(&Connections::new().unwrap(), LATER)
            .await
            .is_err()
    );
    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let gone = Server {
        authority: nobody,
        accepted: Arc::default(),
        asked: Arc::default(),
    };
    assert!(gone.ask(&Connections::new().unwrap(), LATER).await.is_err());
}
