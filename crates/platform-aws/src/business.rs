//! The business rules from their parameter.

use bookpath_domain::BusinessConfig;
use serde::Deserialize;
use serde_json::json;

use crate::Session;
use crate::SetupError;
use crate::wire::Service;

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
    let request = json!({ "Name": parameter, "WithDecryption": true });
    let answer: Answer = session
        .wire
        .json(Service::Parameters, "GetParameter", &request)
        .await
        .map_err(|failure| match failure.code() {
            Some("ParameterNotFound") => {
                SetupError::Missing(vec![format!("the parameter {parameter}")])
            }
            _ => SetupError::Unavailable(format!("{parameter}: {failure}")),
        })?;
    Ok(answer.parameter.value)
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Parameter")]
    parameter: Parameter,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "Value", default)]
    value: String,
}
