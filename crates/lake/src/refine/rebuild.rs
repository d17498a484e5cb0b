//! Silver from all of bronze, also when the state is lost.

use crate::error::{LakeError, Result};
use crate::lake::{Lake, LakeRules};
use crate::plan;
use crate::refine::state::RefineState;
use crate::refine::{Inputs, Outcome, spend};
use crate::report::RunReport;
use crate::schema::Table;

impl Lake {
    /// Reads all of bronze again and replaces silver by it.
    ///
    /// # Errors
    /// As [`Self::refine`]; `as_of` may go back, and the rules may have changed.
    pub async fn rebuild_silver(
        &self,
        batch: i64,
        rules: &LakeRules,
        as_of: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<RunReport> {
        let (as_of, now) = (as_of.as_microsecond(), now.as_microsecond());
        let (mut state, recovered) = match plan::load::<RefineState>(&self.store).await {
            Ok(Some(state)) => (state, false),
            Ok(None) | Err(LakeError::State { .. } | LakeError::ForeignCommit { .. }) => {
                (self.recover_refine(rules, as_of).await?, true)
            }
            Err(e) => return Err(e),
        };
        let before = state.clone();
        let keys = self
            .store
            .list("bronze")
            .await?
            .into_iter()
            .map(|(key, _, _)| key);
        let inputs = Inputs::of(keys);
        let mut outcome = Outcome::default();
        self.read_spend(&state, &inputs, &mut outcome).await?;
        if recovered {
            // Which objects were read is lost with the state; what the table says is newer than what they say.
            outcome.spend.retain(|row| !spend::is_known(&state, row));
        }
        outcome
            .remove
            .extend(state.invitees.files.iter().map(|f| f.path.clone()));
        self.bulk(&mut state, inputs.events, rules, (as_of, now), &mut outcome)
            .await?;
        state.zone = rules.zone_name();
        state.batch = state.batch.max(batch);
        self.commit_silver(before, state, outcome, as_of, now).await
    }

    /// Table versions from the logs, for a rebuild without a usable state.
    async fn recover_refine(&self, rules: &LakeRules, as_of: i64) -> Result<RefineState> {
        let mut state = RefineState::new(&rules.zone_name(), as_of);
        state.invitees = self.recover_table(Table::Invitees).await?;
        state.rejected = self.recover_table(Table::Rejected).await?;
        state.ad_spend = self.recover_table(Table::AdSpend).await?;
        for file in &mut state.ad_spend.files {
            let batch = crate::parquet_io::decode(
                self.store
                    .read(&format!("{}/{}", Table::AdSpend.path(), file.path))
                    .await?,
            )?;
            spend::recover(&mut state.spend, &batch)?;
            file.lo = 0;
        }
        self.recover_payments(&mut state).await?;
        state.spend_change = 1;
        let changes = self.store.list("state/changes").await?;
        let newest = changes
            .last()
            .and_then(|(key, _, _)| key.rsplit('/').next())
            .and_then(|n| n.parse().ok());
        state.changes = newest.unwrap_or(0);
        Ok(state)
    }
}
