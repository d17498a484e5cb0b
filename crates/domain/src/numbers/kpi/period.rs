//! The months that are asked for, and which of them a fact belongs to.

use serde::{Deserialize, Serialize};

use crate::numbers::month::Month;

/// Which month a fact belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Its own.
    #[default]
    Period,
    /// That of its contact's first touch (X25).
    Cohort,
}

/// Months, both inclusive; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    pub from: Option<Month>,
    pub to: Option<Month>,
}

impl Period {
    /// One month.
    #[must_use]
    pub const fn from_month(month: Month) -> Self {
        Self {
            from: Some(month),
            to: Some(month),
        }
    }

    /// The month lies in it.
    #[must_use]
    pub fn has(&self, month: Month) -> bool {
        self.from.is_none_or(|from| from <= month) && self.to.is_none_or(|to| month <= to)
    }
}
