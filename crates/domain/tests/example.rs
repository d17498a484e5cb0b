//! `bookpath.example.toml` is what a person copies from: every key is in it, and as it stands it changes nothing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bookpath_domain::BusinessConfig;
use toml::{Table, Value};

const EXAMPLE: &str = include_str!("../../../bookpath.example.toml");

/// Sections whose keys are the user's own names.
const OWN_NAMES: [&str; 2] = ["channels.event_types", "messages"];

/// The example with every key switched on: `#key = value` and `#[section]` lose their `#`; `# words` stay comments.
fn all_on() -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    EXAMPLE.lines().map(on).collect::<Vec<_>>().join("\n")
}

/// Every table of a value, by its path.
fn tables(value: &Value, path: &[String], found: &mut Vec<Vec<String>>) {
    let below = |name: String| [path, &[name]].concat();
    match value {
        Value::Table(table) => {
            found.push(path.to_vec());
            for (name, inner) in table {
                tables(inner, &below(name.clone()), found);
            }
        }
        Value::Array(list) => {
            for (place, inner) in list.iter().enumerate() {
                tables(inner, &below(place.to_string()), found);
            }
        }
        _ => {}
    }
}

fn table_at<'a>(root: &'a mut Value, path: &[String]) -> &'a mut Table {
    let mut value = root;
    for step in path {
        value = match value {
            Value::Array(list) => &mut list[step.parse::<usize>().unwrap()],
            other => other.get_mut(step.as_str()).unwrap(),
        };
    }
    value.as_table_mut().unwrap()
}

#[test]
fn as_it_stands_it_is_the_defaults() {
    assert_eq!(
        BusinessConfig::from_toml(EXAMPLE),
        Ok(BusinessConfig::default())
    );
}

/// The keys that a section may have are those that the refusal of a wrong key lists.
#[test]
fn every_key_of_every_section_is_in_it() {
    let text = all_on();
    BusinessConfig::from_toml(&text).unwrap();
    let root = Value::Table(toml::from_str(&text).unwrap());
    let mut paths = Vec::new();
    tables(&root, &[], &mut paths);
    assert!(paths.len() > 20, "{paths:?}");
    let mut missing = Vec::new();
    for path in paths {
        let name = path.join(".");
        if OWN_NAMES.contains(&name.as_str()) {
            continue;
        }
        let mut changed = root.clone();
        let table = table_at(&mut changed, &path);
        let present: Vec<String> = table.keys().cloned().collect();
        table.insert("no_such_key".to_owned(), Value::Integer(1));
        let error = BusinessConfig::from_toml(&toml::to_string(&changed).unwrap()).unwrap_err();
        let problem = &error.0[0].problem;
        let known = problem.strip_prefix("is unknown; known here: ").unwrap();
        for key in known.split(", ").map(|key| key.trim_matches('`')) {
            if !present.iter().any(|name| name == key) {
                missing.push(format!("{name}.{key}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

/// Whoever believes that a key does nothing leaves it out, and gets figures by its default.
#[test]
fn no_key_is_said_to_do_nothing() {
    assert!(!EXAMPLE.to_lowercase().contains("nothing uses"));
}
