//! A function's process: started as Lambda starts it, asked and measured from the outside.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::comparison::Contest;
use crate::failure::Failure;
use crate::runtime::{RuntimeApi, Said};

/// Ticks per second of the kernel's accounting, as Linux shows them to every process.
const TICKS_PER_SECOND: u64 = 100;

/// How a function is started.
pub(crate) struct Function {
    command: Command,
    contest: Contest,
}

impl Function {
    pub(crate) fn ours(contest: Contest, binaries: &Path) -> Self {
        let name = match contest {
            Contest::Receiver => "receive-webhook",
            Contest::Consumer => "write-bronze",
        };
        Self {
            command: Command::new(binaries.join(name)),
            contest,
        }
    }

    pub(crate) fn python(contest: Contest, python: &Path, peers: &Path) -> Self {
        let handler = match contest {
            Contest::Receiver => "receiver.handler",
            Contest::Consumer => "consumer.handler",
        };
        let mut command = Command::new(python);
        command
            .args(["-m", "awslambdaric", handler])
            .current_dir(peers);
        Self { command, contest }
    }

    pub(crate) fn start(
        mut self,
        api: &RuntimeApi,
        services: SocketAddr,
    ) -> Result<Process, Failure> {
        let variables = [
            ("AWS_LAMBDA_RUNTIME_API", api.address.to_string()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bench".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench".to_owned()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "1".to_owned()),
            ("AWS_REGION", "us-west-1".to_owned()),
            ("AWS_DEFAULT_REGION", "us-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://{services}")),
            ("BOOKPATH_ENVIRONMENT", "bench".to_owned()),
            ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "true".to_owned()),
            ("RUST_LOG", "info".to_owned()),
            (
                "BUSINESS_CONFIG_PARAMETER",
                "/bookpath/bench/bookpath.toml".to_owned(),
            ),
            ("STATE_TABLE", "bookpath-state-bench".to_owned()),
            ("RAW_BUCKET", "bookpath-raw-bench".to_owned()),
            ("BRONZE_BUCKET", "bookpath-bronze-bench".to_owned()),
            (
                "DEAD_LETTER_BUCKET",
                "bookpath-dead-letters-bench".to_owned(),
            ),
            ("EVENT_STREAM", "bookpath-events-stream-bench".to_owned()),
            (
                "WEBHOOK_SECRET_ID",
                "bookpath/bench/webhook-signing-keys".to_owned(),
            ),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
        ];
        self.command.env_clear().envs(variables).kill_on_drop(true);
        let begun = Instant::now();
        let child = self.command.spawn().map_err(Failure::io(format!(
            "{:?}",
            self.command.as_std().get_program()
        )))?;
        let pid = child
            .id()
            .ok_or_else(|| Failure::Function("the function ended at once".to_owned()))?;
        Ok(Process {
            _child: child,
            pid,
            begun,
            contest: self.contest,
        })
    }
}

pub(crate) struct Process {
    _child: Child,
    pid: u32,
    begun: Instant,
    contest: Contest,
}

impl Process {
    /// Waits for the first question; answers how long the start took.
    pub(crate) async fn ready(&self, api: &mut RuntimeApi) -> Result<Duration, Failure> {
        match api.hear().await? {
            Said::Ready(at) => Ok(at.duration_since(self.begun)),
            Said::Answer { .. } => Err(Failure::Function("an answer to nothing".to_owned())),
            Said::Failed(why) => Err(Failure::Function(why)),
        }
    }

    /// One call: its answer must be good.
    pub(crate) async fn call(
        &self,
        api: &mut RuntimeApi,
        event: &str,
    ) -> Result<Duration, Failure> {
        let sent = api.invoke(event).await?;
        let (at, body) = match api.hear().await? {
            Said::Answer { at, body } => (at, body),
            Said::Ready(_) => {
                return Err(Failure::Function(
                    "a question instead of an answer".to_owned(),
                ));
            }
            Said::Failed(why) => return Err(Failure::Function(why)),
        };
        let answer: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let good = match self.contest {
            Contest::Receiver => answer["statusCode"] == 200,
            Contest::Consumer => answer["batchItemFailures"] == serde_json::json!([]),
        };
        if !good {
            return Err(Failure::Function(format!(
                "not the answer that was wanted: {answer}"
            )));
        }
        self.ready(api).await?;
        Ok(at.duration_since(sent))
    }

    /// User and system time so far.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        let stat = self.read("stat")?;
        // The name may hold blanks; the fields begin behind its bracket.
        let fields: Vec<&str> = stat
            .rsplit(") ")
            .next()
            .unwrap_or_default()
            .split(' ')
            .collect();
        let ticks: u64 = [11, 12]
            .into_iter()
            .filter_map(|field| fields.get(field)?.parse::<u64>().ok())
            .sum();
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    pub(crate) fn rss_kib(&self) -> Result<u64, Failure> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        Ok(line
            .and_then(|line| line.trim().split(' ').next()?.parse().ok())
            .unwrap_or(0))
    }

    fn read(&self, file: &str) -> Result<String, Failure> {
        let path = format!("/proc/{}/{file}", self.pid);
        std::fs::read_to_string(&path).map_err(Failure::io(path))
    }
}
