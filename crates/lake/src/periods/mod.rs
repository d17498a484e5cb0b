//! Figures of a whole period from the rows of silver: nothing that is distinct or a mean is a sum of days.

use datafusion::common::ScalarValue;
use jiff::civil::Date;

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::lists::listed;
use crate::question::{ClockOf, Listed, Order, Period, PeriodBy, Question};
use crate::reader::session_of;
use crate::table::Table;
use bookpath_models::{Catalog, Model};

/// How a gold table is put together over a period.
struct Shape {
    table: &'static str,
    query: &'static str,
    /// Tables that the query reads.
    reads: &'static [&'static str],
    /// Columns of its rows that hold channel, campaign and source; `None` where it can't be divided by that.
    columns: [Option<&'static str>; 3],
    /// Whether its rows have weekday and hour, and can be narrowed to a channel.
    clock: bool,
    /// The column that has the day, or the month.
    time: Time,
}

#[derive(Clone, Copy)]
enum Time {
    Day,
    Month,
}

/// Weekday and hour by the reporting zone, as the answer calls them, and by the invitee's.
const CLOCK: [&str; 2] = ["booking_day_of_week", "booking_hour"];
const LOCAL_CLOCK: [&str; 2] = ["booking_day_of_week_local", "booking_hour_local"];

/// The key of `gold.booking_time_analysis`.
const SLOT: [&str; 3] = [CLOCK[0], CLOCK[1], "marketing_channel"];

const BOOKINGS: [Option<&str>; 3] = [
    Some("marketing_channel"),
    Some("utm_campaign"),
    Some("utm_source"),
];
const SPEND: [Option<&str>; 3] = [Some("channel"), Some("campaign"), None];

const SHAPES: [Shape; 5] = [
    Shape {
        table: "gold.booking_time_analysis",
        query: include_str!("booking_time_analysis.sql"),
        reads: &["silver.bookings"],
        columns: BOOKINGS,
        clock: true,
        time: Time::Day,
    },
    Shape {
        table: "gold.bookings_trend",
        query: include_str!("bookings_trend.sql"),
        reads: &["gold.bookings_trend"],
        columns: [None; 3],
        clock: false,
        time: Time::Day,
    },
    Shape {
        table: "gold.channel_attribution",
        query: include_str!("channel_attribution.sql"),
        reads: &[
            "silver.attribution_credits",
            "silver.bookings",
            "silver.calendar",
            "silver.counted_spend",
        ],
        columns: SPEND,
        clock: false,
        time: Time::Month,
    },
    Shape {
        table: "gold.cost_per_booking",
        query: include_str!("cost_per_booking.sql"),
        reads: &["silver.bookings", "silver.counted_spend"],
        columns: SPEND,
        clock: false,
        time: Time::Day,
    },
    Shape {
        table: "gold.daily_bookings_by_source",
        query: include_str!("daily_bookings_by_source.sql"),
        reads: &["silver.bookings"],
        columns: BOOKINGS,
        clock: false,
        time: Time::Day,
    },
];

impl PeriodBy {
    /// The columns of the answer.
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Channel => &["channel"],
            Self::Campaign => &["campaign"],
            Self::Source => &["source"],
            Self::Hour(_) => &CLOCK,
            Self::Weekday(_) => CLOCK.split_at(1).0,
            Self::HourOfDay(_) => CLOCK.split_at(1).1,
            Self::Slot => &SLOT,
            Self::Total => &[],
        }
    }
}

impl Lake {
    /// Figures of a period that the rows of a gold table tell of days or months. By default in the order of what they are
    /// divided by, NULLs first.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a table without such figures, for what they can't be divided by, and for a column that the
    /// answer does not have.
    pub async fn period(
        &self,
        name: &str,
        period: &Period,
        order: Option<&Order>,
        page: (usize, usize),
    ) -> Result<Listed> {
        let model = Catalog::get()?.find(name)?;
        let shape = SHAPES.iter().find(|shape| shape.table == model.name);
        let shape = shape.ok_or_else(|| LakeError::Unknown {
            what: "table of periods",
            name: name.to_owned(),
        })?;
        let query = shape.query(period)?;
        let catalog = Catalog::get()?;
        let reads = shape.reads.iter().map(|name| catalog.find(name));
        let reads: Vec<&'static Model> = reads.collect::<std::result::Result<_, _>>()?;
        let tables = self.open_all(&reads).await?;
        let question = Question::Period {
            table: name.to_owned(),
            period: period.clone(),
            order: order.cloned(),
            page,
        };
        let versions = tables.iter().map(Table::identity).collect();
        let read = async {
            let frame = session_of(&tables).await?.sql(&query).await?;
            let frame = match &period.channel {
                Some(channel) => {
                    frame.with_param_values(vec![ScalarValue::from(channel.as_str())])?
                }
                None => frame,
            };
            let columns = period.by.columns();
            let of_model = matches!(shape.time, Time::Month).then_some("model");
            let key: Vec<&str> = columns.iter().copied().chain(of_model).collect();
            listed(frame, &key, order, page).await
        };
        let rows = self.pages.get(question, versions, read).await;
        rows.map_err(|error| self.read_failed(error, model))
    }
}

impl Shape {
    /// The query over a period. Everything that is put in is a constant or a date.
    fn query(&self, period: &Period) -> Result<String> {
        let pairs = self.divided(period.by)?;
        let joined = |text: fn(&str) -> String, between: &str| {
            let texts: Vec<String> = pairs.iter().map(|(_, name)| text(name)).collect();
            texts.join(between)
        };
        let same = match pairs.is_empty() {
            true => "1 = 1".to_owned(),
            false => joined(
                |name| format!("coalesce(paid.{name}, '') = coalesce(earned.{name}, '')"),
                " AND ",
            ),
        };
        let columns: Vec<&str> = pairs.iter().map(|(column, _)| *column).collect();
        let group = match columns.is_empty() {
            true => String::new(),
            false => format!("GROUP BY {}", columns.join(", ")),
        };
        // Markov and Shapley divide among channels: of campaigns they say nothing.
        let models = match period.by {
            PeriodBy::Campaign => "model NOT IN ('markov', 'shapley')",
            _ => "1 = 1",
        };
        let named = pairs.iter().map(|(column, name)| match column == name {
            true => format!("{column},"),
            false => format!("{column} AS {name},"),
        });
        if period.channel.is_some() && !self.clock {
            return Err(unknown("channel"));
        }
        Ok(self
            .query
            .replace("{name}", &named.collect::<String>())
            .replace("{group}", &group)
            .replace("{earned}", &joined(|name| format!("earned.{name},"), " "))
            .replace("{same}", &same)
            .replace("{models}", models)
            .replace("{period}", &self.condition(period)))
    }

    /// The columns that divide it, each with its name in the answer.
    fn divided(&self, by: PeriodBy) -> Result<Vec<(&'static str, &'static str)>> {
        let names = by.columns();
        let clock = |of: ClockOf| match of {
            ClockOf::Business => CLOCK,
            ClockOf::Invitee => LOCAL_CLOCK,
        };
        let columns: Vec<Option<&'static str>> = match by {
            PeriodBy::Channel => vec![self.columns[0]],
            PeriodBy::Campaign => vec![self.columns[1]],
            PeriodBy::Source => vec![self.columns[2]],
            PeriodBy::Hour(of) => clock(of).map(Some).into(),
            PeriodBy::Weekday(of) => vec![Some(clock(of)[0])],
            PeriodBy::HourOfDay(of) => vec![Some(clock(of)[1])],
            PeriodBy::Slot => SLOT.map(Some).into(),
            PeriodBy::Total => Vec::new(),
        };
        let timed = matches!(
            by,
            PeriodBy::Hour(_) | PeriodBy::Weekday(_) | PeriodBy::HourOfDay(_) | PeriodBy::Slot
        );
        if (timed && !self.clock) || columns.iter().any(Option::is_none) {
            return Err(unknown(&names.join(" and ")));
        }
        let pairs = columns.into_iter().flatten().zip(names.iter().copied());
        Ok(pairs.collect())
    }

    fn condition(&self, period: &Period) -> String {
        let text = |day: Date| match self.time {
            Time::Day => format!("DATE '{day}'"),
            Time::Month => format!("'{}'", day.strftime("%Y-%m")),
        };
        let column = match self.time {
            Time::Day => "booking_date",
            Time::Month => "month",
        };
        let from = period.from.map(|day| format!("{column} >= {}", text(day)));
        let to = period.to.map(|day| format!("{column} <= {}", text(day)));
        let channel = period.channel.as_ref();
        let channel = channel.map(|_| "marketing_channel = $1".to_owned());
        let bounds: Vec<String> = from.into_iter().chain(to).chain(channel).collect();
        if bounds.is_empty() {
            return "1 = 1".to_owned();
        }
        bounds.join(" AND ")
    }
}

fn unknown(name: &str) -> LakeError {
    LakeError::Unknown {
        what: "group of this table",
        name: name.to_owned(),
    }
}
