//! The Glue catalog: registers every table of silver and gold at its location, and for each gold table that SQL makes a view
//! `gold_<table>_now` that computes its rows from silver at the time of the query.
//!
//! Athena reads a Delta table's columns from its log, so a table is registered once and never again for a new
//! column.

use std::collections::HashMap;

use bookpath_models::athena::{View, table_name};
use bookpath_models::{Catalog, ModelError};

use super::dialect::quoted;
use super::{Athena, QueryError};
use crate::failure::{code, line};

/// Name of the catalog of Glue in Athena.
const CATALOG: &str = "AwsDataCatalog";

/// A Delta table and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogTable {
    /// `silver.invitees`.
    pub name: String,
    /// `s3://bucket/silver/invitees/`.
    pub location: String,
}

/// What was done for a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    Created,
    /// It was registered at another place.
    Moved,
    Unchanged,
}

impl Athena {
    /// Registers every table at its place, and moves those that were registered at another one.
    ///
    /// Idempotency key: the table's name. A crash between the two statements of a move leaves the table out of the
    /// catalog until the next call.
    ///
    /// # Errors
    /// [`QueryError`]; the tables before are registered.
    pub async fn publish(
        &self,
        tables: &[CatalogTable],
    ) -> Result<Vec<(String, Registration)>, QueryError> {
        let mut done = Vec::with_capacity(tables.len());
        for table in tables {
            done.push((table.name.clone(), self.register(table).await?));
        }
        Ok(done)
    }

    /// Makes the views anew whose tables are all among `tables`. The names of those.
    ///
    /// Idempotency key: the view's name.
    ///
    /// # Errors
    /// [`QueryError`]; the views before are made.
    pub async fn publish_views(&self, tables: &[CatalogTable]) -> Result<Vec<String>, QueryError> {
        let views = Catalog::get().and_then(Catalog::athena_views);
        let views = views.map_err(|error: ModelError| QueryError::Refused(error.to_string()))?;
        let is_there = |name: &String| tables.iter().any(|table| table.name == *name);
        let mut done = Vec::new();
        for view in views {
            if view.reads.iter().all(is_there) {
                self.query(&view_statement(&self.settings.database, &view))
                    .await?;
                done.push(view.name);
            }
        }
        Ok(done)
    }

    async fn register(&self, table: &CatalogTable) -> Result<Registration, QueryError> {
        let known = self.location(&table_name(&table.name)).await?;
        let registration = match known
            .as_deref()
            .map(|known| same_place(known, &table.location))
        {
            Some(true) => return Ok(Registration::Unchanged),
            Some(false) => {
                self.query(&drop_statement(&self.settings.database, table))
                    .await?;
                Registration::Moved
            }
            None => Registration::Created,
        };
        self.query(&create_statement(&self.settings.database, table))
            .await?;
        Ok(registration)
    }

    /// Where the catalog says that a table lies; `None` when it does not know the table.
    async fn location(&self, table: &str) -> Result<Option<String>, QueryError> {
        let request = self
            .client
            .get_table_metadata()
            .catalog_name(CATALOG)
            .database_name(&self.settings.database)
            .table_name(table);
        let answer = match request.send().await {
            Ok(answer) => answer,
            // The service's name for an unknown table, and for what Glue itself refuses.
            Err(error)
                if code(&error) == Some("MetadataException")
                    && line(&error).contains("EntityNotFoundException") =>
            {
                return Ok(None);
            }
            Err(error) => return Err(QueryError::Unavailable(line(&error))),
        };
        let parameters: HashMap<String, String> = answer
            .table_metadata
            .and_then(|meta| meta.parameters)
            .unwrap_or_default();
        // A table that does not say where it lies was not made by us, and is made anew.
        Ok(Some(
            parameters.get("location").cloned().unwrap_or_default(),
        ))
    }
}

fn same_place(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

/// DDL names are quoted in back-ticks, unlike those of queries.
fn qualified(database: &str, table: &CatalogTable) -> String {
    format!("`{database}`.`{}`", table_name(&table.name))
}

fn create_statement(database: &str, table: &CatalogTable) -> String {
    let location = quoted(&format!("{}/", table.location.trim_end_matches('/')));
    format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {} LOCATION {location} TBLPROPERTIES ('table_type' = 'DELTA')",
        qualified(database, table)
    )
}

/// Views are Trino's own, so their names are quoted as those of queries.
fn view_statement(database: &str, view: &View) -> String {
    format!(
        "CREATE OR REPLACE VIEW \"{database}\".\"{}\" AS\n{}",
        view.name, view.query
    )
}

fn drop_statement(database: &str, table: &CatalogTable) -> String {
    format!("DROP TABLE IF EXISTS {}", qualified(database, table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_name_database_table_and_place() {
        let table = CatalogTable {
            name: "silver.ad_spend".to_owned(),
            location: "s3://b/silver/ad_spend".to_owned(),
        };
        assert_eq!(
            create_statement("analytics", &table),
            "CREATE EXTERNAL TABLE IF NOT EXISTS `analytics`.`silver_ad_spend` LOCATION 's3://b/silver/ad_spend/' TBLPROPERTIES ('table_type' = 'DELTA')"
        );
        assert_eq!(
            drop_statement("analytics", &table),
            "DROP TABLE IF EXISTS `analytics`.`silver_ad_spend`"
        );
        let view = View {
            name: "gold_x_now".to_owned(),
            reads: Vec::new(),
            query: "SELECT 1 AS n".to_owned(),
        };
        assert_eq!(
            view_statement("analytics", &view),
            "CREATE OR REPLACE VIEW \"analytics\".\"gold_x_now\" AS\nSELECT 1 AS n"
        );
        assert!(same_place(
            "s3://b/silver/ad_spend",
            "s3://b/silver/ad_spend/"
        ));
        assert!(!same_place("", "s3://b/silver/ad_spend/"));
    }
}
