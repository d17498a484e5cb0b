//! `docs/MODELS.md`: every table with its columns, as the models describe them.

use std::fmt::Write as _;

use crate::{Catalog, MadeBy, Model};

const HEAD: &str = "# Models\n\n\
    Every table of the lake, made from `models/` by a test: change the YAML there, then run\n\
    `UPDATE_EXPECT=1 cargo test -p bookpath-models`. [DATA](DATA.md) has the rules that decide a value.\n";

impl Catalog {
    /// The document as it must be.
    #[must_use]
    pub fn document(&self) -> String {
        let mut text = HEAD.to_owned();
        for tier in ["silver", "gold"] {
            for model in self.tier(tier) {
                // Writing to a string can't fail.
                _ = section(&mut text, model);
            }
        }
        text
    }
}

fn section(text: &mut String, model: &Model) -> std::fmt::Result {
    let spec = &model.spec;
    writeln!(text, "\n## {}\n{}\n", model.name, spec.row.trim())?;
    writeln!(text, "- Key: {}", spec.key.join(", "))?;
    let made = match spec.made_by {
        MadeBy::Sql => format!("[query](../models/{}.sql)", model.path()),
        MadeBy::Application => "the application".to_owned(),
    };
    writeln!(text, "- Made by: {made}")?;
    if !spec.reads.is_empty() {
        writeln!(text, "- From: {}", spec.reads.join(", "))?;
    }
    if !spec.partitions.is_empty() {
        writeln!(text, "- Partitions: {}", spec.partitions.join(", "))?;
    }
    writeln!(text, "- For example: {}\n", spec.example.trim())?;
    writeln!(text, "| column | type | meaning |\n|---|---|---|")?;
    for column in &spec.columns {
        let unit = column
            .unit
            .as_ref()
            .map_or(String::new(), |unit| format!(" Unit: {unit}."));
        writeln!(
            text,
            "| {} | {} | {}{unit} |",
            column.name,
            column.ty.delta(),
            column.meaning
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use crate::Catalog;

    #[test]
    fn the_document_is_current() {
        let document = Catalog::get().unwrap().document();
        expect_file!["../../../docs/MODELS.md"].assert_eq(&document);
    }
}
