//! Precision and recall, for people to read.

use bookpath_labelled::{Grade, Labelled, Pairs};

/// Prints the figures of the set, of its kinds of cases, and why pairs are missed.
pub(crate) fn print(set: &Labelled, grade: &Grade) {
    println!(
        "{} records of {} people: {} contacts, {} candidates",
        grade.records, grade.people, grade.contacts, grade.candidates
    );
    println!(
        "\n{:<34}{:>10}{:>10}",
        "pairs of records", "precision", "recall"
    );
    for (name, pairs) in [
        ("automatic merges", grade.automatic),
        ("and candidates of 40 and more", grade.with_likely),
        ("and all candidates", grade.with_candidates),
    ] {
        println!(
            "{name:<34}{:>10.4}{:>10.4}",
            pairs.precision(),
            pairs.recall()
        );
    }
    println!(
        "\n{:<26}{:>8}{:>12}{:>12}{:>14}  rule",
        "recall by kind of case", "pairs", "precision", "automatic", "+ candidates"
    );
    for kind in &grade.kinds {
        let name: &str = kind.kind.into();
        let Pairs { all, .. } = kind.automatic;
        println!(
            "{name:<26}{all:>8}{:>12.4}{:>12.4}{:>14.4}  {}",
            kind.automatic.precision(),
            kind.automatic.recall(),
            kind.with_candidates.recall(),
            kind.kind.promise().1,
        );
    }
    println!(
        "\n{:<72}{:>8}{:>12}",
        "why pairs are not merged", "pairs", "candidates"
    );
    for (reason, missed) in &grade.missed {
        let text: &str = reason.into();
        println!("{text:<72}{:>8}{:>12}", missed.pairs, missed.shown);
    }
    for (a, b) in &grade.wrong {
        let kind: &str = set.kinds[*a].into();
        let (a, b) = (&set.records[*a].key, &set.records[*b].key);
        println!("WRONG ({kind}): {a} and {b}");
    }
}
