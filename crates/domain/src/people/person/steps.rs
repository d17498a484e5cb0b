//! A person's rows as the steps of a journey.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::PersonRows;
use crate::bookings::attendance::CrmOutcome;
use crate::numbers::attribution::{PersonCredits, TouchCredit};
use crate::numbers::kpi::{DealCause, DealLine};
use crate::numbers::opened::Source;
use crate::people::journey::{Step, StepKind, journey};
use crate::people::sources::InviteeRow;

/// The dated way from the first touch to cash and refund, judged at `as_of`, with what each touch earned; days of
/// deals are those of `zone`.
#[must_use]
pub fn steps(
    rows: &PersonRows<'_>,
    credits: &PersonCredits,
    zone: &TimeZone,
    as_of: Timestamp,
) -> Vec<Step> {
    let earned = |touch: &str| credits.touches.get(touch).cloned().unwrap_or_default();
    let forms = rows.forms.iter().map(|form| Step {
        channel: Some(form.channel.clone()),
        campaign: form.campaign.clone(),
        raw_sha256: form.raw_sha256.clone(),
        credit: earned(&form.token),
        ..bare(
            form.submitted_at,
            StepKind::Form,
            &form.token,
            Source::new("silver.form_responses", "token", &form.token),
        )
    });
    let calls = rows.chains();
    let calls = calls.iter().flat_map(|chain| {
        let credit = chain.first().map(|first| earned(&first.chain_id));
        of_chain(rows, chain, credit.unwrap_or_default(), as_of)
    });
    let deals = rows.deals.iter().flat_map(|line| of_deal(rows, line, zone));
    let payments = rows.payments.iter().map(|payment| Step {
        amount_minor: Some(payment.amount_minor),
        currency: Some(payment.currency.clone()),
        raw_sha256: payment.raw_sha256.clone(),
        ..bare(
            payment.occurred_at,
            cash(payment.amount_minor),
            &payment.payment_id,
            Source::new("silver.payments", "payment_id", &payment.payment_id),
        )
    });
    journey(forms.chain(calls).chain(deals).chain(payments).collect())
}

fn bare(at: Timestamp, kind: StepKind, row_id: &str, source: Source) -> Step {
    Step {
        at,
        kind,
        channel: None,
        campaign: None,
        amount_minor: None,
        currency: None,
        row_id: row_id.to_owned(),
        source,
        raw_sha256: None,
        credit: Vec::new(),
    }
}

/// A step of a booking, told by a webhook of the calendar.
fn of_invitee(at: Timestamp, kind: StepKind, row: &InviteeRow) -> Step {
    let uri = &row.invitee_uri;
    Step {
        raw_sha256: row.raw_sha256.clone(),
        ..bare(
            at,
            kind,
            uri,
            Source::new("silver.invitees", "invitee_uri", uri),
        )
    }
}

const fn cash(amount_minor: i64) -> StepKind {
    if amount_minor < 0 {
        StepKind::Refund
    } else {
        StepKind::Payment
    }
}

/// Steps of a reschedule chain: booked once, moved by each further member, and the outcome of the newest.
fn of_chain(
    rows: &PersonRows<'_>,
    members: &[&InviteeRow],
    credit: Vec<TouchCredit>,
    as_of: Timestamp,
) -> Vec<Step> {
    let (Some(first), Some(newest)) = (members.first(), members.last()) else {
        return Vec::new();
    };
    let mut steps = vec![Step {
        channel: Some(first.channel.clone()),
        campaign: first.campaign.clone(),
        credit,
        ..of_invitee(first.created_at, StepKind::Booked, first)
    }];
    let moved = members.iter().skip(1);
    steps.extend(moved.map(|m| of_invitee(m.created_at, StepKind::Rescheduled, m)));
    let outcome = rows.outcomes.get(&*newest.invitee_uri).copied();
    let end = if newest.canceled {
        let kind = if newest.rescheduled {
            StepKind::Rescheduled
        } else {
            StepKind::Canceled
        };
        Some((newest.canceled_at.unwrap_or(newest.updated_at), kind))
    } else if newest.start > as_of {
        None
    } else if outcome.map_or(newest.no_show.in_force(), |said| said == CrmOutcome::NoShow) {
        Some((newest.start, StepKind::NoShow))
    } else {
        Some((newest.start, StepKind::Call))
    };
    steps.extend(end.map(|(at, kind)| of_invitee(at, kind, newest)));
    steps
}

/// What a version of a deal changed: won or not, and the cash that the CRM tells of.
fn of_deal(rows: &PersonRows<'_>, line: &DealLine, zone: &TimeZone) -> Vec<Step> {
    let kind = match line.cause {
        DealCause::Won | DealCause::WonAgain => StepKind::Won,
        DealCause::Changed => StepKind::Changed,
        DealCause::Reopened => StepKind::Reopened,
    };
    let versions = rows.opportunities.iter();
    let mut versions = versions.filter(|row| row.opportunity_id == line.opportunity_id);
    let version = version_of(line);
    let teller = versions.find(|row| Some(row.version_at) == version);
    let at = instant(line, zone);
    let step = |kind, amount_minor, currency: Option<&str>| Step {
        amount_minor: Some(amount_minor),
        currency: currency.map(str::to_owned),
        raw_sha256: teller.and_then(|row| row.raw_sha256.clone()),
        ..bare(
            at,
            kind,
            &line.row_id,
            Source::of_deal(&line.opportunity_id),
        )
    };
    let others = line.left_out.iter();
    let others = others.map(|own| (Some(&*own.currency), own.revenue_minor, own.cash_minor));
    let main = (rows.currency, line.revenue_minor, line.cash_minor);
    let mut money: Vec<(Option<&str>, i64, i64)> = others.collect();
    if line.deals_adding_up != 0 || money.is_empty() || (main.1, main.2) != (0, 0) {
        money.insert(0, main);
    }
    let deals = money.iter().filter(|own| line.deals != 0 || own.1 != 0);
    let deals = deals.map(|(currency, revenue, _)| step(kind, *revenue, *currency));
    let paid = money.iter().filter(|own| own.2 != 0);
    let paid = paid.map(|(currency, _, minor)| step(cash(*minor), *minor, *currency));
    deals.chain(paid).collect()
}

/// The version's own instant where it lies on the day that counts, else the beginning of that day.
fn instant(line: &DealLine, zone: &TimeZone) -> Timestamp {
    let same_day = |at: &Timestamp| zone.to_datetime(*at).date() == line.on;
    let midnight = || {
        line.on
            .to_zoned(zone.clone())
            .map(|zoned| zoned.timestamp())
    };
    version_of(line)
        .filter(same_day)
        .unwrap_or_else(|| midnight().unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The instant of the version that the line is of.
fn version_of(line: &DealLine) -> Option<Timestamp> {
    let (_, at) = line.row_id.rsplit_once('@')?;
    at.parse().ok()
}
