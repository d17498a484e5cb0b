//! `GET /api/bookings/metrics`: business figures (S4-44) and technical ones (S4-45), by exactly those names.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use bookpath_domain::ErrorClass;
use bookpath_domain::bookings::metrics::{BookingFigures, figures};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::state::Bookings;
use crate::Problem;
use crate::permission::{Allowed, ReadAll};
use crate::rate::Rate;
use bookpath_app::bookings::list;
use bookpath_app::effects::error_counter;
use bookpath_app::operators::latency::{Percentiles, Series, percentiles};

/// Which bookings count: those that were created in the period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// An instant (RFC 3339), inclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// An instant (RFC 3339), exclusive.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// A figure under its name.
#[derive(Debug, Serialize, ToSchema)]
struct Named {
    name: &'static str,
    #[serde(flatten)]
    rate: Rate,
}

/// Called off, and given back.
#[derive(Debug, Serialize, ToSchema)]
struct CancellationRefund {
    name: &'static str,
    cancellation_rate: Rate,
    refund_rate: Rate,
}

/// One figure per currency: currencies are never added up.
#[derive(Debug, Serialize, ToSchema)]
struct BookingValue {
    name: &'static str,
    by_currency: BTreeMap<String, Rate>,
}

/// Business figures (S4-44).
#[derive(Debug, Serialize, ToSchema)]
struct Business {
    booking_conversion_rate: Named,
    payment_success_rate: Named,
    cancellation_refund_rate: CancellationRefund,
    average_booking_value: BookingValue,
}

/// Times since the store was made; each is at most so many milliseconds, `null` is more than ten seconds.
#[derive(Debug, Serialize, ToSchema)]
struct Latency {
    name: &'static str,
    count: i64,
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
    p99_ms: Option<u64>,
}

impl Latency {
    fn new(name: &'static str, times: Percentiles) -> Self {
        let Percentiles {
            count,
            p50_ms,
            p95_ms,
            p99_ms,
        } = times;
        Self {
            name,
            count,
            p50_ms,
            p95_ms,
            p99_ms,
        }
    }
}

/// Failures since the store was made, of everything that was taken in or tried.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorRates {
    name: &'static str,
    categories: BTreeMap<&'static str, Rate>,
}

/// How long bookings took from the transition before to this one.
#[derive(Debug, Serialize, ToSchema)]
struct Transition {
    from: &'static str,
    to: &'static str,
    count: u64,
    median_s: i64,
    p90_s: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct TransitionTimings {
    name: &'static str,
    transitions: Vec<Transition>,
}

/// Technical figures (S4-45).
#[derive(Debug, Serialize, ToSchema)]
struct Technical {
    api_latency: Latency,
    webhook_processing_latency: Latency,
    error_rate_by_category: ErrorRates,
    state_transition_timing: TransitionTimings,
}

/// The figures.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingMetrics {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    lag_seconds: i64,
    business: Business,
    technical: Technical,
}

/// Conversion, payments, cancellations and values of bookings; latencies, errors and transition times.
#[utoipa::path(
    get, path = "/api/bookings/metrics", operation_id = "get_booking_metrics", tag = "bookings", params(Params),
    responses((status = 200, body = BookingMetrics), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
pub(super) async fn get_metrics(
    _: Allowed<ReadAll>,
    State(state): State<Bookings>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<BookingMetrics>, Problem> {
    let Query(params) = params?;
    let store = state.api.store.as_ref();
    let rows = list::between(store, params.from, params.to).await?;
    let figures = figures(rows.iter().map(|row| &row.booking));
    let counters: BTreeMap<String, i64> = store.counters().await?.into_iter().collect();
    let technical = Technical {
        api_latency: Latency::new("API latency", percentiles(Series::Api, &counters)),
        webhook_processing_latency: Latency::new(
            "webhook processing latency",
            percentiles(Series::Webhook, &counters),
        ),
        error_rate_by_category: errors(&counters),
        state_transition_timing: TransitionTimings {
            name: "state transition timing",
            transitions: transitions(&figures),
        },
    };
    Ok(Json(BookingMetrics {
        as_of: state.api.clock.now(),
        lag_seconds: 0,
        business: business(&figures),
        technical,
    }))
}

fn business(figures: &BookingFigures) -> Business {
    let BookingFigures {
        bookings,
        confirmed,
        canceled,
        paid,
        refunded,
        payments,
        payments_failed,
        ..
    } = figures;
    let value = |currency: &bookpath_domain::bookings::metrics::Paid| {
        Rate::money(
            currency.paid_minor,
            i64::try_from(currency.bookings).unwrap_or(i64::MAX),
            "paid / paid bookings",
        )
    };
    Business {
        booking_conversion_rate: Named {
            name: "booking conversion rate",
            rate: Rate::percent(*confirmed, *bookings, "bookings ever confirmed / bookings"),
        },
        payment_success_rate: Named {
            name: "payment success rate",
            rate: Rate::percent(
                *payments,
                payments + payments_failed,
                "payments / (payments + failed payments)",
            ),
        },
        cancellation_refund_rate: CancellationRefund {
            name: "cancellation/refund rate",
            cancellation_rate: Rate::percent(
                *canceled,
                *bookings,
                "bookings called off / bookings",
            ),
            refund_rate: Rate::percent(*refunded, *paid, "bookings with a refund / paid bookings"),
        },
        average_booking_value: BookingValue {
            name: "average booking value",
            by_currency: figures
                .by_currency
                .iter()
                .map(|(currency, paid)| (currency.clone(), value(paid)))
                .collect(),
        },
    }
}

fn errors(counters: &BTreeMap<String, i64>) -> ErrorRates {
    let counted = |name: &str| counters.get(name).copied().unwrap_or(0).unsigned_abs();
    let tried = counted("webhook_received") + counted("effects_tried");
    let of = |class: ErrorClass| {
        // A body that can't be understood is the sender's to correct; a record that no retry can save is ours.
        let more = match class {
            ErrorClass::ValidationError => counted("webhook_failed"),
            ErrorClass::SystemError => counted("dead_letters"),
            _ => 0,
        };
        Rate::percent(
            counted(error_counter(class)) + more,
            tried,
            "failures / (deliveries + tries of effects)",
        )
    };
    ErrorRates {
        name: "error rate by category",
        categories: ErrorClass::ALL
            .into_iter()
            .map(|class| (class.as_str(), of(class)))
            .collect(),
    }
}

fn transitions(figures: &BookingFigures) -> Vec<Transition> {
    let shown = figures.transitions.iter().map(|t| Transition {
        from: t.from.as_str(),
        to: t.to.as_str(),
        count: t.count,
        median_s: t.median_s,
        p90_s: t.p90_s,
    });
    shown.collect()
}
