//! The operators port: the notifications topic, and the same rows in the store that the embedded one keeps.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sns::Client;
use bookpath_app::operators::notifications::tell_once;
use bookpath_app::ports::{CallError, Clock, Operators, Store};
use serde_json::Value;

use crate::Session;
use crate::failure::line;

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
        f.debug_struct("TopicOperators")
            .field("topic", &self.topic)
            .finish_non_exhaustive()
    }
}

impl TopicOperators {
    /// The topic with this ARN.
    #[must_use]
    pub fn new(
        session: &Session,
        topic: impl Into<String>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            client: Client::new(session.shared()),
            topic: topic.into(),
            store,
            clock,
        }
    }
}

/// A subject that SNS takes: ASCII, one line, not too long.
fn subject(text: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_graphic() || c == ' ' {
            c
        } else {
            '?'
        }
    };
    text.chars()
        .map(plain)
        .take(SUBJECT_CHARS_MAX)
        .collect::<String>()
        .trim_start()
        .to_owned()
}

#[async_trait]
impl Operators for TopicOperators {
    async fn tell(&self, id: &str, title: &str, message: Value) -> Result<(), CallError> {
        let request = self
            .client
            .publish()
            .topic_arn(&self.topic)
            .subject(subject(title))
            .message(message.to_string());
        let publish = async {
            request
                .send()
                .await
                .map(drop)
                .map_err(|e| CallError::transient(line(&e)))
        };
        tell_once(
            self.store.as_ref(),
            self.clock.as_ref(),
            id,
            title,
            message,
            publish,
        )
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_short_line_of_ascii() {
        assert_eq!(
            subject(" A refund\nof 5 € failed"),
            "A refund?of 5 ? failed"
        );
        assert_eq!(subject(&"x".repeat(200)).len(), 100);
    }
}
