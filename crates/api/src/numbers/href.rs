//! Links of drills. The server makes them with the filters that it counted by, so both show the same rows.

use bookpath_domain::numbers::opened::Source;
use url::form_urlencoded::Serializer;

/// The parameters of a link.
#[derive(Debug, Clone, Default)]
pub(super) struct Filters(Vec<(&'static str, String)>);

impl Filters {
    /// With a further parameter.
    pub(super) fn with<T: ToString + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        self.0.push((name, value.to_string()));
        self
    }

    /// With a parameter that there may be.
    pub(super) fn maybe<T: ToString>(self, name: &'static str, value: Option<&T>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With all of these, too.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.extend_from_slice(&other.0);
        self
    }

    /// `path?name=value&…`
    pub(super) fn href(&self, path: &str) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(&self.0);
        format!("{path}?{}", query.finish())
    }
}

/// Where a row's raw objects are found.
pub(crate) fn lineage(source: &Source) -> String {
    let pairs = source.key.iter();
    let keys = pairs.map(|(column, value)| ("key", format!("{column}={value}")));
    Filters(keys.collect()).href(&format!("/api/lineage/{}", source.table))
}
