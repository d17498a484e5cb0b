//! How well and how fast people are found: a report on labelled records, and the commands that `bench/people.py` times.

mod files;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use bookpath_domain::people::identity::{candidates, resolve};
use bookpath_labelled::{grade, labelled, pairs_of};
use clap::{Parser, Subcommand};

/// Precision, recall and speed of who is who.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Resolve a labelled set and tell precision and recall; fails when anybody is merged with somebody else.
    Report {
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// At least so many.
        #[arg(long, default_value_t = 20_000)]
        records: usize,
        #[arg(long)]
        json: bool,
    },
    /// Write a labelled set as CSV.
    Generate {
        #[arg(long, default_value_t = 1)]
        seed: u64,
        #[arg(long)]
        records: usize,
        #[arg(long)]
        out: PathBuf,
    },
    /// Read such a file, and write whose each record is.
    Resolve {
        #[arg(long)]
        records: PathBuf,
        #[arg(long)]
        out: PathBuf,
        /// Find the candidates too, and tell how many there are.
        #[arg(long)]
        candidates: bool,
    },
    /// Compare what an engine wrote with the labels: precision and recall of pairs, as JSON.
    Grade {
        #[arg(long)]
        records: PathBuf,
        #[arg(long)]
        people: PathBuf,
    },
}

/// The command could not be done.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Csv(#[from] csv::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("line {line}: {what}")]
    Line { line: u64, what: &'static str },
    #[error("a thread panicked")]
    Thread,
    #[error("{0} pairs of records are merged that are two people's")]
    Imprecise(u64),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Report {
            seed,
            records,
            json,
        } => {
            let set = labelled(seed, records);
            let grade = grade(&set);
            if json {
                println!("{}", serde_json::to_string_pretty(&grade)?);
            } else {
                report::print(&set, &grade);
            }
            match grade.automatic.found - grade.automatic.right {
                0 => Ok(()),
                wrong => Err(Failure::Imprecise(wrong)),
            }
        }
        Command::Generate { seed, records, out } => files::write(&out, &labelled(seed, records)),
        Command::Resolve {
            records,
            out,
            candidates: with_candidates,
        } => {
            let records = files::read(&records)?;
            let people = resolve(&records, &[]);
            files::write_people(&out, &people)?;
            if with_candidates {
                println!("{} candidates", candidates(&people, &records, &[]).len());
            }
            // The process ends here: its memory goes back whole, not text by text.
            std::mem::forget((records, people));
            Ok(())
        }
        Command::Grade { records, people } => {
            let (truth, found) = (files::read_truth(&records)?, files::read_people(&people)?);
            let pairs = pairs_of(&truth, &found);
            let (precision, recall) = (pairs.precision(), pairs.recall());
            let grade = serde_json::json!({ "precision": precision, "recall": recall });
            println!("{grade}");
            Ok(())
        }
    }
}
