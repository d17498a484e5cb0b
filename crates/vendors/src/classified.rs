//! What a vendor's classification of a body says.

use bookpath_domain::Delivery;
use serde_json::Value;

/// A body whose kind and resource are known.
pub(crate) struct Classified<'a> {
    pub(crate) delivery: Delivery,
    /// Bookpath works with this kind; any other is kept and counted.
    pub(crate) known: bool,
    /// The part of the body that carries the meaning.
    pub(crate) content: &'a Value,
}

impl<'a> Classified<'a> {
    /// A body of a kind that Bookpath does not work with: only its kind matters.
    pub(crate) fn other(kind: &str, id: Option<&str>, body: &'a Value) -> Self {
        let id = id.unwrap_or(kind);
        Self {
            delivery: Delivery {
                kind: kind.to_owned(),
                resource_uri: id.to_owned(),
                version: id.to_owned(),
                occurred_at: None,
                person_key: id.to_owned(),
            },
            known: false,
            content: body,
        }
    }
}

/// Why a body can't be used.
pub(crate) struct Unusable {
    /// Names the member that is missing or can't be read.
    pub(crate) reason: String,
    pub(crate) kind: Option<String>,
}

impl Unusable {
    pub(crate) fn new(reason: &str, kind: Option<&str>) -> Self {
        Self {
            reason: reason.to_owned(),
            kind: kind.map(str::to_owned),
        }
    }
}
