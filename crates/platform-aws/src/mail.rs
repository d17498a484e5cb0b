//! The mail port on SES.

use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use bookpath_app::ports::{CallError, Mail, Mailer};

use crate::Session;
use crate::failure::{code, line};

/// Characters of a tag's value.
const TAG_CHARS_MAX: usize = 256;

/// E-mails through SES, as plain text.
///
/// SES knows no idempotency key: an e-mail whose answer was lost goes out again, which a customer takes more easily
/// than one that never came.
#[derive(Debug, Clone)]
pub struct SesMailer {
    client: Client,
    from: String,
    configuration_set: Option<String>,
}

impl SesMailer {
    /// E-mails from this verified address.
    #[must_use]
    pub fn new(
        session: &Session,
        from: impl Into<String>,
        configuration_set: Option<String>,
    ) -> Self {
        Self {
            client: Client::new(session.unrepeated()),
            from: from.into(),
            configuration_set,
        }
    }
}

fn content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let body = Body::builder().text(text(&mail.body)?).build();
    Ok(EmailContent::builder()
        .simple(
            Message::builder()
                .subject(text(&mail.subject)?)
                .body(body)
                .build(),
        )
        .build())
}

/// The e-mail's id, as its events show it.
fn tag(mail_id: &str) -> Result<MessageTag, BuildError> {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
            c
        } else {
            '-'
        }
    };
    MessageTag::builder()
        .name("mail_id")
        .value(
            mail_id
                .chars()
                .take(TAG_CHARS_MAX)
                .map(plain)
                .collect::<String>(),
        )
        .build()
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<(), CallError> {
        let unfit = |e: BuildError| CallError::refused(e.to_string());
        let request = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .content(content(mail).map_err(unfit)?)
            .email_tags(tag(&mail.mail_id).map_err(unfit)?)
            .set_configuration_set_name(self.configuration_set.clone());
        let Err(error) = request.send().await else {
            return Ok(());
        };
        match code(&error) {
            // The service's message quotes the address.
            Some(code @ ("MessageRejected" | "BadRequestException")) => {
                Err(CallError::refused(code))
            }
            Some(code) => Err(CallError::transient(code)),
            None => Err(CallError::transient(line(&error))),
        }
    }
}
