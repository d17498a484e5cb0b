//! The models' columns as Arrow knows them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use bookpath_models::{ColumnType, Model};

/// The Arrow type of a column.
pub(crate) fn arrow(ty: ColumnType) -> DataType {
    match ty {
        ColumnType::String => DataType::Utf8,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        ColumnType::Boolean => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Integer => DataType::Int32,
        ColumnType::Long => DataType::Int64,
        ColumnType::Double => DataType::Float64,
        ColumnType::Texts => list(DataType::Utf8),
        ColumnType::Factors => list(DataType::Struct(factor())),
    }
}

/// A list; its items are called as delta-rs calls them.
fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new(ITEM, item, true)))
}

/// Name of the items of a list.
pub(crate) const ITEM: &str = "element";

/// The columns of an item of [`ColumnType::Factors`].
pub(crate) fn factor() -> Fields {
    Fields::from(vec![
        Field::new("code", DataType::Utf8, true),
        Field::new("points", DataType::Int32, true),
    ])
}

/// A model's columns as an Arrow schema.
pub(crate) trait ArrowSchema {
    /// All columns in order; every one may be NULL.
    fn schema(&self) -> SchemaRef;
}

impl ArrowSchema for Model {
    fn schema(&self) -> SchemaRef {
        let fields = self
            .spec
            .columns
            .iter()
            .map(|c| Field::new(&c.name, arrow(c.ty), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}
