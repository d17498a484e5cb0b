//! Executions of the state machines.

pub mod machines;
