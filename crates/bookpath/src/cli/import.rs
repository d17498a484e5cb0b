//! `bookpath import`: a bronze tree of another system.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use bookpath_app::bronze::import::{import, plan};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::print;
use crate::cli::arguments::{Common, ImportArgs};
use crate::failure::Failure;
use crate::node::Node;

pub(crate) async fn run(common: &Common, args: &ImportArgs) -> Result<(), Failure> {
    let mut files = Vec::new();
    let mut bytes = 0;
    walk(&args.from, Path::new(""), &mut files, &mut bytes)
        .map_err(|e| Failure::Failed(format!("{}: {e}", args.from.display())))?;
    let plan = plan(files).map_err(|e| Failure::Failed(format!("{}: {e}", args.from.display())))?;
    let node = Node::open(common)?;
    let bar = bar(bytes);
    let report = import(
        node.objects.as_ref(),
        node.database.as_ref(),
        &args.from,
        &plan,
        &|bytes| bar.inc(bytes),
    )
    .await;
    bar.finish_and_clear();
    print(common, &report.map_err(Failure::of)?)
}

fn walk(
    root: &Path,
    below: &Path,
    files: &mut Vec<PathBuf>,
    bytes: &mut u64,
) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        let about = std::fs::metadata(entry.path())?;
        if about.is_dir() {
            walk(root, &path, files, bytes)?;
        } else {
            *bytes += about.len();
            files.push(path);
        }
    }
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
fn bar(bytes: u64) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    {
        bar.set_style(style);
    }
    bar
}
