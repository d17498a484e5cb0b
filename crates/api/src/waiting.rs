//! What waits for an admin besides the alarms: a few of each kind, and how many there are.

use bookpath_app::bookings::list;
use bookpath_app::bookings::repository::{self, BookingRow};
use bookpath_app::inbox::delivery;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::people::person::{ANY_ALERT, Customer, CustomerFilter, Order, customers};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::contacts::judged::{judged, pairs};
use crate::instants::Instants;
use crate::{Api, Problem};

/// Shown of each kind.
const SHOWN: usize = 5;
/// Counted of what the store has to look through.
const COUNTED_MAX: usize = 100;

/// Everything that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// Bookings that wait for over an hour for a vendor or for us, at most 100 counted.
    stuck_bookings: Few<StuckBooking>,
    /// Deliveries that could not be processed, at most 100 counted.
    failed_deliveries: Few<FailedDelivery>,
    /// Pairs of contacts that may be one person.
    review_pairs: usize,
    /// Customers for whom an alert stands, the least healthy first.
    alerted_customers: Few<AlertedCustomer>,
}

/// The first few of a kind, and how many there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Few<T: ToSchema> {
    count: usize,
    items: Vec<T>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StuckBooking {
    booking_id: String,
    name: Option<String>,
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    state_since: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct FailedDelivery {
    delivery_id: String,
    vendor: &'static str,
    kind: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
struct AlertedCustomer {
    contact_id: String,
    name: Option<String>,
    /// Codes, as of `/api/customers`.
    alerts: Vec<&'static str>,
}

impl<T: ToSchema> Few<T> {
    fn new<R>(rows: &[R], item: impl Fn(&R) -> T) -> Self {
        Self {
            count: rows.len(),
            items: rows.iter().take(SHOWN).map(item).collect(),
        }
    }
}

/// What waits now.
pub(crate) async fn waiting(api: &Api) -> Result<Waiting, Problem> {
    let (store, now) = (api.store.as_ref(), api.clock.now());
    let stuck = |row: &BookingRow| row.stuck(now);
    let states = &repository::STUCK_STATES;
    let (stuck, _) = list::newest(store, states, COUNTED_MAX, None, &stuck).await?;
    let failed = Some(DeliveryStatus::Failed);
    let failed = delivery::inbox(store, failed, COUNTED_MAX, None).await?;
    let known = judged(api, Instants::default()).await?.known;
    let any = CustomerFilter {
        alert: Some(ANY_ALERT.to_owned()),
        ..CustomerFilter::default()
    };
    let alerted = customers(&known.resolved, &any, Order::HealthScore, false);
    Ok(Waiting {
        stuck_bookings: Few::new(&stuck, |row| StuckBooking {
            booking_id: row.booking.booking_id.clone(),
            name: row.booking.contact().name,
            state: row.booking.state.as_str(),
            state_since: row.state_since,
        }),
        failed_deliveries: Few::new(&failed.rows, |row| FailedDelivery {
            delivery_id: row.delivery_id.clone(),
            vendor: row.vendor.as_str(),
            kind: row.kind.clone(),
            received_at: row.received_at,
        }),
        review_pairs: pairs(api, &known).await?.len(),
        alerted_customers: Few::new(&alerted, |contact| {
            let customer = Customer::from(*contact);
            AlertedCustomer {
                contact_id: customer.contact_id,
                name: customer.name,
                alerts: customer.calls.alerts,
            }
        }),
    })
}
