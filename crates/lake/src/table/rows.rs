//! Comparing rows: by key, and by everything that counts.

use std::collections::{HashMap, HashSet};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use arrow::row::{Row, RowConverter, Rows, SortField};

use crate::error::{LakeError, Result};
use crate::schema::ArrowSchema as _;
use bookpath_models::Model;

/// Keys of rows, each in the form that compares fast: the bytes of an arrow row.
pub(crate) type Keys = HashSet<Box<[u8]>>;

/// The content of each key.
pub(crate) type Contents = HashMap<Box<[u8]>, Box<[u8]>>;

/// Turns rows of a model into comparable keys and contents.
#[derive(Debug)]
pub(crate) struct Comparer {
    key: RowConverter,
    key_columns: Vec<String>,
    content: RowConverter,
    content_columns: Vec<String>,
}

impl Comparer {
    pub(crate) fn new(model: &Model) -> Result<Self> {
        Self::over(model, &model.schema())
    }

    /// Compares only the columns of `schema`, which has the model's key.
    pub(crate) fn over(model: &Model, schema: &SchemaRef) -> Result<Self> {
        let converter = |names: &[String]| -> Result<RowConverter> {
            let fields = names.iter().map(|n| {
                Ok(SortField::new(
                    schema.field_with_name(n)?.data_type().clone(),
                ))
            });
            Ok(RowConverter::new(fields.collect::<Result<Vec<_>>>()?)?)
        };
        let columns = schema.fields().iter().map(|field| field.name());
        let columns = columns.filter(|name| !model.is_volatile(name));
        let content_columns: Vec<String> = columns.cloned().collect();
        Ok(Self {
            key: converter(&model.spec.key)?,
            key_columns: model.spec.key.clone(),
            content: converter(&content_columns)?,
            content_columns,
        })
    }

    /// Names of the columns that are a row's key.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &str> {
        self.key_columns.iter().map(String::as_str)
    }

    /// Names of the columns that count.
    pub(crate) fn content_columns(&self) -> impl Iterator<Item = &str> {
        self.content_columns.iter().map(String::as_str)
    }

    /// Keys of a batch's rows.
    pub(crate) fn keys(&self, batch: &RecordBatch) -> Result<Rows> {
        Ok(self
            .key
            .convert_columns(&columns(batch, &self.key_columns)?)?)
    }

    /// Keys of a batch's rows as a set.
    pub(crate) fn key_set(&self, batch: &RecordBatch) -> Result<Keys> {
        Ok(self
            .keys(batch)?
            .iter()
            .map(|row| row.data().into())
            .collect())
    }

    /// Contents of a batch's rows without what may differ between equal rows.
    pub(crate) fn contents(&self, batch: &RecordBatch) -> Result<Rows> {
        Ok(self
            .content
            .convert_columns(&columns(batch, &self.content_columns)?)?)
    }

    /// The content of each key in a batch.
    pub(crate) fn by_key(&self, batch: &RecordBatch) -> Result<Contents> {
        let (keys, contents) = (self.keys(batch)?, self.contents(batch)?);
        Ok(keys
            .iter()
            .zip(contents.iter())
            .map(|(k, c)| (k.data().into(), c.data().into()))
            .collect())
    }

    /// Keys of the rows of some batches that `rows` has not.
    pub(crate) fn missing(&self, batches: &[RecordBatch], rows: &RecordBatch) -> Result<Keys> {
        let kept = self.keys(rows)?;
        let kept: HashSet<Row<'_>> = kept.iter().collect();
        let mut missing = Keys::new();
        for batch in batches {
            let keys = self.keys(batch)?;
            let gone = keys.iter().filter(|key| !kept.contains(key));
            missing.extend(gone.map(|key| Box::from(key.data())));
        }
        Ok(missing)
    }

    /// The rows of a batch whose key is, or is not, among `keys`.
    pub(crate) fn select(
        &self,
        batch: &RecordBatch,
        keys: &Keys,
        among: bool,
    ) -> Result<RecordBatch> {
        let rows = self.keys(batch)?;
        let mask: BooleanArray = rows
            .iter()
            .map(|row| Some(keys.contains(row.data()) == among))
            .collect();
        Ok(filter_record_batch(batch, &mask)?)
    }
}

fn columns(batch: &RecordBatch, names: &[String]) -> Result<Vec<ArrayRef>> {
    names
        .iter()
        .map(|name| column(batch, name).cloned())
        .collect()
}

/// The column of this name, which the batch must have.
pub(crate) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| LakeError::internal(format!("a batch without {name}")))
}
