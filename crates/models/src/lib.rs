//! The tables of the lake as `models/` describes them: one YAML file each, with a query beside it where SQL makes the
//! rows. Whoever needs to know a table's columns asks here; only `bookpath-lake` needs an engine.

#[cfg(feature = "athena")]
pub mod athena;
mod document;
mod order;
mod spec;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

pub use spec::{Column, ColumnType, MadeBy, Spec, Tests};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../models");

/// A file of `models/` is wrong, or a name is no table's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A file can't be used. A test reads all of them, so this is a bug of the release.
    #[error("model {name}: {reason}")]
    Wrong {
        /// The model, as `silver.invitees`.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such table: the sentence that says so, and which ones there are.
    #[error("{0}")]
    Unknown(String),
}

/// A table of the lake.
#[derive(Debug)]
pub struct Model {
    /// `silver.invitees`.
    pub name: String,
    /// What the YAML says.
    pub spec: Spec,
    /// The query, where SQL makes the rows.
    pub sql: Option<String>,
}

impl Model {
    fn parse(name: String, yaml: &str, sql: Option<&str>) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Wrong {
            name: name.clone(),
            reason,
        };
        let spec: Spec = serde_saphyr::from_str(yaml).map_err(|e| wrong(e.to_string()))?;
        spec.check().map_err(wrong)?;
        if (spec.made_by == MadeBy::Sql) != sql.is_some() {
            return Err(wrong(
                "`made_by: sql` and a query beside the YAML go together".to_owned(),
            ));
        }
        Ok(Self {
            name,
            spec,
            sql: sql.map(str::to_owned),
        })
    }

    /// `invitees`.
    #[must_use]
    pub fn short_name(&self) -> &str {
        self.name
            .split_once('.')
            .map_or(self.name.as_str(), |(_, short)| short)
    }

    /// `silver` or `gold`.
    #[must_use]
    pub fn tier(&self) -> &str {
        self.name.split_once('.').map_or("", |(tier, _)| tier)
    }

    /// Where the table lies below the lake's root: `silver/invitees`.
    #[must_use]
    pub fn path(&self) -> String {
        self.name.replace('.', "/")
    }

    /// The column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.spec.columns.iter().find(|c| c.name == name)
    }

    /// Whether two equal rows may differ in this column: it says when they were written.
    #[must_use]
    pub fn is_volatile(&self, column: &str) -> bool {
        self.column(column).is_some_and(|c| c.volatile)
    }
}

/// All tables, each after those that it reads.
#[derive(Debug)]
pub struct Catalog {
    models: Vec<Model>,
}

static CATALOG: LazyLock<Result<Catalog, ModelError>> = LazyLock::new(Catalog::read);

impl Catalog {
    /// The tables of this release.
    ///
    /// # Errors
    /// [`ModelError::Wrong`] for a file of `models/` that can't be used.
    pub fn get() -> Result<&'static Self, ModelError> {
        CATALOG.as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, ModelError> {
        let mut models = Vec::new();
        for tier in ["silver", "gold"] {
            let mut texts: BTreeMap<String, [Option<&str>; 2]> = BTreeMap::new();
            for file in FILES.get_dir(tier).into_iter().flat_map(Dir::files) {
                let path = file.path();
                let stem = path
                    .file_stem()
                    .and_then(|s| s.to_str())
                    .unwrap_or_default();
                let place = usize::from(path.extension().is_some_and(|e| e == "sql"));
                texts.entry(format!("{tier}.{stem}")).or_default()[place] = file.contents_utf8();
            }
            for (name, [yaml, sql]) in texts {
                models.push(Model::parse(name, yaml.unwrap_or_default(), sql)?);
            }
        }
        Ok(Self {
            models: order::by_dependency(models)?,
        })
    }

    /// Every table, each after those that it reads.
    pub fn all(&self) -> impl Iterator<Item = &Model> {
        self.models.iter()
    }

    /// The tables of a tier, each after those that it reads.
    pub fn tier(&self, tier: &str) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |m| m.tier() == tier)
    }

    /// The table called `name`: `silver.invitees`, or `invitees` alone.
    ///
    /// # Errors
    /// [`ModelError::Unknown`].
    pub fn find(&self, name: &str) -> Result<&Model, ModelError> {
        self.models
            .iter()
            .find(|m| m.name == name || m.short_name() == name)
            .ok_or_else(|| ModelError::Unknown(self.unknown(name)))
    }

    fn unknown(&self, name: &str) -> String {
        let names = |tier: &str| {
            let mut names: Vec<&str> = self.tier(tier).map(Model::short_name).collect();
            names.sort_unstable();
            names.join(", ")
        };
        match name.split_once('.') {
            Some((tier @ ("silver" | "gold"), table)) => {
                format!("{tier} has no table `{table}`; it has {}", names(tier))
            }
            _ => format!(
                "there is no table `{name}`; silver.NAME is one of {}, and gold.NAME of {}",
                names("silver"),
                names("gold")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_table_s_is_told_which_ones_there_are() {
        let catalog = Catalog::read().unwrap();
        let told = |name: &str| catalog.find(name).unwrap_err().to_string();
        let gold = told("gold.nope");
        assert!(
            gold.starts_with(
                "gold has no table `nope`; it has booking_time_analysis, bookings_trend, "
            ),
            "{gold}"
        );
        let neither = told("nope");
        assert!(
            neither.contains("silver.NAME is one of") && neither.contains("and gold.NAME of"),
            "{neither}"
        );
    }

    #[test]
    fn every_model_can_be_read_and_comes_after_what_it_reads() {
        let catalog = Catalog::read().unwrap();
        let place = |name: &str| catalog.models.iter().position(|m| m.name == name);
        for (at, model) in catalog.models.iter().enumerate() {
            for read in model.spec.tables_read() {
                assert!(
                    place(read).is_some_and(|p| p < at),
                    "{} reads {read}",
                    model.name
                );
            }
        }
        assert_eq!(catalog.find("invitees").unwrap().spec.key, ["invitee_uri"]);
        assert!(catalog.find("nothing").is_err());
    }

    #[test]
    fn a_wrong_model_says_what_is_wrong() {
        let yaml = "row: A thing.\nkey: [id]\nreads: []\nmade_by: application\n\
                    columns:\n  - { name: x, type: string, meaning: X. }\nexample: None.\n";
        let parse = |yaml: &str, sql| Model::parse("silver.things".to_owned(), yaml, sql);
        assert_eq!(
            parse(yaml, None).unwrap_err().to_string(),
            "model silver.things: the key names `id`, which is no column"
        );
        assert!(parse(&yaml.replace("[id]", "[x]"), Some("SELECT 1")).is_err());
        assert!(parse(&yaml.replace("[id]", "[x]"), None).is_ok());
    }
}
