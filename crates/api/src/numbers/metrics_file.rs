//! The answer of `GET /api/metrics` as a file: a line for each figure, of all that was asked for and of each person.

use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::figure::{KeyFigure, KeyFigures};
use super::metrics_answer::Metrics;
use crate::Problem;
use crate::csv_export::CsvFile;

const SHEET: CsvFile = CsvFile {
    name: "metrics",
    days: &["month"],
    instants: &["as_of"],
};

/// One figure.
#[derive(Debug, Serialize)]
struct Line<'a> {
    month: &'a str,
    as_of: Timestamp,
    /// `total`, or `user` for the figures of one person.
    line: &'static str,
    /// The `user` of the question; in a person's line that person's id, empty for figures that belong to no user.
    user: Option<&'a str>,
    email: Option<&'a str>,
    name: Option<&'a str>,
    key: &'a str,
    #[serde(flatten)]
    figure: &'a KeyFigure,
}

/// Whose figures the lines are.
struct LineOwner<'a> {
    line: &'static str,
    user: Option<&'a str>,
    email: Option<&'a str>,
    name: Option<&'a str>,
}

/// The file.
///
/// # Errors
/// As [`CsvFile::named`].
pub(super) fn file(answer: &Metrics, zone: &TimeZone) -> Result<Response, Problem> {
    SHEET.objects(zone, Vec::new(), lines(answer))
}

fn lines(answer: &Metrics) -> Vec<Value> {
    let total = LineOwner {
        line: "total",
        user: Some(&answer.user),
        email: None,
        name: None,
    };
    let mut lines = rows_of(answer, &total, &answer.metrics);
    for person in &answer.per_user {
        let whose = LineOwner {
            line: "user",
            user: person.user_id.as_deref(),
            email: person.email.as_deref(),
            name: person.name.as_deref(),
        };
        lines.extend(rows_of(answer, &whose, &person.metrics));
    }
    lines
}

fn rows_of(answer: &Metrics, whose: &LineOwner<'_>, figures: &KeyFigures) -> Vec<Value> {
    let line = |(key, figure): (&&'static str, &KeyFigure)| {
        let line = Line {
            month: &answer.month,
            as_of: answer.as_of,
            line: whose.line,
            user: whose.user,
            email: whose.email,
            name: whose.name,
            key,
            figure,
        };
        let mut shown = serde_json::to_value(line).unwrap_or_default();
        if let Value::Object(fields) = &mut shown {
            // A link is for programs.
            fields.remove("drill");
        }
        shown
    };
    figures.iter().map(line).collect()
}
