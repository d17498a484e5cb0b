//! Types of the lake's rows in the OpenAPI document: columns, types and meanings as the models say them.

use bookpath_models::{Catalog, Column, ColumnType, Model};
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::numbers::Drill;

/// The tables of `GET /api/marketing/{table}` and the column that `from` and `to` bound.
pub(crate) const TABLES: [(&str, Option<&str>); 5] = [
    ("booking_time_analysis", None),
    ("bookings_trend", Some("booking_date")),
    ("channel_attribution", Some("month")),
    ("cost_per_booking", Some("booking_date")),
    ("daily_bookings_by_source", Some("booking_date")),
];

/// A row of one of the gold tables, or with `group` the figures of a period.
pub(crate) struct MarketingRow;

impl PartialSchema for MarketingRow {
    fn schema() -> RefOr<Schema> {
        let tables = TABLES.into_iter().map(|(table, _)| row_name(table));
        let rows = tables.fold(AnyOfBuilder::new(), |any, name| {
            any.item(Ref::from_schema_name(name))
        });
        let period = ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some(
                "Figures of a period, named as the table's columns, beside `channel`, `campaign` or `source`.",
            ));
        RefOr::T(rows.item(period).into())
    }
}

impl ToSchema for MarketingRow {
    fn name() -> std::borrow::Cow<'static, str> {
        "MarketingRow".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        for (table, _) in TABLES {
            let drill = Ref::from_schema_name(Drill::name());
            let mut row = row(&format!("gold.{table}"), &[]).property("drill", drill.clone());
            if ["channel_attribution", "cost_per_booking"].contains(&table) {
                let each = ObjectBuilder::new()
                    .schema_type(Type::Object)
                    .description(Some("What opens behind each figure, by its column; of costs, those of a period."))
                    .additional_properties(Some(drill));
                row = row.property("drills", each);
            }
            schemas.push((row_name(table), RefOr::T(row.into())));
        }
        schemas.push((Drill::name().into_owned(), Drill::schema()));
        Drill::schemas(schemas);
    }
}

/// A row of `gold.kpi_monthly`: what `key` and `column` of a change name.
pub(crate) struct KpiMonthlyRow;

impl PartialSchema for KpiMonthlyRow {
    fn schema() -> RefOr<Schema> {
        RefOr::T(row("gold.kpi_monthly", &[]).into())
    }
}

impl ToSchema for KpiMonthlyRow {}

/// `CostPerBookingRow` of `cost_per_booking`.
fn row_name(table: &str) -> String {
    let words = table.split('_').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_uppercase() + rest
    });
    words.chain(["Row".to_owned()]).collect()
}

/// The row of a table, without some of its columns. One that the lake does not know has no columns; a test looks at each.
pub(crate) fn row(table: &str, without: &[&str]) -> ObjectBuilder {
    let model = Catalog::get().and_then(|catalog| catalog.find(table)).ok();
    let columns = model
        .into_iter()
        .flat_map(|m| m.spec.columns.iter().map(move |c| (m, c)));
    let shown = columns.filter(|(_, column)| !without.contains(&column.name.as_str()));
    let description = model.map(|model| model.spec.row.trim());
    shown.fold(
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(description),
        |row, (model, column)| {
            row.property(&column.name, property(model, column))
                .required(&column.name)
        },
    )
}

fn property(model: &Model, column: &Column) -> Schema {
    let meaning = match &column.unit {
        Some(unit) => format!("{} Unit: {unit}.", column.meaning),
        None => column.meaning.clone(),
    };
    let known = model.spec.tests.not_null.contains(&column.name);
    let of = |ty: Type| match known {
        true => SchemaType::from(ty),
        false => SchemaType::from_iter([ty, Type::Null]),
    };
    let plain = |ty: Type, format: Option<KnownFormat>| -> Schema {
        ObjectBuilder::new()
            .schema_type(of(ty))
            .format(format.map(SchemaFormat::KnownFormat))
            .description(Some(meaning.clone()))
            .into()
    };
    let list = |item: ObjectBuilder| -> Schema {
        ArrayBuilder::new()
            .schema_type(of(Type::Array))
            .items(item)
            .description(Some(meaning.clone()))
            .into()
    };
    let text = || ObjectBuilder::new().schema_type(Type::String);
    match column.ty {
        ColumnType::String => plain(Type::String, None),
        ColumnType::Timestamp => plain(Type::String, Some(KnownFormat::DateTime)),
        ColumnType::Date => plain(Type::String, Some(KnownFormat::Date)),
        ColumnType::Boolean => plain(Type::Boolean, None),
        ColumnType::Integer => plain(Type::Integer, Some(KnownFormat::Int32)),
        ColumnType::Long => plain(Type::Integer, Some(KnownFormat::Int64)),
        ColumnType::Double => plain(Type::Number, Some(KnownFormat::Double)),
        ColumnType::Texts => list(text()),
        ColumnType::Factors => list(
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .property("code", text())
                .property("points", ObjectBuilder::new().schema_type(Type::Integer))
                .required("code")
                .required("points"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shape(builder: ObjectBuilder) -> Value {
        serde_json::to_value(Schema::from(builder)).unwrap()
    }

    #[test]
    fn a_row_has_the_columns_types_and_meanings_of_its_model() {
        let row = shape(row("gold.cost_per_booking", &["as_of"]));
        let (properties, required) = (&row["properties"], &row["required"]);
        assert_eq!(required.as_array().unwrap().len(), 10, "{row}");
        assert_eq!(properties.as_object().unwrap().len(), 10);
        let day = json!({ "type": "string", "format": "date", "description": "Day." });
        assert_eq!(properties["booking_date"], day);
        let spend = &properties["spend_minor"];
        assert_eq!(spend["type"], json!(["integer", "null"]));
        let meaning = "Spend; NULL when none is recorded. Unit: minor units.";
        assert_eq!(spend["description"], meaning);
    }

    #[test]
    fn every_table_of_the_route_is_a_model() {
        for (table, _) in TABLES {
            let row = shape(row(&format!("gold.{table}"), &[]));
            assert!(row["properties"]["as_of"].is_object(), "{table}: {row}");
        }
        assert_eq!(row_name("bookings_trend"), "BookingsTrendRow");
        let months = serde_json::to_value(KpiMonthlyRow::schema()).unwrap();
        assert!(months["properties"]["leads"]["description"].is_string());
    }
}
