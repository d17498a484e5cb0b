//! The table as documentation: every state x trigger, and the diagram.

use expect_test::expect_file;

use crate::bookings::{BookingState, Guards, TRANSITIONS, Trigger, mermaid, transition};

#[test]
fn every_state_and_trigger() {
    let mut out = String::from(
        "# from trigger -> to; free = price 0, refund = paid and the policy gives something back\n",
    );
    for from in BookingState::ALL {
        for trigger in Trigger::ALL {
            let plain = transition(from, trigger, Guards::default());
            let mut line = format!(
                "{} {} -> {}",
                from.as_str(),
                trigger.as_str(),
                plain.map_or("refused", BookingState::as_str)
            );
            for (name, guards) in [
                (
                    "free",
                    Guards {
                        free: true,
                        refund_due: false,
                    },
                ),
                (
                    "refund",
                    Guards {
                        free: false,
                        refund_due: true,
                    },
                ),
            ] {
                let to = transition(from, trigger, guards);
                if to != plain {
                    line.push_str(&format!(
                        "; {name}: {}",
                        to.map_or("refused", BookingState::as_str)
                    ));
                }
            }
            out.push_str(&line);
            out.push('\n');
        }
    }
    expect_file!["transitions.txt"].assert_eq(&out);
}

#[test]
fn the_diagram_is_current() {
    let page = format!(
        "# The states of a booking\n\nDrawn from the table in `crates/domain/src/bookings/table.rs`; a test keeps it current. An `OVERRIDE` of an \
         admin leads from any state to any other. What is not drawn is recorded and changes nothing. A reschedule is no transition.\n\n\
         ```mermaid\n{}```\n",
        mermaid()
    );
    expect_file!["../../../../../docs/booking-states.md"].assert_eq(&page);
}

#[test]
fn every_state_but_the_first_is_reached_and_no_row_is_dead() {
    for state in BookingState::ALL {
        assert!(
            state == BookingState::Pending
                || TRANSITIONS
                    .iter()
                    .any(|(from, _, _, to)| *to == state && *from != state),
            "{state:?}"
        );
    }
    for (index, row) in TRANSITIONS.iter().enumerate() {
        assert!(
            TRANSITIONS[..index]
                .iter()
                .all(|r| (r.0, r.1, r.2) != (row.0, row.1, row.2)),
            "{row:?} is there twice"
        );
    }
}
