//! Where Athena's SQL and DataFusion's differ. Queries are written for DataFusion; this is the one place that knows
//! Athena's way to say the same, and its tests show both side by side.
//!
//! | written | for Athena | why |
//! |---|---|---|
//! | `silver.invitees` | `silver_invitees` | all tables are in one Glue database |
//! | `LIMIT n OFFSET m` | `OFFSET m LIMIT n` | Trino's grammar |
//! | `btrim(x)` | `trim(x)` | the name |
//! | `ratio2(n, d)` | decimal division, two places | ours; Trino's decimals round half away from zero too |
//! | `percent2(n, d)` | the same of `100 * n` | ours |
//! | `div_round(n, d)` | decimal division, no places | ours |
//! | `TIMESTAMP '…Z'` | `from_iso8601_timestamp('…Z')` | Trino's literal has no zone designator |
//! | `$1` | the value as a literal | Athena's parameters are literals anyway, in order of use |

use std::iter::Peekable;
use std::vec::IntoIter;

/// The query can't be said in Athena's SQL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialectError {
    #[error("the text that begins with {0} never ends")]
    Unclosed(String),
    #[error("the query has no value for ${0}")]
    NoValue(usize),
    #[error("{name} takes {wanted} arguments")]
    Arguments { name: String, wanted: usize },
}

/// A value of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    Text(String),
    Long(i64),
}

impl Parameter {
    fn literal(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Long(number) => number.to_string(),
        }
    }
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

/// A query for DataFusion as Athena takes it; `parameters` are those of `$1`, `$2`.
///
/// # Errors
/// [`DialectError`].
pub fn to_athena(query: &str, parameters: &[Parameter]) -> Result<String, DialectError> {
    let mut tokens = tokens(query)?.into_iter().peekable();
    let mut written = Vec::new();
    while let Some(token) = tokens.next() {
        translate(token, &mut tokens, parameters, &mut written)?;
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
    parameters: &[Parameter],
    written: &mut Vec<String>,
) -> Result<(), DialectError> {
    let text = match token {
        Token::Parameter(number) => {
            let value = number
                .checked_sub(1)
                .and_then(|place| parameters.get(place));
            value.ok_or(DialectError::NoValue(number))?.literal()
        }
        Token::Word(word) => return translate_word(word, rest, parameters, written),
        Token::Text(text) | Token::Space(text) | Token::Other(text) => text,
    };
    written.push(text);
    Ok(())
}

fn translate_word(
    word: String,
    rest: &mut Tokens,
    parameters: &[Parameter],
    written: &mut Vec<String>,
) -> Result<(), DialectError> {
    let called = rest.peek() == Some(&Token::Other("(".to_owned()));
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "btrim" if called => written.push("trim".to_owned()),
        "ratio2" | "percent2" | "div_round" if called => {
            let arguments = arguments(rest, parameters)?;
            let [n, d] = arguments.as_slice() else {
                return Err(DialectError::Arguments {
                    name: lower,
                    wanted: 2,
                });
            };
            written.push(match lower.as_str() {
                "ratio2" => format!("CAST(CAST({n} AS decimal(30, 2)) / nullif({d}, 0) AS double)"),
                "percent2" => {
                    format!("CAST(CAST(100 * ({n}) AS decimal(30, 2)) / nullif({d}, 0) AS double)")
                }
                _ => format!("CAST(CAST({n} AS decimal(30, 0)) / nullif({d}, 0) AS bigint)"),
            });
        }
        "timestamp" => match instant(rest) {
            Some(literal) => written.push(format!("from_iso8601_timestamp({literal})")),
            None => written.push(word),
        },
        _ if lower.starts_with("silver.") || lower.starts_with("gold.") => {
            written.push(table_name(&lower))
        }
        _ => written.push(word),
    }
    Ok(())
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

/// The translated arguments of a call, whose bracket comes next.
fn arguments(rest: &mut Tokens, parameters: &[Parameter]) -> Result<Vec<String>, DialectError> {
    rest.next();
    let (mut done, mut current, mut depth) = (Vec::new(), Vec::<String>::new(), 0_usize);
    loop {
        let token = rest
            .next()
            .ok_or_else(|| DialectError::Unclosed("(".to_owned()))?;
        match &token {
            Token::Other(text) if text == "(" => depth += 1,
            Token::Other(text) if text == ")" && depth == 0 => {
                done.push(std::mem::take(&mut current).concat().trim().to_owned());
                return Ok(done);
            }
            Token::Other(text) if text == ")" => depth -= 1,
            Token::Other(text) if text == "," && depth == 0 => {
                done.push(std::mem::take(&mut current).concat().trim().to_owned());
                continue;
            }
            _ => {}
        }
        translate(token, rest, parameters, &mut current)?;
    }
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

    fn athena(query: &str) -> String {
        to_athena(
            query,
            &[
                Parameter::Text("o'hara@example.com".to_owned()),
                Parameter::Long(-7),
            ],
        )
        .unwrap()
    }

    #[test]
    fn the_lakes_read_queries_in_athenas_words() {
        let written = include_str!("../../../lake/sql/read/contact_chains.sql")
            .replace("{limit}", "50")
            .replace("{offset}", "100");
        assert_eq!(
            athena(&written),
            "-- Every silver row of a page of contacts. A chain belongs to the contact of its first member.
WITH firsts AS (
  SELECT chain_id AS first_uri, lower(trim(invitee_email)) AS contact FROM silver_invitees WHERE invitee_uri = chain_id
),
page AS (
  SELECT DISTINCT contact FROM firsts WHERE 'o''hara@example.com' = '' OR contact = 'o''hara@example.com' ORDER BY contact OFFSET 100 LIMIT 50
)
SELECT page.contact, invitees.*
FROM silver_invitees AS invitees
JOIN firsts ON invitees.chain_id = firsts.first_uri
JOIN page ON page.contact = firsts.contact
ORDER BY page.contact, invitees.chain_id, invitees.invitee_created_at, invitees.invitee_uri
"
        );
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
                "SELECT ratio2(sum(a), count(b)) AS r",
                "SELECT CAST(CAST(sum(a) AS decimal(30, 2)) / nullif(count(b), 0) AS double) AS r",
            ),
            (
                "SELECT percent2(a - b, b)",
                "SELECT CAST(CAST(100 * (a - b) AS decimal(30, 2)) / nullif(b, 0) AS double)",
            ),
            (
                "SELECT div_round(a, ratio2(b, c))",
                "SELECT CAST(CAST(a AS decimal(30, 0)) / nullif(CAST(CAST(b AS decimal(30, 2)) / nullif(c, 0) AS double), 0) AS bigint)",
            ),
            (
                "WHERE at >= TIMESTAMP '2026-03-01T00:00:00Z' AND CAST(x AS timestamp) < $2",
                "WHERE at >= from_iso8601_timestamp('2026-03-01T00:00:00Z') AND CAST(x AS timestamp) < -7",
            ),
            (
                "SELECT \"silver.x\", 1.5 -- btrim(a)\nFROM t",
                "SELECT \"silver.x\", 1.5 -- btrim(a)\nFROM t",
            ),
        ];
        for (written, wanted) in pairs {
            assert_eq!(athena(written), wanted, "{written}");
        }
    }

    #[test]
    fn what_has_no_translation_is_an_error() {
        assert_eq!(to_athena("SELECT $3", &[]), Err(DialectError::NoValue(3)));
        assert_eq!(
            to_athena("SELECT 'a''", &[]),
            Err(DialectError::Unclosed("'a''".to_owned()))
        );
        assert_eq!(
            to_athena("SELECT ratio2(a, b", &[]),
            Err(DialectError::Unclosed("(".to_owned()))
        );
        let error = to_athena("SELECT ratio2(a)", &[]).unwrap_err();
        assert_eq!(error.to_string(), "ratio2 takes 2 arguments");
    }
}
