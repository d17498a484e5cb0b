//! An engine's error as a sentence, without the names of its Rust types.

use bookpath_models::Catalog;

/// What the SQL engine puts before its own words.
const PREFIXES: [&str; 8] = [
    "SQL error: ",
    "Schema error: ",
    "Error during planning: ",
    "Execution error: ",
    "Arrow error: ",
    "This feature is not implemented: ",
    "External error: ",
    "Invalid or Unsupported Configuration: ",
];

/// The engine's name of the catalogue that all tables are in; nobody writes it.
const CATALOG: &str = "datafusion.";

/// The schema that the engine takes where a table is named without one.
const NO_SCHEMA: &str = "public.";

/// The words of a refusal by the SQL engine: `ParserError("Expected: ...")` becomes `Expected: ...`.
pub(super) fn of_engine(message: &str) -> String {
    let mut text = message.trim();
    loop {
        let shorter = PREFIXES
            .iter()
            .find_map(|prefix| text.strip_prefix(prefix))
            .or_else(|| unwrapped(text));
        match shorter {
            Some(shorter) => text = shorter.trim(),
            None => break,
        }
    }
    let text = text
        .replace("\\\"", "\"")
        .replace("\\n", " ")
        .replace(CATALOG, "");
    no_table(&text).unwrap_or(text)
}

/// Which tables there are, where the engine says that it did not find one.
fn no_table(text: &str) -> Option<String> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    let catalog = Catalog::get().ok()?;
    match name.strip_prefix(NO_SCHEMA) {
        Some(short) => Some(match catalog.find(short) {
            Ok(model) => format!(
                "there is no table `{short}` without its tier: write {}",
                model.name
            ),
            Err(unknown) => unknown.to_string(),
        }),
        None => Some(catalog.find(name).err()?.to_string()),
    }
}

/// The text inside `Name("...")` or `Name(...)`.
fn unwrapped(text: &str) -> Option<&str> {
    let (name, inner) = text.split_once('(')?;
    let is_type = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.ends_with("Error")
        && name.bytes().all(|b| b.is_ascii_alphanumeric());
    let inner = inner.strip_suffix(')').filter(|_| is_type)?;
    let quoted = inner
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    Some(quoted.unwrap_or(inner))
}

#[cfg(test)]
mod tests {
    use super::of_engine;

    #[test]
    fn rusts_own_names_are_left_out() {
        for (message, sentence) in [
            (
                "SQL error: ParserError(\"Expected: an expression, found: FORM at Line: 1, Column: 10\")",
                "Expected: an expression, found: FORM at Line: 1, Column: 10",
            ),
            (
                "SQL error: TokenizerError(\"Unterminated string literal at Line: 1, Column: 8\")",
                "Unterminated string literal at Line: 1, Column: 8",
            ),
            (
                "Error during planning: table 'datafusion.public.invitees' not found",
                "there is no table `invitees` without its tier: write silver.invitees",
            ),
            (
                "Arrow error: Cast error: Cannot cast string 'x' to value of Int64 type",
                "Cast error: Cannot cast string 'x' to value of Int64 type",
            ),
            (
                "Schema error: No field named \"colour\". Valid fields are f(x).",
                "No field named \"colour\". Valid fields are f(x).",
            ),
        ] {
            assert_eq!(of_engine(message), sentence, "{message}");
        }
    }

    #[test]
    fn a_table_that_is_not_there_is_answered_with_those_that_are() {
        for (schema, begins) in [
            ("gold", "gold has no table `nothing`; it has "),
            (
                "public",
                "there is no table `nothing`; silver.NAME is one of ",
            ),
        ] {
            let message =
                format!("Error during planning: table 'datafusion.{schema}.nothing' not found");
            let sentence = of_engine(&message);
            assert!(sentence.starts_with(begins), "{sentence}");
        }
    }
}
