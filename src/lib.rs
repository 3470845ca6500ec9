//! haibao composes share posters for WeChat mini-programs: a template (SVG artwork + `layout.json`), parameters and a
//! mini-program code become one PNG.
//!
//! # The flow
//!
//! One direction, no way back:
//!
//! ```text
//! request -> params -> plan -> gather -> display list -> bands -> bytes
//! ```
//!
//! - [`params`]: JSON is checked against the template's schema; all findings at once, each with a JSON pointer.
//! - [`plan`]: template + params become a [`plan::Plan`]: every string resolved, every need declared. Nothing is fetched.
//! - gather ([`service`]): what the plan needs is fetched, side by side: pictures by [`fetch`], the code by
//!   [`wechat::client`]. The only place that waits for a network.
//! - display list ([`layer`], [`render::list`]): layers placed to output px, each item with its bounds and the key of all
//!   that it depends on.
//! - bands ([`render`]): 32 rows, a pure function of the items that touch them; drawn, cached and compressed on their own.
//! - bytes ([`encode`]): the bands joined to a file.
//!
//! *Scene* always means WeChat's scene string; what is drawn is a *display list* of *items*.
//!
//! # The map
//!
//! | | |
//! |---|---|
//! | [`template`] | layout.json's types and schema, slots, handlebars, diagnostics with carets |
//! | [`params`], [`plan`] | parameters checked; a poster planned |
//! | [`text`] | font set, shaping, a paragraph's fit into its box |
//! | [`layer`] | one file a kind: image, text, code, shape |
//! | [`render`] | artwork's segments, pictures, glyphs, rasters, bands, caches |
//! | [`encode`] | one file a format |
//! | [`code`], [`scene`] | all that shapes a code; what it may say |
//! | [`legibility`] | whether a code can be scanned in the finished poster |
//! | [`export`] | a sheet's rows checked; the archive, manifest and failures of many posters |
//! | [`wechat`] | tokens, codes, errcodes; the emulator |
//! | [`store`] | records, in SQLite or Postgres: short links, exports and their chunks, what instances share |
//! | [`blob`] | files by key, in a folder or a bucket: codes, sheets, archives |
//! | [`fetch`] | pictures from outside: guard, limits, cache |
//! | [`service`] | catalog of templates, drawing threads, the use case from top to bottom |
//! | [`http`], [`cli`], [`config`] | the surfaces, and their settings |
//! | [`error`] | one error, with findings |
//!
//! # Invariants
//!
//! - The core (template, params, plan, text, layer, render, encode, scene, export) knows no network, no clock, no file
//!   system, no HTTP and no chance: bytes in, bytes out, the same for ever.
//! - Caches never decide what a poster looks like: the same plan and pictures give the same bytes, cached or not.
//! - An item draws nothing outside of its bounds, so a band is complete with the items that touch it.
//! - A cache is bounded by bytes, and its keys are made of all that its value depends on.
//! - Only [`service`] joins the core with the edges.
//!
//! # What is absent
//!
//! - System fonts: the same poster everywhere.
//! - A second way to draw text: preview and output are one engine.
//! - Transparent posters: the canvas has an opaque background, and PNGs are RGB.
//! - Retries without bound, errors in caches, secrets in anything that is printed.

pub mod blob;
pub mod cli;
pub mod config;
pub mod export;
mod feature;
pub mod fetch;
pub mod http;
mod net;
pub mod service;
pub mod store;
pub mod wechat;
