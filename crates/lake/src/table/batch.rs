//! Rows that Rust makes, as a batch of a model's columns.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int32Builder,
    Int64Builder, ListBuilder, RecordBatch, StringBuilder, StructBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, SchemaRef};
use jiff::Timestamp;

use crate::error::{LakeError, Result};
use crate::schema::{ArrowSchema as _, ITEM, factor};
use bookpath_models::{ColumnType, Model};

/// A value of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    Null,
    /// An empty text is NULL.
    Text(&'a str),
    /// Microseconds since 1970.
    Time(i64),
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    Int(i32),
    Long(i64),
    Double(f64),
    Texts(&'a [String]),
    /// Codes with their points.
    Factors(&'a [(&'a str, i32)]),
}

impl<'a> Cell<'a> {
    /// A time that may not be known.
    pub(crate) fn time(us: Option<i64>) -> Self {
        us.map_or(Self::Null, Self::Time)
    }

    /// An instant that may not be known.
    pub(crate) fn at(instant: Option<Timestamp>) -> Self {
        Self::time(instant.map(Timestamp::as_microsecond))
    }

    /// A text that may not be known.
    pub(crate) fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

enum Column {
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Int(Int32Builder),
    Long(Int64Builder),
    Double(Float64Builder),
    Texts(ListBuilder<StringBuilder>),
    Factors(ListBuilder<StructBuilder>),
}

impl Column {
    fn new(ty: ColumnType) -> Self {
        match ty {
            ColumnType::String => Self::Text(StringBuilder::new()),
            ColumnType::Timestamp => {
                Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            ColumnType::Boolean => Self::Bool(BooleanBuilder::new()),
            ColumnType::Date => Self::Date(Date32Builder::new()),
            ColumnType::Integer => Self::Int(Int32Builder::new()),
            ColumnType::Long => Self::Long(Int64Builder::new()),
            ColumnType::Double => Self::Double(Float64Builder::new()),
            ColumnType::Texts => {
                let item = Field::new(ITEM, DataType::Utf8, true);
                Self::Texts(ListBuilder::new(StringBuilder::new()).with_field(item))
            }
            ColumnType::Factors => {
                let item = Field::new(ITEM, DataType::Struct(factor()), true);
                let items = StructBuilder::from_fields(factor(), 0);
                Self::Factors(ListBuilder::new(items).with_field(item))
            }
        }
    }

    /// Appends a value; `None` if the column can't hold it.
    fn append(&mut self, cell: &Cell<'_>) -> Option<()> {
        match (self, cell) {
            (Self::Text(c), Cell::Text(v)) => c.append_option((!v.is_empty()).then_some(v)),
            (Self::Time(c), Cell::Time(v)) => c.append_value(*v),
            (Self::Bool(c), Cell::Bool(v)) => c.append_value(*v),
            (Self::Date(c), Cell::Date(v)) => c.append_value(*v),
            (Self::Int(c), Cell::Int(v)) => c.append_value(*v),
            (Self::Long(c), Cell::Long(v)) => c.append_value(*v),
            (Self::Double(c), Cell::Double(v)) => c.append_value(*v),
            (Self::Texts(c), Cell::Texts(v)) => c.append_value(v.iter().map(Some)),
            (Self::Factors(c), Cell::Factors(v)) => append_factors(c, v)?,
            (column, Cell::Null) => column.append_null(),
            _ => return None,
        }
        Some(())
    }

    fn append_null(&mut self) {
        match self {
            Self::Text(c) => c.append_null(),
            Self::Time(c) => c.append_null(),
            Self::Bool(c) => c.append_null(),
            Self::Date(c) => c.append_null(),
            Self::Int(c) => c.append_null(),
            Self::Long(c) => c.append_null(),
            Self::Double(c) => c.append_null(),
            Self::Texts(c) => c.append_null(),
            Self::Factors(c) => c.append_null(),
        }
    }

    /// A builder of texts has up to twice the room that it needs, which is given back.
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(c) => {
                let mut texts = c.finish();
                texts.shrink_to_fit();
                Arc::new(texts)
            }
            Self::Time(c) => Arc::new(c.finish()),
            Self::Bool(c) => Arc::new(c.finish()),
            Self::Date(c) => Arc::new(c.finish()),
            Self::Int(c) => Arc::new(c.finish()),
            Self::Long(c) => Arc::new(c.finish()),
            Self::Double(c) => Arc::new(c.finish()),
            Self::Texts(c) => Arc::new(c.finish()),
            Self::Factors(c) => Arc::new(c.finish()),
        }
    }
}

fn append_factors(list: &mut ListBuilder<StructBuilder>, factors: &[(&str, i32)]) -> Option<()> {
    for (code, points) in factors {
        let item = list.values();
        item.field_builder::<StringBuilder>(0)?.append_value(code);
        item.field_builder::<Int32Builder>(1)?.append_value(*points);
        item.append(true);
    }
    list.append(true);
    Some(())
}

/// Collects rows of a model.
pub(crate) struct BatchBuilder {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

impl BatchBuilder {
    pub(crate) fn new(model: &Model) -> Self {
        let columns = model.spec.columns.iter().map(|c| Column::new(c.ty));
        Self {
            schema: model.schema(),
            columns: columns.collect(),
            rows: 0,
        }
    }

    /// Appends a row: one cell per column, in the model's order.
    pub(crate) fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if cells.len() != self.columns.len() {
            return Err(LakeError::internal(format!(
                "{} cells for {} columns",
                cells.len(),
                self.columns.len()
            )));
        }
        self.rows += 1;
        for (at, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            column
                .append(cell)
                .ok_or_else(|| LakeError::internal(format!("column {at} can't hold {cell:?}")))?;
        }
        Ok(())
    }

    /// Appends a row of some columns; the others are NULL.
    pub(crate) fn push_named(&mut self, cells: &[(&str, Cell<'_>)]) -> Result<()> {
        let mut row = vec![Cell::Null; self.columns.len()];
        for (name, cell) in cells {
            row[self.schema.index_of(name)?] = *cell;
        }
        self.push(&row)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn finish(mut self) -> Result<RecordBatch> {
        let columns = self.columns.iter_mut().map(Column::finish);
        Ok(RecordBatch::try_new(self.schema, columns.collect())?)
    }
}
