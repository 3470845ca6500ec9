//! Settings of the C library's allocator, without which the service keeps two to three times as much memory as it needs.
//!
//! glibc raises its threshold for separate mappings to the largest block that has been freed, up to 32 MiB, and keeps twice as
//! much free memory for each thread (mallopt(3), `M_MMAP_THRESHOLD`). After one body of 20 MiB, all pictures and bodies are taken
//! from such memory. Measured with `tests/soak floods` and twice the values below: 40 bodies of 19 MiB occupy 426 MiB at most without
//! these settings and 260 MiB with them, an export with 2000 watchers 430 and 255 MiB.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Instant,
};

/// Size in bytes from which a block is a mapping of its own, which is returned to the system when it is freed: larger than what
/// a poster at scale 1 takes, since the pages of a new mapping cost time.
const MAPPED_BYTES: i32 = 4 << 20;
/// Free memory that a thread keeps, bytes.
const KEPT_BYTES: i32 = 8 << 20;
/// Least number of heaps that threads share. glibc has up to eight per core, each of which keeps what its threads have freed.
const MIN_HEAPS: usize = 2;

/// Lets the C library return large blocks of memory to the system when they are freed, and gives threads as many heaps as there are
/// cores. Call it once, before threads are started. Does nothing on systems without glibc.
pub fn configure() {
    let cores = thread::available_parallelism().map_or(MIN_HEAPS, usize::from);
    let heaps = i32::try_from(cores.max(MIN_HEAPS)).unwrap_or(i32::MAX);
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt(3) has no precondition but that of every call of the allocator, and these parameters accept any size.
    // It returns 0 for what it does not support, which leaves the default.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
        libc::mallopt(libc::M_ARENA_MAX, heaps);
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = (MAPPED_BYTES, KEPT_BYTES, heaps);
}

/// Time after which [`return_free_memory`] does something again, ms: it takes a millisecond per hundred megabytes.
const PAUSE_MS: u64 = 100;

/// Returns memory to the system that is free in between of occupied blocks, at most ten times a second. The allocator keeps it
/// otherwise: blocks of a megabyte that bodies, bands and pictures leave behind are lost for larger ones. Does nothing on systems
/// without glibc.
pub fn return_free_memory() {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX);
    let next = NEXT.load(Relaxed);
    if now < next || NEXT.compare_exchange(next, now.saturating_add(PAUSE_MS), Relaxed, Relaxed).is_err() {
        return;
    }
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim(3) has no precondition but that of every call of the allocator.
    unsafe {
        libc::malloc_trim(0);
    }
}
