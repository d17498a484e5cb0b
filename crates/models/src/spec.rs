//! What the YAML of a model can say. Keys that are not here are refused.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Type of a column, by its name in Delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    String,
    Timestamp,
    Boolean,
    Date,
    Integer,
    Long,
    Double,
    /// A list of texts.
    #[serde(rename = "array<string>")]
    Texts,
    /// A list of codes, each with its points.
    #[serde(rename = "array<struct<code: string, points: integer>>")]
    Factors,
}

impl ColumnType {
    /// The type as Delta and Spark write it.
    #[must_use]
    pub const fn delta(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Timestamp => "timestamp",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Double => "double",
            Self::Texts => "array<string>",
            Self::Factors => "array<struct<code: string, points: integer>>",
        }
    }
}

/// A column.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub ty: ColumnType,
    /// One sentence.
    pub meaning: String,
    #[serde(default)]
    pub unit: Option<String>,
    /// Two equal rows may differ in it: it says when the row was written.
    #[serde(default)]
    pub volatile: bool,
}

/// Who makes the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MadeBy {
    /// The query beside the YAML.
    Sql,
    /// Rust, where SQL can't say it alike in all engines, or where rows come from outside the lake.
    Application,
}

/// Checks of the nightly run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tests {
    /// Columns without NULLs.
    pub not_null: Vec<String>,
    /// Values that a column may have.
    pub accepted: BTreeMap<String, Vec<String>>,
    /// Columns whose every value is a value of `table.column`.
    pub relations: BTreeMap<String, String>,
    /// Conditions in SQL that every row meets, by name. One that is NULL holds.
    pub holds: BTreeMap<String, String>,
    /// Column that says how new the newest fact is.
    pub fresh: Option<String>,
}

/// The YAML.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What a row is, in one sentence.
    pub row: String,
    /// Columns that identify a row; NULL is a value like any other.
    pub key: Vec<String>,
    /// Tables that the rows come from.
    pub reads: Vec<String>,
    pub made_by: MadeBy,
    /// Column, a date or a month, by which a run narrows what it makes again: the rows of a month may depend only on
    /// rows of that month in each source. Absent: everything.
    #[serde(default)]
    pub scope: Option<String>,
    #[serde(default)]
    pub partitions: Vec<String>,
    /// Timestamp that never changes for a key: orders the rows of a file, so that statistics find a row's file.
    #[serde(default)]
    pub sort: Option<String>,
    /// Rows of a full file.
    #[serde(default = "file_rows")]
    pub file_rows: usize,
    /// Columns with minimum and maximum in the log; absent: Delta's default.
    #[serde(default)]
    pub statistics: Vec<String>,
    pub columns: Vec<Column>,
    #[serde(default)]
    pub tests: Tests,
    /// One worked example.
    pub example: String,
}

const fn file_rows() -> usize {
    131_072
}

impl Spec {
    /// The tables of silver and gold among what the rows come from.
    pub fn tables_read(&self) -> impl Iterator<Item = &String> {
        self.reads
            .iter()
            .filter(|read| !read.starts_with("bronze."))
    }

    /// Every name is that of a column.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        let has = |name: &String| self.columns.iter().any(|c| c.name == *name);
        let groups: [(&str, Vec<&String>); 6] = [
            ("the key", self.key.iter().collect()),
            ("`scope`", self.scope.iter().collect()),
            ("`partitions`", self.partitions.iter().collect()),
            ("`sort`", self.sort.iter().collect()),
            ("`statistics`", self.statistics.iter().collect()),
            (
                "`tests`",
                self.tests
                    .not_null
                    .iter()
                    .chain(self.tests.accepted.keys())
                    .chain(self.tests.relations.keys())
                    .chain(&self.tests.fresh)
                    .collect(),
            ),
        ];
        for (what, names) in groups {
            if let Some(name) = names.into_iter().find(|n| !has(n)) {
                return Err(format!("{what} names `{name}`, which is no column"));
            }
        }
        if self.key.is_empty() {
            Err("it has no key".to_owned())
        } else {
            Ok(())
        }
    }
}
