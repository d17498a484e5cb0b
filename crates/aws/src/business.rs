//! The business rules from their parameter.

use aws_sdk_ssm::Client;
use bookpath_core::BusinessConfig;

use crate::failure::{code, line};
use crate::{Session, SetupError};

/// The rules in the parameter of this name, which holds `bookpath.toml`.
///
/// # Errors
/// [`SetupError`]; a mistake in the rules is named with its place.
pub async fn business_config(session: &Session, parameter: &str) -> Result<BusinessConfig, SetupError> {
    let text = self::parameter(session, parameter).await?;
    BusinessConfig::from_toml(&text).map_err(|e| SetupError::Invalid(format!("{parameter}: {e}")))
}

/// The value of a parameter.
///
/// # Errors
/// [`SetupError`]; one that does not exist is [`SetupError::Missing`].
pub async fn parameter(session: &Session, parameter: &str) -> Result<String, SetupError> {
    let request = Client::new(session.shared()).get_parameter().name(parameter).with_decryption(true);
    let answer = request.send().await.map_err(|e| match code(&e) {
        Some("ParameterNotFound") => SetupError::Missing(vec![format!("the parameter {parameter}")]),
        _ => SetupError::Unavailable(format!("{parameter}: {}", line(&e))),
    })?;
    Ok(answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default())
}
