//! `bookpath import`: a bronze tree of another system.

use std::path::{Path, PathBuf};

use bookpath_app::bronze::import::{ImportReport, import, plan};

use super::output::{bytes, count, print};
use crate::arguments::{Common, ImportArgs};
use crate::failure::Failure;
use crate::node::Node;
use crate::progress;

pub(crate) async fn run(common: &Common, args: &ImportArgs) -> Result<(), Failure> {
    let mut files = Vec::new();
    let mut size = 0;
    walk(&args.from, Path::new(""), &mut files, &mut size)
        .map_err(|e| Failure::Failed(format!("{}: {e}", args.from.display())))?;
    let plan = plan(files).map_err(|e| Failure::Failed(format!("{}: {e}", args.from.display())))?;
    let node = Node::open(common)?;
    let bar = progress::bar(size);
    let report = import(
        node.objects.as_ref(),
        node.database.as_ref(),
        &args.from,
        &plan,
        &|bytes| bar.inc(bytes),
    )
    .await;
    bar.finish_and_clear();
    print(common, &report.map_err(Failure::new)?, words)
}

/// Every file below `root`, relative to it, and the bytes of all of them.
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

fn words(report: &ImportReport) -> String {
    let read = count(report.objects, "file", "files");
    let next = match report.new_objects {
        0 => "all of them were here already.".to_owned(),
        n => format!("{n} are new. `bookpath etl` brings them into the tables."),
    };
    format!("{read} read ({}); {next}", bytes(report.bytes))
}
