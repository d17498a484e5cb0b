//! Attribution to the cent, and random worlds.

mod cents;
mod worlds;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Input, Touch, TouchKind};
use crate::numbers::kpi::{CashLine, DealCause, DealLine};
use crate::testing::at;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn touch(row_id: &str, contact: &str, on: &str, kind: TouchKind, channel: &str) -> Touch {
    Touch {
        row_id: row_id.to_owned(),
        contact_id: contact.to_owned(),
        at: at(&format!("{on}T12:00:00Z")),
        kind,
        channel: channel.to_owned(),
        campaign: None,
    }
}

fn won(id: &str, contact: &str, on: &str, revenue_minor: i64) -> DealLine {
    DealLine {
        row_id: format!("{id}@1"),
        opportunity_id: id.to_owned(),
        contact_id: contact.to_owned(),
        user: None,
        on: day(on),
        cause: DealCause::Won,
        deals: 1,
        deals_adding_up: 1,
        revenue_minor,
        cash_minor: 0,
        left_out: Vec::new(),
    }
}

fn cash(row_id: &str, contact: &str, on: &str, amount_minor: i64) -> CashLine {
    CashLine {
        row_id: row_id.to_owned(),
        contact_id: Some(contact.to_owned()),
        at: Timestamp::UNIX_EPOCH,
        on: day(on),
        amount_minor,
        user: None,
    }
}

fn input<'a>(touches: &'a [Touch], deals: &'a [DealLine], cash: &'a [CashLine]) -> Input<'a> {
    Input {
        touches,
        deals,
        cash,
    }
}
