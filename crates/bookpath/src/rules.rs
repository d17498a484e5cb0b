//! Where the business rules come from: one file, found the same way by every command.

use std::path::{Path, PathBuf};

use bookpath_domain::BusinessConfig;

use crate::arguments::Common;
use crate::failure::Failure;

/// The file's name where no --config names another.
const NAME: &str = "bookpath.toml";

/// The rules and the file that they are from; `None` stands for the defaults.
pub(crate) struct Rules {
    pub(crate) config: BusinessConfig,
    pub(crate) file: Option<PathBuf>,
}

/// --config, else ./bookpath.toml, else DIR/bookpath.toml; `None` where there is no such file.
pub(crate) fn file(common: &Common) -> Option<PathBuf> {
    common.config.clone().or_else(|| {
        [PathBuf::from(NAME), common.data.join(NAME)]
            .into_iter()
            .find(|path| path.is_file())
    })
}

/// Reads the rules; without a file they are the defaults.
///
/// # Errors
/// [`Failure::Usage`] names the file and, for a value that can't be used, its line and key.
pub(crate) fn read(common: &Common) -> Result<Rules, Failure> {
    let Some(path) = file(common) else {
        return Ok(Rules {
            config: BusinessConfig::default(),
            file: None,
        });
    };
    let named = |error: String| Failure::Usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|e| named(e.to_string()))?;
    Ok(Rules {
        config: BusinessConfig::from_toml(&text).map_err(|e| named(e.to_string()))?,
        file: Some(path),
    })
}

/// Writes `text` to DIR/bookpath.toml where no file of rules is found, so that every command beside `serve` reads the
/// same rules. Returns the new file.
///
/// # Errors
/// The file can't be written.
pub(crate) fn provide(common: &Common, text: &str) -> Result<Option<PathBuf>, Failure> {
    if file(common).is_some() {
        return Ok(None);
    }
    let path = common.data.join(NAME);
    write_whole(&common.data, &path, text)
        .map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    Ok(Some(path))
}

/// Another process never sees half of the file.
fn write_whole(dir: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let draft = dir.join(format!(".{NAME}-{}", std::process::id()));
    std::fs::write(&draft, text)?;
    std::fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::Cli;

    fn common(data: &Path) -> Common {
        let data = data.display().to_string();
        Cli::try_parse_from(["bookpath", "--data", &data, "etl"])
            .unwrap()
            .common
    }

    #[test]
    fn rules_are_provided_once_and_found_by_every_command() {
        let dir = tempfile::tempdir().unwrap();
        let common = common(&dir.path().join("data"));
        let path = provide(&common, "health_base = 40\n[attribution]\n").unwrap();
        assert_eq!(path, Some(common.data.join(NAME)));
        assert_eq!(provide(&common, "health_base = 30\n").unwrap(), None);
        let rules = read(&common).unwrap();
        assert_eq!((rules.config.health_base, rules.file), (40, path));
    }

    #[test]
    fn a_fault_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        std::fs::write(&path, "colour = 1").unwrap();
        let Err(Failure::Usage(text)) = read(&common(dir.path())) else {
            panic!("the key is unknown");
        };
        let start = format!("{}: line 1: `colour` is unknown", path.display());
        assert!(text.starts_with(&start), "{text}");
    }
}
