//! Connections that are kept, one request at a time each, driven by whoever waits for the answer.
//!
//! hyper-util's pool gives every connection a task of its own: a request then wakes that task, and the task the caller,
//! and a time limit is registered and cleared with the timer each time. For a function that makes three small calls
//! that is more work than HTTP itself (docs/PERFORMANCE.md).

use std::collections::BTreeMap;
use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Body;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tower::ServiceExt as _;

use super::{CONNECTIONS_KEPT, Connector, IDLE_MAX, connector, innermost};
use crate::session::SetupError;

/// An answer that has arrived whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

/// The connections of a process, by host.
pub(crate) struct Connections<B: Body + 'static> {
    connector: Connector,
    /// By `host[:port]`; the one used last is the next one.
    idle: Mutex<BTreeMap<String, Vec<Open<B>>>>,
}

impl<B> Connections<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    pub(crate) fn new() -> Result<Self, SetupError> {
        Ok(Self {
            connector: connector()?,
            idle: Mutex::default(),
        })
    }

    /// Sends a request to `scheme://authority` and reads the whole answer, at most `bytes_max` of it. The request has
    /// its path only, and a `host`.
    ///
    /// A connection that its server has closed is left for another one without a word, as long as nothing of the
    /// request was sent.
    ///
    /// # Errors
    /// One line about what went wrong. The request may have arrived.
    pub(crate) async fn exchange(
        &self,
        scheme: &str,
        authority: &str,
        mut request: Request<B>,
        bytes_max: usize,
        deadline: Instant,
    ) -> Result<Answer, String> {
        while let Some(mut kept) = self.take(authority) {
            match kept.exchange(request, bytes_max, deadline).await {
                Ok(answer) => {
                    self.keep(authority, kept).await;
                    return Ok(answer);
                }
                Err(Broken {
                    unsent: Some(whole),
                    ..
                }) => request = *whole,
                Err(Broken { why, .. }) => return Err(why),
            }
        }
        let opened = timeout_at(deadline, self.open(scheme, authority)).await;
        let mut fresh = opened.map_err(|_| "no connection in time".to_owned())??;
        let answer = fresh
            .exchange(request, bytes_max, deadline)
            .await
            .map_err(|broken| broken.why)?;
        self.keep(authority, fresh).await;
        Ok(answer)
    }

    async fn open(&self, scheme: &str, authority: &str) -> Result<Open<B>, String> {
        let uri = Uri::builder()
            .scheme(scheme)
            .authority(authority)
            .path_and_query("/")
            .build()
            .map_err(|e| e.to_string())?;
        let stream = self
            .connector
            .clone()
            .oneshot(uri)
            .await
            .map_err(|e| innermost(e.as_ref()))?;
        let (sender, connection) = http1::handshake(stream).await.map_err(|e| innermost(&e))?;
        let now = Instant::now();
        Ok(Open {
            sender,
            connection,
            used: now,
            alarm: Alarm(Box::pin(sleep_until(now))),
        })
    }

    fn take(&self, authority: &str) -> Option<Open<B>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(authority)?;
        // Those below it were used even longer ago.
        let found = kept.pop().filter(|open| open.used.elapsed() < IDLE_MAX);
        if found.is_none() {
            kept.clear();
        }
        found
    }

    async fn keep(&self, authority: &str, mut open: Open<B>) {
        if !open.settled().await {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !idle.contains_key(authority) {
            idle.insert(authority.to_owned(), Vec::new());
        }
        if let Some(kept) = idle
            .get_mut(authority)
            .filter(|kept| kept.len() < CONNECTIONS_KEPT)
        {
            kept.push(open);
        }
    }
}

/// Why there is no answer.
struct Broken<B> {
    why: String,
    /// The request, if nothing of it was sent.
    unsent: Option<Box<Request<B>>>,
}

impl<B> From<String> for Broken<B> {
    fn from(why: String) -> Self {
        Self { why, unsent: None }
    }
}

/// An open connection. Nothing happens on it but while it is asked.
struct Open<B: Body + 'static> {
    sender: SendRequest<B>,
    connection: Connection<MaybeHttpsStream<TokioIo<TcpStream>>, B>,
    used: Instant,
    alarm: Alarm,
}

impl<B> Open<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    async fn exchange(
        &mut self,
        request: Request<B>,
        bytes_max: usize,
        deadline: Instant,
    ) -> Result<Answer, Broken<B>> {
        let Self {
            sender,
            connection,
            alarm,
            used,
        } = self;
        // A server that has gone is noticed before the request is handed over.
        let mut ended = poll_fn(|context| Poll::Ready(Pin::new(&mut *connection).poll(context)))
            .await
            .is_ready();
        if ended {
            return Err(Broken {
                why: "the connection is closed".to_owned(),
                unsent: Some(Box::new(request)),
            });
        }
        let sent = sender.try_send_request(request);
        let mut answer = pin!(async {
            let (head, body) = sent
                .await
                .map_err(|mut error| {
                    let unsent = error.take_message().map(Box::new);
                    Broken {
                        why: innermost(&error.into_error()),
                        unsent,
                    }
                })?
                .into_parts();
            let body = Limited::new(body, bytes_max)
                .collect()
                .await
                .map_err(|e| innermost(e.as_ref()))?;
            Ok::<_, Broken<B>>(Answer {
                status: head.status,
                body: body.to_bytes(),
            })
        });
        let answer = poll_fn(|context| {
            if !ended {
                ended = Pin::new(&mut *connection).poll(context).is_ready();
            }
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            if ended {
                return Poll::Ready(Err("the connection ended before the answer"
                    .to_owned()
                    .into()));
            }
            alarm
                .poll(deadline, context)
                .map(|()| Err("no answer in time".to_owned().into()))
        });
        let answer = answer.await?;
        *used = Instant::now();
        Ok(answer)
    }

    /// Whether the connection can take another request now. One that still sends, or that the server wants closed,
    /// can't.
    async fn settled(&mut self) -> bool {
        poll_fn(|context| {
            Poll::Ready(
                Pin::new(&mut self.connection).poll(context).is_pending() && self.sender.is_ready(),
            )
        })
        .await
    }
}

/// A time limit whose timer is moved only when it rings. Registering one for every request and clearing it again
/// costs a system call each time.
struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        if self.0.deadline() > deadline {
            self.0.as_mut().reset(deadline);
        }
        while self.0.as_mut().poll(context).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            self.0.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests;
