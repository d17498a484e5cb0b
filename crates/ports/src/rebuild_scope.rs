//! What a run of the ETL makes again although its sources did not change.

use serde::{Deserialize, Serialize};

/// What is made again in full. In JSON `false`, `true`, or the name of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum RebuildScope {
    /// Only what is new is taken in.
    #[default]
    Nothing,
    /// Silver from all of bronze, then gold.
    Everything,
    /// This table, as `gold.bookings_trend`. The tables of silver are made together, because one pass over bronze makes them.
    Table(String),
}

impl RebuildScope {
    /// Whether silver is made again from all of bronze.
    #[must_use]
    pub fn silver(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Table(table) => table.starts_with("silver."),
        }
    }
}

impl From<bool> for RebuildScope {
    fn from(everything: bool) -> Self {
        if everything {
            Self::Everything
        } else {
            Self::Nothing
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Whether(bool),
    Table(String),
}

impl From<Written> for RebuildScope {
    fn from(written: Written) -> Self {
        match written {
            Written::Whether(everything) => everything.into(),
            Written::Table(table) => Self::Table(table),
        }
    }
}

impl From<RebuildScope> for Written {
    fn from(again: RebuildScope) -> Self {
        match again {
            RebuildScope::Nothing => Self::Whether(false),
            RebuildScope::Everything => Self::Whether(true),
            RebuildScope::Table(table) => Self::Table(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_json_it_is_a_truth_value_or_a_name() {
        for (again, text, silver) in [
            (RebuildScope::Nothing, "false", false),
            (RebuildScope::Everything, "true", true),
            (
                RebuildScope::Table("gold.bookings_trend".to_owned()),
                "\"gold.bookings_trend\"",
                false,
            ),
            (
                RebuildScope::Table("silver.invitees".to_owned()),
                "\"silver.invitees\"",
                true,
            ),
        ] {
            assert_eq!(serde_json::to_string(&again).unwrap(), text);
            assert_eq!(serde_json::from_str::<RebuildScope>(text).unwrap(), again);
            assert_eq!(again.silver(), silver);
        }
    }
}
