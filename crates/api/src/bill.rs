//! `GET /api/bill`: what the system costs on AWS.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use bookpath_app::ports::MetersFailure;
use bookpath_domain::money::bill::{self, BillError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::permission::{Administer, Allowed};
use crate::{Api, Problem};

/// Bookings of a month.
const APPOINTMENTS_MAX: u32 = 1_000_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_bill))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// What a month with so many bookings would cost; without it, what was used so far.
    #[param(minimum = 1, maximum = 1_000_000)]
    appointments: Option<u32>,
}

/// Metered use times the unit prices of `[bill]`, in US dollars.
#[derive(Debug, Serialize, ToSchema)]
struct Bill {
    lines: Vec<BillLine>,
    /// Exact, not the sum of rounded lines.
    total: String,
    /// Bookings for which it was used.
    bookings: i64,
}

/// One line; decimals are texts, so that none is rounded.
#[derive(Debug, Serialize, ToSchema)]
struct BillLine {
    service: &'static str,
    quantity: String,
    unit: &'static str,
    unit_price: String,
    amount: String,
}

impl From<&bill::BillLine> for BillLine {
    fn from(line: &bill::BillLine) -> Self {
        Self {
            service: line.service,
            quantity: line.quantity.to_string(),
            unit: line.unit,
            unit_price: line.unit_price.to_string(),
            amount: line.amount.to_string(),
        }
    }
}

impl From<MetersFailure> for Problem {
    fn from(failure: MetersFailure) -> Self {
        Self::unavailable(failure)
    }
}

impl From<BillError> for Problem {
    fn from(error: BillError) -> Self {
        match error {
            BillError::NothingMetered => Self::invalid(error.to_string()),
            BillError::Price { .. } | BillError::TooGreat(_) => Self::internal(error),
        }
    }
}

/// What was used so far, or what a month would cost, by service.
#[utoipa::path(get, path = "/api/bill", tag = "ops", params(Params), responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 200, body = Bill), (status = 503, body = Problem)))]
async fn get_bill(
    _: Allowed<Administer>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<Bill>, Problem> {
    let Query(Params { appointments }) = params?;
    if appointments.is_some_and(|n| !(1..=APPOINTMENTS_MAX).contains(&n)) {
        let detail = format!("appointments must be from 1 to {APPOINTMENTS_MAX}");
        return Err(Problem::invalid(detail));
    }
    let metered = api.meters.metered().await?;
    let usage = metered.usage_for(appointments)?;
    let bill = bill::bill(&usage, &api.rules.bill)?;
    Ok(Json(Bill {
        lines: bill.lines.iter().map(BillLine::from).collect(),
        total: bill.total.to_string(),
        bookings: metered.bookings,
    }))
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use bookpath_app::ports::{Commit, Write};
    use bookpath_domain::access::Role;
    use bookpath_domain::people::sources::Sources;

    use crate::testing::World;

    #[tokio::test]
    async fn what_was_used_and_what_a_month_would_cost() {
        let world = World::new(Sources::default(), "[bill]\nsms_part_usd = \"0.0075\"\n").await;
        let ask = async |role, query: &str| {
            let path = format!("/api/bill{query}");
            world.call(Some(role), Method::GET, &path, None).await
        };
        let (status, nothing) = ask(Role::Admin, "").await;
        assert_eq!((status, nothing["total"].as_str()), (200, Some("0")));
        for query in [
            "?appointments=0",
            "?appointments=10",
            "?appointments=x",
            "?month=1",
        ] {
            let (status, problem) = ask(Role::Admin, query).await;
            assert_eq!(status, 422, "{query}: {problem}");
        }
        let counted = [("sms_parts", 3), ("bookings", 2)];
        let writes = counted.map(|(counter, by)| Write::Count { counter, by });
        let commit = Commit::new(writes.into());
        world.api.store.commit(commit).await.unwrap();
        let (_, so_far) = ask(Role::Admin, "").await;
        assert_eq!(so_far["total"], "0.0225");
        assert_eq!(so_far["bookings"], 2);
        let (_, month) = ask(Role::Admin, "?appointments=1000").await;
        let lines = month["lines"].as_array().unwrap();
        let texts = lines.iter().find(|line| line["service"] == "sms").unwrap();
        assert_eq!(texts["quantity"], "1500");
        assert_eq!(texts["amount"], "11.25");
        let hours = lines
            .iter()
            .find(|line| line["service"] == "kinesis")
            .unwrap();
        assert_eq!(hours["quantity"], "730");
        for role in [Role::Sales, Role::Viewer] {
            assert_eq!(ask(role, "").await.0, 403);
        }
    }
}
