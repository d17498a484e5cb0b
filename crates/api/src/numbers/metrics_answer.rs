//! Every key figure of a month, as it is answered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::figure::{KeyFigure, KeyFigures};

/// Figures of one person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonFigures {
    /// Id of the app user, else the team member's address; `null`: what belongs to nobody.
    pub(super) user_id: Option<String>,
    /// What names them as `user` in a link, which holds no address.
    pub(super) user_token: String,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    #[schema(value_type = BTreeMap<String, KeyFigure>)]
    pub(super) metrics: KeyFigures,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Metrics {
    pub(super) month: String,
    pub(super) user: String,
    /// `self` for who sees only their own figures, else `all`.
    pub(super) scope: &'static str,
    pub(super) mode: &'static str,
    pub(super) campaign: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub(super) as_of: Timestamp,
    pub(super) lag_seconds: Option<i64>,
    pub(super) reporting_timezone: String,
    /// ISO 4217; `null` where there is no money.
    pub(super) currency: Option<String>,
    /// Rows with money of other currencies, which no figure has.
    pub(super) left_out: BTreeMap<String, u64>,
    /// The month that the figures are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) compared_with: Option<String>,
    #[schema(value_type = BTreeMap<String, KeyFigure>)]
    pub(super) metrics: KeyFigures,
    /// Every team member with any figure; last what has no user.
    pub(super) per_user: Vec<PersonFigures>,
}
