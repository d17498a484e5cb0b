//! Progress of long work, on the terminal only: standard error of a script stays empty.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two turns of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// A bar over `bytes`, with speed and remaining time.
pub(crate) fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    style(bar, "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
}

/// A bar over `steps` of the work that `what` names.
pub(crate) fn steps(what: &'static str, steps: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    style(bar, "{msg} {bar:40} {percent}% {elapsed}").with_message(what)
}

/// A spinner beside the work that `what` names, with the time that it has taken so far. It goes when it is dropped.
pub(crate) fn spinner(what: &'static str) -> Spinner {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let bar = style(bar, "{spinner} {msg} {elapsed}").with_message(what);
    bar.enable_steady_tick(TICK);
    Spinner(bar)
}

/// Shows progress of a long command.
#[derive(Debug)]
pub(crate) struct Spinner(ProgressBar);

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
