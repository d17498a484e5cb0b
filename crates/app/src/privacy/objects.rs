//! The person in objects: raw bodies go, lines of bronze stay without the person.

use std::collections::BTreeSet;

use bookpath_domain::people::anonymize::Anonymizer;
use bookpath_domain::people::erasure::{Searcher, Subject};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::emptied;
use super::report::{Erased, Scan};
use crate::bronze::register;
use crate::ports::{Commit, ObjectError, ObjectStore, Store, StoreError, Write};

/// Where authentic bodies lie.
pub(super) const RAW: &str = "raw/";
/// Where whole bodies lie.
const BODIES: [&str; 4] = [RAW, "quarantine/", "dead-letters/", GIVEN_UP];
/// Where Lambda itself puts what a function gave up: whole batches of the stream.
pub const GIVEN_UP: &str = "aws/";
const BRONZE: &str = "bronze/";
/// Where tables lie; their files are looked at as they are.
const TABLES: [&str; 2] = ["silver/", "gold/"];

/// Objects that are read at the same time.
const TOGETHER: usize = 16;

/// An object in which something was found.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) bytes: Vec<u8>,
}

/// What was found below a prefix.
#[derive(Debug, Default)]
pub(super) struct SearchedObjects {
    /// Objects that were read; `None` for a tier that this process does not reach.
    pub(super) read: Option<usize>,
    pub(super) objects: Vec<Object>,
}

/// The objects, and the register of those of bronze.
pub(super) struct Archive<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) objects: &'a dyn ObjectStore,
    /// Ids of the custom fields that numbers are made of.
    pub(super) kept: BTreeSet<String>,
}

impl Archive<'_> {
    /// The keys of the bodies that name the person.
    pub(super) async fn bodies(&self, subject: &Subject) -> Result<BTreeSet<String>, StoreError> {
        let named = Searcher::new(subject);
        let mut keys = BTreeSet::new();
        for prefix in BODIES {
            let found = self.find(prefix, &named).await?.objects;
            keys.extend(found.into_iter().map(|object| object.key));
        }
        Ok(keys)
    }

    /// The authentic bodies that name the person.
    pub(super) async fn bodies_of(&self, subject: &Subject) -> Result<Vec<Object>, StoreError> {
        let found = self.find(RAW, &Searcher::new(subject)).await?;
        Ok(found.objects)
    }

    /// Empties bodies and deletes their earlier versions. It comes last: they tell which records are the person's, also to a
    /// second try. That one no longer finds what was emptied, so all are noted before.
    pub(super) async fn empty(
        &self,
        bodies: &BTreeSet<String>,
        erased: &mut Erased,
    ) -> Result<(), StoreError> {
        emptied::note_all(self.store, bodies.iter()).await?;
        for key in bodies {
            self.objects.put(key, b"").await.map_err(failed)?;
        }
        let keys = bodies.iter().cloned().collect();
        emptied::drop_past(self.store, self.objects, keys).await?;
        erased.raw_objects = bodies.len();
        Ok(())
    }

    /// Takes the person out of every line of bronze.
    pub(super) async fn rewrite_lines(
        &self,
        subject: &Subject,
        erased: &mut Erased,
    ) -> Result<(), StoreError> {
        let named = Searcher::new(subject);
        let anonymizer = Anonymizer::keeping(subject, &self.kept);
        for found in self.find(BRONZE, &named).await?.objects {
            let (lines, bytes) = without(&found.bytes, &named, &anonymizer);
            if lines > 0 {
                self.rewrite(&found.key, &bytes).await?;
                erased.bronze_objects += 1;
                erased.bronze_lines += lines;
            }
        }
        Ok(())
    }

    /// Looks for the person's addresses and telephones in every object.
    pub(super) async fn scan(&self, searcher: &Searcher) -> Result<Scan, StoreError> {
        let mut scan = Scan::default();
        let prefixes = BODIES.into_iter().chain([BRONZE]).chain(TABLES);
        for prefix in prefixes {
            let found = self.find(prefix, searcher).await?;
            let Some(read) = found.read else {
                continue;
            };
            scan.searched.push(prefix.to_owned());
            scan.objects += read;
            scan.hits += found.objects.len();
            if TABLES.contains(&prefix) {
                scan.in_tables += found.objects.len();
            }
        }
        Ok(scan)
    }

    /// Looks through every object below a prefix.
    pub(super) async fn find(
        &self,
        prefix: &str,
        searcher: &Searcher,
    ) -> Result<SearchedObjects, StoreError> {
        let Some(keys) = self.list(prefix).await? else {
            return Ok(SearchedObjects::default());
        };
        let read = Some(keys.len());
        let looks: Vec<_> = keys
            .into_iter()
            .map(|key| self.look(key, searcher).boxed())
            .collect();
        let objects = stream::iter(looks)
            .buffer_unordered(TOGETHER)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await?;
        Ok(SearchedObjects { read, objects })
    }

    async fn look(&self, key: String, searcher: &Searcher) -> Result<Option<Object>, StoreError> {
        let bytes = self.get(&key).await?;
        Ok(searcher.finds(&bytes).then_some(Object { key, bytes }))
    }

    async fn rewrite(&self, key: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.objects.put(key, bytes).await.map_err(failed)?;
        self.objects.sync(key).await.map_err(failed)?;
        let sha256 = hex::encode(Sha256::digest(bytes));
        let row = register::rewritten(self.store, key, &sha256, bytes.len() as u64).await?;
        let writes: Vec<Write> = row.into_iter().collect();
        self.store.commit(Commit::new(writes)).await
    }

    /// The keys below a prefix; `None` for a tier that this process does not reach.
    async fn list(&self, prefix: &str) -> Result<Option<Vec<String>>, StoreError> {
        if !self.objects.reaches(prefix) {
            return Ok(None);
        }
        self.objects.list(prefix).await.map(Some).map_err(failed)
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, StoreError> {
        match self.objects.get(key).await {
            Ok(bytes) => Ok(bytes),
            // Upkeep of the tables may have removed it meanwhile.
            Err(ObjectError::NotFound(_)) => Ok(Vec::new()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// The object's lines without the person, and how many changed. A line that is no JSON goes.
fn without(bytes: &[u8], named: &Searcher, anonymizer: &Anonymizer<'_>) -> (usize, Vec<u8>) {
    let (mut changed, mut out) = (0, Vec::with_capacity(bytes.len()));
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !named.finds(line) {
            out.extend_from_slice(line);
            continue;
        }
        let Ok(mut document) = serde_json::from_slice::<Value>(line) else {
            changed += 1;
            continue;
        };
        let before = document.clone();
        anonymizer.anonymize(&mut document);
        if document == before {
            out.extend_from_slice(line);
        } else {
            changed += 1;
            out.extend_from_slice(document.to_string().as_bytes());
            out.push(b'\n');
        }
    }
    (changed, out)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn failed(error: ObjectError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
