//! The columns of a file that has no rows, from the description of its items in the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// The columns of an item, in its fields' order. Each column of an object in it has the object's name before its own.
pub(crate) fn columns<T: ToSchema>() -> Vec<String> {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    let described = Described(schemas.into_iter().collect());
    let mut columns: Vec<String> = Vec::new();
    let mut add = |column: String| {
        if !columns.contains(&column) {
            columns.push(column);
        }
    };
    for (name, value) in described.fields(&T::schema()) {
        let inner = described.fields(&value);
        for (own, _) in &inner {
            add(format!("{name}.{own}"));
        }
        if inner.is_empty() && !described.is_map(&value) {
            add(name);
        }
    }
    columns
}

/// Descriptions by name.
struct Described(BTreeMap<String, RefOr<Schema>>);

impl Described {
    /// The fields of an object; nothing else has any.
    fn fields(&self, of: &RefOr<Schema>) -> Vec<(String, RefOr<Schema>)> {
        let all =
            |parts: &[RefOr<Schema>]| parts.iter().flat_map(|part| self.fields(part)).collect();
        match of {
            RefOr::Ref(_) => self
                .named(of)
                .map_or_else(Vec::new, |schema| self.fields(schema)),
            RefOr::T(Schema::Object(object)) => {
                let fields = object.properties.iter();
                fields
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect()
            }
            // An object with those of another in it, and one that may be null.
            RefOr::T(Schema::AllOf(parts)) => all(&parts.items),
            RefOr::T(Schema::OneOf(parts)) => all(&parts.items),
            RefOr::T(_) => Vec::new(),
        }
    }

    /// An object whose fields are known only with its values.
    fn is_map(&self, of: &RefOr<Schema>) -> bool {
        match of {
            RefOr::Ref(_) => self.named(of).is_some_and(|schema| self.is_map(schema)),
            RefOr::T(Schema::Object(object)) => object.additional_properties.is_some(),
            RefOr::T(_) => false,
        }
    }

    fn named(&self, of: &RefOr<Schema>) -> Option<&RefOr<Schema>> {
        let RefOr::Ref(reference) = of else {
            return None;
        };
        self.0.get(reference.ref_location.rsplit('/').next()?)
    }
}
