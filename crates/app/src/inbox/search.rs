//! The inbox, filtered.

use bookpath_domain::{DeliveryStatus, ErrorClass, Vendor};
use jiff::Timestamp;

use super::delivery::{DeliveryRow, partition};
use crate::ports::{Item, Newest, Store, StoreError};

/// The filters of the inbox. A delivery is listed when it passes all of them; `None` lets every delivery pass.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub status: Option<DeliveryStatus>,
    pub vendor: Option<Vendor>,
    pub error_class: Option<ErrorClass>,
    /// When it came, at the earliest.
    pub from: Option<Timestamp>,
    /// When it came, at the latest.
    pub to: Option<Timestamp>,
    /// A part of its id, its kind, its resource or the hash of its body, in letters of any case.
    pub text: Option<String>,
}

impl DeliveryFilter {
    fn is(&self, row: &DeliveryRow) -> bool {
        let text = self.text.as_deref().map(str::to_lowercase);
        let in_text = |part: &str| {
            let holds = |whole: &str| whole.to_lowercase().contains(part);
            holds(&row.delivery_id)
                || holds(&row.raw_sha256)
                || row.kind.as_deref().is_some_and(holds)
                || row.resource_uri.as_deref().is_some_and(holds)
        };
        self.vendor.is_none_or(|vendor| vendor == row.vendor)
            && (self.error_class.is_none() || self.error_class == row.error_class)
            && text.as_deref().is_none_or(in_text)
    }
}

/// A page of the deliveries that are sought, newest first, and where the next one begins. It may be short although
/// others follow: it looks at a bounded number of deliveries.
///
/// # Errors
/// As [`Store::query`].
pub async fn search(
    store: &dyn Store,
    sought: &DeliveryFilter,
    limit: usize,
    cursor: Option<String>,
) -> Result<(Vec<DeliveryRow>, Option<String>), StoreError> {
    let statuses = sought
        .status
        .map_or_else(|| DeliveryStatus::ALL.to_vec(), |one| vec![one]);
    let asked = Newest::new(statuses.into_iter().map(partition).collect(), limit)
        .between(sought.from, sought.to)
        .search(cursor);
    let wanted = |item: &Item| Ok(Some(item.read()?).filter(|row| sought.is(row)));
    asked.page(store, &wanted).await
}
