//! Scans that are counted, but not written yet.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// How long counts wait to be written together, which is also how many are lost when the process is killed.
const DELAY: Duration = Duration::from_secs(1);

/// How often each link was scanned. Only links that exist are counted, so there are never more entries than links.
#[derive(Debug, Default)]
pub(super) struct Scans {
    counts: Mutex<Counts>,
    counted: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    by_id: HashMap<String, i64>,
    /// When they are to be written; none when there are none.
    due: Option<Instant>,
}

impl Scans {
    /// Counts one scan; how many are not written yet, with it.
    pub(super) fn count(&self, id: &str) -> i64 {
        let mut counts = self.lock();
        counts.due.get_or_insert_with(|| Instant::now() + DELAY);
        let count = match counts.by_id.get_mut(id) {
            Some(count) => count,
            None => counts.by_id.entry(id.to_owned()).or_default(),
        };
        *count += 1;
        let count = *count;
        drop(counts);
        self.counted.notify_one();
        count
    }

    /// How many of a link are not written yet.
    pub(super) fn waiting(&self, id: &str) -> i64 {
        self.lock().by_id.get(id).copied().unwrap_or_default()
    }

    /// All that are not written yet.
    pub(super) fn all(&self) -> Vec<(String, i64)> {
        self.lock().by_id.iter().map(|(id, count)| (id.clone(), *count)).collect()
    }

    /// Whether it is time to write them.
    pub(super) fn is_due(&self) -> bool {
        self.lock().due.is_some_and(|due| due <= Instant::now())
    }

    /// Waits until it is time to write them. May be dropped and asked again.
    pub(super) async fn due(&self) {
        loop {
            let due = self.lock().due;
            match due {
                Some(due) => return sleep_until(due).await,
                // A count between the two lines leaves a permit.
                None => self.counted.notified().await,
            }
        }
    }

    /// Takes off what was written. What is left, or all after a failure, is due a delay later.
    pub(super) fn settle(&self, written: &[(String, i64)]) {
        let mut counts = self.lock();
        for (id, count) in written {
            if let Some(left) = counts.by_id.get_mut(id) {
                *left -= count;
            }
        }
        counts.by_id.retain(|_, left| *left > 0);
        counts.due = (!counts.by_id.is_empty()).then(|| Instant::now() + DELAY);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        // Counts are whole between any two statements.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_counted_while_it_is_written_is_not_lost() {
        let scans = Scans::default();
        assert_eq!([scans.count("a"), scans.count("a"), scans.count("b")], [1, 2, 1]);
        let written = scans.all();
        scans.count("a");
        scans.settle(&written);
        assert_eq!((scans.waiting("a"), scans.waiting("b")), (1, 0));
        assert!(!scans.is_due(), "at most once a second");
        tokio::time::timeout(DELAY * 3, scans.due()).await.expect("what is left is due a second later");
        assert!(scans.is_due());
        scans.settle(&scans.all());
        assert!(tokio::time::timeout(DELAY / 10, scans.due()).await.is_err(), "nothing is due");
    }
}
