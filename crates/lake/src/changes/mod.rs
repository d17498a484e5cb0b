//! Why numbers moved: the differences between two versions of the gold tables, each with what caused it.

mod asked;
mod followed;
mod rows;
mod silver;
mod walk;

pub use asked::{Change, Changes, ChangesAsked};

use crate::error::Result;
use crate::lake::Lake;
use walk::Walk;

impl Lake {
    /// What changed in the gold tables after `since`, run by run: at most `limit` values, fewer where that takes more than
    /// `rows_max` rows.
    ///
    /// # Errors
    /// [`crate::LakeError::VersionGone`] when the tables of that time can't be read any more.
    pub async fn changes(&self, asked: &ChangesAsked<'_>) -> Result<Changes> {
        let mut walk = Walk::begin(self, asked).await?;
        let (mut found, mut since, mut skip) = (Vec::new(), asked.since, asked.skip);
        while let Some(at) = walk.next().await? {
            if found.len() >= asked.limit || walk.read() >= asked.rows_max {
                let next = Some((since, skip));
                return Ok(Changes { found, next });
            }
            let mut step = walk.step(at).await?;
            let (all, left) = (step.len(), asked.limit - found.len());
            step.narrow(skip, left);
            let taken = skip + step.len();
            found.extend(walk.named(step).await?);
            if taken < all {
                let next = Some((since, taken));
                return Ok(Changes { found, next });
            }
            (since, skip) = (at, 0);
        }
        Ok(Changes { found, next: None })
    }
}
