//! `haibao keys`: creates, lists and revokes the API keys of the service.

use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    output,
    report::{self, ReportFormat},
    runtime::with_store,
    table::aligned,
};
use crate::{
    access::{NewKey, Rate, Scope, Scopes},
    config::Settings,
    language::Language,
    store::keys::{KeyRecord, KeyStore},
    words,
};
use haibao_core::error::{Error, ErrorKind, Result};

/// Limited codes of a key with that scope, unless --limited-codes says otherwise.
const LIMITED_CODES: u32 = 100;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Create a key and print it; it is shown only once
    Add(Add),
    /// List the keys
    List {
        /// Include revoked keys
        #[arg(long)]
        all: bool,
        /// Output format
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: ReportFormat,
    },
    /// Revoke a key; requests with it fail within two seconds
    Revoke {
        /// Name or id of the key
        key: String,
        /// Delete the record too. A service whose keys are all deleted is open again after a restart
        #[arg(long)]
        forget: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Name of the caller, such as shop: 1 to 40 characters of a-z 0-9 . - _, and not public
    name: String,
    /// What the key may do, comma-separated: posters, codes, limited-codes, scenes, assets, templates, exports, admin; or
    /// all [default: all except limited-codes and admin]
    #[arg(long, value_name = "LIST")]
    scopes: Option<Scopes>,
    /// Maximum rate of requests in each process: 600/min, 10/s or none [default: 6000/min]
    #[arg(long, value_name = "RATE")]
    rate: Option<Rate>,
    /// Requests in a burst [default: a tenth of a minute's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    burst: Option<u32>,
    /// Limited and square codes that the key may request from WeChat in total [default: 100 with the scope limited-codes]
    #[arg(long, value_name = "N")]
    limited_codes: Option<u32>,
}

pub(super) fn run(args: Args, settings: &Settings) -> Result<()> {
    with_store(settings, async |store| perform(args.command, &KeyStore::new(store)).await)
}

async fn perform(command: Command, keys: &KeyStore) -> Result<()> {
    match command {
        Command::Add(args) => add(keys, args).await,
        Command::List { all, format } => {
            let mut records = keys.all().await?;
            records.retain(|key| all || key.revoked_at.is_none());
            if format == ReportFormat::Json {
                let all: Vec<Value> = records.iter().map(to_json).collect();
                return output::print(&format!("{:#}\n", Value::from(all)));
            }
            output::print(&table(&records, report::language()))
        }
        Command::Revoke { key, forget } => {
            let revoked = keys.revoke(&key, now()).await?;
            let revoked = if forget { keys.forget(&key).await? } else { revoked };
            if revoked {
                report::tell(&words::key_revoked(&key));
                return Ok(());
            }
            Err(Error::of(ErrorKind::NotFound, words::no_such_key(format!("{key:?}"))))
        }
    }
}

async fn add(keys: &KeyStore, args: Add) -> Result<()> {
    let scopes = args.scopes.unwrap_or_else(Scopes::usual);
    let may_limit = scopes.contains(Scope::LimitedCodes);
    if args.limited_codes.is_some_and(|n| n > 0) && !may_limit {
        return Err(Error::of(ErrorKind::Invalid, words::limited_scope()));
    }
    let rate = args.rate.unwrap_or_default();
    if args.burst.is_some() && rate == Rate::NONE {
        return Err(Error::of(ErrorKind::Invalid, words::burst_without_rate()));
    }
    let rate = args.burst.map_or(rate, |burst| rate.with_burst(burst));
    let limited_quota = args.limited_codes.unwrap_or(if may_limit { LIMITED_CODES } else { 0 });
    let (key, record) = NewKey { name: args.name, scopes, rate, limited_quota }.generate(now())?;
    if !keys.add(&record).await? {
        return Err(Error::of(ErrorKind::Invalid, words::key_exists(format!("{:?}", record.name))));
    }
    output::print(&format!("{}\n", key.expose_secret()))?;
    report::tell(&words::key_shown(&record.name, &record.scopes, rate));
    Ok(())
}

/// A key as JSON; the rate of a key without one is null.
fn to_json(key: &KeyRecord) -> Value {
    let limit = |number: u32| (key.per_minute > 0).then_some(number);
    json!({
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes.split(',').collect::<Vec<_>>(),
        "per_minute": limit(key.per_minute),
        "burst": limit(key.burst),
        "limited_quota": key.limited_quota,
        "limited_used": key.limited_used,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    })
}

/// One line per key in aligned columns.
fn table(keys: &[KeyRecord], language: Language) -> String {
    let head = [
        words::keys_id(),
        words::keys_name(),
        words::keys_rate(),
        words::keys_limited(),
        words::keys_created(),
        words::keys_revoked(),
        words::keys_scopes(),
    ];
    let row = |key: &KeyRecord| {
        [
            key.id.clone(),
            key.name.clone(),
            Rate { per_minute: key.per_minute, burst: key.burst }.to_string(),
            format!("{}/{}", key.limited_used, key.limited_quota),
            date(key.created_at),
            key.revoked_at.map_or_else(|| "-".to_owned(), date),
            key.scopes.clone(),
        ]
    };
    let head = head.map(|name| language.text(&name));
    let rows: Vec<_> = std::iter::once(head).chain(keys.iter().map(row)).collect();
    aligned(&rows, &[])
}

/// The date of a time, `YYYY-MM-DD` in UTC (algorithm: <https://howardhinnant.github.io/date_algorithms.html>).
fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_headings_in_the_language() {
        let key = KeyRecord {
            id: "a".to_owned(),
            name: "shop".to_owned(),
            hash: [0; 32],
            scopes: "posters".to_owned(),
            per_minute: 600,
            burst: 60,
            limited_quota: 0,
            limited_used: 0,
            created_at: 0,
            revoked_at: None,
        };
        let first = |language| table(std::slice::from_ref(&key), language).lines().next().map(str::to_owned);
        let english = first(Language::English).unwrap_or_default();
        assert_eq!(english.split("  ").map(str::trim).filter(|name| !name.is_empty()).count(), 7, "{english}");
        let chinese = first(Language::Chinese).unwrap_or_default();
        assert!(chinese.contains("名称") && chinese.contains("权限") && !chinese.contains("scopes"), "{chinese}");
    }

    #[test]
    fn dates_are_correct() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }
}
