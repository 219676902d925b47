//! Several runs for one branch at once: the latest wins, whoever comes to their turn when.

use std::time::Duration;

use stack_core::build::Preview;
use stack_core::value::mib;
use stack_deploy::StackStatus;
use stack_deploy::previews::*;

use crate::world::{World, made};

/// A run: seconds until it begins, seconds before that at which it was asked for, image, memory.
type Runner = (u64, u64, &'static str, u32);

fn race(world: &World, runners: &[Runner]) -> Vec<Up> {
    world.clock.expect(runners.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = runners
            .iter()
            .enumerate()
            .map(|(who, (begins, before, image, memory))| {
                scope.spawn(move || {
                    world.as_thread(who, |tools, _| {
                        tools.around.pause(Duration::from_secs(*begins));
                        let asked = tools.around.now() - Duration::from_secs(*before);
                        let options = UpOptions::new(asked);
                        let preview = Preview {
                            memory: Some(mib(*memory)),
                            ..Preview::of("feature/search").image(*image)
                        };
                        up(tools, &world.system, &preview, |it| made(it, 256), &options)
                    })
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|it| it.join().expect("it ends"))
            .collect()
    })
}

fn image(world: &World) -> (Option<String>, Option<String>) {
    let name = world.name("feature/search");
    let state = world.state();
    let told = state
        .stack(&name)
        .and_then(|it| it.it.parameters.get("WebImage").cloned());
    (state.live(&name), told)
}

#[test]
fn a_later_run_cancels_the_update_of_an_earlier_one() {
    let world = World::new();
    world.given("feature/search", "c0", "CREATE_COMPLETE");
    let ups = race(&world, &[(0, 0, "c1", 512), (20, 0, "c2", 512)]);
    assert_eq!(ups[0].end, UpEnd::Superseded, "{:?}", ups[0]);
    assert_eq!(ups[1].end, UpEnd::Live, "{:?}", ups[1]);
    assert_eq!(
        image(&world),
        (Some("c2".to_owned()), Some("c2".to_owned()))
    );
    assert!(world.state().log.iter().any(|it| it.starts_with("cancel")));
}

#[test]
fn an_earlier_run_that_comes_late_gives_way() {
    let world = World::new();
    world.given("feature/search", "c0", "CREATE_COMPLETE");
    // Asked for 100 seconds before it begins.
    let ups = race(&world, &[(10, 100, "c1", 512), (0, 0, "c2", 512)]);
    assert_eq!(ups[0].end, UpEnd::Superseded, "{:?}", ups[0]);
    assert_eq!(ups[1].end, UpEnd::Live, "{:?}", ups[1]);
    assert_eq!(
        image(&world),
        (Some("c2".to_owned()), Some("c2".to_owned()))
    );
}

#[test]
fn a_creation_of_an_earlier_run_is_waited_for_and_changed() {
    let world = World::new();
    let ups = race(&world, &[(0, 0, "c1", 256), (20, 0, "c2", 256)]);
    assert_eq!(ups[1].end, UpEnd::Live, "{:?}", ups[1]);
    assert!(!world.state().log.iter().any(|it| it.starts_with("delete")));
    assert_eq!(
        image(&world),
        (Some("c2".to_owned()), Some("c2".to_owned()))
    );
}

#[test]
fn a_creation_that_does_not_end_is_deleted_for_a_later_run() {
    let world = World::new();
    world.state().fate.endless = true;
    world.clock.expect(2);
    let runs = std::thread::scope(|scope| {
        let world = &world;
        let first = scope.spawn(move || {
            world.as_thread(0, |tools, _| {
                let options = UpOptions::new(tools.around.now());
                let asked = Preview::of("feature/search").image("c1");
                up(tools, &world.system, &asked, |it| made(it, 256), &options)
            })
        });
        let second = scope.spawn(move || {
            world.as_thread(1, |tools, _| {
                tools.around.pause(Duration::from_secs(60));
                world.state().fate.endless = false;
                let mut options = UpOptions::new(tools.around.now());
                options.patience = Duration::from_secs(120);
                let asked = Preview::of("feature/search").image("c2");
                up(tools, &world.system, &asked, |it| made(it, 256), &options)
            })
        });
        (
            first.join().expect("it ends"),
            second.join().expect("it ends"),
        )
    });
    assert_eq!(runs.0.end, UpEnd::Superseded, "{:?}", runs.0);
    assert_eq!(runs.1.end, UpEnd::Live, "{:?}", runs.1);
    assert_eq!(
        image(&world),
        (Some("c2".to_owned()), Some("c2".to_owned()))
    );
}

#[test]
fn two_runs_of_the_image_alone_end_with_the_later_one() {
    let world = World::new();
    world.given("feature/search", "c0", "CREATE_COMPLETE");
    let ups = race(&world, &[(0, 0, "c1", 256), (10, 0, "c2", 256)]);
    assert_eq!(ups[0].end, UpEnd::Superseded, "{:?}", ups[0]);
    assert_eq!(ups[1].end, UpEnd::Live, "{:?}", ups[1]);
    assert_eq!(
        image(&world),
        (Some("c2".to_owned()), Some("c2".to_owned()))
    );
}

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

const IMAGES: [&str; 3] = ["c1", "c2", "c3"];

fn seed(number: u64) {
    let mut dice = Dice(number);
    dice.roll(2);
    let world = World::new();
    world.state().seed(number);
    if dice.roll(3) > 0 {
        world.given("feature/search", "c0", "CREATE_COMPLETE");
    }
    let count = 2 + dice.roll(2);
    let count = usize::try_from(count).expect("few");
    let runners: Vec<Runner> = (0..count)
        .map(|who| {
            let memory = if dice.roll(2) == 0 { 256 } else { 512 };
            (dice.roll(120), dice.roll(60), IMAGES[who], memory)
        })
        .collect();
    let asked = |it: &Runner| (1_000 + it.0) - it.1;
    let latest = (0..count)
        .max_by_key(|it| asked(&runners[*it]))
        .expect("one");
    let tie = runners
        .iter()
        .filter(|it| asked(it) == asked(&runners[latest]))
        .count()
        > 1;
    let ups = race(&world, &runners);
    let context = format!(
        "seed {number}: {runners:?} {ups:#?} {:?}",
        world.state().log
    );
    if tie {
        return;
    }
    assert_eq!(ups[latest].end, UpEnd::Live, "{context}");
    let wanted = Some(runners[latest].2.to_owned());
    assert_eq!(image(&world), (wanted.clone(), wanted), "{context}");
    for (who, up) in ups.iter().enumerate() {
        let fine = matches!(up.end, UpEnd::Live | UpEnd::Superseded);
        assert!(fine, "{who}: {context}");
    }
    let name = world.name("feature/search");
    let status = world.state().stack(&name).map(|it| it.it.status.clone());
    assert!(
        matches!(
            status,
            Some(StackStatus::CreateComplete | StackStatus::UpdateComplete)
        ),
        "{context}"
    );
}

#[test]
fn whatever_the_order_the_latest_wins() {
    for number in 0..300 {
        seed(number);
    }
}

#[test]
#[ignore = "slow: `cargo test -p stack-deploy --test previews -- --ignored`"]
fn whatever_the_order_the_latest_wins_in_three_thousand_races() {
    for number in 300..3_300 {
        seed(number);
    }
}
