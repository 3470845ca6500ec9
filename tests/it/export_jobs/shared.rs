//! Several instances on one database and one bucket.

use super::*;

#[test]
fn two_instances_work_at_the_same_time() {
    let Some(place) = Place::shared() else { return };
    let (one, two) = (place.start(&[]), place.start(&[]));
    let id = one.begin(&small(), &sheet(160));
    let export = two.until_state(&id, "done");
    assert_eq!(export["done"], 160);
    assert_rows(&two.archive(&id), 160, &[]);
    let calls = place.wechat.counters().code_calls;
    assert_eq!(calls, 160, "no code was asked for twice");
    assert_tidy(&place, &id);
}
