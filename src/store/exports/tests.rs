//! Exports on each engine, as two processes see them.

use std::time::Duration;

use serde_json::json;
use sqlx::{Executor, SqlSafeStr};

use super::*;
use crate::store::{Db, testing::Engine};

const ID: &str = "00112233445566778899aabbccddeeff";

fn exports(engine: &Engine, instance: &str) -> Exports {
    Exports::new(engine.store(), instance.to_owned(), Duration::from_secs(60))
}

fn asked() -> Asked {
    let webhook = Some("https://example.com/hook".to_owned());
    Asked { template: "my".into(), options: json!({}), sheet: "a.csv".into(), expires_at: now() + 60_000, webhook }
}

fn checked() -> Checked {
    Checked { total: 70, bad: 1, new_codes: 3, failures: vec![json!({ "row": 2 })] }
}

fn finished() -> Finished {
    Finished { expires_at: now(), done: 93, failed: 4, failures: vec![], bytes: 7, hash: "ab".into() }
}

fn result(files: i64) -> ChunkResult {
    ChunkResult { files, done: 31, failed: 1, failures: vec![json!({ "row": 9 })] }
}

async fn running(exports: &Exports, chunks: i64) -> i64 {
    assert!(exports.add(ID, now() + 60_000, 20).await.unwrap());
    assert!(exports.uploaded(ID, &asked()).await.unwrap());
    assert_eq!(exports.claim(ID, State::Checking, 0).await.unwrap(), Some(1));
    exports.checked(ID, 0, chunks, &checked()).await.unwrap().expect("it is this process's")
}

#[tokio::test]
async fn every_statement_is_understood_by_both_engines() {
    for engine in Engine::all().await {
        for sql in sql::EXPORTS {
            let prepared = match engine.store().db().await.unwrap() {
                Db::Sqlite { writer, .. } => writer.prepare(sql.into_sql_str()).await.map(drop),
                Db::Postgres(pool) => pool.prepare(sql.into_sql_str()).await.map(drop),
            };
            prepared.unwrap_or_else(|e| panic!("{} refuses {sql}: {e}", engine.name));
        }
    }
}

#[tokio::test]
async fn an_export_goes_its_way_and_each_step_has_one_owner() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let (one, two) = (exports(&engine, "one"), exports(&engine, "two"));
        assert_eq!(one.active().await.unwrap(), 0);
        assert!(one.add(ID, now() + 60_000, 1).await.unwrap());
        assert!(!two.add("other", now() + 60_000, 1).await.unwrap(), "one at once");
        assert!(one.get(ID).await.unwrap().is_none(), "nobody knows of an upload");
        assert!(one.uploaded(ID, &asked()).await.unwrap());
        assert!(!one.uploaded(ID, &asked()).await.unwrap(), "once");

        assert_eq!(one.claim(ID, State::Checking, 0).await.unwrap(), Some(1));
        assert_eq!(two.claim(ID, State::Checking, 0).await.unwrap(), None, "it is taken");
        assert_eq!(two.renew(ID, State::Checking, 0).await.unwrap(), None, "its owner lives");
        assert_eq!(two.checked(ID, 0, 3, &checked()).await.unwrap(), None, "it is not its");
        assert_eq!(one.checked(ID, 7, 3, &checked()).await.unwrap(), None, "another generation");
        assert_eq!(one.progress(ID).await.unwrap().chunks, 0, "no chunks of a check that does not count");
        assert_eq!(one.checked(ID, 0, 3, &checked()).await.unwrap(), Some(1));
        assert_eq!(one.checked(ID, 0, 5, &checked()).await.unwrap(), None, "once");

        assert_eq!(two.queue(ID, 2).await.unwrap(), [(0, 0), (1, 0)]);
        assert_eq!(one.queue(ID, 2).await.unwrap(), [], "the window is full");
        let claim = one.claim_chunk(ID, 0, 0).await.unwrap().expect("it is free");
        assert_eq!((claim.attempt, claim.in_hand, claim.crashes.len()), (1, None, 0));
        assert_eq!(two.claim_chunk(ID, 0, 0).await.unwrap(), None, "it is taken");
        assert_eq!(two.claim_chunk(ID, 1, 7).await.unwrap(), None, "an old task");
        assert_eq!(two.unheld(ID).await.unwrap(), [(1, 0)]);
        assert!(one.record(ID, 0, &result(11)).await.unwrap());
        assert!(!two.record(ID, 0, &result(12)).await.unwrap(), "the first one stays");
        assert!(one.record(ID, 0, &result(11)).await.unwrap(), "who asks again, as the answer was lost, is told so");
        assert_eq!(one.queue(ID, 2).await.unwrap(), [(2, 0)]);
        let progress = two.progress(ID).await.unwrap();
        assert_eq!((progress.chunks, progress.finished, progress.done, progress.failed), (3, 1, 31, 1));
        assert_eq!(two.all_done(ID).await.unwrap(), None);

        assert!(two.pause(ID, None, 0).await.unwrap());
        assert_eq!(two.claim_chunk(ID, 1, 0).await.unwrap(), None, "it pauses");
        assert!(two.resume(ID).await.unwrap() && !two.resume(ID).await.unwrap());
        assert_eq!(two.claim_chunk(ID, 1, 0).await.unwrap(), None, "resuming makes new tasks");
        assert_eq!(one.queue(ID, 2).await.unwrap(), [(1, 1), (2, 1)]);
        for chunk in [1, 2] {
            assert!(two.claim_chunk(ID, chunk, 1).await.unwrap().is_some());
            assert!(two.record(ID, chunk, &result(20 + chunk)).await.unwrap());
        }
        assert_eq!(one.winners(ID).await.unwrap(), [11, 21, 22]);
        let generation = one.all_done(ID).await.unwrap().expect("all are");
        assert_eq!(two.all_done(ID).await.unwrap(), None, "once");
        assert!(two.record(ID, 2, &result(22)).await.unwrap(), "also when the export has gone on meanwhile");
        assert!(two.claim(ID, State::Finishing, generation).await.unwrap().is_some());
        assert!(!one.finished(ID, generation, &finished()).await.unwrap(), "not its");
        assert!(!two.finished(ID, generation - 1, &finished()).await.unwrap(), "another generation");
        assert!(two.finished(ID, generation, &finished()).await.unwrap());
        let export = one.get(ID).await.unwrap().expect("it is there");
        assert_eq!((export.state, export.done, export.archive_bytes), (State::Done, 93, 7));
        assert_eq!(one.webhooks(9).await.unwrap().len(), 1);
        assert!(one.claim_webhook(ID, 0, now() + 60_000).await.unwrap());
        assert!(!two.claim_webhook(ID, 0, now()).await.unwrap(), "each attempt once");
        assert_eq!(one.webhooks(9).await.unwrap().len(), 0, "not due");

        assert_eq!(one.unclean(9).await.unwrap(), [ID]);
        assert_eq!(one.expiring(9).await.unwrap(), [ID]);
        assert!(one.expire(ID).await.unwrap() && !one.expire(ID).await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(one.removable(60_000, 9).await.unwrap(), Vec::<String>::new(), "still told of");
        assert_eq!(one.removable(0, 9).await.unwrap(), [ID]);
        one.remove(ID).await.unwrap();
        assert!(one.get(ID).await.unwrap().is_none() && one.winners(ID).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn what_a_dead_process_held_is_free_and_what_it_taught_is_kept() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let (dead, alive) = (exports(&engine, "dead"), exports(&engine, "alive"));
        running(&dead, 2).await;
        dead.queue(ID, 9).await.unwrap();
        dead.claim_chunk(ID, 0, 0).await.unwrap().expect("free");
        assert!(dead.in_hand(ID, 0, 5).await.unwrap() && !alive.in_hand(ID, 0, 6).await.unwrap());
        dead.claim_chunk(ID, 1, 0).await.unwrap().expect("free");
        assert!(dead.release_chunk(ID, 1, true).await.unwrap());
        assert_eq!(alive.unheld(ID).await.unwrap(), [(1, 0)]);
        assert_eq!(alive.claim_chunk(ID, 1, 0).await.unwrap().expect("free").attempt, 1, "forgiven");

        // As a process sees it whose patience is short.
        let alive = Exports::new(engine.store(), "alive".to_owned(), Duration::from_millis(1000));
        tokio::time::sleep(Duration::from_millis(1100)).await;
        alive.beat().await.unwrap();
        assert_eq!(alive.living().await.unwrap(), ["alive"]);
        assert_eq!(alive.unheld(ID).await.unwrap(), [(0, 0)]);
        assert_eq!(alive.renew_chunk(ID, 0, 0).await.unwrap(), Some(1));
        assert_eq!(alive.renew_chunk(ID, 0, 0).await.unwrap(), None, "once");
        assert_eq!(alive.claim_chunk(ID, 0, 0).await.unwrap(), None, "the old task does nothing");
        let mut claim = alive.claim_chunk(ID, 0, 1).await.unwrap().expect("free");
        assert_eq!((claim.attempt, claim.in_hand, claim.crashes.len()), (2, Some(5), 0));
        claim.crashes.insert(5, 1);
        assert!(alive.crashed(ID, 0, &claim.crashes).await.unwrap());
        alive.leave().await.unwrap();
        let again = dead.claim_chunk(ID, 0, 1).await.unwrap().expect("given back");
        assert_eq!((again.attempt, again.in_hand, again.crashes.get(&5)), (2, None, Some(&1)));
    }
}

/// A process that was silent for too long (the machine slept, the database was cut off) goes on with what others took over.
#[tokio::test]
async fn who_was_taken_for_dead_ends_nothing_that_others_do() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let slow = exports(&engine, "slow");
        let other = Exports::new(engine.store(), "other".to_owned(), Duration::from_millis(1000));
        assert!(slow.add(ID, now() + 60_000, 20).await.unwrap() && slow.uploaded(ID, &asked()).await.unwrap());
        slow.claim(ID, State::Checking, 0).await.unwrap().expect("free");
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(other.renew(ID, State::Checking, 0).await.unwrap(), Some(1));
        // The very process that was silent may take the new task, too.
        slow.claim(ID, State::Checking, 1).await.unwrap().expect("free");
        let reason = json!({ "code": "any" });
        assert_eq!(slow.checked(ID, 0, 9, &checked()).await.unwrap(), None, "the old task");
        assert!(!slow.fail(ID, 0, &reason, 0, &checked()).await.unwrap(), "the old task");
        assert!(!slow.release(ID, 0, true, None).await.unwrap(), "the old task");
        assert!(slow.release(ID, 1, true, Some(&reason)).await.unwrap());
        assert_eq!(slow.claim(ID, State::Checking, 1).await.unwrap(), Some(2), "what was given back does not count");
        assert!(slow.release(ID, 1, false, None).await.unwrap());
        assert_eq!(slow.get(ID).await.unwrap().unwrap().reason.as_ref(), Some(&reason), "what it waits for is told");
        assert_eq!(slow.claim(ID, State::Checking, 1).await.unwrap(), Some(3), "unless it is not forgiven");
        slow.leave().await.unwrap();
        other.beat().await.unwrap();
        assert_eq!(other.claim(ID, State::Checking, 1).await.unwrap(), Some(3), "given back at once, and forgiven");
        assert!(!slow.fail(ID, 1, &reason, 0, &checked()).await.unwrap(), "it is another's");
        assert_eq!(other.checked(ID, 1, 0, &checked()).await.unwrap(), Some(2));
        assert_eq!(slow.get(ID).await.unwrap().unwrap().reason, None, "it waits no more");
        let generation = other.all_done(ID).await.unwrap().expect("none is left");
        other.claim(ID, State::Finishing, generation).await.unwrap().expect("free");
        assert!(!slow.fail(ID, 1, &reason, 0, &checked()).await.unwrap(), "an old check ends no archive");
        assert!(!slow.reopen(ID, generation, &[]).await.unwrap(), "nor begins it anew");
        assert!(other.finished(ID, generation, &finished()).await.unwrap());
    }
}

#[tokio::test]
async fn what_pauses_does_not_expire_with_the_life_after_its_end() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        running(&one, 2).await;
        assert!(one.pause(ID, None, now() + 120_000).await.unwrap());
        assert!(
            one.get(ID).await.unwrap().unwrap().expires_at > now() + 100_000,
            "longer than it was asked to be kept"
        );
        assert!(one.resume(ID).await.unwrap() && one.pause(ID, None, 0).await.unwrap());
        assert!(one.get(ID).await.unwrap().unwrap().expires_at > now() + 100_000, "never shorter");
        assert!(!one.expire(ID).await.unwrap(), "its time is not over");
        // Resumed between being found and being removed.
        one.changes("UPDATE exports SET expires_at = 0", &[]).await.unwrap();
        assert_eq!(one.expiring(9).await.unwrap(), [ID]);
        assert!(one.resume(ID).await.unwrap());
        assert!(!one.expire(ID).await.unwrap(), "it runs");
    }
}

#[tokio::test]
async fn a_chunk_that_was_tried_too_often_is_tried_anew_when_the_export_is_resumed() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        running(&one, 1).await;
        one.queue(ID, 9).await.unwrap();
        for attempt in 1..4 {
            assert_eq!(one.claim_chunk(ID, 0, 0).await.unwrap().expect("free").attempt, attempt);
            assert!(one.release_chunk(ID, 0, false).await.unwrap());
        }
        assert!(one.pause(ID, None, 0).await.unwrap() && one.resume(ID).await.unwrap());
        assert_eq!(one.queue(ID, 9).await.unwrap(), [(0, 1)]);
        assert_eq!(one.claim_chunk(ID, 0, 1).await.unwrap().expect("free").attempt, 1);
    }
}

#[tokio::test]
async fn when_the_clock_is_put_back_the_dead_do_not_live_on() {
    for engine in Engine::all().await {
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
        let never = Exports::new(engine.store(), "never".to_owned(), Duration::MAX);
        never.beat().await.unwrap();
        never.forget().await.unwrap();
        assert_eq!(never.living().await.unwrap().len(), 3, "no lease is too long");
    }
}

#[tokio::test]
async fn of_many_at_the_same_moment_no_more_are_added_than_may_be_at_work() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let all: Vec<Exports> = (0..12).map(|n| exports(&engine, &format!("instance {n}"))).collect();
        for one in &all {
            // Connecting takes its time.
            one.beat().await.unwrap();
        }
        for round in 1..6 {
            let ids: Vec<String> = (0..all.len()).map(|n| format!("{round}-{n}")).collect();
            let adds = all.iter().zip(&ids).map(|(one, id)| one.add(id, now() + 60_000, round * 2));
            let added = futures_util::future::join_all(adds).await;
            assert_eq!(added.into_iter().filter(|added| *added.as_ref().unwrap()).count(), 2, "round {round}");
            assert_eq!(all[0].active().await.unwrap(), round * 2);
        }
    }
}

#[tokio::test]
async fn an_upload_that_was_given_up_is_removed_although_its_process_lives() {
    for engine in Engine::all().await {
        println!("{}", engine.name);
        let one = exports(&engine, "one");
        assert!(one.add(ID, now() + 60_000, 20).await.unwrap());
        assert_eq!(one.removable(0, 9).await.unwrap(), Vec::<String>::new(), "it may be under way");
        one.changes("UPDATE exports SET created_at = created_at - 3700000", &[]).await.unwrap();
        assert_eq!(one.removable(0, 9).await.unwrap(), [ID]);
    }
}
