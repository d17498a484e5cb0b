//! The files of the repository that people write.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// Folders that are made, not written.
const MADE: [&str; 8] = [
    ".aws-sam",
    ".git",
    ".venv",
    "__pycache__",
    "data",
    "dist",
    "node_modules",
    "target",
];

/// One text file.
pub(crate) struct Text {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) content: String,
}

impl Text {
    pub(crate) fn extension(&self) -> &str {
        Path::new(&self.path)
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Lines, numbered from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.content.lines().zip(1..).map(|(line, n)| (n, line))
    }
}

/// The root of the repository: two folders above this crate, which is where cargo runs its tests.
pub(crate) fn root() -> PathBuf {
    let here = std::env::current_dir().unwrap();
    here.ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file())
        .unwrap()
        .to_path_buf()
}

/// Every text file, in the order of paths. Files that are no UTF-8 and locks are left out.
pub(crate) fn texts() -> Vec<Text> {
    let root = root();
    let written = |entry: &DirEntry| !MADE.contains(&&*entry.file_name().to_string_lossy());
    let mut texts: Vec<Text> = WalkDir::new(&root)
        .into_iter()
        .filter_entry(written)
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            let path = entry.path().strip_prefix(&root).ok()?;
            let path = path.to_str()?.replace('\\', "/");
            let locked = path.ends_with(".lock") || path.ends_with("package-lock.json");
            let content = std::fs::read_to_string(entry.path()).ok()?;
            (!locked).then_some(Text { path, content })
        })
        .collect();
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    texts
}

/// Fails with all problems at once, one a line.
pub(crate) fn report(problems: &[String]) {
    assert!(
        problems.is_empty(),
        "{} to mend:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
