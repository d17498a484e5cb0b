//! Structured logs: one JSON object a line, with the id of the request that it belongs to (S2-37, S4-46).

use tracing_subscriber::EnvFilter;

/// Sends logs to standard output, where the service takes them from. `RUST_LOG` is the level; a line's `spans` hold
/// `requestId`, which the service's own report lines name as well, and for a request of the API its `request_id`, which
/// the access log and the answer's `x-request-id` name.
pub fn start_logs() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // The kernel of the Delta library logs names and addresses of people at debug level. Its errors are returned to the caller,
    // who reports them.
    let filter = with(filter, "delta_kernel=off");
    let filter = with(filter, "buoyant_kernel=off");
    // A failed call is told once, by `run`; the runtime's own line would repeat it.
    let filter = with(filter, "lambda_runtime::layers::panic=off");
    let logs = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true);
    // A second call in one process, as in tests, keeps the first.
    if logs.with_env_filter(filter).try_init().is_err() {
        tracing::debug!("logs were started before");
    }
}

fn with(filter: EnvFilter, directive: &str) -> EnvFilter {
    match directive.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    }
}
