//! A running Bookpath, and what a test asks of it.

mod command_line;
mod deployed;
mod keys;
mod options;
mod requests;
mod tables;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

pub(crate) use command_line::{ADMIN, PASSWORD, cli, cli_with_input, command};
pub(crate) use keys::{CALENDLY_KEY, ORIGIN_SECRET, key_of_vendor, timed_signature};
pub(crate) use options::Options;
pub(crate) use requests::Answer;
pub(crate) use tables::GOLD;

use crate::emulated::{self, Account};
use command_line::{add_admin, spawn};

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
            return keys_and_texts(&found);
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

    /// The nightly run of the deployed machine, with its upkeep. Nothing in a folder.
    pub(crate) async fn upkeep(&self, as_of: &str) {
        if let Some(account) = &self.account {
            let payload = json!({ "as_of": as_of, "rebuild": false, "maintain": true });
            let run = json!({ "machine": "EtlArn", "payload": payload });
            let report = account.ask("run", run).await;
            assert_eq!(report["status"], "SUCCEEDED", "{report}");
        }
    }

    /// What the archive still keeps of what its objects held before: nothing in a folder, whose files have no versions.
    pub(crate) async fn past(&self, prefix: &str) -> Vec<(String, String)> {
        match &self.account {
            Some(account) => {
                keys_and_texts(&account.ask("past", json!({ "prefix": prefix })).await)
            }
            None => Vec::new(),
        }
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

fn keys_and_texts(objects: &Value) -> Vec<(String, String)> {
    let text = |o: &Value, name: &str| o[name].as_str().unwrap().to_owned();
    let objects = objects.as_array().unwrap().iter();
    objects.map(|o| (text(o, "key"), text(o, "text"))).collect()
}
