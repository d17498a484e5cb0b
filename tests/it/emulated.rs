//! The deployed stack on an emulated AWS, and the hands that reach behind its API (tests/python/emulated.py).

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Mutex, MutexGuard};

/// The account is one, so tests take turns.
static TURN: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

/// Set by `make acceptance-aws`: the suite runs against the deployed stack.
pub(crate) fn selected() -> bool {
    std::env::var("BOOKPATH_STAGE").is_ok_and(|stage| stage == "aws")
}

/// The port that the functions look for the vendors' APIs at; the test plays them there.
pub(crate) fn vendor_port() -> u16 {
    std::env::var("BOOKPATH_VENDOR_PORT")
        .ok()
        .and_then(|port| port.parse().ok())
        .unwrap_or(0)
}

/// Python with the emulator's client, the emulator's address and its dummy keys: whatever reaches the account.
pub(crate) fn environment() -> Vec<(&'static str, String)> {
    let endpoint =
        std::env::var("AWS_ENDPOINT_URL").expect("AWS_ENDPOINT_URL: run `make acceptance-aws`");
    let mut variables = vec![("AWS_ENDPOINT_URL", endpoint)];
    for (name, value) in [
        ("AWS_REGION", "us-west-1"),
        ("AWS_DEFAULT_REGION", "us-west-1"),
        ("AWS_ALLOW_HTTP", "true"),
    ] {
        variables.push((name, value.to_owned()));
    }
    variables.extend([
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ]);
    variables
}

/// The account, while it is this test's turn.
pub(crate) struct Account {
    hands: Mutex<Hands>,
    _turn: MutexGuard<'static, ()>,
}

struct Hands {
    _process: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Account {
    /// Waits for its turn.
    pub(crate) async fn open() -> Self {
        let turn = TURN.lock().await;
        let python = std::env::var("BOOKPATH_EMULATOR_PYTHON")
            .expect("BOOKPATH_EMULATOR_PYTHON: run `make acceptance-aws`");
        let script = PathBuf::from("python/emulated.py");
        let mut command = Command::new(python);
        command
            .arg(script)
            .env_clear()
            .envs(environment())
            .kill_on_drop(true);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (
            process.stdin.take().unwrap(),
            process.stdout.take().unwrap(),
        );
        let hands = Hands {
            _process: process,
            stdin,
            stdout: BufReader::new(stdout).lines(),
        };
        Self {
            hands: Mutex::new(hands),
            _turn: turn,
        }
    }

    /// Does a command of emulated.py.
    pub(crate) async fn ask(&self, command: &str, with: Value) -> Value {
        let answer = self.try_ask(command, &with).await;
        assert!(answer.get("ok").is_some(), "{command} {with}: {answer}");
        answer["ok"].clone()
    }

    /// As [`Account::ask`], with the failure as an answer.
    pub(crate) async fn try_ask(&self, command: &str, with: &Value) -> Value {
        let mut hands = self.hands.lock().await;
        hands
            .stdin
            .write_all(format!("{}\n", json!({ "do": command, "with": with })).as_bytes())
            .await
            .unwrap();
        let line = hands
            .stdout
            .next_line()
            .await
            .unwrap()
            .expect("emulated.py ended");
        serde_json::from_str(&line).unwrap()
    }
}
