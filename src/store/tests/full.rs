//! What a full disk does to SQLite.

use super::*;

/// When there is no room to commit, SQLite ends the transaction by itself, which is the same as here.
#[tokio::test]
async fn a_transaction_that_ended_by_itself_keeps_no_other_from_beginning() {
    let engine = Engine::sqlite();
    let store = engine.store();
    let db = store.db().await.unwrap();
    let values = |payload: &'static str| -> [Param<'_>; 6] {
        [payload.into(), payload.as_bytes().into(), payload.into(), 0.into(), None::<i64>.into(), 0.into()]
    };
    for (ended, written) in [("a", "b"), ("c", "d")] {
        let mut tx = db.begin().await.unwrap();
        tx.one(sql::PUT_LINK, &values(ended)).await.unwrap();
        tx.run("ROLLBACK", &[]).await.unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap_or_else(|e| panic!("nothing is written any more: {e}"));
        tx.one(sql::PUT_LINK, &values(written)).await.unwrap();
        tx.commit().await.unwrap();
        for (payload, is_there) in [(ended, false), (written, true)] {
            let found = db.one(sql::LINK_BY_HASH, &[payload.as_bytes().into()]).await.unwrap();
            assert_eq!(found.is_some(), is_there, "{payload}");
        }
    }
}
