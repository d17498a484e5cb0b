//! The program that is tested: its commands, and `serve` as a process.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use super::keys::{JWT_SECRET, KEYS};
use super::options::Options;
use crate::emulated;

pub(crate) const ADMIN: &str = "admin@co.test";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(super) async fn add_admin(dir: &Path) {
    let added = cli_with_input(
        dir,
        &["users", "add", "--email", ADMIN, "--role", "admin"],
        PASSWORD,
    )
    .await;
    assert_eq!(added.0, 0, "{added:?}");
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
pub(super) async fn spawn(data: &Path, options: &Options) -> (Child, String) {
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
