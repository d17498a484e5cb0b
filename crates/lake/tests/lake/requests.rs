//! What a small run asks of the object store, early and late in a table's life.

use bookpath_lake::Table;

use crate::Bench;
use crate::at;
use crate::simple::day;
use crate::stores::Watched;

const REQUESTS_MAX: u64 = 60;

#[tokio::test]
async fn a_day_costs_the_same_few_requests_at_version_10_and_300() {
    let store = Watched::new(false);
    let mut bench = Bench::on(store.clone(), "UTC");
    let as_of = at("2026-04-30T00:00:00Z");
    let mut measured = Vec::new();
    for run in 0..=300 {
        let lines = day(run, 20);
        let objects = bench.land(&lines).await;
        store.arm(-1);
        bench.etl(&objects, as_of).await.unwrap();
        let requests = store.requests() - objects.len() as u64;
        assert!(
            requests <= REQUESTS_MAX,
            "run {run} made {requests} requests"
        );
        if [10, 300].contains(&run) {
            assert_eq!(
                bench
                    .lake
                    .table_info(Table::Invitees)
                    .await
                    .unwrap()
                    .version,
                Some(i64::try_from(run).unwrap())
            );
            measured.push(requests);
        }
        store.arm(-1);
        assert!(run % 50 != 0 || bench.run(&[], as_of).await.is_empty());
    }
    println!("requests at versions 10 and 300: {measured:?}");
}
