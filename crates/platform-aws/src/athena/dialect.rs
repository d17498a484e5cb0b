//! Where Athena's SQL and DataFusion's differ. Queries are written for DataFusion; this is the one place that knows
//! Athena's way to say the same, and its tests show both side by side.
//!
//! | written | for Athena | why |
//! |---|---|---|
//! | `silver.invitees` | `silver_invitees` | all tables are in one Glue database |
//! | `LIMIT n OFFSET m` | `OFFSET m LIMIT n` | Trino's grammar |
//! | `btrim(x)` | `trim(x)` | the name |
//! | `TIMESTAMP '…Z'` | `from_iso8601_timestamp('…Z')` | Trino's literal has no zone designator |

use std::iter::Peekable;
use std::vec::IntoIter;

/// The query can't be said in Athena's SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    #[error("the text that begins with {0} never ends")]
    Unclosed(String),
    #[error("the query has no value for ${0}")]
    NoValue(usize),
}

/// Text as a literal.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The name of a lake's table in the Glue database.
#[must_use]
pub fn table_name(table: &str) -> String {
    table.replace('.', "_")
}

/// A query for DataFusion as Athena takes it.
///
/// # Errors
/// [`DialectError`].
pub fn to_athena(query: &str) -> Result<String, DialectError> {
    let mut tokens = tokens(query)?.into_iter().peekable();
    let mut written = Vec::new();
    while let Some(token) = tokens.next() {
        translate(token, &mut tokens, &mut written)?;
    }
    Ok(pages(written).concat())
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name or a keyword.
    Word(String),
    /// `$1`.
    Parameter(usize),
    /// A literal with its quotes.
    Text(String),
    Space(String),
    /// Anything else: one character, a quoted identifier, a comment.
    Other(String),
}

type Tokens = Peekable<IntoIter<Token>>;

fn tokens(query: &str) -> Result<Vec<Token>, DialectError> {
    let mut tokens = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match first {
            '\'' | '"' => quote_length(rest, first)?,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '$' => {
                1 + rest[1..]
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len() - 1)
            }
            c if c.is_whitespace() => rest
                .find(|c: char| !c.is_whitespace())
                .unwrap_or(rest.len()),
            // A name with its dots, or a number with its point.
            c if word(c) => rest
                .find(|c: char| !word(c) && c != '.')
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (text, after) = rest.split_at(length);
        tokens.push(match first {
            '\'' => Token::Text(text.to_owned()),
            '$' => Token::Parameter(text[1..].parse().map_err(|_| DialectError::NoValue(0))?),
            c if c.is_whitespace() => Token::Space(text.to_owned()),
            c if word(c) => Token::Word(text.to_owned()),
            _ => Token::Other(text.to_owned()),
        });
        rest = after;
    }
    Ok(tokens)
}

/// A doubled quote is one of the text.
fn quote_length(text: &str, quote: char) -> Result<usize, DialectError> {
    let mut from = 1;
    loop {
        let end = text[from..]
            .find(quote)
            .ok_or_else(|| DialectError::Unclosed(text.chars().take(20).collect()))?;
        from += end + 1;
        if !text[from..].starts_with(quote) {
            return Ok(from);
        }
        from += 1;
    }
}

fn translate(
    token: Token,
    rest: &mut Tokens,
    written: &mut Vec<String>,
) -> Result<(), DialectError> {
    match token {
        Token::Parameter(number) => return Err(DialectError::NoValue(number)),
        Token::Word(word) => translate_word(word, rest, written),
        Token::Text(text) | Token::Space(text) | Token::Other(text) => written.push(text),
    }
    Ok(())
}

fn translate_word(word: String, rest: &mut Tokens, written: &mut Vec<String>) {
    let called = rest.peek() == Some(&Token::Other("(".to_owned()));
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "btrim" if called => written.push("trim".to_owned()),
        "timestamp" => match instant(rest) {
            Some(literal) => written.push(format!("from_iso8601_timestamp({literal})")),
            None => written.push(word),
        },
        _ if lower.starts_with("silver.") || lower.starts_with("gold.") => {
            written.push(table_name(&lower))
        }
        _ => written.push(word),
    }
}

/// The literal after `TIMESTAMP`, where it names its zone.
fn instant(rest: &mut Tokens) -> Option<String> {
    let mut ahead = rest.clone();
    let (Some(Token::Space(_)), Some(Token::Text(literal))) = (ahead.next(), ahead.next()) else {
        return None;
    };
    if !literal.ends_with("Z'") {
        return None;
    }
    *rest = ahead;
    Some(literal)
}

/// `LIMIT n OFFSET m` the other way round.
fn pages(mut written: Vec<String>) -> Vec<String> {
    let is = |text: Option<&String>, word: &str| {
        text.is_some_and(|text| text.eq_ignore_ascii_case(word))
    };
    for place in 0..written.len() {
        // LIMIT, space, n, space, OFFSET, space, m.
        if is(written.get(place), "LIMIT")
            && is(written.get(place + 4), "OFFSET")
            && place + 6 < written.len()
        {
            written.swap(place, place + 4);
            written.swap(place + 2, place + 6);
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_query_in_athenas_words() {
        let query = include_str!("../../../../models/gold/daily_bookings_by_source.sql");
        let written = to_athena(query).unwrap();
        assert_eq!(written, query.replace("silver.bookings", "silver_bookings"));
    }

    #[test]
    fn each_difference_has_its_translation() {
        let pairs = [
            (
                "SELECT * FROM gold.bookings_trend limit 10 offset 20",
                "SELECT * FROM gold_bookings_trend offset 20 limit 10",
            ),
            ("SELECT a FROM t LIMIT 10", "SELECT a FROM t LIMIT 10"),
            (
                "SELECT btrim(a), 'btrim(a) silver.x $1'",
                "SELECT trim(a), 'btrim(a) silver.x $1'",
            ),
            (
                "WHERE at >= TIMESTAMP '2026-03-01T00:00:00Z' AND CAST(x AS timestamp) < 7",
                "WHERE at >= from_iso8601_timestamp('2026-03-01T00:00:00Z') AND CAST(x AS timestamp) < 7",
            ),
            (
                "SELECT \"silver.x\", 1.5 -- btrim(a)\nFROM t",
                "SELECT \"silver.x\", 1.5 -- btrim(a)\nFROM t",
            ),
        ];
        for (written, wanted) in pairs {
            assert_eq!(to_athena(written).unwrap(), wanted, "{written}");
        }
    }

    #[test]
    fn what_has_no_translation_is_an_error() {
        assert_eq!(to_athena("SELECT $3"), Err(DialectError::NoValue(3)));
        assert_eq!(
            to_athena("SELECT 'a''"),
            Err(DialectError::Unclosed("'a''".to_owned()))
        );
    }
}
