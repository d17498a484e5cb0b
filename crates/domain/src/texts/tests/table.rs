//! The table as documentation: every state x event.

use expect_test::expect_file;

use super::*;

#[test]
fn every_state_and_event() {
    let mut out = String::from("# from event -> to\n");
    for from in ConversationState::ALL {
        for event in ConversationEvent::ALL {
            let to = transition(from, event);
            let text = if to == from { "stays" } else { to.as_str() };
            out.push_str(&format!("{} {event:?} -> {text}\n", from.as_str()));
        }
    }
    expect_file!["transitions.txt"].assert_eq(&out);
}

#[test]
fn no_row_is_dead() {
    for (index, row) in TRANSITIONS.iter().enumerate() {
        assert!(
            row.0 != row.2
                && TRANSITIONS[..index]
                    .iter()
                    .all(|r| (r.0, r.1) != (row.0, row.1)),
            "{row:?}"
        );
    }
}
