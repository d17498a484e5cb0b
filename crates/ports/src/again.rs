//! What a run of the ETL makes again although its sources did not change.

use serde::{Deserialize, Serialize};

/// What is made again in full. In JSON `false`, `true`, or the name of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Again {
    /// Only what is new is taken in.
    #[default]
    Nothing,
    /// Silver from all of bronze, then gold.
    Everything,
    /// This table, as `gold.bookings_trend`. The tables of silver are made together, because one pass over bronze makes them.
    Table(String),
}

impl Again {
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

impl From<bool> for Again {
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

impl From<Written> for Again {
    fn from(written: Written) -> Self {
        match written {
            Written::Whether(everything) => everything.into(),
            Written::Table(table) => Self::Table(table),
        }
    }
}

impl From<Again> for Written {
    fn from(again: Again) -> Self {
        match again {
            Again::Nothing => Self::Whether(false),
            Again::Everything => Self::Whether(true),
            Again::Table(table) => Self::Table(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_json_it_is_a_truth_value_or_a_name() {
        for (again, text, silver) in [
            (Again::Nothing, "false", false),
            (Again::Everything, "true", true),
            (
                Again::Table("gold.bookings_trend".to_owned()),
                "\"gold.bookings_trend\"",
                false,
            ),
            (
                Again::Table("silver.invitees".to_owned()),
                "\"silver.invitees\"",
                true,
            ),
        ] {
            assert_eq!(serde_json::to_string(&again).unwrap(), text);
            assert_eq!(serde_json::from_str::<Again>(text).unwrap(), again);
            assert_eq!(again.silver(), silver);
        }
    }
}
