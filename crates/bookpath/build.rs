//! In: `web/dist/site`, the build of the web app, if it was built. Out: its files as one Rust table, so that the program
//! is one file. Without it the table is empty, and `serve` says how to build it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Asked when it runs: clones that share a target folder share this program, too.
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let dist = Path::new(&package).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    let site = dist.join("site");
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let mut table = String::from("&[\n");
    if site.is_dir() {
        let mut files = Vec::new();
        list(&site, &mut files)?;
        files.sort();
        // A copy of each: the web app may be built again while this program compiles.
        for (number, file) in files.iter().enumerate() {
            let name = file.strip_prefix(&site).unwrap_or(file);
            let name = name.to_string_lossy().replace('\\', "/");
            let copy = out.join(format!("web-{number}"));
            fs::copy(file, &copy)?;
            let _written = writeln!(table, "({name:?}, include_bytes!({copy:?})),");
        }
    }
    table.push(']');
    fs::write(out.join("web.rs"), table)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
