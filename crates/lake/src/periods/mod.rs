//! Figures of a whole period from the rows of silver: nothing that is distinct or a mean is a sum of days.

use jiff::civil::Date;

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::lists::{Listed, Order, listed};
use bookpath_models::{Catalog, Model};

/// What a period is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodBy {
    /// Marketing channel.
    Channel,
    /// Campaign; NULL is none.
    Campaign,
    /// `utm_source`; NULL is none.
    Source,
    /// Weekday and hour of the booking.
    Hour,
    /// Nothing: one row for everything.
    Total,
}

/// Days, both inclusive, and what they are divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// `None` is open.
    pub from: Option<Date>,
    /// `None` is open.
    pub to: Option<Date>,
    /// One row for each of these.
    pub by: PeriodBy,
}

/// How a gold table is put together over a period.
struct Shape {
    table: &'static str,
    query: &'static str,
    /// Tables that the query reads.
    reads: &'static [&'static str],
    /// Columns of its rows that hold channel, campaign, source, and weekday and hour; none where it can't be divided by that.
    columns: [&'static [&'static str]; 4],
    /// The column that has the day, or the month.
    time: Time,
}

#[derive(Clone, Copy)]
enum Time {
    Day,
    Month,
}

const HOURS: &[&str] = &["booking_day_of_week", "booking_hour"];
const TIMES: [&[&str]; 4] = [
    &["marketing_channel"],
    &["utm_campaign"],
    &["utm_source"],
    HOURS,
];
const BOOKINGS: [&[&str]; 4] = [
    &["marketing_channel"],
    &["utm_campaign"],
    &["utm_source"],
    &[],
];
const SPEND: [&[&str]; 4] = [&["channel"], &["campaign"], &[], &[]];

const SHAPES: [Shape; 5] = [
    Shape {
        table: "gold.booking_time_analysis",
        query: include_str!("booking_time_analysis.sql"),
        reads: &["silver.bookings"],
        columns: TIMES,
        time: Time::Day,
    },
    Shape {
        table: "gold.bookings_trend",
        query: include_str!("bookings_trend.sql"),
        reads: &["gold.bookings_trend"],
        columns: [&[]; 4],
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
        time: Time::Month,
    },
    Shape {
        table: "gold.cost_per_booking",
        query: include_str!("cost_per_booking.sql"),
        reads: &["silver.bookings", "silver.counted_spend"],
        columns: SPEND,
        time: Time::Day,
    },
    Shape {
        table: "gold.daily_bookings_by_source",
        query: include_str!("daily_bookings_by_source.sql"),
        reads: &["silver.bookings"],
        columns: BOOKINGS,
        time: Time::Day,
    },
];

impl PeriodBy {
    /// The columns of the answer, and their place in [`Shape::columns`].
    const fn columns(self) -> Option<(&'static [&'static str], usize)> {
        match self {
            Self::Channel => Some((&["channel"], 0)),
            Self::Campaign => Some((&["campaign"], 1)),
            Self::Source => Some((&["source"], 2)),
            Self::Hour => Some((HOURS, 3)),
            Self::Total => None,
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
        let frame = self.session(&reads).await?.sql(&query).await?;
        let columns = period.by.columns().map_or(&[][..], |(names, _)| names);
        let of_model = matches!(shape.time, Time::Month).then_some("model");
        let key: Vec<&str> = columns.iter().copied().chain(of_model).collect();
        let rows = listed(frame, &key, order, page).await;
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
        let Some((names, place)) = by.columns() else {
            return Ok(Vec::new());
        };
        let columns = self.columns[place];
        if columns.is_empty() {
            return Err(LakeError::Unknown {
                what: "group of this table",
                name: names.join(" and "),
            });
        }
        Ok(columns.iter().copied().zip(names.iter().copied()).collect())
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
        let bounds: Vec<String> = from.into_iter().chain(to).collect();
        if bounds.is_empty() {
            return "1 = 1".to_owned();
        }
        bounds.join(" AND ")
    }
}
