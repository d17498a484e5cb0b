//! Receives a webhook (X64): verifies it, archives it, classifies it; 200 only once nothing can be lost.
//!
//! Order: signature over the raw bytes, rate limit, then the raw write beside dedupe and stream in one commit; the
//! answer comes once both are durable. The size limit comes before all of it, where the body is read. What is not
//! authentic has a rate limit of its own, so a flood of it never keeps a vendor out.

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::verify;

use crate::inbox::admit::{classify, leave_out};
use crate::inbox::archive::Archived;
use crate::inbox::keys::VendorKeys;
use crate::inbox::limits::RateLimit;
use crate::inbox::quarantine;
use crate::inbox::receipt::{Receipt, ReceiveError};
use crate::inbox::stores::Inbox;
use crate::ports::Clock;

/// A body of exactly this many bytes is accepted, one byte more is not.
pub const BODY_BYTES_MAX: usize = 262_144;

/// What the public edge works with.
pub struct Receiver {
    pub rules: Arc<BusinessConfig>,
    pub keys: VendorKeys,
    pub clock: Arc<dyn Clock>,
    pub limits: EdgeLimits,
    pub inbox: Arc<Inbox>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}

/// How many webhooks one process takes.
#[derive(Debug)]
pub struct EdgeLimits {
    authentic: RateLimit,
    refused: RateLimit,
}

impl EdgeLimits {
    /// The configured rate, for what is authentic and for what is not.
    #[must_use]
    pub fn new(rules: &BusinessConfig, clock: &Arc<dyn Clock>) -> Self {
        let limit = || {
            let limits = &rules.limits;
            RateLimit::new(limits.webhooks_per_second, limits.webhooks_burst, clock)
        };
        Self {
            authentic: limit(),
            refused: limit(),
        }
    }
}

/// Receives one delivery. `header` answers a header by its lower-case name.
///
/// # Errors
/// [`ReceiveError`]; nothing authentic is lost unless it is `Storage`, which the vendor sends again.
pub async fn receive(
    receiver: &Receiver,
    vendor: Vendor,
    header: &(dyn Fn(&str) -> Option<String> + Sync),
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let limited = |limit: &RateLimit| {
        limit
            .take()
            .map_err(|retry_after_s| ReceiveError::RateLimited { retry_after_s })
    };
    let (inbox, now) = (receiver.inbox.as_ref(), receiver.clock.now());
    if let Err(error) = verify(
        vendor,
        &receiver.keys.of(vendor),
        &|name| header(name),
        body,
        now,
        receiver.rules.signature_tolerance_seconds,
    ) {
        limited(&receiver.limits.refused)?;
        quarantine::keep(inbox, vendor, error, body, now).await?;
        return Err(error.into());
    }
    limited(&receiver.limits.authentic)?;
    inbox.faults.hit("storage")?;
    inbox.faults.hit("raw.before_write")?;
    let archived = Archived::place(vendor, now, body);
    // Both at once: where archive and stream are services of their own, the vendor waits for one round trip. Files
    // are written within the first step, so there the archive comes before the stream, as the recovery expects.
    let archive = async {
        inbox.objects.put(&archived.raw_key, body).await?;
        inbox
            .faults
            .hit("raw.after_write")
            .map_err(ReceiveError::from)
    };
    let ((), receipt) = futures::try_join!(
        archive,
        classify(inbox, &archived, Origin::Webhook.into(), body)
    )?;
    leave_out(inbox, &archived, &receipt, body).await?;
    Ok(receipt)
}
