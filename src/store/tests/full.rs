//! SQLite on a full disk.

use super::*;

/// Without space to commit, SQLite rolls back the transaction automatically. The explicit rollback here has that
/// effect.
#[tokio::test]
async fn an_automatic_rollback_does_not_block_later_transactions() {
    let engine = TestDatabase::sqlite();
    let store = engine.store();
    let db = store.db().await.unwrap();
    let values = |payload: &'static str| -> [Param<'_>; 7] {
        [
            payload.into(),
            payload.as_bytes().into(),
            payload.into(),
            0.into(),
            None::<i64>.into(),
            0.into(),
            None::<&str>.into(),
        ]
    };
    for (rolled_back, written) in [("a", "b"), ("c", "d")] {
        let mut tx = db.begin().await.unwrap();
        tx.one(sql::PUT_LINK, &values(rolled_back)).await.unwrap();
        tx.run("ROLLBACK", &[]).await.unwrap();
        drop(tx);
        let mut tx = db.begin().await.unwrap_or_else(|e| panic!("no transaction can begin: {e}"));
        tx.one(sql::PUT_LINK, &values(written)).await.unwrap();
        tx.commit().await.unwrap();
        for (payload, exists) in [(rolled_back, false), (written, true)] {
            let found = db.one(sql::LINK_BY_HASH, &[payload.as_bytes().into()]).await.unwrap();
            assert_eq!(found.is_some(), exists, "{payload}");
        }
    }
}
