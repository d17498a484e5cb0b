//! A small runner of Amazon States Language: exactly the fields that `statemachines/*.asl.json` use.
//!
//! A machine is pure: [`Machine::step`] says what an execution waits for, [`Machine::resume`] takes the
//! answer and returns the next execution. Whoever drives it stores the execution between the two, so a
//! crash goes on from the state that was begun. A field that this runner does not know is refused when
//! the file loads, by its name: nothing is ever silently left out (docs/adr/0003-asl-runner.md).

mod execution;
mod machine;
mod path;
mod states;
#[cfg(test)]
mod tests;

pub use execution::{Execution, Outcome, Step, TaskCall, TaskFailure};
pub use machine::{LoadError, Machine};
