//! What another wait before the follow-up would have changed, over the conversations in the store (S2-23).

use bookpath_domain::BusinessConfig;
use bookpath_domain::money::decimal::NotDecimal;
use bookpath_domain::texts::what_if::{WhatIf, what_if};
use jiff::Timestamp;

use super::conversations;
use crate::ports::{Store, StoreError};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WhatIfError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The configured price of a message part can't be read.
    #[error("[bill] sms_part_usd: {0}")]
    Price(#[from] NotDecimal),
}

/// Plays the follow-ups of the conversations that began from `from` on and before `to` again, once for each wait in
/// seconds. Conversations that have expired and are not removed yet count too: only their counts are shown.
///
/// # Errors
/// [`WhatIfError`].
pub async fn replayed(
    store: &dyn Store,
    rules: &BusinessConfig,
    waits: &[u32],
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<WhatIf, WhatIfError> {
    let history = conversations::between(store, Timestamp::MIN, from, to).await?;
    Ok(what_if(&history, waits, rules)?)
}
