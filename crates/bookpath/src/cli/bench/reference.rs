//! The reference: what any durable receiver has to do at least. Hash, append, sync, with group commit.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::{Figures, figures, load};
use crate::failure::Failure;

struct Append {
    bytes: Vec<u8>,
    done: oneshot::Sender<()>,
}

/// Appends for `limit` with as many callers as there are connections.
pub(super) async fn round(
    path: &Path,
    callers: usize,
    limit: Duration,
) -> Result<Figures, Failure> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let (appends, waiting) = channel::<Append>();
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        while let Ok(first) = waiting.recv() {
            let group: Vec<Append> = std::iter::once(first)
                .chain(std::iter::from_fn(|| waiting.try_recv().ok()))
                .collect();
            for append in &group {
                file.write_all(&append.bytes)?;
            }
            file.sync_data()?;
            for append in group {
                // A caller that is gone has stopped measuring.
                if append.done.send(()).is_err() {
                    tracing::debug!("a caller left before its append was durable");
                }
            }
        }
        Ok(())
    });
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        tasks.spawn(caller(appends.clone(), started + limit));
    }
    drop(appends);
    let mut latencies = Vec::new();
    while let Some(task) = tasks.join_next().await {
        latencies.extend(task.map_err(Failure::new)?);
    }
    let elapsed = started.elapsed();
    writer
        .join()
        .map_err(|_| Failure::Failed("the reference loop panicked".to_owned()))??;
    Ok(figures(latencies, elapsed))
}

async fn caller(appends: Sender<Append>, until: Instant) -> Vec<Duration> {
    let body = load::body(0);
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let sent = Instant::now();
        let mut bytes = Sha256::digest(&body).to_vec();
        bytes.extend(&body);
        let (done, written) = oneshot::channel();
        if appends.send(Append { bytes, done }).is_err() || written.await.is_err() {
            break;
        }
        latencies.push(sent.elapsed());
    }
    latencies
}
