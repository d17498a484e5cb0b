//! `bookpath import`: copies the bronze tree of another system, byte for byte.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::bronze::register;
use crate::ports::{Commit, ObjectError, ObjectStore, Store, StoreError, Write};

/// Registrations per commit.
const REGISTRATIONS: usize = 90;
const SHAPE: &str =
    "calendly_events/channel=*/date=*/*.json|*.ndjson and marketing_spend/date=*/*.json";

/// A file of the tree and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Relative to the tree.
    pub path: PathBuf,
    /// Folder in the lake: `bronze/calendly_events/channel=c/date=d`.
    pub folder: String,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ImportReport {
    pub objects: u64,
    pub bytes: u64,
    /// Objects that were not here yet; they wait for the next run.
    pub new_objects: u64,
}

/// The tree can't be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("`{0}` does not fit: a tree has {SHAPE}")]
    Shape(String),
    #[error("the tree has no files: expected {SHAPE}")]
    Empty,
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where every file of a tree goes. `files` are paths relative to the tree, in any order.
///
/// # Errors
/// [`ImportError::Shape`] names the first file that does not fit, before anything is copied.
pub fn plan(files: Vec<PathBuf>) -> Result<Vec<TreeFile>, ImportError> {
    let mut plan = Vec::with_capacity(files.len());
    for path in files {
        let folder =
            folder_of(&path).ok_or_else(|| ImportError::Shape(path.display().to_string()))?;
        plan.push(TreeFile { path, folder });
    }
    if plan.is_empty() {
        return Err(ImportError::Empty);
    }
    plan.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(plan)
}

fn folder_of(path: &Path) -> Option<String> {
    let parts: Vec<&str> = path
        .iter()
        .map(|part| part.to_str())
        .collect::<Option<_>>()?;
    let day = |part: &str| {
        part.strip_prefix("date=")
            .is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok())
    };
    let channel = |part: &str| {
        part.strip_prefix("channel=")
            .is_some_and(|name| !name.is_empty())
    };
    let name = parts.last()?;
    let extension = path.extension()?.to_str()?;
    let fits = match parts.as_slice() {
        ["calendly_events", c, d, _] => {
            channel(c) && day(d) && matches!(extension, "json" | "ndjson")
        }
        ["marketing_spend", d, _] => day(d) && extension == "json",
        _ => false,
    };
    (fits && !name.starts_with('.'))
        .then(|| format!("bronze/{}", parts[..parts.len() - 1].join("/")))
}

/// Copies the planned files below `tree` and registers them for the next run. Importing again changes nothing.
///
/// `progress` is told after every file how many bytes it had.
///
/// # Errors
/// [`ImportError`]; running it again goes on.
pub async fn import(
    objects: &dyn ObjectStore,
    store: &dyn Store,
    tree: &Path,
    plan: &[TreeFile],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<ImportReport, ImportError> {
    let mut report = ImportReport::default();
    let mut writes: Vec<Write> = Vec::new();
    for file in plan {
        let imported = objects
            .import_file(&tree.join(&file.path), &file.folder)
            .await?;
        report.objects += 1;
        report.bytes += imported.bytes;
        if let Some(write) =
            register::registration(store, &imported.key, &imported.sha256, imported.bytes).await?
        {
            writes.push(write);
            report.new_objects += 1;
        }
        if writes.len() == REGISTRATIONS {
            store
                .commit(Commit::new(std::mem::take(&mut writes)))
                .await?;
        }
        progress(imported.bytes);
    }
    store.commit(Commit::new(writes)).await?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_another_shape_is_refused_by_name() {
        let good = [
            "calendly_events/channel=a/date=2026-01-02/x.ndjson",
            "marketing_spend/date=2026-01-02/spend.json",
        ];
        let planned = plan(good.iter().map(PathBuf::from).collect()).unwrap();
        assert_eq!(
            planned[0].folder,
            "bronze/calendly_events/channel=a/date=2026-01-02"
        );
        assert_eq!(planned[1].folder, "bronze/marketing_spend/date=2026-01-02");
        for bad in [
            "calendly_events/date=2026-01-02/x.json",
            "calendly_events/channel=a/date=2026-01-32/x.json",
            "calendly_events/channel=a/date=2026-01-02/x.csv",
            "hist/calendly_events/channel=a/date=2026-01-02/x.json",
            "manifest.json",
        ] {
            let error = plan(vec![PathBuf::from(bad)]).unwrap_err().to_string();
            assert!(error.contains(bad), "{error}");
        }
        assert!(matches!(plan(Vec::new()), Err(ImportError::Empty)));
    }
}
