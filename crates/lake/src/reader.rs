//! Reading the tables: rows as JSON, SQL, and the silver rows behind a gold row.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::JsonArray;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, cast, col, ident, lit};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::delta::log::TableState;
use crate::error::{LakeError, Result};
use crate::gold::state::ComputeState;
use crate::lake::Lake;
use crate::plan;
use crate::refine::state::RefineState;
use crate::schema::Table;
use crate::time::{NO_TIME, instant};

/// Where the lake's store is mounted for DataFusion.
const ROOT: &str = "lake://tables/";

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal; an empty value means NULL.
    Equal,
    /// Not less than the value.
    From,
    /// Not greater than the value.
    To,
}

/// One condition on a column; the value is text in the column's own notation (`2026-03-01`, `5`, `google`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Name of a column of the table.
    pub column: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub value: String,
}

/// A table as of its last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Delta version, `None` before the first commit.
    pub version: Option<i64>,
    /// `as_of` of the run that made it; the same is in the commit's metadata.
    pub as_of: Option<Timestamp>,
    /// Rows.
    pub rows: u64,
    /// Data files.
    pub files: usize,
}

/// The states of both steps, read once.
#[derive(Debug, Default)]
struct States {
    refine: Option<RefineState>,
    compute: Option<ComputeState>,
}

impl States {
    fn table(&self, table: Table) -> Option<&TableState> {
        use crate::plan::StepState;
        let silver = self.refine.as_ref().and_then(|s| s.table(table));
        silver.or_else(|| self.compute.as_ref().and_then(|s| s.table(table)))
    }
}

impl Lake {
    async fn states(&self) -> Result<States> {
        Ok(States {
            refine: plan::peek(&self.store).await?,
            compute: plan::peek(&self.store).await?,
        })
    }

    /// Version, instant and size of a table.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn table_info(&self, table: Table) -> Result<TableInfo> {
        let states = self.states().await?;
        let state = states.table(table).filter(|s| s.version >= 0);
        Ok(TableInfo {
            version: state.map(|s| s.version),
            as_of: state
                .filter(|s| s.as_of != NO_TIME)
                .map(|s| instant(s.as_of)),
            rows: state.map_or(0, |s| s.files.iter().map(|f| f.rows).sum()),
            files: state.map_or(0, |s| s.files.len()),
        })
    }

    /// `as_of` of the last runs of refine and compute: gold answers as of the second.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn as_of(&self) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let states = self.states().await?;
        let known = |us: i64| (us != NO_TIME && us != 0).then(|| instant(us));
        Ok((
            states.refine.and_then(|s| known(s.as_of)),
            states.compute.and_then(|s| known(s.as_of)),
        ))
    }

    /// Rows of a table that meet all filters, in key order, NULLs first.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a column that the table does not have.
    pub async fn head(
        &self,
        table: Table,
        filters: &[Filter],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Map<String, Value>>> {
        let context = self.session().await?;
        let mut frame = context.table(table.name()).await?;
        for filter in filters {
            frame = frame.filter(condition(table, filter)?)?;
        }
        let order = table
            .key()
            .iter()
            .map(|c| ident(*c).sort(true, true))
            .collect();
        json(frame.sort(order)?.limit(offset, Some(limit))?).await
    }

    /// Runs a query over `silver.*` and `gold.*`. Besides DataFusion's functions there are `ratio2`, `percent2` and
    /// `div_round`, exact and half away from zero.
    ///
    /// # Errors
    /// [`LakeError::Query`] for what DataFusion refuses.
    pub async fn sql(&self, query: &str) -> Result<Vec<Map<String, Value>>> {
        json(self.session().await?.sql(query).await?).await
    }

    /// The first rows of a query as a person types it: it can read the tables, and nothing else of this machine.
    ///
    /// # Errors
    /// As [`Self::sql`]; also for a statement that is no query.
    pub async fn ask(&self, query: &str, rows_max: usize) -> Result<Vec<Map<String, Value>>> {
        let queries_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame = self
            .session()
            .await?
            .sql_with_options(query, queries_only)
            .await?;
        json(frame.limit(0, Some(rows_max))?).await
    }

    /// Runs a query and gives its Arrow batches.
    ///
    /// # Errors
    /// As [`Self::sql`].
    pub async fn sql_batches(&self, query: &str) -> Result<Vec<RecordBatch>> {
        Ok(self.session().await?.sql(query).await?.collect().await?)
    }

    /// The rows of `silver.invitees` behind one gold row: all members of the chains that it counts.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] if `table` is no gold table or `key` names a column that is not of its key.
    pub async fn lineage(
        &self,
        table: Table,
        key: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<Map<String, Value>>> {
        let context = self.session().await?;
        let mut firsts = context
            .table(Table::Invitees.name())
            .await?
            .filter(ident("invitee_uri").eq(ident("chain_id")))?;
        for (column, value) in key {
            firsts = firsts.filter(lineage_condition(table, column, value)?)?;
        }
        let firsts = firsts.select(vec![ident("chain_id").alias("first_uri")])?;
        let rows = context.table(Table::Invitees.name()).await?;
        let join = rows.join(
            firsts,
            datafusion::common::JoinType::LeftSemi,
            &["chain_id"],
            &["first_uri"],
            None,
        )?;
        let order = vec![
            col("chain_id").sort(true, true),
            col("invitee_created_at").sort(true, true),
            col("invitee_uri").sort(true, true),
        ];
        json(join.sort(order)?.limit(0, Some(limit))?).await
    }

    /// All rows of `silver.invitees` that belong to a page of contacts, ordered by `contact` (an extra column: the
    /// lower-cased, trimmed e-mail of the chain's first member), then by chain and age.
    ///
    /// `contact` narrows it to one; `limit` and `offset` count contacts.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn contact_chains(
        &self,
        contact: Option<&str>,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Map<String, Value>>> {
        let query = include_str!("../sql/read/contact_chains.sql")
            .replace("{limit}", &limit.to_string())
            .replace("{offset}", &offset.to_string());
        let wanted = ScalarValue::from(contact.unwrap_or(""));
        json(
            self.session()
                .await?
                .sql(&query)
                .await?
                .with_param_values(vec![wanted])?,
        )
        .await
    }

    /// A session with every table that was written.
    async fn session(&self) -> Result<SessionContext> {
        let mut config = SessionConfig::new().with_target_partitions(self.workers);
        config
            .options_mut()
            .execution
            .parquet
            .schema_force_view_types = false;
        let context = SessionContext::new_with_config(config);
        crate::gold::sql::register(&context);
        let root = Url::parse(ROOT).map_err(LakeError::internal)?;
        context.register_object_store(&root, self.store.objects());
        let states = self.states().await?;
        let catalog = context
            .catalog("datafusion")
            .ok_or_else(|| LakeError::internal("no default catalog"))?;
        for name in ["silver", "gold"] {
            let schema = Arc::new(MemorySchemaProvider::new());
            for table in Table::ALL
                .into_iter()
                .filter(|t| t.name().starts_with(name))
            {
                schema.register_table(
                    table.short_name().to_owned(),
                    provider(table, states.table(table))?,
                )?;
            }
            catalog.register_schema(name, schema)?;
        }
        Ok(context)
    }
}

fn provider(table: Table, state: Option<&TableState>) -> Result<Arc<dyn TableProvider>> {
    let schema = table.arrow_schema();
    let files = state.map_or(&[][..], |s| s.files.as_slice());
    if files.is_empty() {
        return Ok(Arc::new(EmptyTable::new(schema)));
    }
    let mut urls = Vec::with_capacity(files.len());
    for file in files {
        urls.push(ListingTableUrl::parse(format!(
            "{ROOT}{}/{}",
            table.path(),
            file.path
        ))?);
    }
    let options = ListingOptions::new(Arc::new(
        ParquetFormat::default().with_force_view_types(false),
    ));
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

fn known_column(table: Table, name: &str) -> Result<arrow::datatypes::DataType> {
    let schema = table.arrow_schema();
    let field = schema
        .field_with_name(name)
        .map_err(|_| LakeError::Unknown {
            what: "column",
            name: name.to_owned(),
        })?;
    Ok(field.data_type().clone())
}

fn condition(table: Table, filter: &Filter) -> Result<Expr> {
    let value = cast(
        lit(filter.value.clone()),
        known_column(table, &filter.column)?,
    );
    let column = ident(&filter.column);
    Ok(match filter.comparison {
        Comparison::Equal if filter.value.is_empty() => column.is_null(),
        Comparison::Equal => column.eq(value),
        Comparison::From => column.gt_eq(value),
        Comparison::To => column.lt_eq(value),
    })
}

/// What a key column of a gold table says about the first member of a chain.
fn lineage_condition(table: Table, column: &str, value: &str) -> Result<Expr> {
    let unknown = || LakeError::Unknown {
        what: "key column",
        name: column.to_owned(),
    };
    if !table.key().contains(&column) || !table.name().starts_with("gold.") {
        return Err(unknown());
    }
    let silver = match column {
        "channel" => "marketing_channel",
        "campaign" => "utm_campaign",
        "model" => return Ok(lit(value == "booking")),
        "month" => {
            let (year, month) = value.split_once('-').ok_or_else(unknown)?;
            let number = |text: &str| text.parse::<i32>().map_err(|_| unknown());
            return Ok(ident("booking_year")
                .eq(lit(number(year)?))
                .and(ident("booking_month").eq(lit(number(month)?))));
        }
        same => same,
    };
    let filter = Filter {
        column: silver.to_owned(),
        comparison: Comparison::Equal,
        value: value.to_owned(),
    };
    condition(Table::Invitees, &filter)
}

async fn json(frame: DataFrame) -> Result<Vec<Map<String, Value>>> {
    let batches = frame.collect().await?;
    let mut writer = WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, JsonArray>(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
    writer.finish()?;
    let bytes = writer.into_inner();
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&bytes).map_err(LakeError::internal)
}
