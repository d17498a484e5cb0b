//! The operators port: the notifications topic, and the same rows in the store that the embedded one keeps.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sns::Client;
use bookpath_app::machines::{Notification, notify};
use bookpath_app::ports::{CallError, Clock, Commit, Expect, ItemKey, Operators, Store, StoreError, Write};
use jiff::SignedDuration;
use serde_json::Value;

use crate::Session;
use crate::sdk::line;

/// How long it is known that they were told.
const TOLD_DAYS: i64 = 90;
/// Characters of a subject, all of them ASCII.
const SUBJECT_CHARS_MAX: usize = 100;

/// Tells the operators through a topic.
#[derive(Clone)]
pub struct TopicOperators {
    client: Client,
    topic: String,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for TopicOperators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicOperators").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl TopicOperators {
    /// The topic with this ARN.
    #[must_use]
    pub fn new(session: &Session, topic: impl Into<String>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { client: Client::new(session.shared()), topic: topic.into(), store, clock }
    }
}

/// A subject that SNS takes: ASCII, one line, not too long.
fn subject(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    text.chars().map(plain).take(SUBJECT_CHARS_MAX).collect::<String>().trim_start().to_owned()
}

#[async_trait]
impl Operators for TopicOperators {
    /// Two processes that tell the same at the same moment may both be heard.
    async fn tell(&self, id: &str, title: &str, message: Value) -> Result<(), CallError> {
        let failed = |e: StoreError| CallError::transient(e.to_string());
        let known = ItemKey::new(format!("told#{id}"), "row");
        if self.store.get(&known).await.map_err(failed)?.is_some() {
            return Ok(());
        }
        let request = self.client.publish().topic_arn(&self.topic).subject(subject(title)).message(message.to_string());
        request.send().await.map_err(|e| CallError::transient(line(&e)))?;
        let at = self.clock.now();
        let notification = Notification { at, subject: Some(title.to_owned()), message };
        notify(self.store.as_ref(), &format!("{at:.6}#{id}"), &notification).await.map_err(failed)?;
        let mark = Write::put(known, None, &at, Expect::Any).map_err(failed)?;
        let mark = mark.expiring(at + SignedDuration::from_hours(24 * TOLD_DAYS));
        self.store.commit(Commit::of(vec![mark])).await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_line_of_ascii() {
        assert_eq!(subject(" A refund\nof 5 € failed"), "A refund?of 5 ? failed");
        assert_eq!(subject(&"x".repeat(200)).len(), 100);
    }
}
