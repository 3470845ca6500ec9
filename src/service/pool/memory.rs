//! How much memory drawing takes if the settings do not say it.

use std::{fs, path::Path};

/// Memory of up to [`THREADS`] threads, bytes.
const BASE: u64 = 144 << 20;
/// Memory of each further one, bytes: most of a poster at scale 3.
const PER_THREAD: u64 = 64 << 20;
const THREADS: u64 = 2;

/// Memory that all callers of [`Pool::reserve`](super::Pool::reserve) ask for at most, bytes.
pub const MAX_RESERVED: u64 = 80 << 20;

/// Memory of responses that clients have not read, bytes: they may occupy that much of the pool's for as long as clients take to
/// read them.
pub const MAX_UNREAD: u64 = 24 << 20;
/// Part of the memory that is left to them if there is less.
const UNREAD_PART: u64 = 6;

/// What finished posters leave of the memory, bytes. A job that waited for more could wait as long as there are requests.
pub(super) fn beside_finished(memory: u64) -> u64 {
    memory - MAX_UNREAD.min(memory / UNREAD_PART)
}

/// The largest reservation, bytes. The rest is for finished posters, of which there may always be some.
pub(super) fn reservable(memory: u64) -> u64 {
    memory / 4 * 3
}

/// What finished posters and reservations leave of the memory, bytes.
pub(super) fn beside_reserved(memory: u64) -> u64 {
    beside_finished(memory) - MAX_RESERVED.min(reservable(memory))
}

/// Memory of drawing for a number of threads in a process that may use `available` bytes; `None` if that is unknown.
pub(super) fn automatic(threads: usize, available: Option<u64>) -> u64 {
    let wanted = BASE + PER_THREAD * (threads as u64).saturating_sub(THREADS);
    available.map_or(wanted, |available| wanted.min(BASE.max(available / 3)))
}

/// Memory that the process may use, bytes: that of the machine, or less by its control group. `None` if the system does not
/// report it.
pub(super) fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    });
    machine.into_iter().chain(control_group()).min()
}

/// The least limit of the process's control group and of those that it is in (cgroup v2).
fn control_group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let root = Path::new("/sys/fs/cgroup");
    let group = root.join(own);
    let files = group
        .ancestors()
        .take_while(|group| group.starts_with(root))
        .flat_map(|group| ["memory.max", "memory.high"].map(|name| group.join(name)));
    files.filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok()).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_with_the_threads_within_what_the_process_may_use() {
        const GIB: u64 = 1 << 30;
        for (threads, available, expected) in [
            (1, None, 144),
            (2, Some(64 * GIB), 144),
            (3, Some(64 * GIB), 208),
            (16, Some(64 * GIB), 1040),
            (16, None, 1040),
            (64, Some(GIB), 341),
            (64, Some(GIB / 2), 170),
            (2, Some(GIB / 4), 144),
        ] {
            assert_eq!(automatic(threads, available) >> 20, expected, "{threads} threads, {available:?}");
        }
        assert!(available().is_none_or(|bytes| bytes > 1 << 20));
    }
}
