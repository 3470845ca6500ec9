//! Tests of exports on each engine, accessed by two processes.

use std::time::Duration;

use serde_json::json;
use sqlx::{Executor, SqlSafeStr};

use super::*;
use crate::store::{Db, engines::on_engine, testing::TestDatabase};

const ID: &str = "00112233445566778899aabbccddeeff";

fn exports(engine: &TestDatabase, instance: &str) -> ExportStore {
    ExportStore::new(engine.store(), instance.to_owned(), Duration::from_secs(60))
}

/// Room for exports while fewer than these are active.
fn below(maximum: i64) -> impl Fn(Active) -> bool {
    move |active| active.all < maximum
}

fn asked() -> ExportRequest {
    let webhook = Some("https://example.com/hook".to_owned());
    ExportRequest {
        template: "my".into(),
        options: json!({}),
        sheet: "a.csv".into(),
        expires_at: now() + 60_000,
        webhook,
        owner: None,
    }
}

fn checked() -> CheckResult {
    CheckResult { total: 70, bad: 1, new_codes: 3, failures: vec![json!({ "row": 2 })] }
}

fn finished() -> Finished {
    Finished { expires_at: now(), done: 93, failed: 4, failures: vec![], bytes: 7, hash: "ab".into() }
}

fn result(files: i64) -> ChunkResult {
    ChunkResult { files, done: 31, failed: 1, failures: vec![json!({ "row": 9 })] }
}

async fn running(exports: &ExportStore, chunks: i64) -> i64 {
    assert!(exports.add(ID, now() + 60_000, None, below(20)).await.unwrap());
    assert!(exports.uploaded(ID, &asked()).await.unwrap());
    assert_eq!(exports.claim(ID, ExportState::Checking, 0).await.unwrap(), Some(1));
    exports.checked(ID, 0, chunks, &checked()).await.unwrap().expect("this process holds the check")
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    for engine in TestDatabase::all().await {
        let store = engine.store();
        let db = store.db().await.unwrap();
        for sql in sql::EXPORTS {
            let prepared = on_engine!(db, Db { writer, .. } => writer.prepare(sql.into_sql_str()).await.map(drop));
            prepared.unwrap_or_else(|e| panic!("{} rejects {sql}: {e}", engine.name));
        }
    }
}

#[tokio::test]
async fn active_exports_are_counted_by_owner_from_the_upload_on() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        for (n, owner) in [None, Some("shop"), Some("shop"), Some("other")].into_iter().enumerate() {
            assert!(one.add(&format!("{n:032}"), now() + 60_000, owner, below(20)).await.unwrap());
        }
        assert_eq!(one.active(Some("shop")).await.unwrap(), Active { all: 4, own: 2 });
        assert_eq!(one.active(None).await.unwrap(), Active { all: 4, own: 0 });
        let seen = |active: Active| {
            assert_eq!(active, Active { all: 4, own: 2 });
            false
        };
        assert!(!one.add(ID, now() + 60_000, Some("shop"), seen).await.unwrap());
        assert_eq!(one.active(Some("shop")).await.unwrap(), Active { all: 4, own: 2 }, "nothing was added");
    }
}

#[tokio::test]
async fn each_step_of_an_export_has_one_holder() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let (one, two) = (exports(&engine, "one"), exports(&engine, "two"));
        assert_eq!(one.active(None).await.unwrap(), Active::default());
        assert!(one.add(ID, now() + 60_000, None, below(1)).await.unwrap());
        assert!(!two.add("other", now() + 60_000, None, below(1)).await.unwrap(), "the limit is one");
        assert!(one.get(ID).await.unwrap().is_none(), "an upload is not listed");
        assert!(one.uploaded(ID, &asked()).await.unwrap());
        assert!(!one.uploaded(ID, &asked()).await.unwrap(), "only once");

        assert_eq!(one.claim(ID, ExportState::Checking, 0).await.unwrap(), Some(1));
        assert_eq!(two.claim(ID, ExportState::Checking, 0).await.unwrap(), None, "another process holds it");
        assert_eq!(two.renew(ID, ExportState::Checking, 0).await.unwrap(), None, "its holder is live");
        assert_eq!(two.checked(ID, 0, 3, &checked()).await.unwrap(), None, "another process holds it");
        assert_eq!(one.checked(ID, 7, 3, &checked()).await.unwrap(), None, "another generation");
        assert_eq!(one.progress(ID).await.unwrap().chunks, 0, "an outdated check creates no chunks");
        assert_eq!(one.checked(ID, 0, 3, &checked()).await.unwrap(), Some(1));
        assert_eq!(one.checked(ID, 0, 5, &checked()).await.unwrap(), None, "only once");

        assert_eq!(two.queue(ID, 2).await.unwrap(), [(0, 0), (1, 0)]);
        assert_eq!(one.queue(ID, 2).await.unwrap(), [], "the window is full");
        let claim = one.claim_chunk(ID, 0, 0).await.unwrap().expect("not held");
        assert_eq!((claim.attempt, claim.in_flight, claim.crashes.len()), (1, None, 0));
        assert_eq!(two.claim_chunk(ID, 0, 0).await.unwrap(), None, "another process holds it");
        assert_eq!(two.claim_chunk(ID, 1, 7).await.unwrap(), None, "an outdated generation");
        assert_eq!(two.unheld(ID).await.unwrap(), [(1, 0)]);
        assert!(one.record(ID, 0, &result(11)).await.unwrap());
        assert!(!two.record(ID, 0, &result(12)).await.unwrap(), "the first result wins");
        assert!(one.record(ID, 0, &result(11)).await.unwrap(), "a retry of the winner succeeds");
        assert_eq!(one.queue(ID, 2).await.unwrap(), [(2, 0)]);
        let progress = two.progress(ID).await.unwrap();
        assert_eq!((progress.chunks, progress.finished, progress.done, progress.failed), (3, 1, 31, 1));
        assert_eq!(two.all_done(ID).await.unwrap(), None);

        assert!(two.pause(ID, None, 0).await.unwrap());
        assert_eq!(two.claim_chunk(ID, 1, 0).await.unwrap(), None, "the export is paused");
        assert!(two.resume(ID).await.unwrap() && !two.resume(ID).await.unwrap());
        assert_eq!(two.claim_chunk(ID, 1, 0).await.unwrap(), None, "resuming starts new generations");
        assert_eq!(one.queue(ID, 2).await.unwrap(), [(1, 1), (2, 1)]);
        for chunk in [1, 2] {
            assert!(two.claim_chunk(ID, chunk, 1).await.unwrap().is_some());
            assert!(two.record(ID, chunk, &result(20 + chunk)).await.unwrap());
        }
        assert_eq!(one.winners(ID).await.unwrap(), [11, 21, 22]);
        let generation = one.all_done(ID).await.unwrap().expect("all chunks are finished");
        assert_eq!(two.all_done(ID).await.unwrap(), None, "only once");
        assert!(two.record(ID, 2, &result(22)).await.unwrap(), "even after the export has moved on");
        assert!(two.claim(ID, ExportState::Finishing, generation).await.unwrap().is_some());
        assert!(!one.finished(ID, generation, &finished()).await.unwrap(), "another process holds it");
        assert!(!two.finished(ID, generation - 1, &finished()).await.unwrap(), "another generation");
        assert!(two.finished(ID, generation, &finished()).await.unwrap());
        let export = one.get(ID).await.unwrap().expect("the export exists");
        assert_eq!((export.state, export.done, export.archive_bytes), (ExportState::Done, 93, 7));
        assert_eq!(one.webhooks(9).await.unwrap().len(), 1);
        assert!(one.claim_webhook(ID, 0, now() + 60_000).await.unwrap());
        assert!(!two.claim_webhook(ID, 0, now()).await.unwrap(), "each attempt is claimed once");
        assert_eq!(one.webhooks(9).await.unwrap().len(), 0, "not due");

        assert_eq!(one.unclean(9).await.unwrap(), [ID]);
        assert_eq!(one.expiring(9).await.unwrap(), [ID]);
        assert!(one.expire(ID).await.unwrap() && !one.expire(ID).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(one.removable(60_000, 9).await.unwrap(), Vec::<String>::new(), "still visible");
        assert_eq!(one.removable(0, 9).await.unwrap(), [ID]);
        one.remove(ID).await.unwrap();
        assert!(one.get(ID).await.unwrap().is_none() && one.winners(ID).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn work_of_a_dead_process_can_be_claimed_with_its_crash_counts() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let (dead, alive) = (exports(&engine, "dead"), exports(&engine, "alive"));
        running(&dead, 2).await;
        dead.queue(ID, 9).await.unwrap();
        dead.claim_chunk(ID, 0, 0).await.unwrap().expect("not held");
        assert!(dead.in_flight(ID, 0, 5).await.unwrap() && !alive.in_flight(ID, 0, 6).await.unwrap());
        dead.claim_chunk(ID, 1, 0).await.unwrap().expect("not held");
        assert!(dead.release_chunk(ID, 1, true).await.unwrap());
        assert_eq!(alive.unheld(ID).await.unwrap(), [(1, 0)]);
        assert_eq!(alive.claim_chunk(ID, 1, 0).await.unwrap().expect("not held").attempt, 1, "forgiven");

        // A process with a short lease.
        let alive = ExportStore::new(engine.store(), "alive".to_owned(), Duration::from_millis(1000));
        tokio::time::sleep(Duration::from_millis(1100)).await;
        alive.beat().await.unwrap();
        assert_eq!(alive.living().await.unwrap(), ["alive"]);
        assert_eq!(alive.unheld(ID).await.unwrap(), [(0, 0)]);
        assert_eq!(alive.renew_chunk(ID, 0, 0).await.unwrap(), Some(1));
        assert_eq!(alive.renew_chunk(ID, 0, 0).await.unwrap(), None, "only once");
        assert_eq!(alive.claim_chunk(ID, 0, 0).await.unwrap(), None, "the old generation is outdated");
        let mut claim = alive.claim_chunk(ID, 0, 1).await.unwrap().expect("not held");
        assert_eq!((claim.attempt, claim.in_flight, claim.crashes.len()), (2, Some(5), 0));
        claim.crashes.insert(5, 1);
        assert!(alive.crashed(ID, 0, &claim.crashes).await.unwrap());
        alive.leave().await.unwrap();
        let again = dead.claim_chunk(ID, 0, 1).await.unwrap().expect("released");
        assert_eq!((again.attempt, again.in_flight, again.crashes.get(&5)), (2, None, Some(&1)));
    }
}

/// A process without a heartbeat for too long (machine suspended, database cut off) continues with work that others
/// took over.
#[tokio::test]
async fn a_process_presumed_dead_cannot_end_the_work_of_others() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let slow = exports(&engine, "slow");
        let other = ExportStore::new(engine.store(), "other".to_owned(), Duration::from_millis(1000));
        assert!(slow.add(ID, now() + 60_000, None, below(20)).await.unwrap());
        assert!(slow.uploaded(ID, &asked()).await.unwrap());
        slow.claim(ID, ExportState::Checking, 0).await.unwrap().expect("not held");
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(other.renew(ID, ExportState::Checking, 0).await.unwrap(), Some(1));
        // The slow process itself may claim the new generation.
        slow.claim(ID, ExportState::Checking, 1).await.unwrap().expect("not held");
        let reason = json!({ "code": "any" });
        assert_eq!(slow.checked(ID, 0, 9, &checked()).await.unwrap(), None, "an outdated generation");
        assert!(!slow.fail(ID, 0, &reason, 0, &checked()).await.unwrap(), "an outdated generation");
        assert!(!slow.release(ID, 0, true, None).await.unwrap(), "an outdated generation");
        assert!(slow.release(ID, 1, true, Some(&reason)).await.unwrap());
        assert_eq!(
            slow.claim(ID, ExportState::Checking, 1).await.unwrap(),
            Some(2),
            "a forgiven attempt does not count"
        );
        assert!(slow.release(ID, 1, false, None).await.unwrap());
        assert_eq!(
            slow.get(ID).await.unwrap().unwrap().reason.as_ref(),
            Some(&reason),
            "the reason for the wait is kept"
        );
        assert_eq!(
            slow.claim(ID, ExportState::Checking, 1).await.unwrap(),
            Some(3),
            "an attempt that is not forgiven counts"
        );
        slow.leave().await.unwrap();
        other.beat().await.unwrap();
        assert_eq!(
            other.claim(ID, ExportState::Checking, 1).await.unwrap(),
            Some(3),
            "released immediately, and forgiven"
        );
        assert!(!slow.fail(ID, 1, &reason, 0, &checked()).await.unwrap(), "another process holds it");
        assert_eq!(other.checked(ID, 1, 0, &checked()).await.unwrap(), Some(2));
        assert_eq!(slow.get(ID).await.unwrap().unwrap().reason, None, "it no longer waits");
        let generation = other.all_done(ID).await.unwrap().expect("no chunk is left");
        other.claim(ID, ExportState::Finishing, generation).await.unwrap().expect("not held");
        assert!(!slow.fail(ID, 1, &reason, 0, &checked()).await.unwrap(), "an outdated check cannot fail the archive");
        assert!(!slow.reopen(ID, generation, &[]).await.unwrap(), "nor reopen it");
        assert!(other.finished(ID, generation, &finished()).await.unwrap());
    }
}

#[tokio::test]
async fn pausing_extends_the_expiry() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        running(&one, 2).await;
        assert!(one.pause(ID, None, now() + 120_000).await.unwrap());
        assert!(one.get(ID).await.unwrap().unwrap().expires_at > now() + 100_000, "longer than requested");
        assert!(one.resume(ID).await.unwrap() && one.pause(ID, None, 0).await.unwrap());
        assert!(one.get(ID).await.unwrap().unwrap().expires_at > now() + 100_000, "never shortened");
        assert!(!one.expire(ID).await.unwrap(), "it is not due");
        // Resumed after it was selected and before it is expired.
        one.changes("UPDATE exports SET expires_at = 0", &[]).await.unwrap();
        assert_eq!(one.expiring(9).await.unwrap(), [ID]);
        assert!(one.resume(ID).await.unwrap());
        assert!(!one.expire(ID).await.unwrap(), "it is running");
    }
}

#[tokio::test]
async fn resuming_resets_the_attempts_of_chunks() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        running(&one, 1).await;
        one.queue(ID, 9).await.unwrap();
        for attempt in 1..4 {
            assert_eq!(one.claim_chunk(ID, 0, 0).await.unwrap().expect("not held").attempt, attempt);
            assert!(one.release_chunk(ID, 0, false).await.unwrap());
        }
        assert!(one.pause(ID, None, 0).await.unwrap() && one.resume(ID).await.unwrap());
        assert_eq!(one.queue(ID, 9).await.unwrap(), [(0, 1)]);
        assert_eq!(one.claim_chunk(ID, 0, 1).await.unwrap().expect("not held").attempt, 1);
    }
}

#[tokio::test]
async fn dead_instances_are_forgotten_when_the_clock_is_set_back() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        one.beat().await.unwrap();
        for (id, seen) in [("future", now() + 3_600_000), ("skewed", now() + 20_000), ("old", 0)] {
            one.changes(sql::BEAT, &[id.into(), seen.into()]).await.unwrap();
        }
        one.forget().await.unwrap();
        let mut living = one.living().await.unwrap();
        living.sort();
        assert_eq!(living, ["one", "skewed"]);
        let never = ExportStore::new(engine.store(), "never".to_owned(), Duration::MAX);
        never.beat().await.unwrap();
        never.forget().await.unwrap();
        assert_eq!(never.living().await.unwrap().len(), 3, "the longest lease does not overflow");
    }
}

#[tokio::test]
async fn concurrent_adds_respect_the_limit() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let all: Vec<ExportStore> = (0..12).map(|n| exports(&engine, &format!("instance {n}"))).collect();
        for one in &all {
            // Connect first, which takes time.
            one.beat().await.unwrap();
        }
        for round in 1..6 {
            let ids: Vec<String> = (0..all.len()).map(|n| format!("{round}-{n}")).collect();
            let adds = all.iter().zip(&ids).map(|(one, id)| one.add(id, now() + 60_000, None, below(round * 2)));
            let added = futures_util::future::join_all(adds).await;
            assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 2, "round {round}");
            assert_eq!(all[0].active(None).await.unwrap().all, round * 2);
        }
    }
}

#[tokio::test]
async fn an_abandoned_upload_is_removed_although_its_process_is_live() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        assert!(one.add(ID, now() + 60_000, None, below(20)).await.unwrap());
        assert_eq!(one.removable(0, 9).await.unwrap(), Vec::<String>::new(), "it may still be in progress");
        one.changes("UPDATE exports SET created_at = created_at - 3700000", &[]).await.unwrap();
        assert_eq!(one.removable(0, 9).await.unwrap(), [ID]);
    }
}

#[tokio::test]
async fn cancelled_exports_take_no_place_of_the_latest() {
    for engine in TestDatabase::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        running(&one, 1).await;
        for n in 0..3 {
            let id = format!("later-{n}");
            assert!(one.add(&id, now() + 60_000, None, below(20)).await.unwrap());
            assert!(one.uploaded(&id, &asked()).await.unwrap());
            one.cancel(&id).await.unwrap();
        }
        let latest = one.latest(2, None).await.unwrap();
        assert_eq!(latest.iter().map(|export| export.id.as_str()).collect::<Vec<_>>(), [ID]);
    }
}
