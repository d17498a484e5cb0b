//! Who is who on records of which it is known whose they are.

use std::sync::LazyLock;

use bookpath_labelled::{Grade, Pairs, Promise, grade, labelled};

/// Some 1,500 cases of all kinds.
static GRADE: LazyLock<Grade> = LazyLock::new(|| grade(&labelled(20_260_301, 5_000)));

#[test]
fn nobody_is_merged_with_somebody_else() {
    let grade = &*GRADE;
    assert!(grade.records >= 5_000 && grade.people > 1_500);
    assert_eq!(grade.wrong, []);
    assert_eq!(grade.automatic.found, grade.automatic.right);
    assert!(grade.contacts > grade.people);
}

#[test]
fn what_a_rule_joins_is_joined_and_what_it_shows_is_a_candidate() {
    for kind in &GRADE.kinds {
        let whole = |pairs: Pairs| assert_eq!(pairs.right, pairs.all, "{kind:?}");
        assert!(kind.automatic.all > 0, "{kind:?}");
        match kind.kind.promise().0 {
            Promise::Joined => whole(kind.automatic),
            Promise::Shown => whole(kind.with_candidates),
            Promise::Likely => assert!(kind.with_candidates.right > 0, "{kind:?}"),
        }
    }
}

/// The least that the rules say: the whole of what they join, and the whole of what they show.
#[test]
fn recall_is_at_least_what_the_rules_promise() {
    let promised = |which: &[Promise]| -> u64 {
        let kinds = GRADE.kinds.iter();
        let kinds = kinds.filter(|kind| which.contains(&kind.kind.promise().0));
        kinds.map(|kind| kind.automatic.all).sum()
    };
    let joined = promised(&[Promise::Joined]);
    let shown = promised(&[Promise::Joined, Promise::Shown]);
    assert!(GRADE.automatic.right >= joined && GRADE.with_candidates.right >= shown);
    // The set is not made of easy cases alone.
    assert!(GRADE.automatic.all > joined + joined / 5);
    let missed: u64 = GRADE.missed.values().map(|missed| missed.pairs).sum();
    assert_eq!(missed, GRADE.automatic.all - GRADE.automatic.right);
}

#[test]
fn a_seed_gives_one_set() {
    assert_eq!(labelled(7, 300), labelled(7, 300));
    assert_ne!(labelled(7, 300).records, labelled(8, 300).records);
}
