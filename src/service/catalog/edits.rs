//! Edits that the system reports of the folders of some templates, so that they are noticed at once.
//!
//! Events only say which folder to look at: what has changed is found as for every other template, and an event that is lost, or that a
//! network file system does not send, delays this until the next poll.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::ModifyKind};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

/// Time without events after which an edit counts as complete: programs save a file in several steps.
const QUIET: Duration = Duration::from_millis(20);
/// Longest time from the first event of an edit until it is looked at.
const LONGEST: Duration = Duration::from_millis(120);

/// Folders of templates that are watched.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// `None` while nothing is watched.
    watcher: Option<RecommendedWatcher>,
    /// The folder of all templates, as events name it.
    root: PathBuf,
    /// Names of templates.
    watched: BTreeSet<String>,
    /// Those whose folder the system does not watch, which is logged once.
    refused: BTreeSet<String>,
    reported: Arc<Reported>,
}

/// What events have reported.
#[derive(Debug, Default)]
pub(super) struct Reported {
    seen: Mutex<Seen>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Seen {
    /// Names of templates whose folders may have been edited.
    edited: BTreeSet<String>,
    /// Names of those whose folders were removed or renamed, so that they are no longer watched.
    lost: BTreeSet<String>,
    /// Whether the system has lost events: any folder may have been edited.
    is_incomplete: bool,
}

impl Edits {
    /// What is reported, for a task that waits for it.
    pub fn reported(&self) -> Arc<Reported> {
        Arc::clone(&self.reported)
    }

    /// The templates that may have been edited since the last call.
    pub fn take(&mut self) -> BTreeSet<String> {
        let mut seen = self.reported.lock();
        let mut edited = std::mem::take(&mut seen.edited);
        if std::mem::take(&mut seen.is_incomplete) {
            edited.extend(self.watched.iter().cloned());
        }
        edited
    }

    /// Watches the folders of these templates below `folder`, and no others. A folder counts as edited when it is watched from now on.
    pub fn watch(&mut self, folder: &Path, wanted: &BTreeSet<String>) {
        let lost = std::mem::take(&mut self.reported.lock().lost);
        let given_up: Vec<String> =
            self.watched.iter().filter(|id| lost.contains(*id) || !wanted.contains(*id)).cloned().collect();
        for id in given_up {
            self.watched.remove(&id);
            if let Some(watcher) = &mut self.watcher {
                // Of a folder that is gone, the system has ended it.
                let _ = watcher.unwatch(&self.root.join(&id));
            }
        }
        if wanted.is_empty() {
            // Ends its thread.
            self.watcher = None;
            self.refused.clear();
            return;
        }
        for id in wanted {
            if self.watched.contains(id) {
                continue;
            }
            let Some(watcher) = started(&mut self.watcher, &mut self.root, folder, &self.reported) else { return };
            let own = self.root.join(id);
            // A built-in template has no folder.
            if !own.is_dir() {
                continue;
            }
            match watcher.watch(&own, RecursiveMode::Recursive) {
                Ok(()) => {
                    self.watched.insert(id.clone());
                    self.refused.remove(id);
                    self.reported.add(|seen| {
                        seen.edited.insert(id.clone());
                    });
                }
                Err(error) if self.refused.insert(id.clone()) => {
                    tracing::warn!(template = id, error = %error, "the folder is not watched: edits are noticed by polling");
                }
                Err(_) => {}
            }
        }
    }
}

/// The watcher, which is started if it is not running. `None` if there is no folder, or the system has no watcher left.
fn started<'w>(
    watcher: &'w mut Option<RecommendedWatcher>,
    root: &mut PathBuf,
    folder: &Path,
    reported: &Arc<Reported>,
) -> Option<&'w mut RecommendedWatcher> {
    if watcher.is_none() {
        // Events have the path that was watched, on some systems without symbolic links.
        *root = fs::canonicalize(folder).ok()?;
        let (root, reported) = (root.clone(), Arc::clone(reported));
        let report = move |event: notify::Result<Event>| reported.event(&root, &event);
        match RecommendedWatcher::new(report, Config::default().with_follow_symlinks(false)) {
            Ok(new) => *watcher = Some(new),
            Err(error) => tracing::debug!(error = %error, "folders cannot be watched"),
        }
    }
    watcher.as_mut()
}

impl Reported {
    /// Resolves when an edit is complete: when nothing has been reported for [`QUIET`] after something was, at most after [`LONGEST`].
    ///
    /// # Cancel safety
    /// A dropped call loses nothing.
    pub async fn quiet(&self) {
        while self.lock().is_empty() {
            self.changed.notified().await;
        }
        let last = Instant::now() + LONGEST;
        loop {
            let until = last.min(Instant::now() + QUIET);
            if timeout_at(until, self.changed.notified()).await.is_err() || Instant::now() >= last {
                return;
            }
        }
    }

    /// Records an event.
    fn event(&self, root: &Path, event: &notify::Result<Event>) {
        let Ok(event) = event else {
            self.add(|seen| seen.is_incomplete = true);
            return;
        };
        if event.need_rescan() {
            self.add(|seen| seen.is_incomplete = true);
        }
        // Reading is no edit.
        if event.kind.is_access() {
            return;
        }
        let is_end = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        for (id, is_folder) in event.paths.iter().filter_map(|path| template_of(root, path)) {
            self.add(|seen| {
                if is_end && is_folder {
                    seen.lost.insert(id.clone());
                }
                seen.edited.insert(id);
            });
        }
    }

    fn add(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn is_empty(&self) -> bool {
        self.edited.is_empty() && !self.is_incomplete
    }
}

/// The template that a path below the folder of all templates belongs to, and whether it is the template's folder itself. `None` for
/// hidden files, which do not belong to a template.
fn template_of(root: &Path, path: &Path) -> Option<(String, bool)> {
    let mut names =
        path.strip_prefix(root).ok()?.iter().map(|name| name.to_str().filter(|name| !name.starts_with('.')));
    let id = names.next()??.to_owned();
    let mut is_folder = true;
    for name in names {
        name?;
        is_folder = false;
    }
    Some((id, is_folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_belong_to_a_template_unless_the_file_is_hidden() {
        let root = Path::new("/t");
        for (path, expected) in [
            ("/t/my/layout.json", Some(("my", false))),
            ("/t/my/assets/a.png", Some(("my", false))),
            ("/t/my", Some(("my", true))),
            ("/t/my/.layout.json.swp", None),
            ("/t/my/assets/.haibao-x1", None),
            ("/t/.git/my", None),
            ("/t", None),
            ("/other/my/layout.json", None),
        ] {
            let found = template_of(root, Path::new(path));
            assert_eq!(found.as_ref().map(|(id, is_folder)| (id.as_str(), *is_folder)), expected, "{path}");
        }
    }

    #[tokio::test]
    async fn an_edit_is_reported_once_it_is_complete() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("my");
        fs::create_dir(&own).expect("a folder");
        let mut edits = Edits::default();
        let (wanted, reported) = (BTreeSet::from(["my".to_owned(), "none".to_owned()]), edits.reported());
        edits.watch(folder.path(), &wanted);
        let next = async |edits: &mut Edits| {
            tokio::time::timeout(Duration::from_secs(20), reported.quiet()).await.expect("an event");
            edits.take()
        };
        let expected = BTreeSet::from(["my".to_owned()]);
        assert_eq!(next(&mut edits).await, expected, "an edit before it was watched may have been missed");
        fs::write(own.join("layout.json"), "{}").expect("a file");
        assert_eq!(next(&mut edits).await, expected);
        fs::read(own.join("layout.json")).expect("a file");
        fs::write(own.join(".hidden"), "").expect("a file");
        fs::create_dir(own.join("assets")).expect("a folder");
        assert_eq!(next(&mut edits).await, expected);
        // Its folder is another one now.
        fs::rename(&own, folder.path().join("old")).expect("renamed");
        while edits.reported.lock().lost.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(next(&mut edits).await, expected);
        fs::create_dir(&own).expect("a folder");
        edits.watch(folder.path(), &wanted);
        assert_eq!(next(&mut edits).await, expected);
        fs::write(own.join("artwork.svg"), "").expect("a file");
        assert_eq!(next(&mut edits).await, expected);
        edits.watch(folder.path(), &BTreeSet::new());
        assert!(edits.watcher.is_none() && edits.watched.is_empty());
    }
}
