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

async fn running(exports: &Exports, chunks: i64) -> i64 {
    assert!(exports.add(ID, now() + 60_000, 20).await.unwrap());
    assert!(exports.uploaded(ID, &asked()).await.unwrap());
    assert_eq!(exports.claim(ID, State::Checking, 0).await.unwrap(), Some(1));
    exports.add_chunks(ID, chunks).await.unwrap();
    let checked = Checked { total: 70, bad: 1, new_codes: 3, failures: vec![json!({ "row": 2 })] };
    exports.checked(ID, State::Running, &checked).await.unwrap().expect("it is this process's")
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
        let checked = Checked { total: 70, bad: 1, new_codes: 3, failures: vec![json!({ "row": 2 })] };
        assert_eq!(two.checked(ID, State::Running, &checked).await.unwrap(), None, "it is not its");
        one.add_chunks(ID, 3).await.unwrap();
        one.add_chunks(ID, 3).await.unwrap();
        assert_eq!(one.checked(ID, State::Running, &checked).await.unwrap(), Some(1));

        assert_eq!(two.queue(ID, 2).await.unwrap(), [(0, 0), (1, 0)]);
        assert_eq!(one.queue(ID, 2).await.unwrap(), [], "the window is full");
        let claim = one.claim_chunk(ID, 0, 0).await.unwrap().expect("it is free");
        assert_eq!((claim.attempt, claim.in_hand, claim.crashes.len()), (1, None, 0));
        assert_eq!(two.claim_chunk(ID, 0, 0).await.unwrap(), None, "it is taken");
        assert_eq!(two.claim_chunk(ID, 1, 7).await.unwrap(), None, "an old task");
        assert_eq!(two.unheld(ID).await.unwrap(), [(1, 0)]);
        let result = ChunkResult { attempt: 1, done: 31, failed: 1, failures: vec![json!({ "row": 9 })] };
        assert!(one.record(ID, 0, &result).await.unwrap());
        assert!(
            !two.record(ID, 0, &ChunkResult { attempt: 2, ..result.clone() }).await.unwrap(),
            "the first one stays"
        );
        assert_eq!(one.queue(ID, 2).await.unwrap(), [(2, 0)]);
        let progress = two.progress(ID).await.unwrap();
        assert_eq!((progress.chunks, progress.finished, progress.done, progress.failed), (3, 1, 31, 1));
        assert_eq!(two.all_done(ID).await.unwrap(), None);

        assert!(two.pause(ID, None).await.unwrap());
        assert_eq!(two.claim_chunk(ID, 1, 0).await.unwrap(), None, "it pauses");
        assert!(two.resume(ID).await.unwrap() && !two.resume(ID).await.unwrap());
        assert_eq!(two.claim_chunk(ID, 1, 0).await.unwrap(), None, "resuming makes new tasks");
        assert_eq!(one.queue(ID, 2).await.unwrap(), [(1, 1), (2, 1)]);
        for chunk in [1, 2] {
            assert!(two.claim_chunk(ID, chunk, 1).await.unwrap().is_some());
            assert!(two.record(ID, chunk, &result).await.unwrap());
        }
        assert_eq!(one.winners(ID).await.unwrap(), [1, 1, 1]);
        let generation = one.all_done(ID).await.unwrap().expect("all are");
        assert_eq!(two.all_done(ID).await.unwrap(), None, "once");
        assert!(two.claim(ID, State::Finishing, generation).await.unwrap().is_some());
        let finished =
            Finished { expires_at: now(), done: 93, failed: 4, failures: vec![], bytes: 7, hash: "ab".into() };
        assert!(!one.finished(ID, &finished).await.unwrap() && two.finished(ID, &finished).await.unwrap());
        let export = one.get(ID).await.unwrap().expect("it is there");
        assert_eq!((export.state, export.done, export.archive_bytes), (State::Done, 93, 7));
        assert_eq!(one.webhooks(9).await.unwrap().len(), 1);
        assert!(one.claim_webhook(ID, 0, now() + 60_000).await.unwrap());
        assert!(!two.claim_webhook(ID, 0, now()).await.unwrap(), "each attempt once");
        assert_eq!(one.webhooks(9).await.unwrap().len(), 0, "not due");

        assert_eq!(one.unclean(9).await.unwrap(), [ID]);
        assert_eq!(one.expiring(9).await.unwrap(), [ID]);
        assert!(one.close(ID, State::Expired).await.unwrap());
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
