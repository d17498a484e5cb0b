//! Faults of a simulated process, and what an observer outside sees of them. All follow from a seed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bookpath_app::ports::{Faults, Ids, Injected, TextSender};
use bookpath_domain::texts::{Message, SendResult};
use fastrand::Rng;

/// One in so many passes of a point fails.
const FAILS: u32 = 25;
/// One in so many failures is the end of the process.
const ENDS: u32 = 3;

/// Faults at the points of [`bookpath_platform_local::faults::POINTS`].
pub(super) struct Trouble(Mutex<State>);

struct State {
    rng: Rng,
    on: bool,
    /// Every further step of a process that has ended fails, until another one takes its place.
    ended: bool,
    faults: u64,
}

impl Trouble {
    pub(super) fn new(rng: Rng) -> Self {
        Self(Mutex::new(State {
            rng,
            on: true,
            ended: false,
            faults: 0,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Faults so far.
    pub(super) fn faults(&self) -> u64 {
        self.state().faults
    }

    /// Whether the process has ended.
    pub(super) fn ended(&self) -> bool {
        self.state().ended
    }

    /// Another process begins.
    pub(super) fn begin(&self) {
        self.state().ended = false;
    }

    /// Ends all faults.
    pub(super) fn stop(&self) {
        self.state().on = false;
    }
}

impl Faults for Trouble {
    fn hit(&self, point: &'static str) -> Result<(), Injected> {
        let mut state = self.state();
        if state.ended {
            return Err(Injected(point));
        }
        if !state.on || state.rng.u32(..FAILS) != 0 {
            return Ok(());
        }
        state.faults += 1;
        state.ended = state.rng.u32(..ENDS) == 0;
        Err(Injected(point))
    }
}

/// Identifiers of a seed.
pub(super) struct SeededIds(pub(super) Mutex<Rng>);

impl Ids for SeededIds {
    fn fresh(&self) -> String {
        let mut rng = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{:032x}", rng.u128(..))
    }
}

/// The carrier: it counts the texts of each intent.
#[derive(Debug, Default)]
pub(super) struct Carrier(Mutex<BTreeMap<String, u32>>);

impl Carrier {
    /// How often the text of an intent was sent.
    pub(super) fn sent(&self, intent_id: &str) -> u32 {
        let sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.get(intent_id).copied().unwrap_or(0)
    }
}

#[async_trait]
impl TextSender for Carrier {
    async fn send(&self, message: &Message) -> SendResult {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *sent.entry(message.intent_id.clone()).or_default() += 1;
        SendResult::Accepted {
            provider_id: Some(format!("simulated-{}", message.intent_id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_ended_does_nothing_until_another_begins() {
        let trouble = Trouble::new(Rng::with_seed(1));
        let mut passes = 0;
        while !trouble.ended() {
            passes += u32::from(trouble.hit("storage").is_ok());
        }
        assert!(passes > 0 && trouble.faults() > 0);
        let faults = trouble.faults();
        assert!((0..100).all(|_| trouble.hit("storage").is_err()));
        assert_eq!(trouble.faults(), faults);
        trouble.begin();
        trouble.stop();
        assert!((0..1_000).all(|_| trouble.hit("storage").is_ok()));
    }

    #[test]
    fn a_seed_gives_the_same_faults_and_ids() {
        let faults = |seed| {
            let trouble = Trouble::new(Rng::with_seed(seed));
            (0..200)
                .map(|_| trouble.hit("storage").is_ok())
                .collect::<Vec<_>>()
        };
        assert_eq!(faults(3), faults(3));
        let id = |seed| SeededIds(Mutex::new(Rng::with_seed(seed))).fresh();
        assert_eq!((id(3), id(3).len()), (id(3), 32));
        assert_ne!(id(3), id(4));
    }
}
