//! Several instances on one database and one bucket. They run when `HAIBAO_TEST_POSTGRES` and `HAIBAO_TEST_S3` name
//! servers, which `tests/run` starts.

use std::io;
use std::io::Write as _;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{crash::Random, *};

/// A schema and a prefix of the test's own.
fn servers() -> Option<(String, String)> {
    let (Ok(postgres), Ok(bucket)) = (std::env::var("HAIBAO_TEST_POSTGRES"), std::env::var("HAIBAO_TEST_S3")) else {
        let _ =
            writeln!(io::stderr(), "HAIBAO_TEST_POSTGRES or HAIBAO_TEST_S3 is not set: several instances are left out");
        return None;
    };
    let name = format!("jobs_{:016x}", getrandom::u64().expect("random bytes"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut connection = PgConnection::connect(&postgres).await.expect("HAIBAO_TEST_POSTGRES answers");
        connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await.expect("a schema");
    });
    let separator = if postgres.contains('?') { '&' } else { '?' };
    let mut url = url::Url::parse(&bucket).expect("HAIBAO_TEST_S3 is a URL");
    url.set_path(&format!("/{name}"));
    Some((format!("{postgres}{separator}options[search_path]={name}"), url.into()))
}

#[test]
fn two_instances_share_an_export_and_no_row_is_there_twice() {
    const ROWS: usize = 240;
    let Some((store, blobs)) = servers() else { return };
    let settings = [("HAIBAO_STORE", store.as_str()), ("HAIBAO_BLOBS", blobs.as_str())];
    let (place, mut random) = (Place::new(), Random::new());
    let (mut one, mut two) = (place.start(&settings), place.start(&settings));
    let id = one.begin(&small(), &sheet(ROWS));
    for kill in 0..8 {
        thread::sleep(Duration::from_millis(100 + random.below(900)));
        if two.export(&id)["state"] == "done" {
            println!("{kill} kills");
            break;
        }
        // The one or the other; the one that stays goes on.
        let killed = if random.below(2) == 0 { &mut one } else { &mut two };
        *killed = place.start(&settings);
    }
    let export = two.until_state(&id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(ROWS), &json!(0)), "{export:#}");
    assert_rows(&one.archive(&id), ROWS, &[]);
    assert_eq!(files(&place.data()), Vec::<String>::new(), "nothing is kept on an instance");
    assert_eq!(one.ask("DELETE", &format!("/v1/exports/{id}")).status, 204);
}

#[test]
fn two_instances_work_at_the_same_time() {
    let Some((store, blobs)) = servers() else { return };
    let settings = [("HAIBAO_STORE", store.as_str()), ("HAIBAO_BLOBS", blobs.as_str())];
    let place = Place::new();
    let (one, two) = (place.start(&settings), place.start(&settings));
    let id = one.begin(&small(), &sheet(160));
    let export = two.until_state(&id, "done");
    assert_eq!(export["done"], 160);
    assert_rows(&two.archive(&id), 160, &[]);
    let calls = place.wechat.counters().code_calls;
    assert_eq!(calls, 160, "no code was asked for twice");
}
