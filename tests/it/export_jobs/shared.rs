//! Tests of several instances that share a database and a bucket.

use super::*;

#[test]
fn two_instances_share_an_export() {
    let Some(fixture) = Fixture::shared() else { return };
    let (one, two) = (fixture.start(&[]), fixture.start(&[]));
    let id = one.begin(&small(), &sheet(160));
    let export = two.until_state(&id, "done");
    assert_eq!(export["done"], 160);
    assert_rows(&two.archive(&id), 160, &[]);
    let calls = fixture.wechat.counters().code_calls;
    assert_eq!(calls, 160, "each code is fetched once");
    assert_tidy(&fixture, &id);
}
