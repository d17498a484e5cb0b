//! A process of the system under test on its own directory and port.

pub(crate) mod calendly;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use reqwest::{Client, Response};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) const KEYS: [(&str, &str); 4] = [
    ("CALENDLY_WEBHOOK_SIGNING_KEYS", "test_signing_key"),
    ("STRIPE_WEBHOOK_SECRETS", "whsec_test"),
    ("TYPEFORM_WEBHOOK_SECRETS", "typeform_secret"),
    ("CLOSE_WEBHOOK_SIGNATURE_KEYS", "00112233445566778899aabbccddeeff"),
];

/// `BOOKPATH_BIN`, else the binary that was built beside this test.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("BOOKPATH_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("bookpath");
    assert!(path.is_file(), "build the binary first: cargo build --bin bookpath");
    path
}

/// A data directory and the rules in it.
pub(crate) struct Site {
    pub(crate) dir: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with_rules("")
    }

    pub(crate) fn with_rules(rules: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("bookpath.toml"), rules).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.current_dir(self.path()).env_clear().envs(KEYS).arg("--data").arg(self.path());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts `serve` and waits until it listens.
    pub(crate) fn serve(&self, args: &[&str]) -> Server {
        self.serve_with(args, &[])
    }

    pub(crate) fn serve_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Server {
        let mut command = self.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(args).envs(variables.iter().copied());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| line.unwrap().strip_prefix("listening on ").map(str::to_owned));
        Server { child, url: url.expect("serve ended before it listened"), client: Client::new() }
    }

    /// Every line of the bronze tier.
    pub(crate) fn bronze(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        for file in files(&self.path().join("lake/bronze")) {
            lines.extend(std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()));
        }
        lines
    }

    /// Every object of the raw archive.
    pub(crate) fn raw(&self) -> Vec<PathBuf> {
        files(&self.path().join("lake/raw"))
    }
}

/// Every file below a directory, sorted.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect();
    found.sort();
    found
}

/// A running `serve`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) client: Client,
}

impl Server {
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// The JSON of a GET that must succeed.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// The JSON of a POST that must succeed.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, &[("content-type", "application/json")], body.to_string()).await;
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn drain(&self) {
        assert_eq!(self.ask("/local/drain", Value::Null).await["idle"], true);
    }

    pub(crate) async fn counter(&self, name: &str) -> i64 {
        self.read("/api/ops").await["counters"][name].as_i64().unwrap()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until the process has ended by itself.
    pub(crate) fn ended(mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// A response's status and JSON.
pub(crate) async fn parts(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}
