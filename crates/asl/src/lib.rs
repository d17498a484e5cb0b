//! A small runner of Amazon States Language: exactly the fields that `statemachines/*.asl.json` use.
//!
//! A machine is pure: [`Machine::step`] says what an execution waits for, [`Machine::resume`] takes the
//! answer and returns the next execution. Its driver stores the execution between the two, so after a
//! crash it continues from the state that had begun. Loading refuses a field that this runner does not
//! know, by its name (docs/adr/0003-asl-runner.md).

mod choice;
mod execution;
mod machine;
mod path;
mod states;
#[cfg(test)]
mod tests;

pub use execution::{Execution, Outcome, Step, TaskCall, TaskFailure};
pub use machine::{LoadError, Machine};
