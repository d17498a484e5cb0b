//! The lake's own shapes as those of the port, and back.

use bookpath_app::ports::{
    self, RowFilter, RowOrder, SpendEntry, SpendOutcome, TableChange, TablePage, TableRun,
    TableRuns,
};

use crate::{
    Change, ClockOf, Comparison, Filter, Listed, Order, Period, PeriodBy, RunReport, SpendReport,
    SpendRow, TableReport,
};

pub(super) fn run(report: TableReport) -> TableRun {
    TableRun {
        rows_read: report.rows_read,
        rows_written: report.rows_written,
        keys_recomputed: report.keys_recomputed,
        commits: report.commits,
        duration_ms: report.duration_ms,
    }
}

pub(super) fn runs(report: RunReport) -> TableRuns {
    report
        .tables
        .into_iter()
        .map(|(name, report)| (name.to_owned(), run(report)))
        .collect()
}

pub(super) fn filter(filter: &RowFilter) -> Filter {
    let (column, comparison, value) = match filter {
        RowFilter::Equal { column, value } => (column, Comparison::Equal, value),
        RowFilter::From { column, value } => (column, Comparison::From, value),
        RowFilter::To { column, value } => (column, Comparison::To, value),
    };
    Filter {
        column: column.clone(),
        comparison,
        value: value.clone(),
    }
}

pub(super) fn period(period: &ports::Period) -> Period {
    Period {
        from: period.from,
        to: period.to,
        by: match period.by {
            ports::PeriodBy::Channel => PeriodBy::Channel,
            ports::PeriodBy::Campaign => PeriodBy::Campaign,
            ports::PeriodBy::Source => PeriodBy::Source,
            ports::PeriodBy::Hour(of) => PeriodBy::Hour(clock(of)),
            ports::PeriodBy::Weekday(of) => PeriodBy::Weekday(clock(of)),
            ports::PeriodBy::HourOfDay(of) => PeriodBy::HourOfDay(clock(of)),
            ports::PeriodBy::Slot => PeriodBy::Slot,
            ports::PeriodBy::Total => PeriodBy::Total,
        },
        channel: period.channel.clone(),
    }
}

const fn clock(of: ports::ClockOf) -> ClockOf {
    match of {
        ports::ClockOf::Business => ClockOf::Business,
        ports::ClockOf::Invitee => ClockOf::Invitee,
    }
}

pub(super) fn order(order: &RowOrder) -> Order {
    Order {
        column: order.column.clone(),
        descending: order.descending,
    }
}

pub(super) fn page_of(listed: Listed) -> TablePage {
    TablePage {
        rows: listed.rows,
        total: listed.total,
        columns: listed.columns,
    }
}

pub(super) fn change(change: Change) -> TableChange {
    TableChange {
        at: change.at,
        table: change.table.to_owned(),
        key: change.key,
        column: change.column,
        from: change.from,
        to: change.to,
        cause: change.cause,
    }
}

pub(super) fn spend_rows(entries: &[SpendEntry]) -> Vec<SpendRow> {
    let rows = entries.iter().map(|entry| SpendRow {
        day: entry.day,
        channel: entry.channel.clone(),
        campaign: entry.campaign.clone(),
        amount_minor: entry.amount_minor,
        currency: entry.currency.clone(),
    });
    rows.collect()
}

pub(super) fn spend_outcome(report: SpendReport) -> SpendOutcome {
    SpendOutcome {
        accepted: report.accepted,
        changed: report.changed,
        unchanged: report.unchanged,
    }
}
