//! The business rules from their parameter.

use aws_sdk_ssm::Client;
use bookpath_domain::BusinessConfig;

use crate::failure::{code, line};
use crate::{Session, SetupError};

/// The rules in the parameter of this name, which holds `bookpath.toml`.
///
/// # Errors
/// [`SetupError`]; a mistake in the rules is named with its place.
pub async fn business_config(
    session: &Session,
    parameter: &str,
) -> Result<BusinessConfig, SetupError> {
    let text = self::parameter(session, parameter).await?;
    BusinessConfig::from_toml(&text).map_err(|e| SetupError::Invalid(format!("{parameter}: {e}")))
}

/// The value of a parameter.
///
/// # Errors
/// [`SetupError`]; one that does not exist is [`SetupError::Missing`].
pub async fn parameter(session: &Session, parameter: &str) -> Result<String, SetupError> {
    let answer = Client::new(session.shared())
        .get_parameter()
        .name(parameter)
        .with_decryption(true)
        .send()
        .await
        .map_err(|error| match code(&error) {
            Some("ParameterNotFound") => {
                SetupError::Missing(vec![format!("the parameter {parameter}")])
            }
            _ => SetupError::Unavailable(format!("{parameter}: {}", line(&error))),
        })?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    Ok(value.unwrap_or_default())
}
