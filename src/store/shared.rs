//! Quotas and access tokens shared by the processes on one Postgres.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use secrecy::{ExposeSecret, SecretString};

use super::{Db, Store, sql};
use crate::wechat::client::{Coordinator, QuotaRate, StoredToken, TurnResult};
use haibao_core::error::{Error, Result};

/// Shared state in a Postgres store. Rows are created on demand, a few per app.
struct SharedState(Store);

impl Store {
    /// State shared with other processes. `None` for SQLite, which only one machine uses.
    pub fn shared(&self) -> Option<impl Coordinator + use<>> {
        self.folder().is_none().then(|| SharedState(self.clone()))
    }
}

impl SharedState {
    async fn db(&self) -> Result<&Db> {
        self.0.db().await
    }
}

impl Coordinator for SharedState {
    fn take<'a>(&'a self, name: &'a str, what: Option<&'a str>, rate: QuotaRate) -> BoxFuture<'a, Result<TurnResult>> {
        async move {
            // Rounded up, so turns never exceed the rate.
            let interval = micros(rate.interval + Duration::from_nanos(999)).max(1);
            let early = interval.saturating_mul(i64::from(rate.burst.max(1) - 1));
            let values = [name.into(), interval.into(), early.into(), what.into()];
            let row = self.db().await?.write_one(sql::TAKE_TURN, &values).await?;
            let row = row.ok_or_else(|| Error::internal("the store returned no row"))?;
            let time = |column| row.get::<i64>(column).map(|us| Duration::from_micros(us.unsigned_abs()));
            Ok(match (time("wait")?, time("paused")?, time("stopped")?) {
                (Duration::ZERO, ..) => TurnResult::Given,
                (_, _, stopped) if stopped > Duration::ZERO => TurnResult::Stopped(stopped),
                (wait, paused, _) if paused < wait => TurnResult::Full(wait),
                (wait, ..) => TurnResult::Paused(wait),
            })
        }
        .boxed()
    }

    fn pause<'a>(&'a self, name: &'a str, rest: Duration) -> BoxFuture<'a, Result<()>> {
        async move { self.db().await?.run(sql::PAUSE_TURNS, &[name.into(), micros(rest).into()]).await.map(drop) }
            .boxed()
    }

    fn token<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<StoredToken>>> {
        async move {
            let Some(row) = self.db().await?.one(sql::TOKEN, &[name.into()]).await? else { return Ok(None) };
            Ok(Some(StoredToken {
                value: row.get::<String>("value")?.into(),
                left: Duration::from_millis(row.get::<i64>("left_ms")?.unsigned_abs()),
                is_due: row.get::<i64>("due")? != 0,
            }))
        }
        .boxed()
    }

    fn drop_token<'a>(&'a self, name: &'a str, value: &'a SecretString) -> BoxFuture<'a, Result<()>> {
        let values = [name.into(), value.expose_secret().into()];
        async move { self.db().await?.run(sql::DROP_TOKEN, &values).await.map(drop) }.boxed()
    }

    fn lease<'a>(&'a self, name: &'a str, length: Duration) -> BoxFuture<'a, Result<Option<i64>>> {
        async move {
            let row = self.db().await?.write_one(sql::LEASE_TOKEN, &[name.into(), millis(length).into()]).await?;
            row.map(|row| row.get("fence")).transpose()
        }
        .boxed()
    }

    fn keep_token<'a>(
        &'a self,
        name: &'a str,
        lease: i64,
        value: &'a SecretString,
        lifetime: Duration,
        renew: Duration,
    ) -> BoxFuture<'a, Result<bool>> {
        async move {
            let values = [
                name.into(),
                lease.into(),
                value.expose_secret().into(),
                millis(lifetime).into(),
                millis(renew).into(),
            ];
            Ok(self.db().await?.run(sql::KEEP_TOKEN, &values).await? > 0)
        }
        .boxed()
    }

    fn release<'a>(&'a self, name: &'a str, lease: i64) -> BoxFuture<'a, Result<()>> {
        async move { self.db().await?.run(sql::RELEASE_TOKEN, &[name.into(), lease.into()]).await.map(drop) }.boxed()
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 4)
}
