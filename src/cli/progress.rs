//! Progress of long commands: a bar on a terminal, periodic lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use crate::words;
use haibao_core::error::Message;

/// Interval between lines if standard error is not a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    /// Items finished by an earlier run, which do not count towards the rate.
    before: usize,
    start: Instant,
    last_line: Instant,
}

impl Progress {
    pub fn start(total: usize, before: usize) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64).with_position(before as u64);
            let left = report::language().text(&words::progress_eta());
            let style = format!("{{bar:32}} {{pos}}/{{len}}  {{per_sec}}  {left}  {{msg}}");
            bar.set_style(ProgressStyle::with_template(&style).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.reset_eta();
            bar
        });
        let start = Instant::now();
        Self { bar, total, before, start, last_line: start }
    }

    /// Reports that `done` items are finished, of which `failed` have failed.
    pub fn at(&mut self, done: usize, failed: usize) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(done as u64);
                if failed > 0 {
                    bar.set_message(report::language().text(&words::progress_failed(failed)));
                }
            }
            None if self.last_line.elapsed() >= LINE_INTERVAL => {
                self.last_line = Instant::now();
                let here = done.saturating_sub(self.before);
                report::tell(&line(done, self.total, failed, here, self.start.elapsed()));
            }
            None => {}
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(done: usize, total: usize, failed: usize, done_here: usize, took: Duration) -> Message {
    let rate = done_here as f64 / took.as_secs_f64().max(f64::EPSILON);
    let left = (total.saturating_sub(done)) as f64 / rate;
    let shown = format!("{rate:.1}");
    match rate > 0.0 {
        true => words::progress_left(done, total, failed, shown, time(Duration::from_secs_f64(left.min(1e9)))),
        false => words::progress(done, total, failed, shown),
    }
}

/// A readable duration: `42 s`, `3 min 5 s`, `2 h 10 min`.
pub(super) fn time(time: Duration) -> String {
    let s = time.as_secs_f64().round() as u64;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, min, s) => format!("{min} min {s} s"),
        (h, min, _) => format!("{h} h {min} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_count_rate_and_remaining_time() {
        let text = line(600, 1000, 2, 500, Duration::from_secs(5));
        assert_eq!(text.text(), "600 of 1000, 2 failed, 100.0/s, 4 s left");
        assert_eq!(line(0, 10, 0, 0, Duration::from_secs(5)).text(), "0 of 10, 0 failed, 0.0/s");
        assert_eq!(time(Duration::from_secs(7845)), "2 h 10 min");
    }
}
