//! Progress of much work: a bar on a terminal, a line now and then elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::report;

/// Pause between lines where there is no terminal.
const LINES: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    total: usize,
    /// What an earlier run did: it says nothing about how fast this one is.
    before: usize,
    start: Instant,
    told: Instant,
}

impl Progress {
    pub fn start(total: usize, before: usize) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total as u64).with_position(before as u64);
            let style = "{bar:32} {pos}/{len}  {per_sec}  {eta} left  {msg}";
            bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.reset_eta();
            bar
        });
        let start = Instant::now();
        Self { bar, total, before, start, told: start }
    }

    /// So many are done, and so many of them failed.
    pub fn at(&mut self, done: usize, failed: usize) {
        match &self.bar {
            Some(bar) => {
                bar.set_position(done as u64);
                if failed > 0 {
                    bar.set_message(format!("{failed} failed"));
                }
            }
            None if self.told.elapsed() >= LINES => {
                self.told = Instant::now();
                report::say(&line(done, self.total, failed, done.saturating_sub(self.before), self.start.elapsed()));
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

fn line(done: usize, total: usize, failed: usize, here: usize, took: Duration) -> String {
    let rate = here as f64 / took.as_secs_f64().max(f64::EPSILON);
    let left = (total.saturating_sub(done)) as f64 / rate;
    let left =
        if rate > 0.0 { format!(", {} left", time(Duration::from_secs_f64(left.min(1e9)))) } else { String::new() };
    format!("{done} of {total}, {failed} failed, {rate:.1}/s{left}\n")
}

/// A time for people: `42 s`, `3 min 5 s`, `2 h 10 min`.
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
    fn a_line_says_how_far_how_fast_and_how_long() {
        let said = line(600, 1000, 2, 500, Duration::from_secs(5));
        assert_eq!(said, "600 of 1000, 2 failed, 100.0/s, 4 s left\n");
        assert_eq!(line(0, 10, 0, 0, Duration::from_secs(5)), "0 of 10, 0 failed, 0.0/s\n");
        assert_eq!(time(Duration::from_secs(7845)), "2 h 10 min");
    }
}
