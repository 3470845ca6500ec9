//! Scan counts that are not written to the database yet.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// Write delay, to batch counts. Counts of at most this period are lost if the process is killed.
const DELAY: Duration = Duration::from_secs(1);

/// Pending scan counts. Only existing links are counted, so the map has at most one entry per link.
#[derive(Debug, Default)]
pub(super) struct Scans {
    counts: Mutex<Counts>,
    counted: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    by_id: HashMap<String, i64>,
    /// When the counts must be written. `None` if there are none.
    due: Option<Instant>,
}

impl Scans {
    /// Counts one scan and returns the link's pending count.
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

    /// Pending count of a link.
    pub(super) fn pending(&self, id: &str) -> i64 {
        self.lock().by_id.get(id).copied().unwrap_or_default()
    }

    /// All pending counts.
    pub(super) fn all(&self) -> Vec<(String, i64)> {
        self.lock().by_id.iter().map(|(id, count)| (id.clone(), *count)).collect()
    }

    /// Whether counts are due to be written.
    pub(super) fn is_due(&self) -> bool {
        self.lock().due.is_some_and(|due| due <= Instant::now())
    }

    /// Waits until counts are due to be written. Cancel safe.
    pub(super) async fn due(&self) {
        loop {
            let due = self.lock().due;
            match due {
                Some(due) => return sleep_until(due).await,
                // `notify_one` stores a permit, so a count after the lock was released is not missed.
                None => self.counted.notified().await,
            }
        }
    }

    /// Subtracts written counts; pass an empty slice after a failure. The remaining counts are due after another delay.
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
        // Poisoning is ignored: the counts are consistent after every statement.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn scans_counted_during_a_write_are_not_lost() {
        let scans = Scans::default();
        assert_eq!([scans.count("a"), scans.count("a"), scans.count("b")], [1, 2, 1]);
        let written = scans.all();
        scans.count("a");
        scans.settle(&written);
        assert_eq!((scans.pending("a"), scans.pending("b")), (1, 0));
        assert!(!scans.is_due(), "at most once a second");
        tokio::time::timeout(DELAY * 3, scans.due()).await.expect("the remaining counts are due a second later");
        assert!(scans.is_due());
        scans.settle(&scans.all());
        assert!(tokio::time::timeout(DELAY / 10, scans.due()).await.is_err(), "nothing is due");
    }
}
