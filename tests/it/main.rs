//! The acceptance suite: HTTP and the command line, nothing else.
//!
//! `path_*` follow one booking's way, `contract_*` hold wordings and codes, `sim_*` try many worlds. Tests in a module
//! `both` run on `bookpath serve` and, unchanged, on the deployed stack of an emulated AWS; `aws_*` are for that stack
//! alone; all others need a clock that is set, faults, a folder or a process to kill.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    reason = "the worlds are small"
)]

mod booking_world;
mod calendly;
mod demo_lineage;
mod edge;
mod emulated;
mod outage_world;
mod stage;
mod text_world;
mod vendors;

mod aws_stack;
mod contract_access;
mod contract_command_line;
mod contract_edge;
mod contract_hostile;
mod contract_readers;
mod contract_routes;
mod contract_second_factor;
mod contract_signatures;
mod contract_strangers;
mod path_bill;
mod path_booking_figures;
mod path_bookings;
mod path_checkout;
mod path_crash;
mod path_delivery;
mod path_demo;
mod path_durability;
mod path_files;
mod path_follow_up;
mod path_forgotten;
mod path_import;
mod path_links;
mod path_lists;
mod path_money;
mod path_other_payments;
mod path_outage;
mod path_payments;
mod path_privacy;
mod path_refunds;
mod path_reschedule;
mod path_schedule;
mod path_scheduling;
mod path_sms;
mod path_sms_trouble;
mod path_statement;
mod path_strangers;
mod path_sync;
mod path_texts;
mod path_time;
mod path_trouble;
mod path_vendor_tasks;
mod path_walkthrough;
mod path_watchdog;
mod path_why;
mod sim_worlds;
