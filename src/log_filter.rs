//! The setting `log`: a filter in the syntax of `tracing_subscriber::EnvFilter`, in which misspelt levels and names are errors.

use std::str::FromStr;

use tracing_subscriber::filter::{EnvFilter, LevelFilter};

use crate::words;
use haibao_core::{
    error::{Finding, Message},
    template::suggest::nearest,
};

/// Levels by name.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
/// Target of the access log.
pub(crate) const ACCESS_LOG: &str = "haibao::access_log";
const SPAN: &str = "request";
/// Our modules that log, and the access log.
const OWN: &[&str] = &[
    "haibao::access::keys",
    "haibao::access::reader",
    ACCESS_LOG,
    "haibao::blob::retry",
    "haibao::cli::otlp",
    "haibao::cli::serve",
    "haibao::fetch",
    "haibao::fetch::resolver",
    "haibao::http::endpoint",
    "haibao::http::exports::view",
    "haibao::http::health",
    "haibao::http::problem",
    "haibao::http::server",
    "haibao::http::server::table",
    "haibao::net::resolver",
    "haibao::net::transport",
    "haibao::outside",
    "haibao::service",
    "haibao::service::catalog::edits",
    "haibao::service::catalog::follow",
    "haibao::service::codes",
    "haibao::service::compose",
    "haibao::service::export::jobs::chunk",
    "haibao::service::export::jobs::finish",
    "haibao::service::export::jobs::lifecycle",
    "haibao::service::export::jobs::prepare",
    "haibao::service::export::jobs::sweep",
    "haibao::service::export::jobs::webhook",
    "haibao::service::export::jobs::worker",
    "haibao::store::writer",
    "haibao::wechat::client::answer",
    "haibao::wechat::client::call",
    "haibao::wechat::client::gate",
    "haibao::wechat::client::token",
    "haibao::wechat::client::token::common",
    "haibao::wechat::client::token::server",
    "haibao::wechat::client::token::store",
];
/// Libraries that log.
const LIBRARIES: &[&str] = &[
    "apalis_postgres",
    "axum",
    "axum_core",
    "hickory_net",
    "hickory_proto",
    "hickory_resolver",
    "hyper_util",
    "sqlx",
    "sqlx_core",
    "sqlx_mysql",
    "sqlx_postgres",
    "sqlx_sqlite",
    "tracing_opentelemetry",
];

/// Reads a filter: levels, or parts with levels, separated by commas, such as `info,haibao::wechat=debug`.
///
/// # Errors
/// `setting_invalid` with the closest known name: for a word that is no level, a part that logs nothing, or other syntax.
pub(crate) fn parse(text: &str) -> Result<EnvFilter, Box<Finding>> {
    let directives = directives(text);
    for directive in &directives {
        check(directive)?;
    }
    let filter = EnvFilter::builder().parse(directives.join(","));
    filter.map_err(|reason| Box::new(words::log_filter(words::quote(text), words::cause_said(reason))))
}

/// A filter without the parts that are none of ours or of our libraries. Misspelt levels stay.
pub(crate) fn known(text: &str) -> String {
    let mut directives = directives(text);
    let is_level = |name: &str| nearest(name, LEVELS).is_some();
    directives.retain(|directive| match parts(directive) {
        None => true,
        Some((name, span, level)) => is_known(name) || (span.is_none() && level.is_none() && is_level(name)),
    });
    directives.join(",")
}

fn directives(text: &str) -> Vec<String> {
    // `EnvFilter` does not expect spaces. Values of fields may have some.
    let directives = text.split(',').map(str::trim).filter(|directive| !directive.is_empty());
    directives.map(|text| if text.contains('[') { text.to_owned() } else { text.replace(' ', "") }).collect()
}

/// Checks one directive: `level`, `target`, `target=level`, `[span]=level`, `target[span{field=value}]=level`.
fn check(directive: &str) -> Result<(), Box<Finding>> {
    let Some((name, span, level)) = parts(directive) else { return Ok(()) };
    if let Some(level) = level.filter(|level| LevelFilter::from_str(level).is_err()) {
        return Err(Box::new(words::log_level(words::quote(level)).with_hint(suggestion(level, LEVELS))));
    }
    if let Some(span) = span.filter(|span| !span.is_empty() && *span != SPAN) {
        return Err(Box::new(words::log_span(words::quote(span)).with_hint(suggestion(span, [SPAN]))));
    }
    if is_known(name) {
        return Ok(());
    }
    let known = LEVELS.iter().filter(|_| level.is_none() && span.is_none()).chain(OWN).chain(LIBRARIES).copied();
    let modules = OWN.iter().flat_map(|own| own.match_indices("::").map(|(end, _)| &own[..end]));
    Err(Box::new(words::log_target(words::quote(name)).with_hint(suggestion(name, known.chain(modules)))))
}

/// Target, span and level of a directive. `None` for a level alone.
fn parts(directive: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    Some(match directive.split_once('[') {
        Some((name, rest)) => {
            let (span, level) = rest.rsplit_once(']').unwrap_or((rest, ""));
            (name, Some(span.split('{').next().unwrap_or_default()), level.strip_prefix('=').map(str::trim))
        }
        None => match directive.split_once('=') {
            Some((name, level)) => (name.trim(), None, Some(level.trim())),
            None if LevelFilter::from_str(directive).is_ok() => return None,
            None => (directive, None, None),
        },
    })
}

/// Whether a target is everything, or a part that logs.
fn is_known(name: &str) -> bool {
    name.is_empty() || OWN.iter().chain(LIBRARIES).any(|known| is_part(known, name))
}

/// Whether a filter's target selects what logs under `known`. Of a library, the modules are not known.
fn is_part(known: &str, target: &str) -> bool {
    let is_below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    is_below(known, target) || (!known.starts_with("haibao") && is_below(target, known))
}

/// The closest known name as a hint. Without one, the hint of the finding stays.
fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<Message> {
    nearest(name, known).map(words::did_you_mean)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn levels_and_parts_that_log_are_accepted() {
        for good in [
            "",
            "info",
            "WARN",
            "off",
            "3",
            "info,haibao::wechat=debug",
            " info , haibao = debug ,",
            "haibao::http::server=trace,hickory_resolver=off",
            "haibao::access_log=off,info",
            "sqlx::query=warn",
            "warn,[request{route=/v1/posters}]=debug",
            "haibao[request]=debug",
        ] {
            parse(good).unwrap_or_else(|finding| panic!("{good:?}: {finding:?}"));
        }
        // Spaces change nothing.
        assert_eq!(
            parse(" info , haibao::wechat=debug").unwrap().to_string(),
            parse("info,haibao::wechat=debug").unwrap().to_string()
        );
    }

    #[test]
    fn misspelt_filters_are_errors_with_the_closest_name() {
        for (bad, hint) in [
            ("infoo", "`info`"),
            ("inf", "`info`"),
            ("warning", "error, warn, info"),
            ("haibao=debgu", "`debug`"),
            ("info,hiabao=debug", "`haibao`"),
            ("info,haibao::wechta=debug", "`haibao::wechat`"),
            ("haibao::wechat::client::tokn=debug", "`haibao::wechat::client::token`"),
            ("haibao::access_logs=off", "`haibao::access_log`"),
            ("[reqest]=debug", "`request`"),
            ("hyper_utli=debug", "`hyper_util`"),
            ("haibao==debug", "`debug`"),
            ("a=b=c", "error, warn, info"),
            ("{", "haibao"),
        ] {
            let finding = parse(bad).expect_err(bad);
            assert_eq!(finding.code, "setting_invalid", "{bad}");
            let given = finding.hint.clone().unwrap_or_default();
            assert!(given.contains(hint), "{bad}: {} {given}", finding.message);
        }
    }

    #[test]
    fn names_of_other_programs_are_left_out() {
        assert_eq!(known("info,hyper=warn, my_app = debug,haibao=debug"), "info,haibao=debug");
        assert_eq!(known("my_app=debug"), "");
        assert_eq!([known("debgu"), known("my_app,trac")], ["debgu", "trac"], "they are reported");
    }

    /// Modules with calls of tracing's macros, in a folder of sources.
    fn logging(folder: &Path, path: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).expect("sources").map(|entry| entry.expect("an entry").path()) {
            let name = entry.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            let module =
                if ["mod", "lib"].contains(&name.as_str()) { path.to_owned() } else { format!("{path}::{name}") };
            if entry.is_dir() {
                logging(&entry, &module, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("UTF-8");
                let macros = ["error", "warn", "info", "debug", "trace", "info_span"];
                if macros.iter().any(|name| text.contains(&format!("tracing::{name}!("))) {
                    found.insert(module);
                }
            }
        }
    }

    #[test]
    fn the_list_of_our_modules_is_complete() {
        let mut found = BTreeSet::new();
        logging(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "haibao", &mut found);
        let named: BTreeSet<_> = OWN.iter().map(|own| (*own).to_owned()).collect();
        let of_access_log = |module: &&String| module.ends_with("access_log");
        let missing: Vec<_> = found.difference(&named).filter(|module| !of_access_log(module)).collect();
        assert!(missing.is_empty(), "add to OWN: {missing:?}");
        let gone: Vec<_> = named.difference(&found).filter(|module| !of_access_log(module)).collect();
        assert!(gone.is_empty(), "remove from OWN: {gone:?}");
    }

    #[test]
    fn the_list_of_libraries_is_complete() {
        let lock = include_str!("../Cargo.lock");
        for package in lock.split("[[package]]").filter(|package| package.contains("\n \"tracing\",")) {
            let name = package.lines().find_map(|line| line.strip_prefix("name = ")).expect("a name").trim_matches('"');
            let own = ["haibao", "tracing-subscriber"].contains(&name);
            assert!(own || LIBRARIES.contains(&name.replace('-', "_").as_str()), "add {name} to LIBRARIES");
        }
    }
}
