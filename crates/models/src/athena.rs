//! Views for Athena, made of the models' own queries: what a gold table would hold if it were made this moment. The nightly
//! table is quick and cheap to read; its view counts what came since, and is charged for the silver that it reads.
//!
//! | in the model | for Athena | why |
//! |---|---|---|
//! | `silver.bookings` | `silver_bookings` | all tables are in one Glue database |
//! | a decimal divided | a decimal of 12 places divided | Trino's quotient has no more places than its operands |
//! | column `as_of`, which the run adds | the clock, without its zone | Hive's catalogue knows no zones |

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, ExactNumberInfo, Expr, Ident, ObjectName, ObjectNamePart,
    Query, visit_expressions, visit_expressions_mut, visit_relations_mut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};

use crate::{Catalog, MadeBy, Model, ModelError};

/// Digits of a dividend and, of those, behind the point: sums of microseconds fit, and no quotient is rounded where it counts.
const DIVIDEND: ExactNumberInfo = ExactNumberInfo::PrecisionAndScale(38, 12);

/// A view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// `gold_cost_per_booking_now`.
    pub name: String,
    /// The tables that it reads, as `silver.bookings`.
    pub reads: Vec<String>,
    pub query: String,
}

/// The name of a table of the lake in the Glue database.
#[must_use]
pub fn table_name(table: &str) -> String {
    table.replace('.', "_")
}

impl Catalog {
    /// A view for each gold table that SQL makes.
    ///
    /// # Errors
    /// [`ModelError::Wrong`] for a query that can't be read, which a test rules out.
    pub fn athena_views(&self) -> Result<Vec<View>, ModelError> {
        let made = self.tier("gold").filter(|m| m.spec.made_by == MadeBy::Sql);
        made.map(View::new).collect()
    }
}

impl View {
    fn new(model: &Model) -> Result<Self, ModelError> {
        let wrong = |error: ParserError| ModelError::Wrong {
            name: model.name.clone(),
            reason: error.to_string(),
        };
        let query = translated(model.sql.as_deref().unwrap_or_default()).map_err(wrong)?;
        let columns: Vec<String> = model.spec.columns.iter().map(|c| column(&c.name)).collect();
        Ok(Self {
            name: format!("{}_now", table_name(&model.name)),
            reads: model.spec.reads.clone(),
            query: format!(
                "SELECT\n  {}\nFROM (\n{query:#}\n) AS made",
                columns.join(",\n  ")
            ),
        })
    }
}

fn column(name: &str) -> String {
    if name == "as_of" {
        "CAST(current_timestamp AS TIMESTAMP) AS as_of".to_owned()
    } else {
        name.to_owned()
    }
}

fn translated(query: &str) -> Result<Query, ParserError> {
    let mut query = Parser::new(&GenericDialect {})
        .try_with_sql(query)?
        .parse_query()?;
    let relations = visit_relations_mut(&mut *query, flatten);
    let divisions = visit_expressions_mut(&mut *query, widen_dividend);
    if relations.is_continue() && divisions.is_continue() {
        Ok(*query)
    } else {
        let reason = "a table's name is its tier's and its own";
        Err(ParserError::ParserError(reason.to_owned()))
    }
}

/// `silver.bookings` as one name.
fn flatten(relation: &mut ObjectName) -> ControlFlow<()> {
    match &relation.0[..] {
        [
            ObjectNamePart::Identifier(tier),
            ObjectNamePart::Identifier(table),
        ] => {
            let name = table_name(&format!("{}.{}", tier.value, table.value));
            *relation = ObjectName::from(vec![Ident::new(name)]);
            ControlFlow::Continue(())
        }
        [_] => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

fn widen_dividend(expression: &mut Expr) -> ControlFlow<()> {
    if let Expr::BinaryOp { left, op, .. } = expression
        && *op == BinaryOperator::Divide
        && in_decimals(left)
    {
        widen(left);
    }
    ControlFlow::Continue(())
}

/// Whether a dividend is a decimal, or made of one.
fn in_decimals(dividend: &Expr) -> bool {
    let found = visit_expressions(dividend, |part| match part {
        Expr::Cast {
            data_type: DataType::Decimal(_),
            ..
        } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

fn widen(dividend: &mut Expr) {
    let wide = DataType::Decimal(DIVIDEND);
    if let Expr::Cast { data_type, .. } = dividend {
        *data_type = wide;
        return;
    }
    *dividend = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(dividend.clone()),
        data_type: wide,
        array: false,
        format: None,
    };
}

#[cfg(test)]
mod tests {
    use expect_test::{expect, expect_file};

    use super::*;

    fn athena(query: &str) -> String {
        translated(query).unwrap().to_string()
    }

    /// The file shows what analysts get, and its diff what a change of a model means for them.
    #[test]
    fn the_views_are_the_models_queries_in_athenas_words() {
        let views = Catalog::get().unwrap().athena_views().unwrap();
        let text: Vec<String> = views
            .iter()
            .map(|view| format!("-- {}\n{};\n", view.name, view.query))
            .collect();
        expect_file!["athena_views.sql"].assert_eq(&text.join("\n"));
    }

    #[test]
    fn what_a_view_reads_are_tables_at_rest() {
        let catalog = Catalog::get().unwrap();
        for view in catalog.athena_views().unwrap() {
            for name in &view.reads {
                assert!(catalog.find(name).is_ok(), "{} reads {name}", view.name);
                assert!(view.query.contains(&table_name(name)), "{}", view.name);
            }
        }
    }

    #[test]
    fn each_difference_has_its_translation() {
        expect!["SELECT s.a FROM silver_s AS s JOIN days ON days.d = s.d"].assert_eq(&athena(
            "SELECT s.a FROM silver.s AS s JOIN days ON days.d = s.d",
        ));
        expect!["SELECT round(CAST(a AS DECIMAL(38,12)) / nullif(b, 0), 2) FROM t"].assert_eq(
            &athena("SELECT round(CAST(a AS DECIMAL(20, 0)) / nullif(b, 0), 2) FROM t"),
        );
        expect!["SELECT CAST(sum(CAST(a AS DECIMAL(20,0))) AS DECIMAL(38,12)) / count(*) FROM t"]
            .assert_eq(&athena(
                "SELECT sum(CAST(a AS DECIMAL(20, 0))) / count(*) FROM t",
            ));
        expect!["SELECT a / 7, CAST(a AS DOUBLE) / 7 FROM t"]
            .assert_eq(&athena("SELECT a / 7, CAST(a AS DOUBLE) / 7 FROM t"));
    }
}
