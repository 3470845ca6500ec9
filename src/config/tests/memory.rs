//! The memory that the process may take at default settings: the sum of its budgets, which docs/architecture.md lists.

use super::*;

const MIB: u64 = 1 << 20;
/// Maximum of the process, MiB.
const MAX_MIB: u64 = 400;
/// What has no budget, MiB: program, fonts, starter templates, threads, database and connections.
const PROGRAM_MIB: u64 = 100;
/// Drawing threads of the machine that the sum is for.
const THREADS: usize = 2;

/// Settings in bytes that are no memory beside that of the budgets.
const OTHERS: &[&str] = &[
    // Limits of one body, picture or sheet, which takes its memory from a budget.
    "http.max_body_bytes",
    "assets.max_bytes",
    "exports.max_bytes",
    // Files.
    "posters.max_bytes",
    "uploads.max_bytes",
    // Part of `assets.memory_bytes`.
    "assets.cache_bytes",
    // Parts of `pool.memory_bytes`.
    "render.band_bytes",
    "render.paint_bytes",
    "render.artwork_bytes",
    "render.glyph_bytes",
];

/// Every budget by its setting, bytes. They may be used up at the same time.
fn budgets(settings: &Settings) -> [(&'static str, u64); 7] {
    let Settings { pool, http, assets, catalog, scenes, wechat, .. } = settings;
    [
        ("pool.memory_bytes", pool.memory(THREADS)),
        ("pool.waiting_bytes", pool.waiting_bytes),
        ("http.body_budget_bytes", http.body_budget_bytes),
        ("assets.memory_bytes", assets.memory_bytes),
        ("catalog.pinned_bytes", catalog.pinned_bytes),
        ("wechat.cache_bytes", wechat.cache_bytes),
        ("scenes.cache_bytes", scenes.cache_bytes),
    ]
}

fn defaults() -> Settings {
    read("", &[], &[]).expect("the defaults").settings
}

#[test]
fn the_budgets_leave_room_for_the_program() {
    let settings = defaults();
    let parts = budgets(&settings);
    let sum = parts.iter().map(|(_, bytes)| bytes).sum::<u64>().div_ceil(MIB) + PROGRAM_MIB;
    assert!(sum <= MAX_MIB, "{sum} MiB: {parts:?}");
    let Settings { render, pool, assets, .. } = settings;
    let caches = render.band_bytes + render.paint_bytes + render.artwork_bytes + render.glyph_bytes / 4 * 5;
    assert!(
        caches as u64 <= pool.memory(1),
        "the renderer's caches of {caches} bytes are part of the memory of drawing"
    );
    assert!(assets.cache_bytes <= assets.memory_bytes, "the cache of pictures is part of their memory");
}

#[test]
fn every_setting_in_bytes_is_a_budget_or_part_of_one() {
    let defaults_toml = table(File::from_str(DEFAULTS, FileFormat::Toml)).expect("TOML");
    let budgets = budgets(&defaults());
    for name in names(&defaults_toml).iter().filter(|name| name.ends_with("_bytes")) {
        let is_budget = budgets.iter().any(|(budget, _)| budget == name);
        assert!(is_budget != OTHERS.contains(&name.as_str()), "{name} is in neither list, or in both");
    }
}

#[test]
fn the_document_lists_the_budgets() {
    let budgets = budgets(&defaults());
    let sum = budgets.iter().map(|(_, bytes)| bytes / MIB).sum::<u64>() + PROGRAM_MIB;
    let rows: Vec<_> = budgets.iter().map(|(name, bytes)| (format!("| `{name}` | "), bytes / MIB)).collect();
    for (page, text) in [
        ("architecture.md", include_str!("../../../docs/architecture.md")),
        ("zh/architecture.md", include_str!("../../../docs/zh/architecture.md")),
    ] {
        for (start, mib) in &rows {
            let row = text.lines().find(|line| line.starts_with(start.as_str()));
            let row = row.unwrap_or_else(|| panic!("docs/{page} has no row {start}"));
            assert!(row.ends_with(&format!("| {mib} |")), "docs/{page}: {mib} MiB, but: {row}");
        }
        for mib in [PROGRAM_MIB, sum] {
            let is_it = |line: &str| line.starts_with("| | ") && line.ends_with(&format!("| {mib} |"));
            assert!(text.lines().any(is_it), "docs/{page} has no row of {mib} MiB without a setting");
        }
    }
}
