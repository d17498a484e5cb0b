//! The dashboard's routes, with the rules and keys of now.

use std::sync::Arc;

use bookpath_api::{Api, dashboard};
use bookpath_app::inbox::Inbox;
use bookpath_app::ports::NoFaults;
use bookpath_app::privacy::GIVEN_UP;
use bookpath_function_runtime::{FunctionError, Site};
use bookpath_platform_aws::lake::{EngineParts, Tiers, engine};
use bookpath_platform_aws::{Platform, StackMeters};

/// What the environment names.
pub(crate) struct Names {
    pub(crate) tiers: Tiers,
    pub(crate) raw: String,
    pub(crate) bronze: String,
    pub(crate) dead_letters: String,
    pub(crate) stream: String,
    /// The parameter that names the stack's resources.
    pub(crate) stack: String,
    pub(crate) access: String,
    pub(crate) origin: String,
}

pub(crate) fn build(platform: &Platform, names: &Names) -> Result<Site, FunctionError> {
    let store = platform.store_and_stream(&names.stream);
    let objects = platform.objects(&[
        ("raw/", &names.raw),
        ("quarantine/", &names.raw),
        ("bronze/", &names.bronze),
        ("dead-letters/", &names.dead_letters),
        (GIVEN_UP, &names.dead_letters),
    ]);
    let (rules, clock) = (platform.rules.clone(), platform.clock.clone());
    let meters = StackMeters {
        session: platform.session.clone(),
        store: platform.store(),
        clock: clock.clone(),
        about: names.stack.clone(),
    };
    let inbox = Inbox {
        ids: platform.ids.clone(),
        store: store.clone(),
        objects: objects.clone(),
        faults: Arc::new(NoFaults),
    };
    let api = Api {
        meters: Arc::new(meters),
        store,
        objects,
        lake: engine(&EngineParts::from(platform), &names.tiers)?,
        clock,
        rules,
        access: Arc::new(platform.access(&names.access)?),
        inbox: Arc::new(inbox),
        resolutions: Arc::default(),
        // Its role may not write to the tables: the next run builds them.
        tables: None,
        demo: false,
    };
    Ok(Site {
        router: dashboard(&api),
        edge: platform.edge(&names.origin)?,
        keys_may_be_older_than_requests: false,
    })
}
