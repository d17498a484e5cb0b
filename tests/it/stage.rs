//! A running Bookpath, and what a test asks of it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::deployed;
use crate::emulated::{self, Account};

pub(crate) const ADMIN: &str = "admin@co.test";
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const CALENDLY_KEY: &str = "test_signing_key";

/// Signing keys of the vendors; Calendly has an old and a new one.
pub(crate) const KEYS: [(&str, &str); 4] = [
    (
        "CALENDLY_WEBHOOK_SIGNING_KEYS",
        "new_signing_key,test_signing_key",
    ),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_test"),
    ("TYPEFORM_WEBHOOK_SECRETS", "typeform_secret"),
    (
        "CLOSE_WEBHOOK_SIGNATURE_KEYS",
        "00112233445566778899aabbccddeeff",
    ),
];

pub(crate) const JWT_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// The secret by which the deployed API recognises CloudFront.
pub(crate) const ORIGIN_SECRET: &str = "fedcba9876543210fedcba9876543210";

/// What a stage is started with.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) clock: &'static str,
    pub(crate) config: String,
    pub(crate) faults: bool,
    /// A file for standard error; without one it is the test's own.
    pub(crate) log: Option<PathBuf>,
    /// Further environment variables.
    pub(crate) env: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: "2026-03-01T00:00:00Z",
            config: String::new(),
            faults: false,
            log: None,
            env: Vec::new(),
        }
    }
}

/// One running Bookpath: a `bookpath serve` on a folder and port of its own; or, for the tests in a module `both` when
/// `make acceptance-aws` runs them, the deployed stack, emptied.
pub(crate) struct Stage {
    child: Option<Child>,
    account: Option<Account>,
    /// How far the stage's clock is ahead of the instants in the test; `None` where the clock is set.
    ahead: SignedDuration,
    options: Options,
    pub(crate) base: String,
    pub(crate) dir: TempDir,
    pub(crate) client: reqwest::Client,
    /// The admin's login; a fresh one where it has expired.
    token: tokio::sync::Mutex<String>,
}

/// A status and the JSON beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Stage {
    pub(crate) async fn start(options: Options) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Another test may have installed it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(240))
            .build()
            .unwrap();
        let (child, account, base, ahead) = if emulated::selected() {
            let (account, base) = deployed::prepared(&options).await;
            let ahead = Timestamp::now().duration_since(options.clock.parse().unwrap());
            (
                None,
                Some(account),
                base,
                SignedDuration::from_secs(ahead.as_secs()),
            )
        } else {
            std::fs::write(dir.path().join("bookpath.toml"), &options.config).unwrap();
            add_admin(dir.path()).await;
            let (child, base) = spawn(dir.path(), &options).await;
            (Some(child), None, base, SignedDuration::ZERO)
        };
        if account.is_some() {
            add_admin(dir.path()).await;
        }
        Self {
            child,
            account,
            ahead,
            options,
            base,
            dir,
            client,
            token: tokio::sync::Mutex::default(),
        }
    }

    /// An instant of the test, on the stage's clock.
    pub(crate) fn at(&self, text: &str) -> String {
        (text.parse::<Timestamp>().unwrap() + self.ahead).to_string()
    }

    /// The emulated account, for tests of the deployed stack alone.
    pub(crate) fn account(&self) -> &Account {
        let account = self.account.as_ref();
        account.expect("this test runs on the emulated AWS only")
    }

    /// How many letters have gone out.
    pub(crate) async fn letters(&self) -> usize {
        let letters = self.get("/local/mail").await.body["letters"].clone();
        letters.as_array().unwrap().len()
    }

    /// Returns once everything that was begun is done.
    pub(crate) async fn drain(&self) {
        assert_eq!(
            self.post("/local/drain", &json!({})).await.body,
            json!({ "idle": true })
        );
    }

    /// Keys and texts of all objects below a prefix of the lake.
    pub(crate) async fn objects(&self, prefix: &str) -> Vec<(String, String)> {
        if let Some(account) = &self.account {
            let found = account.ask("objects", json!({ "prefix": prefix })).await;
            let text = |o: &Value, name: &str| o[name].as_str().unwrap().to_owned();
            return found
                .as_array()
                .unwrap()
                .iter()
                .map(|o| (text(o, "key"), text(o, "text")))
                .collect();
        }
        let key = |path: &PathBuf| {
            path.strip_prefix(self.lake())
                .unwrap()
                .to_string_lossy()
                .into_owned()
        };
        let found = files(&self.lake().join(prefix));
        found
            .iter()
            .map(|path| (key(path), std::fs::read_to_string(path).unwrap()))
            .collect()
    }

    /// At midnight of 2026-03-01 with default rules.
    pub(crate) async fn plain() -> Self {
        Self::start(Options::default()).await
    }

    /// `kill -9`, then a new process on the same data.
    pub(crate) async fn crash_and_restart(&mut self) {
        self.child.as_mut().unwrap().kill().await.unwrap();
        self.restart().await;
    }

    /// A second `serve` on the same data, as long as the returned process lives; its base address.
    pub(crate) async fn beside(&self) -> (Child, String) {
        spawn(self.dir.path(), &self.options).await
    }

    /// As [`Stage::beside`], with another environment.
    pub(crate) async fn beside_with(&self, env: Vec<(&'static str, String)>) -> (Child, String) {
        spawn(
            self.dir.path(),
            &Options {
                env,
                ..self.options.clone()
            },
        )
        .await
    }

    /// Every line of the bronze tier.
    pub(crate) fn bronze(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        for file in files(&self.lake().join("bronze")) {
            lines.extend(
                std::fs::read_to_string(file)
                    .unwrap()
                    .lines()
                    .map(|line| serde_json::from_str(line).unwrap()),
            );
        }
        lines
    }

    /// A new process on the same data; the old one has ended.
    pub(crate) async fn restart(&mut self) {
        self.child.as_mut().unwrap().wait().await.unwrap();
        let (child, base) = spawn(self.dir.path(), &self.options).await;
        self.child = Some(child);
        self.base = base;
    }

    /// GET with the admin's login.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.as_admin("GET", path, &Value::Null).await
    }

    /// POST with the admin's login.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.as_admin("POST", path, body).await
    }

    /// The admin's token.
    pub(crate) async fn admin(&self) -> String {
        assert_eq!(self.get("/api/auth/me").await.status, 200);
        self.token.lock().await.clone()
    }

    async fn as_admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        if self.account.is_some() && path.starts_with("/local/") {
            return deployed::by_hand(self, path, body).await;
        }
        let mut token = self.token.lock().await;
        if !token.is_empty() {
            let answer = self.with_token(method, path, &token, body).await;
            if answer.status != 401 {
                return answer;
            }
        }
        *token = self.login(ADMIN, PASSWORD).await.body["token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        self.with_token(method, path, &token, body).await
    }

    /// Logs in.
    pub(crate) async fn login(&self, email: &str, password: &str) -> Answer {
        let body = json!({ "email": email, "password": password });
        answer(
            self.client
                .post(format!("{}/api/auth/login", self.base))
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// Posts raw bytes with headers; `None` when the connection broke.
    pub(crate) async fn post_raw(
        &self,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Option<Answer> {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        match request.send().await {
            Ok(response) => Some(answer(response).await),
            Err(_) => None,
        }
    }

    /// The stage's present instant.
    pub(crate) async fn now(&self) -> Timestamp {
        if self.account.is_some() {
            return Timestamp::now();
        }
        self.get("/local/clock").await.body["now"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Posts a Calendly webhook signed now.
    pub(crate) async fn calendly(&self, body: &Value) -> Answer {
        let raw = body.to_string().into_bytes();
        let header = (
            "Calendly-Webhook-Signature",
            timed_signature(CALENDLY_KEY, self.now().await.as_second(), &raw),
        );
        self.post_raw("/api/webhooks/calendly", &[header], raw)
            .await
            .unwrap()
    }

    /// Posts a Stripe event signed now.
    pub(crate) async fn stripe(&self, event: &Value) -> Answer {
        let raw = event.to_string().into_bytes();
        let header = (
            "Stripe-Signature",
            timed_signature("whsec_test", self.now().await.as_second(), &raw),
        );
        self.post_raw("/api/webhooks/stripe", &[header], raw)
            .await
            .unwrap()
    }

    /// A request with a Bearer token.
    pub(crate) async fn with_token(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Answer {
        let request = self
            .client
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .bearer_auth(token);
        answer(
            if body.is_null() {
                request
            } else {
                request.json(body)
            }
            .send()
            .await
            .unwrap(),
        )
        .await
    }

    /// Runs the ETL at `as_of` through the local route.
    pub(crate) async fn etl(&self, as_of: &str) -> Value {
        let answer = self.post("/local/etl", &json!({ "as_of": as_of })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// All rows of a gold table.
    pub(crate) async fn gold(&self, table: &str) -> Vec<Value> {
        let path = format!("/api/marketing/{table}?limit=1000");
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.body["next_cursor"],
            Value::Null,
            "more than a page of {table}"
        );
        let mut rows = answer.body["items"].as_array().unwrap().clone();
        let whole = rows.iter_mut().filter_map(Value::as_object_mut);
        whole.for_each(|row| drop(row.remove("drill")));
        rows
    }

    /// All rows of all five gold tables, without `as_of`: what two equal runs have in common.
    pub(crate) async fn all_gold(&self) -> Value {
        let mut out = json!({});
        for table in GOLD {
            let mut rows = self.gold(table).await;
            let whole = rows.iter_mut().filter_map(Value::as_object_mut);
            whole.for_each(|row| drop(row.remove("as_of")));
            rows.sort_by_key(Value::to_string);
            out[table] = Value::Array(rows);
        }
        out
    }

    /// Runs the command line on the stage's data: exit code, standard output, standard error.
    pub(crate) async fn cli(&self, args: &[&str]) -> (i32, String, String) {
        cli(self.dir.path(), args).await
    }

    /// As [`Stage::cli`], with more of the environment.
    pub(crate) async fn cli_with(
        &self,
        args: &[&str],
        env: &[(&'static str, String)],
    ) -> (i32, String, String) {
        let output = command(self.dir.path())
            .envs(env.iter().cloned())
            .args(args)
            .output()
            .await
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap_or(-1),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// As [`Stage::cli`] with `--json`, for a command that must succeed.
    pub(crate) async fn cli_json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let (code, stdout, stderr) = self.cli(&args).await;
        assert_eq!(code, 0, "{args:?}: {stderr}");
        serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{args:?}: {e}: {stdout}"))
    }

    /// The lake's folder.
    pub(crate) fn lake(&self) -> PathBuf {
        self.dir.path().join("lake")
    }
}

pub(crate) const GOLD: [&str; 5] = [
    "booking_time_analysis",
    "bookings_trend",
    "channel_attribution",
    "cost_per_booking",
    "daily_bookings_by_source",
];

async fn add_admin(dir: &Path) {
    let added = cli_with_input(
        dir,
        &["users", "add", "--email", ADMIN, "--role", "admin"],
        PASSWORD,
    )
    .await;
    assert_eq!(added.0, 0, "{added:?}");
}

/// Every file below a folder.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Runs the command line on a data folder.
pub(crate) async fn cli(data: &Path, args: &[&str]) -> (i32, String, String) {
    let output = command(data).args(args).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

/// As [`cli`], with a line on standard input.
pub(crate) async fn cli_with_input(
    data: &Path,
    args: &[&str],
    line: &str,
) -> (i32, String, String) {
    let mut child = command(data)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    if let Err(error) = stdin.write_all(format!("{line}\n").as_bytes()).await {
        // A command that refuses its arguments may end before it reads its input.
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

/// `t=..,v1=..` as Calendly and Stripe sign.
pub(crate) fn timed_signature(key: &str, t: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    format!("t={t},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// The last of a vendor's keys.
pub(crate) fn key_of_vendor(vendor: &str) -> &'static str {
    let of = |name: &str| name.to_lowercase().starts_with(vendor);
    KEYS.iter()
        .find(|(name, _)| of(name))
        .unwrap()
        .1
        .rsplit(',')
        .next()
        .unwrap()
}

fn binary() -> PathBuf {
    std::env::var_os("BOOKPATH_BIN")
        .map(PathBuf::from)
        .unwrap_or_else(|| {
            // <target>/debug/deps/it-… is this test; the binary lies two folders up.
            let exe = std::env::current_exe().unwrap();
            exe.parent()
                .and_then(Path::parent)
                .unwrap()
                .join("bookpath")
        })
}

pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(binary());
    command
        .current_dir(data)
        .env_clear()
        .env("RUST_LOG", "warn")
        .envs(KEYS)
        .env("JWT_SECRET", JWT_SECRET)
        .arg("--data")
        .arg(data);
    if emulated::selected() {
        command
            .envs(emulated::environment())
            .args(["--target", "aws"]);
    }
    command.kill_on_drop(true);
    command
}

/// Starts a process on a free port and waits until it says where it listens.
async fn spawn(data: &Path, options: &Options) -> (Child, String) {
    let mut command = command(data);
    command.args(["serve", "--listen", "127.0.0.1:0", "--clock", options.clock]);
    command.envs(options.env.iter().cloned());
    if options.faults {
        command.arg("--faults");
    }
    let stderr = options.log.as_ref().map_or_else(Stdio::inherit, |path| {
        std::fs::File::create(path).unwrap().into()
    });
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap_or_else(|e| panic!("{}: {e}", binary().display()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started = Instant::now();
    loop {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "serve does not come up"
        );
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("serve ended before it listened");
        if let Some(at) = line.find("http://") {
            let base = line[at..].split_whitespace().next().unwrap().to_owned();
            // Keep reading: a closed pipe would end the process at its next line.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (child, base);
        }
    }
}

async fn answer(response: reqwest::Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}
