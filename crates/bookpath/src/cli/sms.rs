//! `bookpath sms what-if`: what another wait before the follow-up would have changed.

use std::io::Write as _;

use bookpath_app::texts::conversations;
use bookpath_domain::texts::what_if::{WhatIf, what_if};
use jiff::Timestamp;

use super::print;
use crate::cli::arguments::{Common, SmsCommand, WhatIfArgs};
use crate::failure::Failure;
use crate::node::Node;

pub(crate) async fn run(common: &Common, command: &SmsCommand) -> Result<(), Failure> {
    let SmsCommand::WhatIf(args) = command;
    let node = Node::open(common)?;
    let WhatIfArgs { wait, from, to } = args;
    // Whatever history there still is: only counts of it are shown, so its expiry does not matter.
    let history =
        conversations::between(node.database.as_ref(), Timestamp::MIN, *from, *to).await?;
    let answer = what_if(&history, wait, &node.rules)
        .map_err(|e| Failure::Usage(format!("[bill] sms_part_usd: {e}")))?;
    if common.json {
        print(common, &answer)
    } else {
        table(&answer)
    }
}

fn table(answer: &WhatIf) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let day = |at: Option<Timestamp>| {
        at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
    };
    writeln!(
        out,
        "{} confirmations from {} to {}; the follow-up is configured after {}",
        answer.confirmations,
        day(answer.first_sent_at),
        day(answer.last_sent_at),
        minutes(answer.configured_wait_seconds)
    )?;
    writeln!(
        out,
        "{:>8} {:>15} {:>8} {:>11} {:>6} {:>11} {:>12} {:>11}",
        "wait",
        "replied before",
        "stopped",
        "follow-ups",
        "parts",
        "cost USD",
        "sends saved",
        "USD saved"
    )?;
    for w in &answer.waits {
        writeln!(
            out,
            "{:>8} {:>15} {:>8} {:>11} {:>6} {:>11} {:>12} {:>11}",
            minutes(w.wait_seconds),
            w.replied_before,
            w.stopped,
            w.follow_ups,
            w.parts,
            w.cost.to_places(4),
            w.sends_saved,
            w.cost_saved.to_places(4)
        )?;
    }
    Ok(())
}

fn minutes(seconds: u32) -> String {
    if seconds.is_multiple_of(60) {
        format!("{}m", seconds / 60)
    } else {
        format!("{seconds}s")
    }
}
