//! Stand-ins for the vendors without a key or address, played by this process.

use std::sync::Arc;

use axum::Router;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::admit::admit;
use bookpath_app::ports::Clock as _;
use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_sandbox::calendly::Calendly;
use bookpath_sandbox::close::Close;
use bookpath_sandbox::stripe::Stripe;
use bookpath_sandbox::typeform::Typeform;
use tokio::sync::{mpsc, watch};

use crate::environment::VendorApis;
use crate::node::Node;
use crate::serve::calendar;
use crate::serve::shutdown::stopped;

/// The vendors that this process plays.
pub(crate) struct Sandbox {
    /// The routes below `/sandbox`.
    pub(crate) router: Router,
    pub(crate) calendly: Option<Calendly>,
    pub(crate) typeform: Option<Typeform>,
    pub(crate) close: Option<Close>,
    pub(crate) stripe: Option<PlayedStripe>,
}

/// A Stripe that this process plays.
#[derive(Clone)]
pub(crate) struct PlayedStripe {
    pub(crate) stripe: Stripe,
    /// How many of its events have come in.
    pub(crate) received: watch::Receiver<u64>,
}

impl PlayedStripe {
    /// Whether every event that was sent has been admitted, or the task that admits them has ended.
    pub(crate) fn is_settled(&self) -> bool {
        *self.received.borrow() >= self.stripe.sent() || self.received.has_changed().is_err()
    }

    /// Waits until the events that were sent so far have been admitted, or until the task that admits them has ended.
    pub(crate) async fn settled(&self) {
        let sent = self.stripe.sent();
        let mut received = self.received.clone();
        // An error means that the task has ended.
        let all_in = received.wait_for(|received| *received >= sent).await;
        drop(all_in);
    }
}

/// The vendors without a key. What they tell comes in like any webhook whose signature was right.
pub(crate) fn sandbox(
    own: &str,
    apis: &VendorApis,
    node: &Node,
    inbox: Arc<Inbox>,
    stop: watch::Receiver<bool>,
) -> Sandbox {
    let mut router = Router::new();
    let calendly = apis.calendly_sandbox.then(Calendly::default);
    if let Some(played) = &calendly {
        let pages = calendar::router(own, node, inbox.clone());
        router = router.nest("/calendly", played.router().merge(pages));
    }
    let forms = &node.rules.typeform.forms;
    let typeform = apis.typeform_sandbox.then(|| Typeform::with_forms(forms));
    if let Some(played) = &typeform {
        router = router.nest("/typeform", played.router());
    }
    let close = apis.close_sandbox.then(Close::default);
    if let Some(played) = &close {
        router = router.nest("/close", played.router());
    }
    let stripe = apis
        .stripe_sandbox
        .then(|| play_stripe(own, node, inbox, stop));
    if let Some(played) = &stripe {
        router = router.nest("/stripe", played.stripe.router());
    }
    Sandbox {
        router,
        calendly,
        typeform,
        close,
        stripe,
    }
}

fn play_stripe(
    own: &str,
    node: &Node,
    inbox: Arc<Inbox>,
    mut stop: watch::Receiver<bool>,
) -> PlayedStripe {
    let clock = node.clock.clone();
    let (events, mut told) = mpsc::unbounded_channel();
    let (count, received) = watch::channel(0);
    let stripe = Stripe::new(
        &format!("{own}/sandbox/stripe"),
        Arc::new(move || clock.now()),
        events,
    );
    let clock = node.clock.clone();
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                () = stopped(&mut stop) => return,
                event = told.recv() => event,
            };
            let Some(event) = event else { return };
            let body = event.to_string();
            if let Err(error) = admit(
                &inbox,
                Vendor::Stripe,
                Origin::Webhook,
                clock.now(),
                body.as_bytes(),
            )
            .await
            {
                tracing::warn!(%error, "an event of the sandbox is lost");
            }
            count.send_modify(|events| *events += 1);
        }
    });
    PlayedStripe { stripe, received }
}
