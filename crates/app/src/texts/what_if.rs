//! What another wait before the follow-up would have changed, over the conversations in the store (S2-23).

use bookpath_domain::BusinessConfig;
use bookpath_domain::money::decimal::NotDecimal;
use bookpath_domain::texts::what_if::{PhoneRecords, WhatIf, numbers_to_know, what_if};
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
/// seconds. `phone_secret` finds the records of numbers. Conversations that have expired and are not removed yet count too: only their counts are shown.
///
/// # Errors
/// [`WhatIfError`].
pub async fn replayed(
    store: &dyn Store,
    phone_secret: &[u8],
    rules: &BusinessConfig,
    waits: &[u32],
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<WhatIf, WhatIfError> {
    let history = conversations::between(store, Timestamp::MIN, from, to).await?;
    let mut records = PhoneRecords::new();
    for phone in numbers_to_know(&history) {
        let known = conversations::known_phone(store, phone_secret, phone).await?;
        records.insert(phone.clone(), known.record);
    }
    Ok(what_if(&history, &records, waits, rules)?)
}
