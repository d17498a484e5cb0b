//! Where Athena's SQL and DataFusion's differ. Queries are written for DataFusion; this is the one place that knows
//! Athena's way to say the same, and its tests show both side by side.
//!
//! | written | for Athena | why |
//! |---|---|---|
//! | `silver.invitees` | `silver_invitees` | all tables are in one Glue database |
//! | `LIMIT n OFFSET m` | `OFFSET m LIMIT n` | Trino's grammar |
//! | `btrim(x)` | `trim(x)` | the name |
//! | `TIMESTAMP '…Z'` | `from_iso8601_timestamp('…Z')` | Trino's literal has no zone designator |

use bookpath_models::athena::table_name;
use sqlparser::dialect::GenericDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

/// The query can't be said in Athena's SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    #[error("the query can't be read: {0}")]
    Unreadable(String),
    #[error("the query has no value for {0}")]
    NoValue(String),
}

/// Text as a literal.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A query for DataFusion as Athena takes it. Word by word: what is Athena's own SQL stays as it is written.
///
/// # Errors
/// [`DialectError`].
pub fn to_athena(query: &str) -> Result<String, DialectError> {
    let tokens = Tokenizer::new(&GenericDialect {}, query)
        .with_unescape(false)
        .tokenize()
        .map_err(|error| DialectError::Unreadable(error.to_string()))?;
    let mut written = Vec::with_capacity(tokens.len());
    let mut rest = &tokens[..];
    while let Some(first) = rest.first() {
        if let Token::Placeholder(name) = first
            && name.starts_with('$')
        {
            return Err(DialectError::NoValue(name.clone()));
        }
        let (read, said) = translated(rest).unwrap_or_else(|| (1, vec![first.clone()]));
        written.extend(said);
        rest = &rest[read..];
    }
    pages(&mut written);
    Ok(written.iter().map(ToString::to_string).collect())
}

/// The number of leading tokens that Athena writes differently, and their replacement.
fn translated(tokens: &[Token]) -> Option<(usize, Vec<Token>)> {
    match tokens {
        [tier, Token::Period, Token::Word(table), ..]
            if (is(tier, "silver") || is(tier, "gold")) && table.quote_style.is_none() =>
        {
            let name = table_name(&format!("{tier}.{table}").to_ascii_lowercase());
            Some((3, vec![word(&name)]))
        }
        [function, Token::LParen, ..] if is(function, "btrim") => Some((1, vec![word("trim")])),
        // A literal that names its zone.
        [
            name,
            Token::Whitespace(_),
            Token::SingleQuotedString(text),
            ..,
        ] if is(name, "timestamp") && text.ends_with('Z') => {
            let literal = Token::SingleQuotedString(text.clone());
            let call = [word("from_iso8601_timestamp"), Token::LParen];
            Some((3, [&call[..], &[literal, Token::RParen]].concat()))
        }
        _ => None,
    }
}

fn word(name: &str) -> Token {
    Token::make_word(name, None)
}

/// Whether a token is this word, in any case and without quotes.
fn is(token: &Token, name: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(name))
}

/// `LIMIT n OFFSET m` the other way round.
fn pages(tokens: &mut [Token]) {
    let spoken = |token: &Token| !matches!(token, Token::Whitespace(_));
    let places: Vec<usize> = (0..tokens.len())
        .filter(|at| spoken(&tokens[*at]))
        .collect();
    for page in places.windows(4) {
        if let [limit, n, offset, m] = *page
            && is(&tokens[limit], "LIMIT")
            && is(&tokens[offset], "OFFSET")
        {
            tokens.swap(limit, offset);
            tokens.swap(n, m);
        }
    }
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
            (
                "SELECT silver.Calls.title, filter(a, x -> x <> 'it''s') FROM silver.Calls",
                "SELECT silver_calls.title, filter(a, x -> x <> 'it''s') FROM silver_calls",
            ),
        ];
        for (written, wanted) in pairs {
            assert_eq!(to_athena(written).unwrap(), wanted, "{written}");
        }
    }

    #[test]
    fn what_has_no_translation_is_an_error() {
        assert_eq!(
            to_athena("SELECT $3"),
            Err(DialectError::NoValue("$3".to_owned()))
        );
        let unclosed = to_athena("SELECT 'a''").unwrap_err();
        assert!(
            unclosed
                .to_string()
                .starts_with("the query can't be read: "),
            "{unclosed}"
        );
    }
}
