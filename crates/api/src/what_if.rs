//! `GET /api/messages/what-if`: what another wait before the follow-up would have changed (S2-23).

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use bookpath_app::texts::what_if::{WhatIfError, replayed};
use bookpath_domain::texts::what_if::{WaitOutcome, WhatIf, wait_seconds};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::permission::{Allowed, ReadAll};
use crate::{BookingsApi, Problem};

/// Waits of one request.
const WAITS_MAX: usize = 20;

pub(super) fn routes() -> OpenApiRouter<BookingsApi> {
    OpenApiRouter::new().routes(routes!(get_what_if))
}

/// Which waits are tried, over the conversations that began in the period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// At most 20, by comma: `15m,30m` (s, m or h), each up to a year.
    #[param(
        pattern = "^[0-9]{1,8}[smh](,[0-9]{1,8}[smh]){0,19}$",
        example = "15m,30m"
    )]
    wait: String,
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// An instant (RFC 3339), exclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// What one wait would have meant.
#[derive(Debug, Serialize, ToSchema)]
struct WaitView {
    wait_seconds: u32,
    /// Customers whose text would have come before their follow-up was due. `stopped` counts opt-outs.
    replied_before: u64,
    /// Follow-ups that an opt-out, a cancellation, a reschedule, the night or the start would have stopped.
    stopped: u64,
    /// Follow-ups that would have been sent.
    follow_ups: u64,
    parts: u64,
    /// US dollars, a decimal.
    cost: String,
    /// Against the configured wait; negative is more.
    sends_saved: i64,
    /// US dollars, a decimal.
    cost_saved: String,
}

impl From<WaitOutcome> for WaitView {
    fn from(outcome: WaitOutcome) -> Self {
        let WaitOutcome {
            wait_seconds,
            replied_before,
            stopped,
            follow_ups,
            parts,
            cost,
            sends_saved,
            cost_saved,
        } = outcome;
        Self {
            wait_seconds,
            replied_before,
            stopped,
            follow_ups,
            parts,
            cost: cost.to_string(),
            sends_saved,
            cost_saved: cost_saved.to_string(),
        }
    }
}

/// The result for every wait, in the order asked.
#[derive(Debug, Serialize, ToSchema)]
struct WhatIfView {
    /// Confirmations that were sent: each would have had its follow-up.
    confirmations: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    first_sent_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sent_at: Option<Timestamp>,
    configured_wait_seconds: u32,
    waits: Vec<WaitView>,
}

impl From<WhatIf> for WhatIfView {
    fn from(answer: WhatIf) -> Self {
        let WhatIf {
            confirmations,
            first_sent_at,
            last_sent_at,
            configured_wait_seconds,
            waits,
        } = answer;
        Self {
            confirmations,
            first_sent_at,
            last_sent_at,
            configured_wait_seconds,
            waits: waits.into_iter().map(WaitView::from).collect(),
        }
    }
}

/// Plays the follow-ups of the past again with other waits, as `bookpath sms what-if` does.
#[utoipa::path(
    get, path = "/api/messages/what-if", operation_id = "get_message_what_if", tag = "conversations", params(Params),
    responses((status = 200, body = WhatIfView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_what_if(
    _: Allowed<ReadAll>,
    State(api): State<BookingsApi>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<WhatIfView>, Problem> {
    let Query(Params { wait, from, to }) = params?;
    let waits = waits(&wait)?;
    let store = api.store.as_ref();
    let secret = &api.performer.reactor.phone_secret;
    let answer = replayed(store, secret, &api.rules, &waits, from, to).await;
    answer
        .map(|answer| Json(answer.into()))
        .map_err(|error| match error {
            WhatIfError::Store(error) => error.into(),
            WhatIfError::Price(_) => Problem::internal(error),
        })
}

/// The waits in seconds.
fn waits(text: &str) -> Result<Vec<u32>, Problem> {
    let mut waits = Vec::new();
    for wait in text.split(',') {
        if waits.len() == WAITS_MAX {
            return Err(Problem::invalid(format!(
                "more than {WAITS_MAX} waits are asked for"
            )));
        }
        waits.push(wait_seconds(wait).map_err(Problem::invalid)?);
    }
    Ok(waits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_domain::BusinessConfig;
    use bookpath_domain::texts::what_if::{PhoneRecords, what_if};

    #[test]
    fn waits_are_read_as_the_command_line_reads_them_and_have_an_end() {
        assert_eq!(waits("90s,15m,2h").unwrap(), [90, 900, 7_200]);
        for wrong in ["", "15", "15m,", "0m", "30d", "m", "15m, 30m", "9999h"] {
            assert!(waits(wrong).is_err(), "{wrong}");
        }
        let many = vec!["15m"; WAITS_MAX];
        assert_eq!(waits(&many.join(",")).unwrap().len(), WAITS_MAX);
        assert!(waits(&format!("{},30m", many.join(","))).is_err());
    }

    #[test]
    fn the_answer_is_the_command_lines_json() {
        let answer = what_if(
            &[],
            &PhoneRecords::new(),
            &[900, 60],
            &BusinessConfig::default(),
        )
        .unwrap();
        let printed = serde_json::to_value(&answer).unwrap();
        assert_eq!(printed["waits"].as_array().unwrap().len(), 2);
        let shown = serde_json::to_value(WhatIfView::from(answer)).unwrap();
        assert_eq!(shown, printed);
    }
}
