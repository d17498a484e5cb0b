//! `bookpath serve`: receivers, consumers, schedules and APIs in one process.

mod consume_bronze;
mod consume_react;
mod demo;
mod http;
mod local;
mod perform;
mod sandbox;
mod schedule;
mod shutdown;
mod timers;
mod upkeep;

use std::sync::Arc;

use axum::Router;
use bookpath_api::{Api, BookingsApi, application};
use bookpath_app::access::{Access, SigningKeys};
use bookpath_app::inbox::admit::Inbox;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver};
use bookpath_app::ports::{Clock, LakeEngine};
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::faults::FaultRegistry;
use bookpath_platform_local::ids::RandomIds;
use bookpath_platform_local::recovery::recover_raw;
use bookpath_platform_local::secrets::secret;
use bookpath_sandbox::demo::CONFIG;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::arguments::{ClockArg, Common, ServeArgs};
use crate::environment;
use crate::failure::Failure;
use crate::lake_engine::ETL_WAIT;
use crate::node::Node;
use crate::rules;
use crate::serve::demo::Demo;
use crate::serve::local::Local;
use crate::serve::timers::Runner;

/// Serves until SIGTERM or ctrl-c.
///
/// # Errors
/// The address is taken, the directory or the configuration can't be used.
pub(crate) async fn run(common: &Common, args: &ServeArgs) -> Result<(), Failure> {
    let (node, faults) = open(common, args)?;
    let lost = recover_raw(&node.database, &node.objects)
        .await
        .map_err(Failure::of)?;
    if lost > 0 {
        tracing::warn!(
            lost,
            "raw objects that never reached the disk were written again from the log"
        );
    }
    let keys = environment::vendor_keys()?;
    let mut greeting = Vec::new();
    let keys = if args.demo {
        demo::keys(keys, &mut greeting)?
    } else {
        keys
    };
    let receiver = Arc::new(receiver(&node, keys));
    let etl = node.etl()?;
    let lake = etl.lake.clone();
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|e| Failure::of(format!("{}: {e}", args.listen)))?;
    let own = format!("http://{}", listener.local_addr()?);
    let apis = environment::vendor_apis(&own);
    let runner = Runner::new(&node, etl, &apis)?;
    runner.business().take_over(ETL_WAIT).await?;
    let (stop, stopped) = watch::channel(false);
    let sandbox = sandbox::sandbox(&own, &apis, &node, receiver.inbox.clone(), stopped.clone());
    let routes = routes(&node, &runner, receiver.clone(), lake.clone(), faults)?
        .nest("/sandbox", sandbox.router.clone());
    // First the server, then the demo: its bookings call the vendors that this process plays.
    let server = tokio::spawn(http::answer(
        listener,
        routes,
        node.clone(),
        stopped.clone(),
    ));
    if args.demo {
        demo::login(&node, &mut greeting).await?;
        let demo = Demo {
            node: &node,
            inbox: &receiver.inbox,
            lake: lake.as_ref(),
            runner: &runner,
            sandbox: &sandbox,
        };
        demo.seed().await?;
    }
    greeting.into_iter().for_each(|line| println!("{line}"));
    println!("listening on {own}");
    until_stopped(
        server,
        node,
        runner,
        sandbox.plays_calendly,
        (stop, stopped),
    )
    .await
}

/// The API, as the functions on AWS answer it, and `/local` beside it.
fn routes(
    node: &Node,
    runner: &Runner,
    receiver: Arc<Receiver>,
    lake: Arc<dyn LakeEngine>,
    faults: Option<Arc<FaultRegistry>>,
) -> Result<Router, Failure> {
    let api = Api {
        store: node.database.clone(),
        objects: node.objects.clone(),
        lake,
        clock: node.clock.clone(),
        rules: node.rules.clone(),
        access: Arc::new(access(node)?),
        inbox: receiver.inbox.clone(),
    };
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
        faults,
        moving: Arc::default(),
    };
    Ok(application(receiver, &api, &bookings).merge(local::router(local)))
}

/// Logins are signed with `JWT_SECRET`; without it with a key of this directory's own.
fn access(node: &Node) -> Result<Access, Failure> {
    let keys = match environment::jwt_keys()? {
        Some(keys) => keys,
        None => SigningKeys::new(vec![secret(&node.dir, "jwt")?]).map_err(Failure::of)?,
    };
    Ok(Access {
        store: node.database.clone(),
        clock: node.clock.clone(),
        ids: Arc::new(RandomIds),
        keys,
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
    if !rules.unused.is_empty() {
        tracing::warn!(
            keys = rules.unused.join(", "),
            "the business rules have keys that nothing uses yet"
        );
    }
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
        tokio::spawn(schedule::run(node, runner, stopped)),
        tokio::spawn(async move {
            shutdown::signal().await;
            stop.send_replace(true);
        }),
    ];
    server.await.map_err(Failure::of)??;
    for task in tasks {
        task.await.map_err(Failure::of)?;
    }
    Ok(())
}

fn receiver(node: &Node, keys: VendorKeys) -> Receiver {
    let clock: Arc<dyn Clock> = node.clock.clone();
    Receiver {
        rules: node.rules.clone(),
        keys,
        limits: EdgeLimits::new(&node.rules, &clock),
        clock,
        inbox: Arc::new(Inbox {
            ids: Arc::new(RandomIds),
            store: node.database.clone(),
            objects: node.objects.clone(),
            faults: node.faults.clone(),
        }),
    }
}
