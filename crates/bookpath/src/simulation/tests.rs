//! The simulation itself: it repeats itself, things do go wrong in it, and it finds what is wrong.

use bookpath_simulation::World;

use super::*;

#[tokio::test]
async fn a_seed_is_played_the_same_way_twice() {
    let mut twice = [Played::default(), Played::default()];
    for played in &mut twice {
        play(5, played).await.unwrap();
    }
    let [first, second] = twice;
    assert_eq!(first, second);
    assert!(first.deliveries > 0 && first.faults > 0, "{first:?}");
}

/// A fact that the model knows and nobody delivers is missed in the inbox, another body of the same version in gold.
#[tokio::test]
async fn a_world_that_the_tables_do_not_hold_fails() {
    let untold = World::random(2);
    let lost = untold.facts[0].clone();
    let kept = |delivery: &Delivery| delivery.body != lost;
    let untold = World {
        deliveries: untold.deliveries.into_iter().filter(kept).collect(),
        ..untold
    };
    let mut other = World::random(2);
    for fact in &mut other.facts {
        fact["payload"]["tracking"]["utm_source"] = "elsewhere".into();
    }
    for (world, found) in [(untold, "are `done`"), (other, "differs")] {
        let error = play_world(2, &world, &mut Played::default()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(found), "{error}");
    }
}
