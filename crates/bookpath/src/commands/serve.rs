//! `bookpath serve`: receivers, consumers, schedules and APIs in one process.

use std::sync::Arc;

use bookpath_app::http::webhooks;
use bookpath_app::limits::TokenBucket;
use bookpath_app::receive::{Receiver, VendorKeys};
use bookpath_embedded::clock::ProcessClock;
use bookpath_embedded::faults::FaultRegistry;
use bookpath_embedded::ids::RandomIds;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::cli::{ClockArg, Common, ServeArgs};
use crate::environment;
use crate::failure::Failure;
use crate::node::Node;
use crate::worker;

/// Serves until SIGTERM or ctrl-c.
///
/// # Errors
/// The address is taken, the directory or the configuration can't be used.
pub(crate) async fn run(common: &Common, args: &ServeArgs) -> Result<(), Failure> {
    let mut node = Node::open(common)?;
    if let ClockArg::At(at) = args.clock {
        node.clock = Arc::new(ProcessClock::set_at(at));
    }
    if args.faults {
        node.faults = Arc::new(FaultRegistry::default());
    }
    let receiver = Arc::new(receiver(&node, environment::vendor_keys()?));
    let (router, _) = webhooks::router(receiver).split_for_parts();

    let listener = TcpListener::bind(args.listen).await.map_err(|e| Failure::of(format!("{}: {e}", args.listen)))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let consumer = tokio::spawn(worker::run(node.clone(), stopped));
    println!("listening on http://{address}");
    axum::serve(listener, router).with_graceful_shutdown(signal()).await?;
    stop.send_replace(true);
    consumer.await.map_err(Failure::of)
}

fn receiver(node: &Node, keys: VendorKeys) -> Receiver {
    let limits = &node.rules.limits;
    Receiver {
        rules: node.rules.clone(),
        keys,
        bucket: TokenBucket::new(limits.webhooks_per_second, limits.webhooks_burst),
        clock: node.clock.clone(),
        ids: Arc::new(RandomIds),
        store: node.database.clone(),
        objects: node.objects.clone(),
        faults: node.faults.clone(),
    }
}

/// Returns on SIGTERM or ctrl-c.
async fn signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::warn!(%error, "SIGTERM can't be watched");
                std::future::pending::<()>().await;
            }
        }
    };
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "ctrl-c can't be watched");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = terminate => {}
        () = interrupt => {}
    }
}
