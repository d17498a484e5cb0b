//! `bookpath export` and `bookpath forget`: what a person may ask for.

use bookpath_app::access::audit_write;
use bookpath_app::ports::{Commit, RandomIds};
use bookpath_app::privacy::{
    ErasureSubject, Forget, Forgotten, RebuildTables, export as exported, forget as forgotten,
    subject,
};

use super::contacts::PeopleParts;
use super::output::{count, print};
use crate::arguments::{Common, ForgetArgs, PersonArgs};
use crate::failure::Failure;

pub(crate) async fn export(common: &Common, args: &PersonArgs) -> Result<(), Failure> {
    let place = PeopleParts::open(common).await?;
    let (known, now) = (place.known().await?, place.clock.now());
    let whom = subject(&known, &args.email).ok_or_else(|| nobody(&args.email))?;
    let (store, objects) = (place.store.as_ref(), place.objects.as_ref());
    let found = exported(store, objects, &place.rules, &known, &whom, now).await?;
    let found = found.ok_or_else(|| nobody(&args.email))?;
    let line = audit_write(&RandomIds, now, "cli", "contact_exported", &whom.contact_id)?;
    store.commit(Commit::new(vec![line])).await?;
    // A document is for a file, so it is the same for people and programs.
    let text = serde_json::to_string_pretty(&found)?;
    print(common, &found, |_| text)
}

pub(crate) async fn forget(common: &Common, args: &ForgetArgs) -> Result<(), Failure> {
    let place = PeopleParts::open(common).await?;
    let known = place.known().await?;
    let email = &args.person.email;
    let whom = subject(&known, email).or_else(|| ErasureSubject::of_address(email, &known));
    let whom = whom.ok_or_else(|| nobody(email))?;
    let with = Forget {
        store: place.store.as_ref(),
        objects: place.objects.as_ref(),
        lake: place.lake.as_ref(),
        tables: place.tables.as_ref().map(|t| t as &dyn RebuildTables),
        ids: &RandomIds,
        rules: &place.rules,
        now: place.clock.now(),
        actor: "cli",
        dry_run: args.dry_run,
    };
    let report = forgotten(&with, &whom).await?;
    let report = report.ok_or_else(|| nobody(email))?;
    print(common, &report, words)
}

fn nobody(email: &str) -> Failure {
    Failure::Failed(format!("nobody is known under {email}"))
}

fn words(report: &Forgotten) -> String {
    let n = |n: usize, one: &str, many: &str| count(n as u64, one, many);
    let (erased, scan) = (&report.erased, &report.scan);
    let searched = format!(
        "Searched: {}, {}, {}. The person is in {} of them.",
        n(scan.objects, "object", "objects"),
        count(scan.rows, "row of tables", "rows of tables"),
        n(scan.items, "item of the store", "items of the store"),
        scan.hits
    );
    if report.dry_run {
        return format!("{searched} Nothing was changed.");
    }
    let mut text = format!(
        "Erased: {}, {} of bronze, {}, {}, {}.\n{searched}",
        n(erased.raw_objects, "raw body", "raw bodies"),
        n(erased.bronze_lines, "line", "lines"),
        n(erased.deliveries, "delivery", "deliveries"),
        n(erased.bookings, "booking", "bookings"),
        n(erased.conversations, "thread of texts", "threads of texts"),
    );
    if report.rebuild_due {
        text += "\nThe tables still hold the person; the next run builds them again: bookpath etl";
    }
    for task in &report.vendor_tasks {
        let (vendor, status) = (task.vendor, task.status.as_str());
        text += &format!(
            "\nTo delete at {vendor}: {} {} ({status})",
            task.action, task.id
        );
    }
    text
}
