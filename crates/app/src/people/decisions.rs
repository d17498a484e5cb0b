//! What admins decided about who is who, and what else the app itself knows of people.
//!
//! Append-only: a decision is taken back by another one, so the list tells the whole story.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::people::erasure::{Searcher, Subject, is_anonymous};
use bookpath_domain::people::identity::{Decision, Node, RecordKey, Verdict};
use bookpath_domain::people::sources::Directory;

use crate::access::list_users;
use crate::ports::{
    Commit, Expect, Item, ItemKey, Query, Rounds, Store, StoreError, Write, all, held,
};

const PK: &str = "identity_decisions";
/// Items of a page.
const PAGE: usize = 1000;
/// Decisions of a commit: a transaction of DynamoDB takes 100 writes.
const WRITES_MAX: usize = 90;

/// How many decisions there are: the item that every new one changes, so that of two at once only one holds.
fn count_key() -> ItemKey {
    ItemKey::new("identity_decision_count", "row")
}

/// The write that records a decision.
fn record(decision: &Decision) -> Result<Write, StoreError> {
    let key = ItemKey::new(PK, format!("{:.6}#{}", decision.at, decision.id));
    Write::put(key, None, decision, Expect::Absent)
}

/// Records a decision that was made in the knowledge of `known` others, with `more` in the same transaction; `false`, and
/// nothing is written, when there are others by now.
///
/// # Errors
/// As [`Store::commit`].
pub(super) async fn add(
    store: &dyn Store,
    decision: &Decision,
    known: usize,
    more: Write,
) -> Result<bool, StoreError> {
    let item = store.get(&count_key()).await?;
    let (count, expect) = match item {
        Some(item) => (item.read::<usize>()?, Expect::Version(item.version)),
        // A store that is older than the count.
        None => (decisions(store).await?.len(), Expect::Absent),
    };
    if count != known {
        return Ok(false);
    }
    let count = Write::put(count_key(), None, &(count + 1), expect)?;
    let writes = vec![count, record(decision)?, more];
    held(store.commit(Commit::new(writes)).await)
}

/// Records those of the decisions whose ids are not recorded yet. Decisions that others add meanwhile do not hinder it.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn add_all(store: &dyn Store, made: &[Decision]) -> Result<(), StoreError> {
    for part in made.chunks(WRITES_MAX) {
        let mut rounds = Rounds::new("the decisions kept meeting others");
        loop {
            rounds.begin()?;
            let item = store.get(&count_key()).await?;
            let known = decisions(store).await?;
            let is_new = |made: &&Decision| known.iter().all(|known| known.id != made.id);
            let writes = part.iter().filter(is_new).map(record);
            let mut writes = writes.collect::<Result<Vec<Write>, StoreError>>()?;
            if writes.is_empty() {
                break;
            }
            let count = known.len() + writes.len();
            let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
            writes.push(Write::put(count_key(), None, &count, expect)?);
            if held(store.commit(Commit::new(writes)).await)? {
                break;
            }
        }
    }
    Ok(())
}

/// Every decision, the oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn decisions(store: &dyn Store) -> Result<Vec<Decision>, StoreError> {
    let items = all(store, Query::prefix(PK, "", PAGE)).await?;
    items.iter().map(Item::read).collect()
}

/// Takes a person out of the decisions: what was decided stays, about the anonymous address. `evidence` has the ids of what
/// was taken back, each with its id from now on. How many changed.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn erase(
    store: &dyn Store,
    subject: &Subject,
    evidence: &BTreeMap<String, String>,
) -> Result<usize, StoreError> {
    let (named, searcher) = (
        Searcher::new(subject),
        Searcher::new(&subject.without_ids()),
    );
    let mut known = Vec::new();
    for item in all(store, Query::prefix(PK, "", PAGE)).await? {
        known.push((item.read::<Decision>()?, item));
    }
    let is_named = |item: &Item| named.finds(item.body.as_bytes());
    let about = known.iter().filter(|(_, item)| is_named(item));
    let about: BTreeSet<String> = about.map(|(decision, _)| decision.id.clone()).collect();
    // What took a decision back says only which one: it comes first, while that one still names the person.
    known.sort_by_key(|(decision, _)| !matches!(decision.verdict, Verdict::Unmerge { .. }));
    let mut count = 0;
    for (mut decision, item) in known {
        let took_back = match &mut decision.verdict {
            Verdict::Unmerge { edge_id } => {
                let again = evidence.get(edge_id).map(|id| id.clone_into(edge_id));
                again.is_some() || about.contains(edge_id)
            }
            Verdict::Merge { .. } | Verdict::NotTheSame { .. } => false,
        };
        if decision.is_of_erasure() || !(took_back || is_named(&item)) {
            continue;
        }
        // Why somebody decided about the person may name them, in whatever words.
        decision.reason = None;
        for (node, holders) in decision.sides_mut() {
            if let Some(anonymous) = anonymous(node, holders, subject, &searcher) {
                *node = Node::Email(anonymous);
            }
            holders.retain(|key| !searcher.finds(key.to_string().as_bytes()));
        }
        let write = Write::put(item.key, None, &decision, Expect::Any)?;
        store.commit(Commit::new(vec![write])).await?;
        count += 1;
    }
    Ok(count)
}

/// What stands from now on for what a decision names a contact by; `None` where that is not the person's. An address that
/// the CRM has replaced since is known by its records, which are all the person's.
fn anonymous(
    node: &Node,
    holders: &[RecordKey],
    subject: &Subject,
    searcher: &Searcher,
) -> Option<String> {
    let is_former = |email: &str| {
        let mut of = holders.iter().map(|key| subject.ids.contains(&key.id));
        !is_anonymous(email) && !holders.is_empty() && of.all(|own| own)
    };
    let by_address = match node {
        Node::Email(email) => subject
            .anonymous_of(email)
            .or_else(|| is_former(email).then(|| subject.anonymous())),
        Node::Phone(_) | Node::Record(_) => None,
    };
    let is_named = || searcher.finds(node.to_string().as_bytes());
    by_address.or_else(|| is_named().then(|| subject.anonymous()))
}

/// The decisions of admins, and the app's users by e-mail address.
///
/// # Errors
/// [`StoreError`].
pub async fn directory(store: &dyn Store) -> Result<Directory, StoreError> {
    let mut users = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = list_users(store, PAGE, after).await?;
        users.extend(page.into_iter().map(|user| (user.email, user.user_id)));
        after = next;
        if after.is_none() {
            break;
        }
    }
    let decisions = decisions(store).await?;
    Ok(Directory { decisions, users })
}

#[cfg(test)]
mod tests {
    use bookpath_domain::Vendor;
    use bookpath_domain::access::Role;
    use bookpath_testkit::MemoryStore;
    use jiff::Timestamp;

    use super::*;
    use crate::access::{NewUser, add_user};
    use crate::ports::RandomIds;

    fn decision(id: &str, at_s: i64, verdict: Verdict) -> Decision {
        Decision {
            id: id.to_owned(),
            verdict,
            actor: "u-1".to_owned(),
            at: Timestamp::from_second(at_s).unwrap(),
            reason: Some("same phone, same voice".to_owned()),
            holders: Default::default(),
        }
    }

    #[tokio::test]
    async fn the_directory_has_every_decision_in_order_and_every_user() {
        let store = MemoryStore::default();
        let email = |text: &str| Node::Email(text.to_owned());
        let merge = Verdict::Merge {
            into: email("a@x.co"),
            from: email("b@x.co"),
        };
        let undo = Verdict::Unmerge {
            edge_id: "m-1".to_owned(),
        };
        let (first, second) = (decision("m-1", 9, merge), decision("m-2", 10, undo));
        for made in [&second, &first] {
            let commit = Commit::new(vec![record(made).unwrap()]);
            store.commit(commit.clone()).await.unwrap();
            let again = store.commit(commit).await;
            assert_eq!(again, Err(StoreError::Conflict(0)));
        }
        let new = NewUser {
            email: "Ann@co.test",
            name: None,
            role: Role::Admin,
            password: "a long enough password",
            actor: "cli",
        };
        let ids = RandomIds;
        let now = Timestamp::UNIX_EPOCH;
        let user = add_user(&store, &ids, now, &new).await.unwrap();
        let known = directory(&store).await.unwrap();
        assert_eq!(known.decisions, [first, second]);
        assert_eq!(known.users, [("ann@co.test".to_owned(), user.user_id)]);
    }

    #[tokio::test]
    async fn an_erasure_takes_former_addresses_too_and_keeps_who_it_is_about() {
        let store = MemoryStore::default();
        let email = |text: &str| Node::Email(text.to_owned());
        let contact = |id: &str| RecordKey::new(Vendor::Close, "contact", id);
        let verdict = Verdict::Merge {
            into: email("former@x.co"),
            from: email("other@x.co"),
        };
        let made = Decision {
            holders: [vec![contact("cont_1")], vec![contact("cont_2")]],
            ..decision("m-1", 9, verdict)
        };
        let commit = Commit::new(vec![record(&made).unwrap()]);
        store.commit(commit).await.unwrap();
        // The CRM has replaced the address since; the other one is somebody else's still.
        let subject = Subject {
            emails: ["new@x.co".to_owned()].into(),
            ids: ["cont_1".to_owned()].into(),
            ..Subject::default()
        };
        for _ in 0..2 {
            erase(&store, &subject, &BTreeMap::new()).await.unwrap();
            let left = decisions(&store).await.unwrap();
            let verdict = Verdict::Merge {
                into: email(&subject.anonymous()),
                from: email("other@x.co"),
            };
            let wanted = Decision {
                verdict,
                reason: None,
                ..made.clone()
            };
            assert_eq!(left, [wanted]);
        }
    }

    /// An unmerge holds the id of the merge and no address.
    #[tokio::test]
    async fn an_erasure_takes_the_reason_of_what_took_a_decision_back() {
        let store = MemoryStore::default();
        let email = |text: &str| Node::Email(text.to_owned());
        let (into, from) = (email("jane@x.co"), email("other@x.co"));
        let undo = |edge_id: &str| Verdict::Unmerge {
            edge_id: edge_id.to_owned(),
        };
        for made in [
            decision("m-1", 9, Verdict::Merge { into, from }),
            decision("m-2", 10, undo("m-1")),
            decision("m-3", 11, undo("m-0")),
        ] {
            let commit = Commit::new(vec![record(&made).unwrap()]);
            store.commit(commit).await.unwrap();
        }
        let subject = Subject {
            emails: ["jane@x.co".to_owned()].into(),
            ..Subject::default()
        };
        erase(&store, &subject, &BTreeMap::new()).await.unwrap();
        let left = decisions(&store).await.unwrap();
        let kept = left.iter().filter(|made| made.reason.is_some());
        assert_eq!(
            kept.map(|made| made.id.as_str()).collect::<Vec<_>>(),
            ["m-3"]
        );
    }
}
