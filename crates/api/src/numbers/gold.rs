//! Drills of gold tables: links from a row to its bookings, and from each figure of a period's costs.

use bookpath_app::ports::{ClockOf, Period, PeriodBy, TableRow};
use jiff::Timestamp;
use serde_json::Value;

use super::figure::{Drill, Drills, Opening};
use super::href::Filters;

/// The bookings that a row of these tables counts; `None` for a row that counts none.
///
/// The link names no instant to judge at: which bookings there are does not depend on it, and equal rows have equal links.
/// Rows as they stood at `known_at` open into the bookings that were known then.
pub(crate) fn of_gold(table: &str, row: &TableRow, known_at: Option<Timestamp>) -> Option<Drill> {
    let value = |column: &str| text(row, column);
    let of_day = |filters: Filters| {
        let day = value("booking_date");
        filters.with("from", &day).with("to", &day)
    };
    let start = Filters::default();
    let filters = match table {
        "booking_time_analysis" => start
            .with("weekday", &value("booking_day_of_week"))
            .with("hour", &value("booking_hour"))
            .with("channel", &value("marketing_channel")),
        "bookings_trend" => of_day(start),
        "daily_bookings_by_source" => of_day(start)
            .with("source", &value("utm_source"))
            .with("channel", &value("marketing_channel")),
        "cost_per_booking" => of_day(start)
            .with("channel", &value("channel"))
            .with("campaign", &value("campaign")),
        _ => return None,
    };
    bookings(filters, row, known_at)
}

/// The bookings of a period that a row of it counts; `None` for a row that counts none.
pub(crate) fn of_period(
    period: &Period,
    row: &TableRow,
    known_at: Option<Timestamp>,
) -> Option<Drill> {
    bookings(filters_of_period(period, row)?, row, known_at)
}

/// Drills of the figures of `cost_per_booking` for a period.
pub(crate) fn of_costs(period: &Period, row: &TableRow, known_at: Option<Timestamp>) -> Drills {
    let number = |column: &str| row.get(column).and_then(Value::as_i64);
    let Some(filters) = filters_of_period(period, row) else {
        return Drills::new();
    };
    let filters = filters.maybe("known_at", known_at.as_ref());
    let filters = filters.with("counted", &true);
    let count = |column: &str, filters: &Filters| {
        Some(Opening {
            href: filters.clone().href("/api/rows/bookings"),
            count: number(column)?,
            sum_minor: None,
            sum_micro: None,
        })
    };
    let booked = count("bookings", &filters);
    let attended = count("attended", &filters.clone().with("attended", &true));
    let by = if period.by == PeriodBy::Campaign {
        "campaign"
    } else {
        "channel"
    };
    let spend = number("spend_minor").map(|sum| Opening {
        href: filters.with("by", &by).href("/api/rows/spend"),
        count: number("spend_rows").unwrap_or(0),
        sum_minor: Some(sum),
        sum_micro: None,
    });
    let divided = |by: &Option<Opening>| {
        spend.clone().map(|numerator| Drill {
            denominator: by.clone(),
            ..Drill::new(numerator)
        })
    };
    let drills = [
        ("cost_per_booking_minor", divided(&booked)),
        ("cost_per_attended_minor", divided(&attended)),
        ("spend_minor", spend.clone().map(Drill::new)),
        ("bookings", booked.map(Drill::new)),
        ("attended", attended.map(Drill::new)),
    ];
    let there = drills.into_iter();
    there
        .filter_map(|(column, drill)| Some((column, drill?)))
        .collect()
}

/// What asks for the rows of a row of a period; `None` where no filter does.
fn filters_of_period(period: &Period, row: &TableRow) -> Option<Filters> {
    let filters = Filters::default()
        .maybe("from", period.from.as_ref())
        .maybe("to", period.to.as_ref());
    let filters = match period.by {
        // Its rows name their channel themselves.
        PeriodBy::Slot => filters,
        _ => filters.maybe("channel", period.channel.as_ref()),
    };
    // Filters of the rows, and the columns that they ask for.
    let groups: &[(&str, &str)] = match period.by {
        PeriodBy::Channel => &[("channel", "channel")],
        PeriodBy::Campaign => &[("campaign", "campaign")],
        PeriodBy::Source => &[("source", "source")],
        PeriodBy::Hour(_) => &[("weekday", "booking_day_of_week"), ("hour", "booking_hour")],
        PeriodBy::Weekday(_) => &[("weekday", "booking_day_of_week")],
        PeriodBy::HourOfDay(_) => &[("hour", "booking_hour")],
        PeriodBy::Slot => &[
            ("weekday", "booking_day_of_week"),
            ("hour", "booking_hour"),
            ("channel", "marketing_channel"),
        ],
        PeriodBy::Total => &[],
    };
    let clock = match period.by {
        PeriodBy::Hour(of) | PeriodBy::Weekday(of) | PeriodBy::HourOfDay(of) => Some(of),
        _ => None,
    };
    // Bookings without a known hour can't be filtered for.
    if clock.is_some()
        && groups
            .iter()
            .any(|(_, column)| text(row, column).is_empty())
    {
        return None;
    }
    let filters = match clock {
        Some(ClockOf::Invitee) => filters.with("zone", &"invitee"),
        _ => filters,
    };
    // An empty campaign or source is none.
    let filters = groups.iter().fold(filters, |filters, (filter, column)| {
        filters.with(filter, &text(row, column))
    });
    Some(filters)
}

/// A value as a filter names it; none is empty.
fn text(row: &TableRow, column: &str) -> String {
    match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The link to the bookings that these filters let through, where the row counts them.
fn bookings(filters: Filters, row: &TableRow, known_at: Option<Timestamp>) -> Option<Drill> {
    let count = row.get("bookings").and_then(Value::as_i64)?;
    let filters = filters.maybe("known_at", known_at.as_ref());
    let href = filters.with("counted", &true).href("/api/rows/bookings");
    Some(Drill::new(Opening {
        href,
        count,
        sum_minor: None,
        sum_micro: None,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row() -> TableRow {
        let row = json!({
            "booking_date": "2026-03-01", "utm_source": null, "marketing_channel": "google ads",
            "booking_day_of_week": "Sunday", "booking_hour": 7, "channel": "x&y", "campaign": "spring",
            "bookings": 3,
        });
        let Value::Object(row) = row else {
            panic!("an object");
        };
        row
    }

    #[test]
    fn a_row_opens_into_its_bookings() {
        let row = row();
        let opened = |table| of_gold(table, &row, None).map(|drill| drill.numerator);
        for (table, query) in [
            (
                "booking_time_analysis",
                "weekday=Sunday&hour=7&channel=google+ads",
            ),
            ("bookings_trend", "from=2026-03-01&to=2026-03-01"),
            (
                "daily_bookings_by_source",
                "from=2026-03-01&to=2026-03-01&source=&channel=google+ads",
            ),
            (
                "cost_per_booking",
                "from=2026-03-01&to=2026-03-01&channel=x%26y&campaign=spring",
            ),
        ] {
            let opening = opened(table).unwrap();
            assert_eq!(
                opening.href,
                format!("/api/rows/bookings?{query}&counted=true")
            );
            assert_eq!(opening.count, 3);
        }
        assert_eq!(opened("channel_attribution"), None);
        let past = of_gold("bookings_trend", &row, Some(Timestamp::UNIX_EPOCH)).unwrap();
        let then = "known_at=1970-01-01T00%3A00%3A00Z&counted=true";
        assert!(past.numerator.href.ends_with(then), "{past:?}");
    }

    #[test]
    fn a_row_of_a_period_opens_into_its_bookings() {
        let row = row();
        for (by, query) in [
            (PeriodBy::Channel, "from=2026-03-01&channel=x%26y"),
            (PeriodBy::Campaign, "from=2026-03-01&campaign=spring"),
            (PeriodBy::Source, "from=2026-03-01&source="),
            (
                PeriodBy::Hour(ClockOf::Business),
                "from=2026-03-01&weekday=Sunday&hour=7",
            ),
            (
                PeriodBy::Weekday(ClockOf::Invitee),
                "from=2026-03-01&zone=invitee&weekday=Sunday",
            ),
            (
                PeriodBy::HourOfDay(ClockOf::Business),
                "from=2026-03-01&hour=7",
            ),
            (
                PeriodBy::Slot,
                "from=2026-03-01&weekday=Sunday&hour=7&channel=google+ads",
            ),
            (PeriodBy::Total, "from=2026-03-01"),
        ] {
            let period = Period {
                from: Some("2026-03-01".parse().unwrap()),
                to: None,
                by,
                channel: None,
            };
            let opening = of_period(&period, &row, None).unwrap().numerator;
            let href = format!("/api/rows/bookings?{query}&counted=true");
            assert_eq!((opening.href, opening.count), (href, 3));
        }
    }

    #[test]
    fn each_figure_of_a_periods_costs_opens() {
        let row = json!({ "channel": "x&y", "spend_minor": 900, "spend_rows": 2, "bookings": 3, "attended": 1 });
        let Value::Object(row) = row else {
            panic!("an object");
        };
        let period = Period {
            from: Some("2026-03-01".parse().unwrap()),
            to: None,
            by: PeriodBy::Channel,
            channel: None,
        };
        let drills = of_costs(&period, &row, None);
        let asked = "from=2026-03-01&channel=x%26y&counted=true";
        let spend = &drills["spend_minor"].numerator;
        assert_eq!(spend.href, format!("/api/rows/spend?{asked}&by=channel"));
        assert_eq!((spend.count, spend.sum_minor), (2, Some(900)));
        for (column, count, query) in [
            ("cost_per_booking_minor", 3, ""),
            ("cost_per_attended_minor", 1, "&attended=true"),
        ] {
            let drill = &drills[column];
            assert_eq!(drill.numerator, *spend);
            let below = drill.denominator.as_ref().unwrap();
            assert_eq!(below.href, format!("/api/rows/bookings?{asked}{query}"));
            assert_eq!(below.count, count);
        }
        assert_eq!(drills.len(), 5);
        let free = json!({ "channel": "email", "spend_minor": null, "bookings": 3, "attended": 1 });
        let Value::Object(free) = free else {
            panic!("an object");
        };
        let drills = of_costs(&period, &free, None);
        assert!(drills.keys().eq(&["attended", "bookings"]));
    }

    #[test]
    fn bookings_whose_clock_nobody_knows_do_not_open() {
        let row = json!({ "booking_day_of_week": null, "booking_hour": null, "bookings": 2 });
        let Value::Object(row) = row else {
            panic!("an object");
        };
        let period = |by| Period {
            from: None,
            to: None,
            by,
            channel: Some("x&y".to_owned()),
        };
        let of = |by| of_period(&period(by), &row, None);
        assert_eq!(of(PeriodBy::Hour(ClockOf::Invitee)), None);
        let total = of(PeriodBy::Total).unwrap().numerator.href;
        assert_eq!(total, "/api/rows/bookings?channel=x%26y&counted=true");
    }
}
