//! `GET /api/rows/{fact}`: the rows behind a number, and those that it does not count, with the reason.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::access::Caller;
use bookpath_app::numbers::scope;
use bookpath_app::ports::ClockOf;
use bookpath_domain::BusinessConfig;
use bookpath_domain::numbers::attribution::CreditFilter;
use bookpath_domain::numbers::kpi::{Base, FactKind, FiguresOf, Key, Terms, key, table_of};
use bookpath_domain::numbers::opened::{
    AmountUnit, Credited, FactRow, Figure, Filter, of_bookings, of_credits, of_number, of_spend,
    of_touches, own, totals, unit_of,
};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Current;
use super::credit;
use super::href::lineage;
use super::question::{self, Question};
use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::Instants;
use crate::ledger::currency;
use crate::list::{limit, offset, page_of};
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

/// Calls of either type.
const CALLS: Terms = &[(Base::TriageBooked, 1), (Base::SolutionBooked, 1)];

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// A key figure of `/api/metrics`; by default everything of the table counts.
    #[param(pattern = "^[a-z0-9_]+$")]
    key: Option<String>,
    /// `numerator` (default) or `denominator` of that figure.
    #[param(pattern = "^(numerator|denominator)$")]
    part: Option<String>,
    /// `YYYY-MM` or `all`: of leads, calls, deals, cash and spend, as user, mode and until.
    #[param(pattern = "^([0-9]{4}-(0[1-9]|1[0-2])|all)$")]
    month: Option<String>,
    /// As of `/api/metrics`.
    user: Option<String>,
    /// As of `/api/metrics`.
    #[param(pattern = "^(period|cohort)$")]
    mode: Option<String>,
    /// The last day that counts.
    #[param(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// As of `/api/metrics`; of touches, bookings, and spend with `by`, their own, where an empty one is none.
    #[param(max_length = 500)]
    campaign: Option<String>,
    /// First day, inclusive: of touches, bookings and spend. Everything below up to exclude_direct is of touches and bookings.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day, inclusive.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// Of touches, bookings and spend.
    channel: Option<String>,
    /// `utm_source`; an empty one is none.
    source: Option<String>,
    /// Name of the day on which it was booked.
    #[param(pattern = "^(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)$")]
    weekday: Option<String>,
    /// Hour in which it was booked.
    #[param(minimum = 0, maximum = 23)]
    hour: Option<i8>,
    /// Whose clock weekday and hour are of: `reporting` (default), or of bookings `invitee`.
    #[param(pattern = "^(reporting|invitee)$")]
    zone: Option<String>,
    /// Of bookings: only those that were attended count.
    attended: Option<bool>,
    /// Touches with their credits by this model; of `booking` the bookings.
    #[param(pattern = "^(first|last|linear|u|w|time_decay|markov|shapley|booking)$")]
    model: Option<String>,
    /// What credits add up to: by default the revenue, of model `booking` the bookings.
    #[param(pattern = "^(touches|conversions|revenue|cash)$")]
    figure: Option<String>,
    /// As in `/api/attribution`. Rows of spend that are asked for with it, a channel or days are those of the marketing
    /// tables, which every role sees.
    #[param(pattern = "^(channel|campaign)$")]
    by: Option<String>,
    /// Of rows of spend that are asked for as those of the marketing tables: the currency that counts, by default that of
    /// most rows of money (ISO 4217).
    #[param(pattern = "^[A-Za-z]{3}$")]
    currency: Option<String>,
    /// As of `/api/attribution`.
    #[param(maximum = 3650)]
    window_days: Option<u32>,
    /// As of `/api/attribution`.
    exclude_direct: Option<bool>,
    /// Only rows that count, or only those that do not.
    counted: Option<bool>,
    /// Judges at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// A row behind a number.
#[derive(Debug, Serialize, ToSchema)]
struct Item {
    row_id: String,
    /// The table that it is a row of.
    fact: &'static str,
    /// Day of the reporting zone.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// Of a row that only has a day its beginning.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    contact_id: Option<String>,
    /// The contact's name, else its address; of spend its channel and campaign.
    name: Option<String>,
    /// What it adds to a number of money, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    /// What it adds to conversions, in millionths.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_micro: Option<i64>,
    /// What it adds to any other number.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// Of a row with `other_currency`: what it would add, in minor units of `own_currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_minor: Option<i64>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_currency: Option<String>,
    counted: bool,
    why: &'static str,
    /// Where its raw objects are found.
    lineage: String,
}

/// A page of rows, with the sum of all that count on any page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rows {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    lag_seconds: Option<i64>,
    reporting_timezone: String,
    /// Of money and conversions the counted rows, of anything else their sum.
    total: i64,
    /// Of money the sum of the counted rows, in minor units.
    total_minor: Option<i64>,
    /// Of conversions the sum of the counted rows, in millionths.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_micro: Option<i64>,
    /// ISO 4217, of money.
    currency: Option<String>,
    /// Rows on all pages.
    rows: usize,
    items: Vec<Item>,
    next_cursor: Option<String>,
}

/// The rows behind a number, by day. The links of every figure lead here. Sales see of touches and bookings those of their
/// own customers.
#[utoipa::path(
    get, path = "/api/rows/{fact}", tag = "numbers",
    params(("fact" = String, Path, description = "the table of facts", pattern = "^(leads|calls|deals|cash|spend|touches|bookings)$"), Params),
    responses(
        (status = 200, description = "a page of rows; with format=csv all of them as text/csv", content((Rows = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, description = "version_gone", body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_rows(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    Path(fact): Path<String>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    params.check()?;
    let csv = csv_asked(params.format.as_deref())?;
    let (limit, offset) = (limit(params.limit)?, offset(params.cursor.as_deref())?);
    let current = Current::read(&api, Instants::new(params.as_of, params.known_at)).await?;
    let (mut rows, unit) = found(&fact, &params, &caller, &current, &api.rules)?;
    let totals = totals(&rows, unit);
    if let Some(counted) = params.counted {
        rows.retain(|row| row.counted == counted);
    }
    if csv {
        let name = format!("rows_{fact}");
        return SHEET.named(&name, &current.zone, rows.into_iter().map(item));
    }
    let asked = params.currency.as_deref().map(str::to_uppercase);
    let asked = asked.filter(|_| fact == "spend" && params.is_of_channels());
    let asked = asked.or_else(|| current.resolved.currencies.main.clone());
    let all = rows.len();
    let (page, next_cursor) = page_of(rows.into_iter(), limit, offset);
    let answer = Rows {
        as_of: current.as_of,
        lag_seconds: current.lag_seconds,
        reporting_timezone: current.zone_name(),
        total: totals.count,
        currency: asked.filter(|_| totals.minor.is_some()),
        total_minor: totals.minor,
        total_micro: totals.micro,
        rows: all,
        items: page.into_iter().map(item).collect(),
        next_cursor,
    };
    Ok(Json(answer).into_response())
}

const SHEET: CsvFile = CsvFile {
    name: "rows",
    days: &["on"],
    instants: &["occurred_at"],
};

/// The rows, and what their amounts are measured in.
fn found(
    fact: &str,
    params: &Params,
    caller: &Caller,
    current: &Current,
    rules: &BusinessConfig,
) -> Result<(Vec<FactRow>, AmountUnit), Problem> {
    let (resolved, zone) = (&current.resolved, &current.zone);
    // Touches and bookings are of channels, not of users; a sales user is shown those of their own customers.
    let shown = |(rows, unit): (Vec<FactRow>, AmountUnit)| {
        let asked = scope(caller, None, resolved, &current.directory)?;
        let rows = match &asked.who {
            FiguresOf::User(user) if asked.own => own(resolved, user, rows),
            _ => rows,
        };
        Ok((rows, unit))
    };
    if fact != "bookings" && credit::clock_of(params.zone.as_deref())? == ClockOf::Invitee {
        return Err(Problem::invalid("only bookings have the invitee's zone"));
    }
    match fact {
        "touches" if params.model.is_some() => shown(credits(params, current, rules)?),
        "touches" => shown((
            of_touches(resolved, zone, &params.filter()?),
            AmountUnit::Count,
        )),
        "bookings" => shown((
            of_bookings(resolved, zone, &params.filter()?),
            AmountUnit::Count,
        )),
        "spend" if params.is_of_channels() => {
            let rows = of_spend(resolved, zone, &params.filter()?);
            Ok((rows, AmountUnit::Minor))
        }
        _ => {
            let kind = fact
                .parse()
                .map_err(|_| Problem::not_found(format!("no facts are called `{fact}`")))?;
            let terms = params.terms(kind)?;
            let asked = Question::new(params.question(), caller, current)?;
            let rows = of_number(resolved, zone, &asked.query, terms);
            Ok((rows, unit_of(terms)))
        }
    }
}

fn credits(
    params: &Params,
    current: &Current,
    rules: &BusinessConfig,
) -> Result<(Vec<FactRow>, AmountUnit), Problem> {
    let given = credit::Given {
        from: params.from,
        to: params.to,
        by: params.by.as_deref(),
        window_days: params.window_days,
        exclude_direct: params.exclude_direct,
    };
    let options = given.options(rules)?;
    let campaign = params.campaign.as_deref();
    let wanted = CreditFilter {
        channel: params.channel.as_deref(),
        campaign: campaign.map(|campaign| Some(campaign).filter(|name| !name.is_empty())),
    };
    let asked = Credited {
        options: &options,
        model: credit::model(params.model.as_deref().unwrap_or_default())?,
        wanted,
        today: current.today(),
        figure: params.figure()?,
    };
    let rows = of_credits(&current.resolved, &current.zone, &asked);
    Ok((rows, asked.unit()))
}

impl Params {
    fn question(&self) -> question::Given<'_> {
        question::Given {
            month: self.month.as_deref(),
            user: self.user.as_deref(),
            mode: self.mode.as_deref(),
            campaign: self.campaign.as_deref(),
            until: self.until,
        }
    }

    /// Spend is asked for as marketing counts it.
    const fn is_of_channels(&self) -> bool {
        let by_days = self.from.is_some() || self.to.is_some();
        by_days || self.channel.is_some() || self.by.is_some()
    }

    fn figure(&self) -> Result<Option<Figure>, Problem> {
        let read = |text: &str| {
            let figure = text.parse();
            figure.map_err(|_| Problem::invalid(format!("credits have no figure `{text}`")))
        };
        self.figure.as_deref().map(read).transpose()
    }

    /// The numbers that are summed up: those of the key, else everything of the table.
    fn terms(&self, kind: FactKind) -> Result<Terms, Problem> {
        let default = match kind {
            FactKind::Leads => "leads",
            FactKind::Calls if self.key.is_none() => return Ok(CALLS),
            FactKind::Calls => "",
            FactKind::Deals => "revenue",
            FactKind::Cash => "cash_collected",
            FactKind::Spend => "spend",
        };
        let name = self.key.as_deref().unwrap_or(default);
        let key: &'static Key = key(name)
            .ok_or_else(|| Problem::invalid(format!("no key figure is called `{name}`")))?;
        let terms = match self.part.as_deref() {
            None | Some("numerator") => key.numerator,
            Some("denominator") => key
                .denominator
                .ok_or_else(|| Problem::invalid(format!("{name} has no denominator")))?,
            Some(other) => {
                return Err(Problem::invalid(format!(
                    "part is `{other}`; it must be numerator or denominator"
                )));
            }
        };
        let table = table_of(terms);
        if table != kind {
            return Err(Problem::invalid(format!(
                "this part of {name} is made of {}, not of {}",
                table.as_str(),
                kind.as_str()
            )));
        }
        Ok(terms)
    }

    /// Checks every value that is given, also one that this fact does not look at.
    fn check(&self) -> Result<(), Problem> {
        credit::window(self.window_days)?;
        credit::by(self.by.as_deref())?;
        self.model.as_deref().map(credit::model).transpose()?;
        self.figure()?;
        self.currency.clone().map(currency).transpose()?;
        self.filter().map(drop)
    }

    fn filter(&self) -> Result<Filter, Problem> {
        let hour = match self.hour {
            Some(hour) if !(0..24).contains(&hour) => {
                return Err(Problem::invalid(format!(
                    "hour is {hour}; it must be from 0 to 23"
                )));
            }
            hour => hour,
        };
        Ok(Filter {
            days: credit::days(self.from, self.to)?,
            channel: self.channel.clone(),
            campaign: self.campaign.clone(),
            source: self.source.clone(),
            weekday: self.weekday.as_deref().map(weekday).transpose()?,
            hour,
            local: credit::clock_of(self.zone.as_deref())? == ClockOf::Invitee,
            attended: self.attended.unwrap_or(false),
            currency: self.currency.clone(),
        })
    }
}

fn weekday(name: &str) -> Result<Weekday, Problem> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let all = [
        Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday,
    ];
    let found = all.into_iter().find(|day| format!("{day:?}") == name);
    found.ok_or_else(|| Problem::invalid(format!("no day is called `{name}`")))
}

fn item(row: FactRow) -> Item {
    let of = |unit: AmountUnit| (row.unit == unit).then_some(row.amount);
    let own = row.own.as_ref();
    Item {
        lineage: lineage(&row.source),
        row_id: row.row_id,
        fact: row.fact,
        on: row.on,
        occurred_at: row.occurred_at,
        contact_id: row.contact_id,
        name: row.name,
        amount_minor: of(AmountUnit::Minor),
        amount_micro: of(AmountUnit::Micro),
        amount: of(AmountUnit::Count),
        own_minor: own.map(|own| own.amount_minor),
        own_currency: own.map(|own| own.currency.clone()),
        counted: row.counted,
        why: row.why,
    }
}
