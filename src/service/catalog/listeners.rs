//! Who listens to changes of which template.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, watch};

/// Listeners by the name of their template.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    by_id: Mutex<BTreeMap<String, watch::Sender<()>>>,
    /// Told when the folders to watch may be others.
    changed: Notify,
}

impl Listeners {
    /// Listens to changes of a template until the result is dropped. It has seen all changes so far.
    pub fn listen(&self, id: &str) -> watch::Receiver<()> {
        let receiver = self.lock().entry(id.to_owned()).or_insert_with(|| watch::Sender::new(())).subscribe();
        self.wake();
        receiver
    }

    /// Tells the listeners of a template that it has changed.
    pub fn announce(&self, id: &str) {
        if let Some(sender) = self.lock().get(id) {
            sender.send_replace(());
        }
    }

    /// Names of the templates that have listeners.
    pub fn ids(&self) -> BTreeSet<String> {
        let mut by_id = self.lock();
        by_id.retain(|_, sender| sender.receiver_count() > 0);
        by_id.keys().cloned().collect()
    }

    /// Makes [`Listeners::woken`] resolve: a template has its first listener, or a folder now.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Resolves after a [`Listeners::wake`].
    pub async fn woken(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<()>>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_listened_to_as_long_as_somebody_does() {
        let listeners = Listeners::default();
        let (first, second) = (listeners.listen("a"), listeners.listen("a"));
        let other = listeners.listen("b");
        let has_changed = || [&first, &second, &other].map(|one| one.has_changed().expect("the sender is kept"));
        assert_eq!(has_changed(), [false; 3]);
        listeners.announce("a");
        listeners.announce("c");
        assert_eq!(has_changed(), [true, true, false]);
        drop((first, second));
        assert_eq!(listeners.ids(), BTreeSet::from(["b".to_owned()]));
    }
}
