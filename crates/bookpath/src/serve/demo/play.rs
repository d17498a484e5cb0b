//! Plays the demo business: each event at its own instant, through the same routes and webhooks as a real one.

use bookpath_app::bookings::repository::{Name, by_name};
use bookpath_app::inbox::admit::admit;
use bookpath_app::inbox::archive::Archived;
use bookpath_app::inbox::delivery::DeliveryRow;
use bookpath_app::ports::{Clock as _, Commit, Expect};
use bookpath_domain::inbox::envelope::{ErrorClass, Origin};
use bookpath_domain::{DeliveryStatus, Vendor};
use bookpath_sandbox::demo::{Business, Happening, What};
use bookpath_sandbox::stripe::{Failure as StripeFailure, Session};
use bookpath_vendors::sms::inbound_body;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::system::System;
use crate::failure::Failure;
use crate::lake_engine::ETL_WAIT;
use crate::progress;
use crate::serve::sandbox::PlayedStripe;

/// Deliveries of the history that come in at the same time.
const TOGETHER: usize = 64;

/// Plays a business.
pub(super) struct Player<'a> {
    pub(super) system: &'a System<'a>,
    pub(super) stripe: &'a PlayedStripe,
}

impl Player<'_> {
    /// Brings in what the vendors know of the time before the business was live.
    pub(super) async fn history(&self, business: &Business) -> Result<(), Failure> {
        for happening in &business.history {
            self.tell(&happening.what);
        }
        // Together they share commits; the order of arrival changes no number.
        stream::iter(&business.history)
            .map(async |happening| match &happening.what {
                What::Calendly { body } => {
                    self.bring(Vendor::Calendly, Origin::Sync, happening.at, body)
                        .await
                }
                _ => Ok(()),
            })
            .buffer_unordered(TOGETHER)
            .try_collect::<()>()
            .await?;
        for vendor in [Vendor::Typeform, Vendor::Close] {
            self.system.syncs.run(vendor, None, ETL_WAIT).await?;
        }
        self.system.runner.settle().await
    }

    /// Plays the live events after one instant up to another, and moves the clock there.
    pub(super) async fn live(
        &self,
        business: &Business,
        after: Timestamp,
        to: Timestamp,
    ) -> Result<(), Failure> {
        let part =
            |(_, happening): &(usize, &Happening)| happening.at > after && happening.at <= to;
        let happenings: Vec<_> = business.live.iter().enumerate().filter(part).collect();
        let bar = progress::steps("the demo business", happenings.len() as u64);
        for (place, happening) in happenings {
            bar.inc(1);
            // Forms and CRM events only go to the lake, so the player does not wait for effects after them.
            if matches!(happening.what, What::Typeform { .. } | What::Close { .. }) {
                self.happen(place, happening).await?;
                continue;
            }
            self.wait_until(happening.at).await?;
            self.happen(place, happening).await?;
            self.system.runner.settle().await?;
        }
        self.wait_until(to).await?;
        self.system.runner.business().sweep(ETL_WAIT).await?;
        bar.finish_and_clear();
        self.system.runner.settle().await
    }

    /// Moves the clock to `to`. What is due in between is done at its own instant.
    async fn wait_until(&self, to: Timestamp) -> Result<(), Failure> {
        let clock = &self.system.node.clock;
        while let Some(due) = self
            .system
            .runner
            .next_due()
            .await?
            .filter(|due| *due <= to)
        {
            clock.move_to(due.max(clock.now())).map_err(Failure::new)?;
            self.system.runner.settle().await?;
        }
        clock.move_to(to).map_err(Failure::new)
    }

    /// What happens at a vendor is in its lists from then on.
    fn tell(&self, what: &What) {
        let sandbox = self.system.sandbox;
        match what {
            What::Calendly { body } | What::CalendlyUnheard { body } => {
                sandbox.calendly.iter().for_each(|api| api.tell(body))
            }
            What::Typeform { body } => sandbox.typeform.iter().for_each(|api| api.tell(body)),
            What::Close { body } => sandbox.close.iter().for_each(|api| api.tell(body)),
            _ => {}
        }
    }

    async fn happen(&self, place: usize, happening: &Happening) -> Result<(), Failure> {
        let stripe = &self.stripe.stripe;
        self.tell(&happening.what);
        match &happening.what {
            What::Calendly { body } => {
                self.bring(Vendor::Calendly, Origin::Webhook, happening.at, body)
                    .await
            }
            What::Typeform { body } => {
                self.bring(Vendor::Typeform, Origin::Webhook, happening.at, body)
                    .await
            }
            What::Close { body } => {
                self.bring(Vendor::Close, Origin::Webhook, happening.at, body)
                    .await
            }
            What::Text { from, body } => {
                let text = inbound_body(&format!("demo-text-{place}"), from, None, body);
                self.bring(Vendor::Sms, Origin::Webhook, happening.at, &text)
                    .await
            }
            What::Pays { invitee_uri } => self.checkout(invitee_uri, |id| stripe.pay(id)).await,
            What::CardIsDeclined { invitee_uri } => {
                self.checkout(invitee_uri, |id| stripe.decline(id)).await
            }
            What::CheckoutExpires { invitee_uri } => {
                self.checkout(invitee_uri, |id| stripe.expire(id)).await
            }
            What::RefundOfAPart {
                invitee_uri,
                amount_minor,
            } => {
                let paid = |session: &Session| session.payment_status == "paid";
                let refund = |id: &str| stripe.refund_of_a_part(id, *amount_minor);
                self.session(invitee_uri, paid, refund).await
            }
            What::CalendlyUnheard { .. } => Ok(()),
            What::CalendlySync => {
                let syncs = self.system.syncs;
                syncs.run(Vendor::Calendly, None, ETL_WAIT).await?;
                Ok(())
            }
            What::RefundIsRefused => {
                stripe.fail("refunds", StripeFailure::Declined, 1);
                Ok(())
            }
            What::RefusedByOlderRelease { vendor, body } => {
                self.refused(*vendor, happening.at, body).await
            }
            What::Sweep => {
                let business = self.system.runner.business();
                business.sweep(ETL_WAIT).await?;
                self.system.runner.settle().await?;
                business.hear_of_cancellations().await
            }
        }
    }

    /// Leaves a webhook as a release left it that could not read it.
    async fn refused(&self, vendor: Vendor, at: Timestamp, body: &Value) -> Result<(), Failure> {
        let inbox = self.system.inbox;
        let bytes = body.to_string().into_bytes();
        let archived = Archived::place(vendor, at, &bytes);
        let kept = inbox.objects.put(&archived.raw_key, &bytes).await;
        kept.map_err(Failure::new)?;
        let reason = "`scheduled_event.start_time` was no time that release 0.1 could read";
        let row = DeliveryRow {
            delivery_id: inbox.ids.fresh(),
            vendor,
            kind: body["event"].as_str().map(str::to_owned),
            resource_uri: body["payload"]["uri"].as_str().map(str::to_owned),
            status: DeliveryStatus::Failed,
            error_class: Some(ErrorClass::ValidationError),
            error: Some(reason.to_owned()),
            attempts: 1,
            received_at: at,
            raw_sha256: archived.raw_sha256,
            raw_key: archived.raw_key,
            dedupe_key: None,
        };
        let writes = vec![row.write(Expect::Absent)?];
        Ok(inbox.store.commit(Commit::new(writes)).await?)
    }

    async fn bring(
        &self,
        vendor: Vendor,
        origin: Origin,
        at: Timestamp,
        body: &Value,
    ) -> Result<(), Failure> {
        let bytes = body.to_string();
        admit(self.system.inbox, vendor, origin, at, bytes.as_bytes())
            .await
            .map(drop)
            .map_err(Failure::new)
    }

    /// Does something at the open checkout of a booking, and returns once Stripe's event of it has come in. A booking
    /// whose checkout is closed is left alone: a page left open too long is closed for real customers, too.
    async fn checkout(
        &self,
        invitee_uri: &str,
        act: impl FnOnce(&str) -> Option<Value>,
    ) -> Result<(), Failure> {
        self.session(invitee_uri, |session| session.status == "open", act)
            .await
    }

    /// Does something at the newest of a booking's sessions that is `wanted`, and returns once Stripe's event of it has
    /// come in.
    async fn session(
        &self,
        invitee_uri: &str,
        wanted: impl Fn(&Session) -> bool,
        act: impl FnOnce(&str) -> Option<Value>,
    ) -> Result<(), Failure> {
        let store = self.system.node.database.as_ref();
        let Some(found) = by_name(store, Name::InviteeUri(invitee_uri)).await? else {
            return Ok(());
        };
        let booking_id = &found.row.booking.booking_id;
        let sessions = self.stripe.stripe.sessions();
        let session = sessions.iter().rev().find(|session| {
            wanted(session) && session.metadata.get("booking_id") == Some(booking_id)
        });
        let mut received = self.stripe.received.clone();
        let before = *received.borrow_and_update();
        if let Some(session) = session
            && act(&session.id).is_some()
        {
            received
                .wait_for(|count| *count > before)
                .await
                .map_err(Failure::new)?;
        }
        Ok(())
    }
}
