//! Drills of `channel_attribution`: links from a row to the touches that share a deal, or to the bookings.

use std::collections::{BTreeMap, HashMap};

use bookpath_app::numbers::Month;
use bookpath_app::ports::{Period, PeriodBy, TableRow};
use bookpath_domain::numbers::attribution::{
    By, CONVERSION, Days, Model, Options, RowKey, parts_of_rows, period,
};
use bookpath_domain::numbers::kpi::SpendLine;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::Current;
use super::drills::Figures;
use super::figure::{Drill, Drills, Opening};
use super::href::Filters;
use crate::instants::{Instants, LakeMoment};
use crate::{Api, Problem};

/// Drills of a row: one for the row, and one for each figure by its column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Opened {
    pub(crate) drill: Drill,
    pub(crate) drills: Drills,
}

/// The links of these rows, in their order; `None` for a row that cannot be opened. With a `period` they are its figures.
///
/// The links name no instant to judge at, as those of other tables: equal rows have equal links.
pub(crate) async fn of_attribution(
    api: &Api,
    told: &LakeMoment,
    period: Option<&Period>,
    rows: &[TableRow],
) -> Result<Vec<Option<Opened>>, Problem> {
    let read: Vec<Option<Row>> = rows.iter().map(|row| Row::read(row, period)).collect();
    let mut counts = Counts::default();
    let asks = |row: &Row| row.count.is_none() || row.cost_minor.is_some();
    if read.iter().flatten().any(asks) {
        let current = Current::read(api, Instants::new(None, told.known_at)).await?;
        counts = Counts::new(&current, api, period, &read);
    }
    let opened = read.iter().map(|row| {
        let row = row.as_ref()?;
        Some(row.opened(&counts, told.known_at))
    });
    Ok(opened.collect())
}

/// A row, as far as its link needs it.
struct Row {
    model: Model,
    days: Days,
    /// Of the row; `None` where the figures are of all of them.
    channel: Option<String>,
    /// An empty one is none.
    campaign: Option<String>,
    by: By,
    month: Option<Month>,
    /// Of the row of a month; a period has none.
    touches: Option<i64>,
    conversions_micro: Option<i64>,
    revenue_minor: i64,
    cash_minor: i64,
    /// Spend, where some is recorded, and its currency.
    cost_minor: Option<i64>,
    cost_currency: Option<String>,
    /// Parts that open, where the row says how many.
    count: Option<i64>,
}

impl Row {
    fn read(row: &TableRow, period: Option<&Period>) -> Option<Self> {
        let text = |column: &str| row.get(column).and_then(Value::as_str);
        let number = |column: &str| row.get(column).and_then(Value::as_i64);
        let model: Model = text("model")?.parse().ok()?;
        let owned = |column: &str| Some(text(column).unwrap_or_default().to_owned());
        let (channel, campaign, by) = match period.map(|period| period.by) {
            None => (owned("channel"), owned("campaign"), By::Channel),
            Some(PeriodBy::Channel) => (owned("channel"), None, By::Channel),
            Some(PeriodBy::Campaign) => (None, owned("campaign"), By::Campaign),
            Some(_) => (None, None, By::Channel),
        };
        let month: Option<Month> = text("month").and_then(|month| month.parse().ok());
        // Deals without touches are of no channel that is known, and no touch.
        let whole = channel.as_deref() != Some("unknown") || campaign.as_deref() != Some("");
        let count = match (month, model) {
            (None, _) => None,
            (Some(_), Model::Markov | Model::Shapley) => Some(1),
            (Some(_), Model::Booking) => number("touches"),
            (Some(_), _) => number("touches").filter(|_| whole),
        };
        Some(Self {
            model,
            days: match (month, period) {
                (Some(month), _) => days_of(month),
                (None, Some(period)) => months(period),
                (None, None) => Days::default(),
            },
            channel,
            campaign,
            by,
            month,
            touches: number("touches").filter(|_| month.is_some()),
            conversions_micro: row.get("conversions_credit").and_then(micro),
            revenue_minor: number("revenue_credit_minor").unwrap_or(0),
            cash_minor: number("cash_credit_minor").unwrap_or(0),
            cost_minor: number("cost_minor"),
            cost_currency: text("cost_currency").map(str::to_owned),
            count,
        })
    }

    fn opened(&self, counts: &Counts, known_at: Option<Timestamp>) -> Opened {
        let figures = Figures {
            model: self.model,
            parts: self.count.unwrap_or_else(|| counts.of(self)),
            touches: self.touches,
            conversions_micro: self.conversions_micro,
            revenue_minor: self.revenue_minor,
            cash_minor: self.cash_minor,
        };
        let (model, by): (&'static str, &'static str) = (self.model.into(), self.by.into());
        let named = |start: Filters| {
            start
                .maybe("channel", self.channel.as_ref())
                .maybe("campaign", self.campaign.as_ref())
                .maybe("from", self.days.from.as_ref())
                .maybe("to", self.days.to.as_ref())
                .maybe("known_at", known_at.as_ref())
        };
        let filters = named(Filters::default().with("model", model).with("by", by));
        let mut opened = Opened {
            drill: figures.main(&filters),
            drills: figures.all(&filters),
        };
        if self.model == Model::Booking {
            let bookings = named(Filters::default()).with("counted", &true);
            opened.drill.numerator.href = bookings.href("/api/rows/bookings");
        }
        if let Some(cost) = self.cost_minor {
            let spend = self.spend(Filters::default().with("by", by), known_at);
            let spend = Opening {
                href: spend.with("counted", &true).href("/api/rows/spend"),
                count: counts.spent(self),
                sum_minor: Some(cost),
                sum_micro: None,
            };
            let revenue = opened.drills.get("revenue_credit_minor");
            // There is no ratio of amounts in two currencies.
            if let Some(revenue) = revenue.filter(|_| counts.other_currency(self).is_none()) {
                let mut roas = revenue.clone();
                roas.denominator = Some(spend.clone());
                opened.drills.insert("roas", roas);
            }
            opened.drills.insert("cost_minor", Drill::new(spend));
        }
        opened
    }

    /// The spend beside the row: of its campaign, where the model divides among campaigns, too.
    fn spend(&self, start: Filters, known_at: Option<Timestamp>) -> Filters {
        start
            .maybe("channel", self.channel.as_ref())
            .maybe("campaign", self.spent_campaign())
            .maybe("currency", self.cost_currency.as_ref())
            .maybe("from", self.days.from.as_ref())
            .maybe("to", self.days.to.as_ref())
            .maybe("known_at", known_at.as_ref())
    }

    fn spent_campaign(&self) -> Option<&String> {
        let campaign = self.campaign.as_ref();
        campaign.filter(|_| self.month.is_none() || !self.model.is_of_months())
    }
}

/// Conversions in millionths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "millionths of conversions stay below 2^53"
)]
fn micro(conversions: &Value) -> Option<i64> {
    let conversions = conversions.as_f64()?;
    Some((conversions * CONVERSION as f64).round() as i64)
}

fn days_of(month: Month) -> Days {
    Days {
        from: Some(month.first_day()),
        to: Some(month.first_day().last_of_month()),
    }
}

/// The whole months of a period, as the table counts them.
fn months(period: &Period) -> Days {
    Days {
        from: period.from.map(Date::first_of_month),
        to: period.to.map(Date::last_of_month),
    }
}

/// How many parts open, by model.
#[derive(Default)]
struct Counts {
    of_rows: HashMap<Model, BTreeMap<RowKey, i64>>,
    of_period: HashMap<Model, BTreeMap<Option<String>, i64>>,
    spend: Vec<Spent>,
    /// In which amounts add up.
    main_currency: Option<String>,
}

/// A row of spend.
struct Spent {
    day: Date,
    channel: String,
    campaign: Option<String>,
    /// `None`: that in which amounts add up.
    other_currency: Option<String>,
}

impl Spent {
    fn new(row: &SpendLine, other_currency: Option<&String>) -> Self {
        let channel = row.row_id.split('|').nth(1).unwrap_or_default();
        Self {
            day: row.on,
            channel: channel.to_owned(),
            campaign: row.campaign.clone(),
            other_currency: other_currency.cloned(),
        }
    }
}

impl Counts {
    fn new(current: &Current, api: &Api, asked: Option<&Period>, rows: &[Option<Row>]) -> Self {
        let (input, zone) = (current.resolved.attribution_input(), &current.zone);
        let rules = &api.rules.attribution;
        let today = current.today();
        let mut counts = Self::default();
        if rows.iter().flatten().any(|row| row.cost_minor.is_some()) {
            let facts = &current.resolved.facts;
            let spend = facts.spend.iter().map(|row| Spent::new(row, None));
            let others = facts.left_out.spend.iter();
            let others = others.map(|other| Spent::new(&other.line, Some(&other.currency)));
            counts.spend = spend.chain(others).collect();
            counts
                .main_currency
                .clone_from(&current.resolved.currencies.main);
        }
        for row in rows.iter().flatten().filter(|row| row.count.is_none()) {
            let model = row.model;
            let options = Options {
                window_days: rules.window_days,
                half_life_days: rules.half_life_days,
                by: row.by,
                days: if asked.is_some() {
                    row.days
                } else {
                    Days::default()
                },
                ..Options::default()
            };
            if asked.is_none() {
                let of_rows = counts.of_rows.entry(model);
                of_rows.or_insert_with(|| parts_of_rows(input, zone, &options, model, today));
            } else {
                let of_period = counts.of_period.entry(model);
                of_period.or_insert_with(|| {
                    let found = period(input, zone, &options, model, today);
                    let parts = found.into_iter().map(|(name, row)| (name, row.parts));
                    parts.collect()
                });
            }
        }
        counts
    }

    /// The currency of the spend beside a row, where it is another one than that in which amounts add up.
    fn other_currency<'a>(&self, row: &'a Row) -> Option<&'a String> {
        let own = row.cost_currency.as_ref();
        own.filter(|own| Some(*own) != self.main_currency.as_ref())
    }

    /// Rows of the spend beside a row.
    fn spent(&self, row: &Row) -> i64 {
        let asked = self.other_currency(row);
        let is_of = |spent: &&Spent| {
            let wanted = row.spent_campaign();
            row.days.has(spent.day)
                && spent.other_currency.as_ref() == asked
                && row.channel.as_ref().is_none_or(|own| *own == spent.channel)
                && wanted.is_none_or(|own| own == spent.campaign.as_deref().unwrap_or_default())
        };
        i64::try_from(self.spend.iter().filter(is_of).count()).unwrap_or(i64::MAX)
    }

    fn of(&self, row: &Row) -> i64 {
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(month) = row.month {
            let channel = row.channel.clone().unwrap_or_default();
            let key = (month, channel, named(&row.campaign));
            let of_model = self.of_rows.get(&row.model);
            return of_model
                .and_then(|rows| rows.get(&key))
                .copied()
                .unwrap_or(0);
        }
        let Some(of_model) = self.of_period.get(&row.model) else {
            return 0;
        };
        let name = match (&row.channel, &row.campaign) {
            (None, None) => return of_model.values().sum(),
            (Some(channel), _) => Some(channel.clone()),
            (None, campaign) => named(campaign),
        };
        of_model.get(&name).copied().unwrap_or(0)
    }
}
