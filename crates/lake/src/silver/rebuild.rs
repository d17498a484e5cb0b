//! What a rebuild does besides reading all of bronze: tables of other releases give way, the zone is noted anew.

use std::collections::HashMap;

use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use crate::error::{LakeError, Result};
use crate::input::LakeRules;
use crate::lake::Lake;
use crate::table::{Table, ZONE};
use bookpath_models::Catalog;

impl Lake {
    /// Deletes the tables of silver whose columns or partitions are not this release's, and the state that releases up to 0.1
    /// kept beside the tables. Their rows are made again from bronze.
    pub(super) async fn set_aside_other_releases(&self) -> Result<()> {
        self.set_aside("silver").await?;
        match self.delete_below("state").await {
            // A lake in buckets has no place for state any more.
            Err(LakeError::Store(object_store::Error::NotSupported { .. })) => Ok(()),
            result => result,
        }
    }

    /// Deletes the tables of a tier whose columns or partitions are not this release's, or that another program gave a column.
    pub(crate) async fn set_aside(&self, tier: &str) -> Result<()> {
        for model in Catalog::get()?.tier(tier) {
            let table = Table::open(self, model).await?;
            if let Some(reason) = table.outdated() {
                tracing::info!(
                    table = model.name,
                    reason,
                    "the table is of another release and is made anew"
                );
                self.delete_below(&model.path()).await?;
                self.remember(&model.path(), None);
            }
        }
        Ok(())
    }

    async fn delete_below(&self, prefix: &str) -> Result<()> {
        let keys: Vec<Path> = self
            .store
            .list(Some(&Path::from(prefix)))
            .map_ok(|meta| meta.location)
            .try_collect()
            .await?;
        for key in keys {
            self.store.delete(&key).await?;
        }
        Ok(())
    }

    /// Notes the zone that the rows are made for.
    pub(super) async fn note_zone(&self, rules: &LakeRules) -> Result<()> {
        let table = Table::open(self, Catalog::get()?.find("silver.invitees")?).await?;
        let zone = rules.zone_name();
        if table.property(ZONE).is_none_or(|built| built == zone) {
            return Ok(());
        }
        let properties = HashMap::from([(ZONE.to_owned(), zone)]);
        let noted = table
            .inner
            .clone()
            .set_tbl_properties()
            .with_properties(properties)
            .with_raise_if_not_exists(false)
            .await;
        noted.map(|_| ()).map_err(|e| table.failed(e))
    }
}
