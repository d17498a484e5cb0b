//! `bookpath serve`: receivers, consumers, schedules and APIs in one process.

pub(crate) mod business;
pub(crate) mod consume_bronze;
mod demo;
mod local;
mod sandbox;
mod schedule;
pub(crate) mod timers;
mod upkeep;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use bookpath_api::{Api, BookingsApi, CLIENT_IP, REQUEST_ID, application};
use bookpath_app::access::{Access, SigningKeys};
use bookpath_app::inbox::admit::Inbox;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver};
use bookpath_app::ports::Clock;
use bookpath_domain::BusinessConfig;
use bookpath_platform_local::clock::ProcessClock;
use bookpath_platform_local::faults::FaultRegistry;
use bookpath_platform_local::ids::RandomIds;
use bookpath_platform_local::recovery::recover_raw;
use bookpath_platform_local::secrets::secret;
use bookpath_sandbox::demo::CONFIG;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cli::arguments::{ClockArg, Common, ServeArgs};
use crate::environment;
use crate::failure::Failure;
use crate::lake_engine::ETL_WAIT;
use crate::node::Node;
use crate::serve::local::Local;
use crate::serve::timers::Runner;

/// Requests at work when the process is told to stop get this long.
const SHUTDOWN: Duration = Duration::from_secs(10);

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
    let api = Api {
        store: node.database.clone(),
        objects: node.objects.clone(),
        lake: lake.clone(),
        clock: node.clock.clone(),
        rules: node.rules.clone(),
        access: Arc::new(access(&node)?),
        inbox: receiver.inbox.clone(),
    };
    let bookings = BookingsApi {
        store: node.database.clone(),
        clock: node.clock.clone(),
        rules: node.rules.clone(),
        access: api.access.clone(),
        performer: runner.business().performer.clone(),
    };
    let (stop, stopped) = watch::channel(false);
    let local = Local {
        node: node.clone(),
        runner: runner.clone(),
        inbox: receiver.inbox.clone(),
        faults,
        moving: Arc::default(),
    };
    let sandbox = sandbox::router(&own, &apis, &node, receiver.inbox.clone(), stopped.clone());
    let router = application(receiver.clone(), &api, &bookings)
        .merge(local::router(local))
        .nest("/sandbox", sandbox);
    // First the address, then the demo: its bookings call the vendors that this very process plays.
    let server = tokio::spawn(answer(listener, router, node.clone(), stopped.clone()));
    if args.demo {
        demo::login(&node, &mut greeting).await?;
        demo::seed(&node, &receiver.inbox, lake.as_ref(), &runner).await?;
    }
    greeting.into_iter().for_each(|line| println!("{line}"));
    println!("listening on {own}");
    until_stopped(server, node, runner, apis.calendly_sandbox, (stop, stopped)).await
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

/// Notes who calls, whatever a client says about itself, and how long it takes: what API Gateway does where it is.
async fn edge(
    State(node): State<Node>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Ok(ip) = HeaderValue::from_str(&peer.ip().to_string()) {
        request.headers_mut().insert(CLIENT_IP, ip);
    }
    request.headers_mut().remove(REQUEST_ID);
    let ours = !request.uri().path().starts_with("/local/")
        && !request.uri().path().starts_with("/sandbox/");
    let began = node.clock.monotonic();
    let response = next.run(request).await;
    if ours {
        node.meter
            .request(node.clock.monotonic().saturating_sub(began));
    }
    response
}

fn open(common: &Common, args: &ServeArgs) -> Result<(Node, Option<Arc<FaultRegistry>>), Failure> {
    let defaults = if args.demo {
        BusinessConfig::from_toml(CONFIG).map_err(Failure::of)?
    } else {
        BusinessConfig::default()
    };
    let mut node = Node::open_or(common, defaults)?;
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

/// Answers requests until the process is told to stop; those at work get a moment to end.
async fn answer(
    listener: TcpListener,
    router: Router,
    node: Node,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let service = router
        .layer(axum::middleware::from_fn_with_state(node, edge))
        .into_make_service_with_connect_info::<SocketAddr>();
    let (mut quiet, mut overdue) = (stopped.clone(), stopped);
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(async move { consume_bronze::stopped(&mut quiet).await });
    tokio::select! {
        served = served => served,
        () = async { consume_bronze::stopped(&mut overdue).await; tokio::time::sleep(SHUTDOWN).await } => {
            tracing::warn!("some requests were cut off");
            Ok(())
        }
    }
}

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
        tokio::spawn(business::reacting(
            runner.business().clone(),
            stopped.clone(),
        )),
        tokio::spawn(business::performing(
            runner.business().clone(),
            stopped.clone(),
        )),
        tokio::spawn(upkeep::run(
            node.clone(),
            runner.business().clone(),
            plays_calendly,
            stopped.clone(),
        )),
        tokio::spawn(schedule::run(node, runner, stopped)),
        tokio::spawn(async move {
            signal().await;
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
