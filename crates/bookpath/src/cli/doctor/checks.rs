//! What is looked at in a directory and in the environment.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bookpath_app::access::list_users;
use bookpath_app::inbox::keys::KEY_VARIABLES;
use bookpath_app::lake::etl;
use bookpath_app::ports::{Clock, Store};
use bookpath_domain::BusinessConfig;
use bookpath_domain::access::Role;
use bookpath_platform_local::Database;
use bookpath_platform_local::clock::ProcessClock;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Check;
use crate::arguments::Common;
use crate::cli::output::bytes;
use crate::environment;
use crate::serve::demo;

/// Less free space than this is told.
const FREE_BYTES_MIN: u64 = 1 << 30;
/// Tables that are older than this have missed a nightly run.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(26);
/// A clock before this instant was never set.
const EARLIEST: &str = "2026-01-01T00:00:00Z";
/// How long a program on the address may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// Users that are looked through for an admin.
const USERS_MAX: usize = 1_000;

/// The data directory, its store and what the store says.
pub(super) async fn directory(common: &Common) -> Vec<Check> {
    const NAME: &str = "data directory";
    let dir = &common.data;
    if !dir.exists() {
        return vec![Check::note(
            NAME,
            format!("{} does not exist yet", dir.display()),
            "nothing: `bookpath serve` or `bookpath users add` makes it",
        )];
    }
    if let Err(error) = writable(dir) {
        let to_do = "give the directory to this user, or take another one with --data";
        return vec![Check::fault(
            NAME,
            format!("{}: {error}", dir.display()),
            to_do,
        )];
    }
    let mut all = vec![space(NAME, dir)];
    // Opening a store makes it where there is none, and a doctor changes nothing.
    if !dir.join("bookpath.db").exists() {
        all.push(Check::note(
            "store",
            "there is none yet, so nobody can log in",
            "bookpath users add --email E --role admin",
        ));
        return all;
    }
    match Database::open(dir) {
        Ok(database) => all.extend(state(&database, &ProcessClock::system()).await),
        Err(error) => all.push(Check::fault(
            "store",
            error.to_string(),
            "restore the directory from a backup, or take another one with --data",
        )),
    }
    all
}

fn writable(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!(".doctor-{}", std::process::id()));
    std::fs::write(&probe, b"")?;
    std::fs::remove_file(&probe)
}

fn space(name: &str, dir: &Path) -> Check {
    match rustix::fs::statvfs(dir) {
        Ok(about) => {
            let free = about.f_bavail.saturating_mul(about.f_frsize);
            let found = format!("{}, {} free", dir.display(), bytes(free));
            if free < FREE_BYTES_MIN {
                Check::fault(
                    name,
                    found,
                    "make room: webhooks are refused on a full disk",
                )
            } else {
                Check::ok(name, found)
            }
        }
        Err(error) => Check::fault(name, format!("{}: {error}", dir.display()), "mend the disk"),
    }
}

/// How fresh the tables are, and who may log in.
pub(super) async fn state(store: &dyn Store, clock: &dyn Clock) -> Vec<Check> {
    vec![tables(store, clock).await, users(store).await]
}

async fn tables(store: &dyn Store, clock: &dyn Clock) -> Check {
    const NAME: &str = "tables";
    let now = clock.now();
    match demo::is_coming_in(store).await {
        Err(error) => return Check::fault(NAME, error.to_string(), "look at the store's message"),
        Ok(true) => {
            return Check::note(
                NAME,
                "the demo business is coming in",
                "wait until `bookpath serve --demo` has computed its numbers; if it has ended, start it again",
            );
        }
        Ok(false) => {}
    }
    match etl::as_of(store).await {
        Err(error) => Check::fault(NAME, error.to_string(), "look at the store's message"),
        Ok(None) => Check::note(
            NAME,
            "nothing was brought into silver and gold yet",
            "run `bookpath etl`, or `bookpath serve`, which does so every few minutes",
        ),
        Ok(Some(at)) if at > now => Check::fault(
            NAME,
            format!("they answer as of {at}, and this machine's clock says {now}"),
            "set the clock; under a clock that is behind, webhooks are refused as stale",
        ),
        Ok(Some(at)) if now.duration_since(at) > AGE_MAX => Check::note(
            NAME,
            format!("they answer as of {at}"),
            "run `bookpath etl`; a running `serve` does so every night",
        ),
        Ok(Some(at)) => Check::ok(NAME, format!("they answer as of {at}")),
    }
}

async fn users(store: &dyn Store) -> Check {
    const NAME: &str = "users";
    match list_users(store, USERS_MAX, None).await {
        Err(error) => Check::fault(NAME, error.to_string(), "look at the store's message"),
        Ok((users, _)) if users.iter().any(|user| user.role == Role::Admin) => {
            Check::ok(NAME, format!("{}, with an admin", users.len()))
        }
        Ok((users, _)) => Check::note(
            NAME,
            format!("{}, and no admin", users.len()),
            "bookpath users add --email E --role admin",
        ),
    }
}

/// The signing keys, vendor by vendor.
pub(super) fn webhook_keys(common: &Common) -> Vec<Check> {
    const NAME: &str = "webhook keys";
    match environment::vendor_keys(&common.data) {
        Err(error) => vec![Check::fault(NAME, error.to_string(), "mend the variable")],
        Ok(keys) => KEY_VARIABLES
            .iter()
            .map(|(vendor, variable)| {
                let name = format!("{NAME}: {vendor}");
                match keys.of(*vendor).len() {
                    0 => Check::note(
                        &name,
                        format!("{variable} is not set, so every webhook is refused with 401"),
                        format!("set {variable} (env.example); `serve --demo` makes its own"),
                    ),
                    1 => Check::ok(&name, "1 key"),
                    n => Check::ok(&name, format!("{n} keys")),
                }
            })
            .collect(),
    }
}

/// Whom `serve` would call, and where customers' links would lead.
pub(super) fn vendor_apis() -> Vec<Check> {
    let apis = environment::vendor_apis("http://127.0.0.1:8080");
    let vendor = |name: &str, sandbox: bool, base: &str, variable: &str| {
        if sandbox {
            Check::note(
                name,
                "no key is set, so `serve` plays this vendor itself",
                format!("set {variable} for the real one (env.example)"),
            )
        } else {
            Check::ok(name, base)
        }
    };
    let links = if apis.public_url.starts_with("https://") {
        Check::ok("links to customers", &apis.public_url)
    } else {
        Check::note(
            "links to customers",
            format!(
                "they lead to {}, which only this machine reaches",
                apis.public_url
            ),
            "set BOOKPATH_PUBLIC_URL to the address that customers reach",
        )
    };
    vec![
        vendor(
            "Stripe",
            apis.stripe_sandbox,
            &apis.stripe_base,
            "STRIPE_API_KEY",
        ),
        vendor(
            "Calendly",
            apis.calendly_sandbox,
            &apis.calendly_base,
            "CALENDLY_WRITE_TOKEN",
        ),
        vendor(
            "Typeform",
            apis.typeform_sandbox,
            &apis.typeform_base,
            "TYPEFORM_API_TOKEN",
        ),
        vendor(
            "Close",
            apis.close_sandbox,
            &apis.close_base,
            "CLOSE_API_KEY",
        ),
        links,
    ]
}

/// The keys that sign logins.
pub(super) fn logins() -> Check {
    const NAME: &str = "logins";
    match environment::jwt_keys() {
        Err(error) => Check::fault(NAME, error.to_string(), "make one: openssl rand -hex 32"),
        Ok(Some(_)) => Check::ok(NAME, "signed with JWT_SECRET"),
        Ok(None) => Check::ok(NAME, "signed with a key of the data directory"),
    }
}

/// Whether `serve` can listen there.
pub(super) async fn address(listen: SocketAddr) -> Check {
    const NAME: &str = "address";
    match TcpListener::bind(listen).await {
        Ok(_) => Check::ok(NAME, format!("{listen} is free")),
        Err(_) if is_bookpath(listen).await => {
            Check::ok(NAME, format!("a Bookpath answers at {listen}"))
        }
        Err(error) => Check::fault(
            NAME,
            format!("{listen}: {error}"),
            "end the other program, or take another port: bookpath serve --listen 127.0.0.1:8081",
        ),
    }
}

/// Whether `/healthz` answers 200.
async fn is_bookpath(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = tokio::time::timeout(ANSWER, asked).await;
    answer.is_ok_and(|answer| answer.is_ok_and(|bytes| bytes.starts_with(b"HTTP/1.1 200")))
}

/// This machine's clock, in UTC and in the zone of the reports.
pub(super) fn clock(rules: &BusinessConfig) -> Check {
    const NAME: &str = "clock";
    let now = ProcessClock::system().now();
    let local = now.to_zoned(rules.reporting_timezone.clone());
    let found = format!(
        "{} UTC, {} in {}",
        now.strftime("%Y-%m-%d %H:%M:%S"),
        local.strftime("%Y-%m-%d %H:%M"),
        rules.reporting_timezone.iana_name().unwrap_or("UTC")
    );
    let earliest: Option<Timestamp> = EARLIEST.parse().ok();
    if earliest.is_some_and(|earliest| now < earliest) {
        let to_do = format!(
            "set the clock: signatures may be {} s off",
            rules.signature_tolerance_seconds
        );
        return Check::fault(NAME, found, to_do);
    }
    Check::ok(NAME, found)
}

#[cfg(test)]
mod tests {
    use bookpath_app::ports::{Commit, Expect, ItemKey, Write};

    use super::*;

    /// A run of the lake then would be of a later instant than those of the demo.
    #[tokio::test]
    async fn while_the_demo_comes_in_no_run_of_the_lake_is_advised() {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::open(dir.path()).unwrap();
        let clock = ProcessClock::system();
        for (mark, begins) in [
            (None, "run `bookpath etl`"),
            (Some("begun"), "wait until"),
            (Some("seeded"), "run `bookpath etl`"),
        ] {
            if let Some(mark) = mark {
                let row = Write::put(ItemKey::new("demo", mark), None, &true, Expect::Absent);
                let writes = vec![row.unwrap()];
                database.commit(Commit::new(writes)).await.unwrap();
            }
            let to_do = tables(&database, &clock).await.to_do.unwrap();
            assert!(to_do.starts_with(begins), "{mark:?}: {to_do}");
        }
    }
}
