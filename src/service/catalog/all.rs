//! All templates at once, loaded by several threads.

use std::{
    collections::BTreeMap,
    num::NonZero,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{Catalog, files::total_bytes};
use haibao_core::{error::Result, template::Template};

/// Maximum number of threads that load templates.
const MAX_THREADS: usize = 4;
/// Size of a template's files from which it is loaded by one thread at a time, bytes: reading artwork takes a multiple of its size.
const LARGE: u64 = 2 << 20;

impl Catalog {
    /// All templates by name; broken ones with their error. Those that are not cached are loaded on all cores.
    pub fn all(&self) -> Vec<(String, Result<Arc<Template>>)> {
        let _turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<String> = self.ids().into_iter().collect();
        let missing = ids.iter().filter(|id| self.known(id).is_none()).count();
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(missing);
        let (next, alone, found) = (AtomicUsize::new(0), Mutex::new(()), Mutex::new(BTreeMap::new()));
        let work = || {
            while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                let size = || total_bytes(&self.folder.join(id));
                let is_large = self.known(id).is_none() && size().is_ok_and(|bytes| bytes >= LARGE);
                let turn = is_large.then(|| alone.lock().unwrap_or_else(PoisonError::into_inner));
                let template = self.known_or_loaded(id);
                drop(turn);
                found.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), template);
            }
        };
        thread::scope(|scope| {
            // The calling thread is one of the workers.
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        found.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
    }
}
