//! `GET /api/metrics`: every key figure of a month, of everybody and of each team member.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::numbers::{Compare, Numbers, UNASSIGNED, compared, of_people};
use bookpath_domain::numbers::kpi::{Counts, Query as Question};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Current;
use super::figure::{KeyFigures, Shown};
use super::metrics_answer::{Metrics, PersonFigures};
use super::metrics_file;
use super::question::{Given, Question as Asked, mode_name};
use crate::csv_export::csv_asked;
use crate::instants::Instants;
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// `YYYY-MM` of the reporting zone, or `all`; by default the month of the answer.
    #[param(pattern = "^([0-9]{4}-(0[1-9]|1[0-2])|all)$")]
    month: Option<String>,
    /// `all`, `unassigned`, the id of an app user, or the e-mail address of a team member.
    user: Option<String>,
    /// `period` (default): a fact belongs to its own month; `cohort`: to that of its contact's first touch.
    #[param(pattern = "^(period|cohort)$")]
    mode: Option<String>,
    /// Of spend its own, of everything else that of the contact's first touch.
    #[param(max_length = 500)]
    campaign: Option<String>,
    /// Adds `previous` and `change`: the month before, up to the same day, or the same month a year ago.
    #[param(pattern = "^(previous|previous_to_date|year)$")]
    compare: Option<String>,
    /// Judges at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// `json` (default) or `csv`; a CSV file has a line for each figure.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
}

/// Every key figure with its numerator, denominator, formula and the links to its rows.
#[utoipa::path(
    get, path = "/api/metrics", tag = "numbers", params(Params),
    responses(
        (status = 200, description = "every figure; with format=csv a line for each as text/csv", content((Metrics = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, description = "no such user", body = Problem), (status = 409, description = "version_gone", body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_metrics(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let compare = params.compare.as_deref().map(comparison).transpose()?;
    let current = Current::read(&api, Instants::new(params.as_of, params.known_at)).await?;
    let given = Given {
        month: params.month.as_deref(),
        user: params.user.as_deref(),
        mode: params.mode.as_deref(),
        campaign: params.campaign.as_deref(),
        until: None,
    };
    let asked = Asked::new(given, &caller, &current)?;
    let before = compare
        .map(|compare| compared(&asked.query, asked.month, compare, current.today()))
        .transpose()
        .map_err(|refused| Problem::invalid(refused.to_string()))?;
    let counted = |query: &Question| api.resolutions.counts(&current.resolved, &api.rules, query);
    let counts = counted(&asked.query);
    let earlier = before.as_ref().map(|(_, query)| counted(query));
    let (metrics, per_user) = figures(&asked, &current, &counts, earlier.as_deref());
    let answer = Metrics {
        month: asked.month.to_string(),
        scope: asked.asked.scope(),
        mode: mode_name(asked.query.mode),
        campaign: asked.query.campaign.clone(),
        as_of: current.as_of,
        lag_seconds: current.lag_seconds,
        reporting_timezone: current.zone_name(),
        currency: current.resolved.currencies.main.clone(),
        left_out: current.resolved.currencies.left_out.clone(),
        compared_with: before.map(|(month, _)| month.to_string()),
        metrics,
        per_user,
        user: asked.asked.user,
    };
    if csv {
        return metrics_file::file(&answer, &current.zone);
    }
    Ok(Json(answer).into_response())
}

fn comparison(text: &str) -> Result<Compare, Problem> {
    match text {
        "previous" => Ok(Compare::Previous),
        "previous_to_date" => Ok(Compare::PreviousToDate),
        "year" => Ok(Compare::Year),
        other => Err(Problem::invalid(format!(
            "compare is `{other}`; it must be previous, previous_to_date or year"
        ))),
    }
}

/// The figures of all that is asked for, and those of each person in it.
fn figures(
    asked: &Asked,
    current: &Current,
    counts: &Counts,
    earlier: Option<&Counts>,
) -> (KeyFigures, Vec<PersonFigures>) {
    let currency = current.resolved.currencies.main.as_deref();
    let filters = asked.filters(&asked.asked.user, current);
    let all = Shown {
        counts,
        filters: &filters,
        currency,
    };
    let total = all.all(&counts.total(), earlier.map(Counts::total).as_ref());
    let people = of_people(counts, &current.resolved, &asked.query.who);
    let person = |person: Numbers| {
        let filters = asked.filters(person.user.as_deref().unwrap_or(UNASSIGNED), current);
        let own = Shown {
            counts,
            filters: &filters,
            currency,
        };
        let before = earlier.map(|earlier| earlier.by_user.get(&person.user).copied());
        PersonFigures {
            metrics: own.all(
                &person.counted,
                before.map(Option::unwrap_or_default).as_ref(),
            ),
            user_token: match &person.user {
                Some(user) => current.resolved.team.token(user).to_owned(),
                None => UNASSIGNED.to_owned(),
            },
            user_id: person.user,
            email: person.email,
            name: person.name,
        }
    };
    (total, people.into_iter().map(person).collect())
}
