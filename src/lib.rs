//! haibao composes share posters for WeChat mini-programs: a template (SVG artwork + `layout.json`), parameters and a
//! mini-program code become one image. This package holds the edges (WeChat, HTTP, databases, files, the command line);
//! the drawing core is the crate [`haibao_core`], the reader of sheets [`haibao_sheet`].
//!
//! `docs/architecture.md` has the floors, the flow of a poster, a row and a scene, and how each invariant is enforced.
//!
//! # The flow
//!
//! ```text
//! request -> params -> plan -> gather -> display list -> bands -> bytes
//! ```
//!
//! Parameters, plan, display list, bands and bytes are the core's. *Gather* ([`service`]) resolves what the plan needs,
//! concurrently: pictures through [`fetch`] and the code through [`wechat::client`]. It is the only stage that waits for the
//! network, except for the check of users' texts, which an app may require after planning.
//!
//! # The map
//!
//! | | |
//! |---|---|
//! | [`wechat`] | access tokens, code requests, text checks, quotas, the errcode table; the emulator |
//! | [`fetch`] | pictures by URL: address guard, limits, cache |
//! | `net` | HTTP transport, names, single flight, fair budgets, lanes of blocking threads |
//! | [`access`] | API keys: scopes, rates, quotas of limited codes, sessions of the pages |
//! | [`store`] | records in SQLite or Postgres: short links, keys, exports and their chunks, state shared by instances |
//! | [`blob`] | files by key in a folder or a bucket: codes, uploads, kept posters, versions of templates, sheets, archives |
//! | [`export`] | rows of sheets to checked rows; archive, manifest, failures |
//! | [`service`] | joins core and edges: template catalog, CPU pool, codes, composing, checking, export jobs |
//! | `data_folder` | modes of files on the disk, and whether it has room |
//! | `log_filter` | the filter of the log, in which misspelt names are errors |
//! | `server_url` | settings that name a database or a bucket by URL |
//! | `causes` | what the system and libraries report, as sentences |
//! | `outside` | what responses say about faults of the machine |
//! | [`language`], [`words`] | languages of messages, and their sentences by code |
//! | `metrics` | what the process counts, for `GET /metrics` |
//! | [`http`], [`cli`] | the surfaces |
//! | [`config`] | joins the components' settings |
//!
//! [`service`] joins the core with the other edges. [`http`], [`cli`] and [`export`] use the core's types (errors,
//! templates, formats), but draw and fetch only through [`service`].
//!
//! # What waits for the network
//!
//! [`wechat::client`], [`fetch`], the webhooks of exports, the exporter of traces (feature `otlp`), `haibao health`, and [`store`]
//! and [`blob`] when they are a database server or a bucket. Everything else computes. What costs more than a millisecond of CPU
//! (planning, decoding, drawing, encoding) runs on the [`service::pool`]. Files and sheets are read, WeChat's codes checked and plain QR
//! codes drawn on blocking threads, each kind of work in a separate lane (`net::lane`).

pub mod access;
pub mod blob;
mod causes;
pub mod cli;
pub mod config;
mod data_folder;
pub mod export;
pub mod fetch;
pub mod http;
pub mod language;
mod log_filter;
mod metrics;
mod net;
mod outside;
mod server_url;
pub mod service;
pub mod store;
pub mod wechat;
pub mod words;
