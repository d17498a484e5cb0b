//! Reference paths, payload templates and results: how data moves between states.

use serde_json::{Map, Value};
use serde_json_path::JsonPath;

/// A path or template does not fit the data. The execution fails with `States.Runtime`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct PathError(pub(crate) String);

/// What paths read: the state's data (`$`) and the context object (`$$`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) data: &'a Value,
    pub(crate) context: &'a Value,
}

/// The one value at a path.
pub(crate) fn get(path: &str, scope: Scope<'_>) -> Result<Value, PathError> {
    let (root, path_text) = match path.strip_prefix("$$") {
        Some(rest) => (scope.context, format!("${rest}")),
        None => (scope.data, path.to_owned()),
    };
    let parsed =
        JsonPath::parse(&path_text).map_err(|e| PathError(format!("`{path}` is no path: {e}")))?;
    parsed.query(root).exactly_one().cloned().map_err(|_| {
        PathError(format!(
            "`{path}` does not name exactly one value of the input"
        ))
    })
}

/// Whether a path names a value.
pub(crate) fn exists(path: &str, scope: Scope<'_>) -> bool {
    get(path, scope).is_ok()
}

/// Fills a payload template: a member whose name ends in `.$` gets the value at its path.
pub(crate) fn fill(template: &Value, scope: Scope<'_>) -> Result<Value, PathError> {
    match template {
        Value::Object(members) => {
            let mut out = Map::new();
            for (name, value) in members {
                match name.strip_suffix(".$") {
                    Some(plain) => {
                        let path = value
                            .as_str()
                            .ok_or_else(|| PathError(format!("`{name}` must be a path")))?;
                        out.insert(plain.to_owned(), get(path, scope)?);
                    }
                    None => {
                        out.insert(name.clone(), fill(value, scope)?);
                    }
                }
            }
            Ok(Value::Object(out))
        }
        Value::Array(items) => items
            .iter()
            .map(|item| fill(item, scope))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        scalar => Ok(scalar.clone()),
    }
}

/// Combines input and result: `$` replaces the input, `$.a.b` sets that member, `None` drops the result.
pub(crate) fn put(input: Value, result: Value, path: Option<&str>) -> Result<Value, PathError> {
    let Some(path) = path else { return Ok(input) };
    if path == "$" {
        return Ok(result);
    }
    let names: Vec<&str> = path
        .strip_prefix("$.")
        .map(|rest| rest.split('.').collect())
        .ok_or_else(|| PathError(format!("`{path}` is no reference path")))?;
    let mut root = input;
    let mut slot = &mut root;
    for name in names {
        if !slot.is_object() {
            *slot = Value::Object(Map::new());
        }
        let Value::Object(members) = slot else {
            return Err(PathError(format!("`{path}` can't be written")));
        };
        slot = members.entry(name).or_insert(Value::Null);
    }
    *slot = result;
    Ok(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn templates_read_data_and_context() {
        let (data, context) = (
            json!({ "a": { "b": 2 } }),
            json!({ "Execution": { "Id": "x1" } }),
        );
        let scope = Scope {
            data: &data,
            context: &context,
        };
        let template = json!({ "n.$": "$.a.b", "id.$": "$$.Execution.Id", "deep": [{ "all.$": "$" }], "plain": "text" });
        let expected = json!({ "n": 2, "id": "x1", "deep": [{ "all": { "a": { "b": 2 } } }], "plain": "text" });
        assert_eq!(fill(&template, scope), Ok(expected));
        assert!(fill(&json!({ "n.$": "$.missing" }), scope).is_err());
        assert!(exists("$.a", scope) && !exists("$.z", scope));
    }

    #[test]
    fn results_go_where_they_should() {
        let input = json!({ "a": 1 });
        assert_eq!(put(input.clone(), json!(2), Some("$")), Ok(json!(2)));
        assert_eq!(put(input.clone(), json!(2), None), Ok(json!({ "a": 1 })));
        assert_eq!(
            put(input, json!(2), Some("$.x.y")),
            Ok(json!({ "a": 1, "x": { "y": 2 } }))
        );
    }
}
