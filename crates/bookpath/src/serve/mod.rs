//! `bookpath serve`: receivers, consumers, schedules and APIs in one process.

mod calendar;
mod consume_bronze;
mod consume_react;
pub(crate) mod demo;
mod http;
mod local;
mod perform;
mod sandbox;
mod schedule;
mod shutdown;
mod starting;
mod syncing;
pub(crate) mod timers;
mod upkeep;
mod web;

use std::sync::Arc;

use axum::Router;
use bookpath_api::{Api, BookingsApi, application, warm};
use bookpath_app::access::Access;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver};
use bookpath_app::lake::etl::Etl;
use bookpath_app::operators::bill::StoreMeters;
use bookpath_app::people::Resolutions;
use bookpath_app::ports::{Clock, LakeEngine, RandomIds};
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::faults::FaultRegistry;
use bookpath_platform_local::recovery::recover_raw;
use bookpath_sandbox::demo::CONFIG;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::arguments::{ClockArg, Common, ServeArgs};
use crate::environment;
use crate::failure::Failure;
use crate::lake_engine::{ETL_WAIT, WaitingRebuilder};
use crate::node::Node;
use crate::rules;
use crate::serve::local::Local;
use crate::serve::starting::Started;
use crate::serve::syncing::Syncing;
use crate::serve::timers::Runner;
use crate::syncs::Syncs;

/// Serves until SIGTERM or ctrl-c.
///
/// # Errors
/// The address is taken, the directory or the configuration can't be used.
pub(crate) async fn run(common: &Common, args: &ServeArgs) -> Result<(), Failure> {
    let (mut node, faults) = open(common, args)?;
    recover(&node).await?;
    let mut greeting = Vec::new();
    let keys = keys(&node, args.demo, &mut greeting)?;
    let receiver = Arc::new(receiver(&node, keys));
    let resolutions = Arc::<Resolutions>::default();
    let etl = Etl {
        resolutions: Some(resolutions.clone()),
        ..node.etl()?
    };
    let lake = etl.lake.clone();
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|e| Failure::new(format!("{}: {e}", args.listen)))?;
    let own = format!("http://{}", listener.local_addr()?);
    let apis = environment::vendor_apis(&own);
    if args.demo && apis.calendly_sandbox {
        calendar::lead_here(&own, &mut node);
    }
    let runner = Runner::new(&node, etl, &apis)?;
    runner.business().take_over(ETL_WAIT).await?;
    let (stop, stopped) = watch::channel(false);
    let sandbox = sandbox::sandbox(&own, &apis, &node, receiver.inbox.clone(), stopped.clone());
    let runner = runner.with_stripe(sandbox.stripe.clone());
    let syncs = Syncs::new(&node, receiver.inbox.clone(), &apis)?;
    let syncing = Syncing::new(syncs.clone(), apis, receiver.keys.clone(), args.demo);
    let web = web::router(args.web.as_deref(), &node.rules)?;
    let api = api(&node, &receiver, (lake.clone(), resolutions), args.demo)?;
    let doors = (receiver.clone(), &api);
    let started = Started::new(!args.demo);
    let routes = started
        .gate(routes(&node, &runner, &syncing, doors, (faults, web)))
        .nest("/sandbox", sandbox.router.clone());
    // First the server, then the demo: its bookings call the vendors that this process plays.
    let server = tokio::spawn(http::answer(
        listener,
        routes,
        node.clone(),
        stopped.clone(),
    ));
    if args.demo {
        let demo = demo::System {
            node: &node,
            inbox: &receiver.inbox,
            lake: lake.as_ref(),
            runner: &runner,
            sandbox: &sandbox,
            syncs: &syncs,
        };
        demo.begin(&own, &mut greeting).await?;
        started.now();
    }
    tokio::spawn(warmed(api));
    greeting.into_iter().for_each(|line| println!("{line}"));
    println!("listening on {own}");
    let plays_calendly = sandbox.calendly.is_some();
    let stops = (stop, stopped);
    until_stopped(server, node, runner, plays_calendly, syncing, stops).await
}

/// The vendors' keys; the demo makes its own, which `greeting` prints.
fn keys(node: &Node, demo: bool, greeting: &mut Vec<String>) -> Result<VendorKeys, Failure> {
    let keys = environment::vendor_keys(&node.dir)?;
    if demo {
        demo::keys(keys, greeting)
    } else {
        Ok(keys)
    }
}

/// Works out the first numbers before anybody asks for them.
async fn warmed(api: Api) {
    if let Err(error) = warm(&api).await {
        tracing::warn!(?error, "the numbers are worked out when they are asked for");
    }
}

/// Writes again what a crash kept from the disk.
pub(crate) async fn recover(node: &Node) -> Result<(), Failure> {
    let lost = recover_raw(&node.database, &node.objects)
        .await
        .map_err(Failure::new)?;
    if lost > 0 {
        tracing::warn!(
            lost,
            "raw objects that never reached the disk were written again from the log"
        );
    }
    Ok(())
}

/// What the API answers from.
fn api(
    node: &Node,
    receiver: &Receiver,
    (lake, resolutions): (Arc<dyn LakeEngine>, Arc<Resolutions>),
    demo: bool,
) -> Result<Api, Failure> {
    Ok(Api {
        meters: Arc::new(StoreMeters(node.database.clone())),
        store: node.database.clone(),
        objects: node.objects.clone(),
        lake,
        clock: node.clock.clone(),
        rules: node.rules.clone(),
        access: Arc::new(access(node)?),
        inbox: receiver.inbox.clone(),
        resolutions,
        tables: Some(Arc::new(WaitingRebuilder(Arc::new(node.rebuilder()?)))),
        demo,
    })
}

/// The API, as the functions on AWS answer it, and `/local` beside it.
fn routes(
    node: &Node,
    runner: &Runner,
    syncing: &Syncing,
    (receiver, api): (Arc<Receiver>, &Api),
    (faults, web): (Option<Arc<FaultRegistry>>, Router),
) -> Router {
    let bookings = BookingsApi {
        store: node.database.clone(),
        clock: node.clock.clone(),
        rules: node.rules.clone(),
        access: api.access.clone(),
        performer: runner.business().performer.clone(),
    };
    let local = Local {
        node: node.clone(),
        runner: runner.clone(),
        inbox: receiver.inbox.clone(),
        syncing: syncing.clone(),
        faults,
        demo: api.demo,
        moving: Arc::default(),
    };
    application(receiver, api, &bookings, web).merge(local::router(local))
}

/// Who may call.
fn access(node: &Node) -> Result<Access, Failure> {
    Ok(Access {
        store: node.database.clone(),
        clock: node.clock.clone(),
        ids: Arc::new(RandomIds),
        keys: environment::signing_keys(&node.dir)?,
        idle: node.rules.access.idle(),
    })
}

/// Opens the directory under its rules, on the clock and with the faults that the arguments name.
fn open(common: &Common, args: &ServeArgs) -> Result<(Node, Option<Arc<FaultRegistry>>), Failure> {
    if args.demo
        && let Some(path) = rules::provide(common, CONFIG)?
    {
        tracing::info!(path = %path.display(), "the demo's business rules are written");
    }
    let rules = rules::read(common)?;
    let mut node = Node::under(common, rules.config)?;
    if let ClockArg::At(at) = args.clock {
        node.clock = Arc::new(ProcessClock::set_at(at));
    }
    let faults = args.faults.then(|| Arc::new(FaultRegistry::default()));
    if let Some(faults) = &faults {
        node.faults = faults.clone();
    }
    Ok((node, faults))
}

type Stop = (watch::Sender<bool>, watch::Receiver<bool>);

/// Runs the consumers and the schedules beside the server, until SIGTERM or ctrl-c.
async fn until_stopped(
    server: JoinHandle<std::io::Result<()>>,
    node: Node,
    runner: Runner,
    plays_calendly: bool,
    syncing: Syncing,
    (stop, stopped): Stop,
) -> Result<(), Failure> {
    let tasks = [
        tokio::spawn(consume_bronze::run(node.clone(), stopped.clone())),
        tokio::spawn(consume_react::run(
            runner.business().clone(),
            stopped.clone(),
        )),
        tokio::spawn(perform::run(runner.business().clone(), stopped.clone())),
        tokio::spawn(upkeep::run(
            node.clone(),
            runner.business().clone(),
            plays_calendly,
            stopped.clone(),
        )),
        tokio::spawn(syncing::run(node.clone(), syncing, stopped.clone())),
        tokio::spawn(schedule::run(node, runner, stopped)),
        tokio::spawn(async move {
            shutdown::signal().await;
            stop.send_replace(true);
        }),
    ];
    server.await.map_err(Failure::new)??;
    for task in tasks {
        task.await.map_err(Failure::new)?;
    }
    Ok(())
}

/// The public edge of a node.
pub(crate) fn receiver(node: &Node, keys: VendorKeys) -> Receiver {
    let clock: Arc<dyn Clock> = node.clock.clone();
    Receiver {
        rules: node.rules.clone(),
        keys,
        limits: EdgeLimits::new(&node.rules, &clock),
        clock,
        inbox: Arc::new(Inbox {
            ids: node.ids.clone(),
            store: node.database.clone(),
            objects: node.objects.clone(),
            faults: node.faults.clone(),
        }),
    }
}
