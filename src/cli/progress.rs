//! Progress on the terminal: a bar where there is one, a line now and then where there is not (logs, pipes).

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Bytes,
    Items,
    Characters,
}

/// A bar or lines.
pub(super) struct Meter {
    bar: ProgressBar,
    label: String,
    unit: Unit,
    last_line: Instant,
    started: Instant,
}

impl Meter {
    pub(super) fn new(label: &str, unit: Unit) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
        let template = match unit {
            Unit::Bytes => "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
            Unit::Items => "{msg} [{bar:30}] {pos}/{len} {per_sec} {eta} left",
            Unit::Characters => "{msg} [{bar:30}] {percent} % {per_sec} {eta} left",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(label.to_owned());
        Self { bar, label: label.to_owned(), unit, last_line: Instant::now(), started: Instant::now() }
    }

    pub(super) fn set(&mut self, done: u64, total: Option<u64>) {
        if done == 0 || self.bar.length().is_none() {
            // It may have been made long before its work began.
            self.started = Instant::now();
            self.bar.reset_elapsed();
        }
        if let Some(total) = total {
            // A wheel's zip adds a little to its contents; the bar must not run past its end.
            self.bar.set_length(total.max(done));
        }
        self.bar.set_position(done);
        if self.bar.is_hidden() && done > 0 && self.last_line.elapsed() > Duration::from_secs(5) {
            self.last_line = Instant::now();
            let speed = done as f64 / self.started.elapsed().as_secs_f64();
            let of = |total: u64| match self.unit {
                Unit::Bytes => format!("{:.0} MB", total as f64 / 1e6),
                Unit::Characters => format!("{total} characters"),
                Unit::Items => total.to_string(),
            };
            let left = total.map(|total| total.saturating_sub(done) as f64 / speed.max(1e-9));
            let left = left.filter(|seconds| *seconds < 1e6).map(|seconds| format!(", {} left", duration(seconds)));
            let total = total.map(|total| format!(" of {}", of(total))).unwrap_or_default();
            eprintln!("{}: {}{total}, {}/s{}", self.label, of(done), of(speed as u64), left.unwrap_or_default());
        }
    }

    /// Takes the bar away; nothing is said.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    pub(super) fn finish(&self, message: &str) {
        self.bar.finish_and_clear();
        eprintln!("{message}");
    }
}

/// A time as people say it.
fn duration(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}
