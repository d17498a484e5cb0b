//! The arguments of every command.

mod contacts;
mod etl;
mod maintenance;
mod privacy;
mod simulate;

use std::net::SocketAddr;
use std::path::PathBuf;

use bookpath_domain::Vendor;
use bookpath_domain::access::Role;
use bookpath_domain::texts::what_if::wait_seconds;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

pub(crate) use contacts::{ContactsCommand, DecisionArgs};
pub(crate) use etl::EtlArgs;
pub(crate) use maintenance::{AnnounceArgs, MaintenanceCommand};
pub(crate) use privacy::{ForgetArgs, PersonArgs};
pub(crate) use simulate::SimulateArgs;

/// From the first form to cash: receives bookings, keeps their history, answers for every number.
#[derive(Debug, Parser)]
#[command(name = "bookpath", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// Directory of the store and the lake
    #[arg(long, global = true, value_name = "DIR", default_value = "data")]
    pub(crate) data: PathBuf,
    /// `embedded` works on --data; `aws` on the deployed stack, from AWS_REGION and the credentials of the environment
    #[arg(long, global = true, value_enum, default_value_t = Target::Embedded)]
    pub(crate) target: Target,
    /// With --target aws: dev, staging or prod
    #[arg(
        long,
        global = true,
        value_name = "E",
        env = "BOOKPATH_ENVIRONMENT",
        default_value = "dev"
    )]
    pub(crate) environment: String,
    /// Business rules; else ./bookpath.toml, else DIR/bookpath.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the result as one JSON object, for programs; else tables and sentences
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What a command works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    Embedded,
    Aws,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the whole system in one process
    Serve(ServeArgs),
    /// Bring bronze to silver to gold: what is new, or everything
    Etl(EtlArgs),
    /// Load a bronze tree: calendly_events/channel=*/date=*/ and marketing_spend/date=*/
    Import(ImportArgs),
    /// Ask a vendor for what its webhooks missed: calendly, close, typeform or stripe
    Sync(SyncArgs),
    /// The vendors' subscriptions to our webhooks
    #[command(subcommand)]
    Webhooks(WebhooksCommand),
    /// Process a day again from the raw archive; without effects unless asked
    Replay(ReplayArgs),
    /// Follow a gold row to its silver rows and raw objects
    Lineage(LineageArgs),
    /// Ask silver and gold in SQL; with --target aws Athena answers and says what that costs
    Query(QueryArgs),
    /// What the metered use costs on AWS
    Bill(BillArgs),
    /// Questions about text messages
    #[command(subcommand)]
    Sms(SmsCommand),
    /// Compare the ledger with Stripe's statement, to the cent
    Reconcile(ReconcileArgs),
    /// Who may use the application
    #[command(subcommand)]
    Users(UsersCommand),
    /// Who is who: likely pairs, merges, and taking them back
    #[command(subcommand)]
    Contacts(ContactsCommand),
    /// Print all that is known of a person
    Export(PersonArgs),
    /// Forget a person: what is counted stays, under nobody's name
    Forget(ForgetArgs),
    /// Tell the team when Bookpath will be worked on
    #[command(subcommand)]
    Maintenance(MaintenanceCommand),
    /// Check the configuration, keys, directory, address and clock, and say what to do about what is missing
    Doctor(DoctorArgs),
    /// Play random worlds with faults in a folder of their own, and compare what comes out with a naive model
    Simulate(SimulateArgs),
    /// Measure this machine
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// `bookpath bill`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BillArgs {
    /// Scale the metered use to this many appointments
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) appointments: Option<u32>,
}

/// `bookpath sms`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SmsCommand {
    /// Play the follow-ups of the past again with other waits
    WhatIf(WhatIfArgs),
}

/// `bookpath sms what-if`.
#[derive(Debug, Clone, Args)]
pub(crate) struct WhatIfArgs {
    /// Waits to try: 15m,30m,60m (s, m or h)
    #[arg(long, value_name = "WAITS", required = true, value_delimiter = ',', value_parser = wait_seconds)]
    pub(crate) wait: Vec<u32>,
    /// Only conversations that began at this instant (RFC 3339) or later
    #[arg(long, value_name = "T")]
    pub(crate) from: Option<Timestamp>,
    /// Only conversations that began before this instant
    #[arg(long, value_name = "T")]
    pub(crate) to: Option<Timestamp>,
}

/// `bookpath reconcile`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReconcileArgs {
    /// From this instant (RFC 3339); else the last three days
    #[arg(long, value_name = "T")]
    pub(crate) from: Option<Timestamp>,
    /// Up to this instant, which is not part of it; else an hour ago
    #[arg(long, value_name = "T")]
    pub(crate) to: Option<Timestamp>,
}

/// `bookpath users`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UsersCommand {
    /// Add a user; the password is the first line of standard input
    Add(UsersAddArgs),
    /// List the users
    List,
    /// Forbid a user to log in, or allow it again; their sessions end at once
    Disable(UsersDisableArgs),
    /// Give a user another password: the first line of standard input, or a fresh one that is printed once
    Reset(UserArgs),
    /// List a user's sessions, or end them all
    Sessions(UsersSessionsArgs),
}

/// A user of the application.
#[derive(Debug, Clone, Args)]
pub(crate) struct UserArgs {
    #[arg(long, value_name = "E")]
    pub(crate) email: String,
}

/// `bookpath users disable`.
#[derive(Debug, Clone, Args)]
pub(crate) struct UsersDisableArgs {
    #[command(flatten)]
    pub(crate) user: UserArgs,
    /// Allow it again
    #[arg(long)]
    pub(crate) undo: bool,
}

/// `bookpath users sessions`.
#[derive(Debug, Clone, Args)]
pub(crate) struct UsersSessionsArgs {
    #[command(flatten)]
    pub(crate) user: UserArgs,
    /// End them
    #[arg(long)]
    pub(crate) end: bool,
}

/// `bookpath users add`.
#[derive(Debug, Clone, Args)]
pub(crate) struct UsersAddArgs {
    #[arg(long, value_name = "E")]
    pub(crate) email: String,
    /// admin, sales or viewer
    #[arg(long, value_name = "R", value_parser = role)]
    pub(crate) role: Role,
    #[arg(long, value_name = "N")]
    pub(crate) name: Option<String>,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| format!("`{text}` is no role: admin, sales or viewer"))
}

/// `bookpath doctor`.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArgs {
    /// The address that `serve` is to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
}

/// `bookpath bench`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum BenchCommand {
    /// Durable webhooks of `serve` against a loop that only hashes, appends and syncs
    Webhooks(BenchWebhooksArgs),
}

/// `bookpath bench webhooks`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BenchWebhooksArgs {
    /// Connections that post at the same time
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) connections: usize,
    /// Length of a round
    #[arg(long, value_name = "S", default_value_t = 3)]
    pub(crate) seconds: u64,
    /// Rounds that count
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) rounds: usize,
}

/// `bookpath import`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ImportArgs {
    /// The tree's root
    #[arg(long, value_name = "TREE")]
    pub(crate) from: PathBuf,
}

/// `bookpath sync`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SyncArgs {
    /// calendly, close, typeform or stripe
    #[arg(value_name = "VENDOR", value_parser = synced)]
    pub(crate) vendor: Vendor,
    /// Read from this instant (RFC 3339) on: for Calendly the earliest start, for the others the earliest change
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Timestamp>,
}

fn synced(text: &str) -> Result<Vendor, String> {
    text.parse()
        .ok()
        .filter(|vendor| bookpath_app::sync::VENDORS.contains(vendor))
        .ok_or_else(|| format!("`{text}` has no sync: calendly, close, typeform or stripe"))
}

/// `bookpath webhooks`.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum WebhooksCommand {
    /// List what the vendor posts where
    List(WebhooksArgs),
    /// Subscribe our address and keep the key that signs
    Create(WebhooksCreateArgs),
    /// End a subscription
    Delete(WebhooksDeleteArgs),
}

/// Whose webhooks.
#[derive(Debug, Clone, Args)]
pub(crate) struct WebhooksArgs {
    /// calendly, close, typeform or stripe
    #[arg(long, value_name = "V", value_parser = synced)]
    pub(crate) vendor: Vendor,
}

/// `bookpath webhooks create`.
#[derive(Debug, Clone, Args)]
pub(crate) struct WebhooksCreateArgs {
    #[command(flatten)]
    pub(crate) whose: WebhooksArgs,
    /// Where the vendor is to post; else BOOKPATH_PUBLIC_URL/api/webhooks/VENDOR
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
}

/// `bookpath webhooks delete`.
#[derive(Debug, Clone, Args)]
pub(crate) struct WebhooksDeleteArgs {
    #[command(flatten)]
    pub(crate) whose: WebhooksArgs,
    /// The id that the list shows
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
}

/// `bookpath replay`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReplayArgs {
    /// The UTC day of arrival
    #[arg(long, value_name = "D")]
    pub(crate) day: Date,
    /// Only this vendor: calendly, stripe, typeform or close
    #[arg(long, value_name = "V")]
    pub(crate) vendor: Option<Vendor>,
    /// Derive the day's rows of silver by the present rules, as a replay always does; `etl --rebuild` does so for all days
    #[arg(long)]
    pub(crate) rebuild_silver: bool,
    /// Do what should have been done for these deliveries and was not: texts, checkouts, refunds
    #[arg(long)]
    pub(crate) with_effects: bool,
}

/// `bookpath lineage`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LineageArgs {
    /// A gold table, or one of silver as silver.invitees
    pub(crate) table: String,
    /// COLUMN=VALUE of the table's key; an empty value is NULL
    #[arg(required = true, value_name = "COLUMN=VALUE")]
    pub(crate) key: Vec<String>,
}

/// `bookpath query`.
#[derive(Debug, Clone, Args)]
pub(crate) struct QueryArgs {
    /// A query over tables like silver.invitees and gold.bookings_trend
    pub(crate) sql: String,
    /// Rows at most
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) limit: usize,
}

/// `bookpath serve`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Address to listen on: a loopback address, because it serves plain HTTP
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = loopback)]
    pub(crate) listen: SocketAddr,
    /// `system`, or the instant (RFC 3339) at which time stands still until /local/clock moves it
    #[arg(long, value_name = "CLOCK", default_value = "system", value_parser = clock)]
    pub(crate) clock: ClockArg,
    /// Make up signing keys, a login and a demo business; its rules go to DIR/bookpath.toml where there are none
    #[arg(long)]
    pub(crate) demo: bool,
    /// Serve the web app's build in DIR instead of the one in this program: `web/dist/site` while working on it
    #[arg(long, value_name = "DIR")]
    pub(crate) web: Option<PathBuf>,
    /// Let /local/faults inject failures
    #[arg(long)]
    pub(crate) faults: bool,
}

/// Which clock a process runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockArg {
    System,
    At(Timestamp),
}

fn clock(text: &str) -> Result<ClockArg, String> {
    if text == "system" {
        return Ok(ClockArg::System);
    }
    text.parse()
        .map(ClockArg::At)
        .map_err(|_| format!("`{text}` is neither `system` nor an RFC 3339 instant"))
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("`{text}` is no address and port"))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(format!("{} is not a loopback address", address.ip()))
    }
}
