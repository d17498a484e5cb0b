//! Files import in one direction: none imports a file that imports it, on whatever way. What both need has a file of its own.
//!
//! An import is a `use` of the same crate. A name that a module passes on with `pub use` is looked up where it comes from.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use syn::{Item, UseTree, Visibility};

use crate::exceptions::exceptions;
use crate::repository::{Text, report, texts};

/// A module's place in its crate: `["texts", "checks"]`.
type Path = Vec<String>;

/// A file that is a module.
struct Module {
    file: String,
    /// What it takes, as the paths of names.
    takes: Vec<Path>,
    /// Names that it passes on, and where each comes from.
    passes_on: BTreeMap<String, Path>,
}

/// The crate's folder and the module's place in it; `None` for tests and for what is no module of a library or program.
fn place(text: &Text) -> Option<(String, Path)> {
    let (folder, inside) = text.path.split_once("/src/")?;
    let module = inside.strip_suffix(".rs")?;
    let mut path: Path = module.split('/').map(str::to_owned).collect();
    let tested = |part: &String| part.contains("test");
    if path.iter().any(tested) {
        return None;
    }
    if matches!(path.last()?.as_str(), "mod" | "lib" | "main") {
        path.pop();
    }
    Some((folder.to_owned(), path))
}

/// Every path that a tree of a `use` names.
fn leaves(tree: &UseTree, before: &[String], found: &mut Vec<(String, Path)>) {
    let with = |name: String| [before, &[name]].concat();
    match tree {
        UseTree::Path(step) => leaves(&step.tree, &with(step.ident.to_string()), found),
        UseTree::Name(name) => found.push((name.ident.to_string(), with(name.ident.to_string()))),
        UseTree::Rename(name) => {
            found.push((name.rename.to_string(), with(name.ident.to_string())));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), before.to_vec())),
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, found);
            }
        }
    }
}

/// A path as it is written in a module, from the crate's root; `None` where it leads to another crate.
fn absolute(written: &[String], here: &[String], children: &[String]) -> Option<Path> {
    let (first, rest) = written.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([here, rest].concat()),
        "super" => {
            let (_, above) = here.split_last()?;
            let of_above = matches!(rest.first().map(String::as_str), Some("super"));
            if of_above {
                absolute(rest, above, &[])
            } else {
                Some([above, rest].concat())
            }
        }
        child if children.iter().any(|known| known == child) => Some([here, written].concat()),
        _ => None,
    }
}

fn read(text: &Text, here: &[String]) -> Module {
    let file = syn::parse_file(&text.content).unwrap();
    let declared = file.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    });
    let children: Vec<String> = declared.collect();
    let mut module = Module {
        file: text.path.clone(),
        takes: Vec::new(),
        passes_on: BTreeMap::new(),
    };
    for item in &file.items {
        let Item::Use(item) = item else { continue };
        let mut named = Vec::new();
        leaves(&item.tree, &[], &mut named);
        for (name, written) in named {
            let Some(path) = absolute(&written, here, &children) else {
                continue;
            };
            if matches!(item.vis, Visibility::Inherited) {
                module.takes.push(path);
            } else {
                module.passes_on.insert(name, path);
            }
        }
    }
    module
}

type Crate = BTreeMap<Path, Module>;

/// The module that a name comes from: the longest path that is a file, or where that passes the name on from.
fn source<'a>(modules: &'a Crate, path: &[String], left: usize) -> Option<&'a str> {
    let length = (0..=path.len())
        .rev()
        .find(|n| modules.contains_key(&path[..*n]))?;
    let module = &modules[&path[..length]];
    match path.get(length).and_then(|name| module.passes_on.get(name)) {
        Some(origin) if left > 0 => source(modules, origin, left - 1),
        _ => Some(&module.file),
    }
}

#[test]
fn files_import_one_way() {
    let mut crates: BTreeMap<String, Crate> = BTreeMap::new();
    for text in texts().iter().filter(|text| text.extension() == "rs") {
        if let Some((name, path)) = place(text) {
            let module = read(text, &path);
            crates.entry(name).or_default().insert(path, module);
        }
    }
    assert!(crates.len() > 20, "{:?}", crates.keys());
    let mut found = BTreeSet::new();
    let mut imports = 0;
    for modules in crates.values() {
        let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
        for module in modules.values() {
            for path in &module.takes {
                let from = source(modules, path, 8).filter(|from| *from != module.file);
                graph.extend(from.map(|from| (module.file.as_str(), from)));
            }
        }
        imports += graph.edge_count();
        for mut files in tarjan_scc(&graph) {
            files.sort_unstable();
            if files.len() > 1 {
                found.insert(files.join(" "));
            }
        }
    }
    assert!(imports > 500, "{imports}");
    let known = exceptions().circles;
    let new = found.difference(&known).map(|c| format!("a circle: {c}"));
    let opened = known.difference(&found);
    let opened = opened.map(|c| format!("take out of exceptions.toml: {c}"));
    report(&new.chain(opened).collect::<Vec<_>>());
}
