//! Forgetting a person.
//!
//! Tombstones come first, so that nothing that arrives meanwhile brings the person back; every later step finds the same
//! again after a crash. What is counted stays counted, under an anonymous address (X61).

use std::collections::BTreeSet;

use async_trait::async_trait;
use bookpath_domain::BusinessConfig;
use bookpath_domain::Vendor;
use bookpath_domain::people::erasure::{Searcher, Subject};
use jiff::Timestamp;

use super::objects::Archive;
use super::pending::{Pending, with_pending};
use super::report::{Erased, Forgotten, Scan};
use super::vendor_tasks::{self, VendorTask};
use super::{ErasureSubject, items, tombstones};
use crate::access::audit_write;
use crate::bookings::erase;
use crate::people::decisions;
use crate::ports::{
    Commit, Expect, Ids, Item, ItemKey, LakeEngine, LakeFailure, ObjectStore, Store, StoreError,
    Write,
};

/// Builds the tables again without those who were erased.
#[async_trait]
pub trait RebuildTables: Send + Sync {
    /// Returns when the tables and their past hold none of them.
    async fn rebuild(&self) -> Result<(), LakeFailure>;
}

/// What forgetting works with.
pub struct Forget<'a> {
    pub store: &'a dyn Store,
    pub objects: &'a dyn ObjectStore,
    pub lake: &'a dyn LakeEngine,
    /// Of a process that may write to the tables; without it the next run builds them.
    pub tables: Option<&'a dyn RebuildTables>,
    pub ids: &'a dyn Ids,
    pub rules: &'a BusinessConfig,
    pub now: Timestamp,
    /// User id of the admin, or `cli`.
    pub actor: &'a str,
    /// Only report what is stored; change nothing.
    pub dry_run: bool,
}

impl std::fmt::Debug for Forget<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Forget");
        shown
            .field("dry_run", &self.dry_run)
            .finish_non_exhaustive()
    }
}

/// Forgets a person, or says what would go; `None` where nothing is known of them. Each real erasure is a line of the audit
/// trail and an item of its own.
///
/// # Errors
/// [`StoreError`]; asking again finishes what was begun.
pub async fn forget(
    with: &Forget<'_>,
    whom: &ErasureSubject,
) -> Result<Option<Forgotten>, StoreError> {
    let store = with.store;
    let archive = Archive {
        store,
        objects: with.objects,
        kept: with.rules.close.counted_fields(),
    };
    if !with.dry_run && whom.is_known() {
        // Before the archive is read, which may take longer than a function may.
        tombstones::set(store, &whom.subject, with.now).await?;
    }
    let pending = with_pending(&archive, whom, &with.rules.default_country).await?;
    let subject = &pending.subject;
    if !whom.is_known() && !is_somebody(with, &archive, &pending).await? {
        return Ok(None);
    }
    let mut report = Forgotten {
        subject_hash: subject.hash(),
        dry_run: with.dry_run,
        erased: Erased::default(),
        scan: Scan::default(),
        vendor_tasks: vendor_tasks(whom, &pending, with.now),
        rebuild_due: false,
    };
    if !with.dry_run {
        report.erased.tombstones = tombstones::set(store, subject, with.now).await?;
        // While the records that name them are still there: after a crash they are found again.
        report.vendor_tasks =
            vendor_tasks::open(store, report.vendor_tasks, &with.rules.retention).await?;
        let alone = pending.alone.iter().cloned();
        let joined = whom.together.decisions(alone, with.actor, with.now);
        decisions::add_all(store, &joined).await?;
        let bodies = archive.bodies(subject).await?;
        let erased = &mut report.erased;
        archive.rewrite_lines(subject, erased).await?;
        items::erase(store, subject, &whom.together.evidence, &bodies, erased).await?;
        archive.empty(&bodies, erased).await?;
        report.rebuild_due = !rebuilt(with.tables).await;
        let named = Searcher::new(subject);
        let leftovers = store.drop_leftovers(&|bytes| named.finds(bytes)).await?;
        report.erased.log_records = leftovers;
    }
    report.scan = scan(with, &archive, subject).await?;
    if !with.dry_run {
        keep(with, subject, &report).await?;
    }
    Ok(Some(report))
}

/// Whether there is a person to erase under an address that no table has: a record of their own, such as a booking or a
/// response, or the rest of an erasure that broke off. The address of a host, which only the records of customers contain,
/// is no such person.
async fn is_somebody(
    with: &Forget<'_>,
    archive: &Archive<'_>,
    pending: &Pending,
) -> Result<bool, StoreError> {
    let subject = &pending.subject;
    if pending.found || !erase::of_person(with.store, subject).await?.is_empty() {
        return Ok(true);
    }
    let begun = tombstones::begun(with.store, subject).await?;
    Ok(begun && scan(with, archive, subject).await?.hits > 0)
}

/// Whether the tables were built again. If they can't be now, the next run does it.
async fn rebuilt(tables: Option<&dyn RebuildTables>) -> bool {
    let Some(tables) = tables else {
        return false;
    };
    match tables.rebuild().await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the next run builds the tables without the person");
            false
        }
    }
}

/// Looks for the person's addresses and telephones in objects, rows of tables and items.
async fn scan(
    with: &Forget<'_>,
    archive: &Archive<'_>,
    subject: &Subject,
) -> Result<Scan, StoreError> {
    let searcher = Searcher::new(&subject.without_ids());
    let finds = |bytes: &[u8]| searcher.finds(bytes);
    let mut scan = archive.scan(&searcher).await?;
    let tables = with.lake.search(&finds).await;
    let tables = tables.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    scan.rows = tables.rows;
    scan.in_tables += tables.hits;
    let count = &mut scan;
    let mut look = |item: Item| {
        count.items += 1;
        let index = item.index.as_ref();
        let texts = [&item.key.pk, &item.key.sk, &item.body].into_iter();
        let mut texts = texts.chain(index.into_iter().flat_map(|i| [&i.partition, &i.sort]));
        if texts.any(|text| finds(text.as_bytes())) {
            count.in_items += 1;
            let kind = item.key.pk.split('#').next().unwrap_or_default();
            count.kinds.insert(kind.to_owned());
        }
    };
    with.store.scan(&mut look).await?;
    scan.hits += tables.hits + scan.in_items;
    Ok(scan)
}

async fn keep(with: &Forget<'_>, subject: &Subject, report: &Forgotten) -> Result<(), StoreError> {
    let hash = subject.hash();
    let key = ItemKey::new("erasures", format!("{:.6}#{hash}", with.now));
    let writes = vec![
        Write::put(key, None, report, Expect::Any)?,
        audit_write(with.ids, with.now, with.actor, "contact_erased", &hash)?,
    ];
    with.store.commit(Commit::new(writes)).await
}

/// What is to go at the vendors: the person's contacts in the CRM, their responses, and an invitee of each address, which
/// is what Calendly deletes by.
fn vendor_tasks(whom: &ErasureSubject, pending: &Pending, now: Timestamp) -> Vec<VendorTask> {
    let contacts = whom.crm_contacts().collect();
    let responses = whom.responses.iter().map(String::as_str).collect();
    let invitees = whom.invitees.iter().map(String::as_str).collect();
    let sorts: [(Vendor, &str, BTreeSet<&str>); 3] = [
        (Vendor::Close, "delete_contact", contacts),
        (Vendor::Typeform, "delete_response", responses),
        (Vendor::Calendly, "delete_invitee", invitees),
    ];
    let mut tasks = Vec::new();
    for (vendor, action, mut ids) in sorts {
        let there = pending.at_vendors.iter();
        ids.extend(there.filter(|(of, _)| *of == vendor).map(|(_, id)| &**id));
        tasks.extend(
            ids.into_iter()
                .map(|id| VendorTask::new(vendor, action, id, now)),
        );
    }
    tasks
}
