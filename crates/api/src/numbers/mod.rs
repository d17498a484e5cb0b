//! Numbers and the rows behind them: key figures, attribution, facts.

mod attribution;
mod credit;
mod credited;
mod current;
mod drills;
mod figure;
mod gold;
mod href;
mod metrics;
mod metrics_answer;
mod metrics_file;
mod question;
mod rows;
mod series;
#[cfg(test)]
mod tests;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;

pub(crate) use credit::{clock_of, days};
pub(crate) use credited::of_attribution;
pub(crate) use current::Current;
pub(crate) use figure::Drill;
pub(crate) use gold::{of_costs, of_gold, of_period};
pub(crate) use href::lineage;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(metrics::get_metrics))
        .routes(routes!(series::get_series))
        .routes(routes!(attribution::get_attribution))
        .routes(routes!(rows::get_rows))
}
