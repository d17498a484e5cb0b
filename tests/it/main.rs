//! The acceptance suite: it starts the real binary and speaks only HTTP and the command line.

mod support;

mod contract_clock;
mod contract_command_line;
mod contract_http;
mod contract_signatures;
mod path_crash;
mod path_delivery;
mod path_walkthrough;
