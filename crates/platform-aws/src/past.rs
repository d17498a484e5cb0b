//! Earlier versions of an object in a versioned bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::failure::line;

/// Keys that one call of `DeleteObjects` takes.
const DELETED_TOGETHER: usize = 1000;

/// The versions of one object.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    /// The newest one has content.
    has_content: bool,
    /// Ids of the others, delete markers among them.
    earlier: Vec<String>,
}

impl Versions {
    /// All versions of an object. One in a bucket without versions has a single one, with the id `null`.
    pub(crate) async fn of(client: &Client, bucket: &str, key: &str) -> Result<Self, String> {
        let mut found = Self::default();
        let (mut key_marker, mut version_marker) = (None, None);
        loop {
            // A prefix, so that objects with longer keys follow in the listing.
            let request = client.list_object_versions().bucket(bucket).prefix(key);
            let page = request
                .set_key_marker(key_marker)
                .set_version_id_marker(version_marker)
                .send()
                .await
                .map_err(|error| line(&error))?;
            found.read(&page, key)?;
            (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
            let ended = key_marker.as_deref().is_none_or(|next| next > key);
            if ended || page.is_truncated != Some(true) {
                return Ok(found);
            }
        }
    }

    fn read(&mut self, page: &ListObjectVersionsOutput, key: &str) -> Result<(), String> {
        for version in page.versions().iter().filter(|v| v.key() == Some(key)) {
            if version.is_latest() == Some(true) {
                self.has_content = version.size() != Some(0);
            } else {
                self.note(version.version_id())?;
            }
        }
        for marker in page
            .delete_markers()
            .iter()
            .filter(|m| m.key() == Some(key))
        {
            if marker.is_latest() != Some(true) {
                self.note(marker.version_id())?;
            }
        }
        Ok(())
    }

    fn note(&mut self, id: Option<&str>) -> Result<(), String> {
        // Without an id the deletion would be one of the object.
        let id = id.ok_or("a version has no id")?;
        self.earlier.push(id.to_owned());
        Ok(())
    }

    /// The newest version has content: the object was neither emptied nor deleted.
    pub(crate) const fn has_content(&self) -> bool {
        self.has_content
    }

    /// Deletes all versions but the newest.
    pub(crate) async fn delete_earlier(
        &self,
        client: &Client,
        bucket: &str,
        key: &str,
    ) -> Result<(), String> {
        for part in self.earlier.chunks(DELETED_TOGETHER) {
            let named = part.iter().map(|id| {
                let named = ObjectIdentifier::builder().key(key).version_id(id);
                named.build().map_err(|error| error.to_string())
            });
            let named = named.collect::<Result<Vec<_>, String>>()?;
            let delete = Delete::builder().set_objects(Some(named)).quiet(true);
            let delete = delete.build().map_err(|error| error.to_string())?;
            let request = client.delete_objects().bucket(bucket).delete(delete);
            let answer = request.send().await.map_err(|error| line(&error))?;
            // The call succeeds although a part of it may not.
            if let Some(error) = answer.errors().first() {
                let code = error.code().unwrap_or("no code");
                let message = error.message().unwrap_or("no message");
                return Err(format!("{code}: {message}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{DeleteMarkerEntry, ObjectVersion};

    use super::*;

    fn version(key: &str, id: &str, size: i64, latest: bool) -> ObjectVersion {
        let version = ObjectVersion::builder().key(key).version_id(id);
        version.size(size).is_latest(latest).build()
    }

    fn read(page: ListObjectVersionsOutput) -> Versions {
        let mut versions = Versions::default();
        versions.read(&page, "raw/a").unwrap();
        versions
    }

    #[test]
    fn earlier_versions_are_those_of_the_key_and_not_the_newest() {
        let page = ListObjectVersionsOutput::builder()
            .versions(version("raw/a", "3", 0, true))
            .versions(version("raw/a", "1", 7, false))
            .versions(version("raw/ab", "9", 7, false));
        let marker = DeleteMarkerEntry::builder().key("raw/a").version_id("2");
        let marker = marker.is_latest(false).build();
        let versions = read(page.delete_markers(marker).build());
        assert!(!versions.has_content());
        assert_eq!(versions.earlier, ["1", "2"]);
    }

    #[test]
    fn a_deleted_object_has_no_content_and_a_full_one_has() {
        let marker = DeleteMarkerEntry::builder().key("raw/a").version_id("2");
        let marker = marker.is_latest(true).build();
        let page = ListObjectVersionsOutput::builder().versions(version("raw/a", "1", 7, false));
        let deleted = read(page.delete_markers(marker).build());
        assert!(!deleted.has_content());
        assert_eq!(deleted.earlier, ["1"]);
        let page = ListObjectVersionsOutput::builder();
        let full = read(page.versions(version("raw/a", "null", 7, true)).build());
        assert!(full.has_content());
    }

    #[test]
    fn a_version_without_an_id_is_refused() {
        let nameless = ObjectVersion::builder().key("raw/a").is_latest(false);
        let page = ListObjectVersionsOutput::builder().versions(nameless.build());
        let read = Versions::default().read(&page.build(), "raw/a");
        assert!(read.is_err());
    }
}
