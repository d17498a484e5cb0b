//! Receives a webhook (X64): verifies it, archives it, classifies it; 200 only once nothing can be lost.
//!
//! Order: signature over the raw bytes, rate limit, then the raw write beside dedupe and stream in one commit; the
//! answer comes once both are durable. The size limit comes before all of it, where the body is read. Each vendor has a
//! rate limit of its own, and so has what is not authentic: a flood of one never keeps another out (S4-40).

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_vendors::verify;

use crate::inbox::admit::{classify, leave_out};
use crate::inbox::archive::Archived;
use crate::inbox::keys::VendorKeys;
use crate::inbox::limits::{KeyedRateLimit, RateLimit};
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
    /// Each vendor's.
    authentic: KeyedRateLimit,
    /// What is kept of bodies that nobody signed.
    refused: RateLimit,
    /// One address's part of that, half of it: the other half stays for a vendor whose key is wrong here.
    refused_of_caller: KeyedRateLimit,
}

impl EdgeLimits {
    /// The configured rate, for each vendor and for what is not authentic.
    #[must_use]
    pub fn new(rules: &BusinessConfig, clock: &Arc<dyn Clock>) -> Self {
        let (rate, burst) = (
            rules.limits.webhooks_per_second,
            rules.limits.webhooks_burst,
        );
        Self {
            authentic: KeyedRateLimit::per_second(rate, burst, clock),
            refused: RateLimit::new(rate, burst, clock),
            refused_of_caller: KeyedRateLimit::per_second(rate / 2, burst / 2, clock),
        }
    }

    fn take(&self, vendor: Vendor) -> Result<(), ReceiveError> {
        self.authentic.take(vendor.as_str()).map_err(limited)
    }

    fn take_refused(&self, caller: &str) -> Result<(), ReceiveError> {
        self.refused_of_caller.take(caller).map_err(limited)?;
        self.refused.take().map_err(limited)
    }
}

const fn limited(retry_after_s: u64) -> ReceiveError {
    ReceiveError::RateLimited { retry_after_s }
}

/// Receives one delivery. `caller` is the address it comes from; `header` answers a header by its lower-case name.
///
/// # Errors
/// [`ReceiveError`]; nothing authentic is lost unless it is `Storage`, which the vendor sends again.
pub async fn receive(
    receiver: &Receiver,
    vendor: Vendor,
    caller: &str,
    header: &(dyn Fn(&str) -> Option<String> + Sync),
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let (inbox, now) = (receiver.inbox.as_ref(), receiver.clock.now());
    if let Err(error) = verify(
        vendor,
        &receiver.keys.of(vendor),
        &|name| header(name),
        body,
        now,
        receiver.rules.signature_tolerance_seconds,
    ) {
        receiver.limits.take_refused(caller)?;
        quarantine::keep(inbox, vendor, error, body, now).await?;
        return Err(error.into());
    }
    receiver.limits.take(vendor)?;
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

#[cfg(test)]
mod tests {
    use bookpath_testkit::SetClock;

    use super::*;

    #[test]
    fn a_flood_of_one_vendor_or_of_one_address_keeps_nobody_else_out() {
        let mut rules = BusinessConfig::default();
        (
            rules.limits.webhooks_per_second,
            rules.limits.webhooks_burst,
        ) = (4, 4);
        let clock: Arc<dyn Clock> = Arc::new(SetClock::at("2026-03-01T00:00:00Z"));
        let limits = EdgeLimits::new(&rules, &clock);
        let passed =
            |take: &dyn Fn() -> Result<(), ReceiveError>| (0..9).filter(|_| take().is_ok()).count();
        assert_eq!(passed(&|| limits.take(Vendor::Stripe)), 4);
        assert_eq!(passed(&|| limits.take(Vendor::Calendly)), 4);
        assert_eq!(passed(&|| limits.take_refused("192.0.2.1")), 2);
        assert_eq!(passed(&|| limits.take_refused("192.0.2.2")), 2);
        assert_eq!(passed(&|| limits.take_refused("192.0.2.3")), 0);
        let full = limits.take(Vendor::Stripe).unwrap_err();
        assert!(matches!(
            full,
            ReceiveError::RateLimited { retry_after_s: 1 }
        ));
    }
}
