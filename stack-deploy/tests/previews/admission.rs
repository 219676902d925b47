//! Whether another environment finds room.

use stack_core::build::Preview;
use stack_deploy::ecs::ContainerInstance;
use stack_deploy::load_balancing::{ListenerRule, TargetGroup};
use stack_deploy::previews::*;

use crate::cloud::{BALANCER, State};
use crate::world::World;

fn of(up: &Up) -> Vec<Scarce> {
    match &up.end {
        UpEnd::Full(short) => short.iter().map(|it| it.of).collect(),
        _ => Vec::new(),
    }
}

fn rules(state: &mut State, count: u32) {
    state.rules.extend((1..=count).map(|it| ListenerRule {
        arn: format!("rule {it}"),
        priority: Some(it),
        ..ListenerRule::default()
    }));
}

fn target_groups(state: &mut State, count: u32) {
    state
        .target_groups
        .extend((1..=count).map(|it| TargetGroup {
            arn: format!("group {it}"),
            name: String::new(),
            load_balancers: vec![BALANCER.to_owned()],
        }));
}

fn instances(state: &mut State, count: usize, remaining: (u32, u32), status: &str) {
    state
        .instances
        .extend((0..count).map(|_| ContainerInstance {
            arn: String::new(),
            status: status.to_owned(),
            registered: (2_048, 7_424),
            remaining,
        }));
}

type Fill = fn(&mut State);

#[test]
fn what_is_full_is_refused_with_the_numbers() {
    let cases: [(&str, Fill, &[Scarce], &str); 11] = [
        ("nothing", |_| (), &[], ""),
        ("99 rules", |it| rules(it, 99), &[], ""),
        (
            "100 rules",
            |it| rules(it, 100),
            &[Scarce::Rules],
            "has 100 rules, and takes 100",
        ),
        (
            "100 rules of 200",
            |it| {
                rules(it, 100);
                it.limits
                    .insert("rules-per-application-load-balancer".to_owned(), 200);
            },
            &[],
            "",
        ),
        ("99 groups", |it| target_groups(it, 99), &[], ""),
        (
            "100 groups",
            |it| target_groups(it, 100),
            &[Scarce::TargetGroups],
            "has 100 target groups, and takes 100",
        ),
        (
            "no targets",
            |it| {
                it.limits
                    .insert("targets-per-application-load-balancer".to_owned(), 0);
            },
            &[Scarce::Targets],
            "takes 0 targets",
        ),
        (
            "four full instances",
            |it| instances(it, 4, (2_048, 255), "ACTIVE"),
            &[Scarce::Instances],
            "the emptiest has 255 MiB free, and no more can be added",
        ),
        (
            "three full instances of four",
            |it| instances(it, 3, (2_048, 255), "ACTIVE"),
            &[],
            "",
        ),
        (
            "four full and one free",
            |it| {
                instances(it, 4, (0, 0), "ACTIVE");
                instances(it, 1, (128, 256), "ACTIVE");
            },
            &[],
            "",
        ),
        (
            "the free one drains",
            |it| {
                instances(it, 4, (0, 0), "ACTIVE");
                instances(it, 1, (128, 256), "DRAINING");
            },
            &[Scarce::Instances],
            "128 CPU units and 256 MiB finds no room",
        ),
    ];
    for (what, fill, expected, message) in cases {
        let world = World::new();
        fill(&mut world.state());
        let up = world.up(&Preview::of("x").image("c1"));
        assert_eq!(of(&up), expected, "{what}: {up:?}");
        match &up.end {
            UpEnd::Full(short) => {
                assert!(short[0].message.contains(message), "{what}: {short:?}");
                assert!(short[0].help.contains("preview down"), "{short:?}");
                assert_eq!(world.state().log, [""; 0], "{what}");
            }
            end => assert_eq!(*end, UpEnd::Live, "{what}"),
        }
    }
}

#[test]
fn an_environment_that_stands_needs_no_rule() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    rules(&mut world.state(), 150);
    target_groups(&mut world.state(), 150);
    let up = world.up(&Preview::of("feature/search").image("c2"));
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
}

#[test]
fn each_owner_has_so_many() {
    let world = World::new();
    for branch in ["a", "b"] {
        let up = world.up(&Preview::of(branch).image("c1").owner("ana").hours(5));
        assert_eq!(up.end, UpEnd::Live, "{up:?}");
    }
    let up = world.up(&Preview::of("c").image("c1").owner("ana"));
    assert_eq!(of(&up), [Scarce::OfOwner], "{up:?}");
    let up = world.up(&Preview::of("c").image("c1").owner("ben"));
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
    // One that stands is counted once.
    let up = world.up(&Preview::of("b").image("c2").owner("ana"));
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
}

#[test]
fn the_one_that_was_deployed_longest_ago_makes_room() {
    let mut world = World::new();
    world.system.previews.at_most = Some(4);
    world.system.previews.at_most_each = None;
    for (branch, pinned) in [
        ("pinned", true),
        ("main", false),
        ("old", false),
        ("new", false),
    ] {
        let asked = Preview::of(branch).image("c1").owner("ana");
        let asked = if pinned {
            asked.pinned()
        } else {
            asked.hours(48)
        };
        assert_eq!(world.up(&asked).end, UpEnd::Live);
        world.hours(1);
    }
    let asked = Preview::of("more").image("c1").owner("ben");
    let up = world.up(&asked);
    assert_eq!(of(&up), [Scarce::Environments]);
    if let UpEnd::Full(short) = &up.end {
        assert_eq!(short[0].would_free, [world.name("old"), world.name("new")]);
    }
    let up = world.up_with(&asked, 256, |it| it.when_full = WhenFull::EvictOldest);
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
    assert_eq!(up.evicted, [world.name("old")]);
    assert!(world.state().stack(&world.name("old")).is_none());
    assert!(world.state().stack(&world.name("main")).is_some());
}

#[test]
fn of_one_owner_only_their_own_make_room() {
    let world = World::new();
    for (branch, owner) in [("theirs", "ben"), ("first", "ana"), ("second", "ana")] {
        assert_eq!(
            world
                .up(&Preview::of(branch).image("c1").owner(owner).hours(48))
                .end,
            UpEnd::Live
        );
        world.hours(1);
    }
    let asked = Preview::of("third").image("c1").owner("ana");
    let up = world.up_with(&asked, 256, |it| it.when_full = WhenFull::EvictOldest);
    assert_eq!(
        (up.end, up.evicted),
        (UpEnd::Live, vec![world.name("first")])
    );
}

#[test]
fn who_queues_waits_for_room() {
    let world = World::new();
    rules(&mut world.state(), 100);
    let asked = Preview::of("x").image("c1");
    let up = world.up_with(&asked, 256, |it| it.when_full = WhenFull::Queue);
    assert_eq!(of(&up), [Scarce::Rules], "in vain");
    // Somebody makes room while it waits.
    world.clock.expect(2);
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| {
            world.as_thread(0, |tools, _| {
                let mut options = UpOptions::new(tools.around.now());
                options.when_full = WhenFull::Queue;
                stack_deploy::previews::up(
                    tools,
                    &world.system,
                    &asked,
                    |it| crate::world::made(it, 256),
                    &options,
                )
            })
        });
        scope.spawn(|| {
            world.as_thread(1, |tools, _| {
                tools.around.pause(std::time::Duration::from_secs(100));
                world.state().rules.pop();
            });
        });
        let up = waits.join().expect("it ends");
        assert_eq!(up.end, UpEnd::Live, "{up:?}");
        assert!(up.seconds > Some(150), "{up:?}");
    });
}

#[test]
fn what_cannot_be_read_is_said_and_not_counted() {
    let world = World::new();
    world.state().denied.extend(["stacks", "instances"]);
    let up = world.up(&Preview::of("x").image("c1"));
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
    assert!(
        up.warnings.iter().any(|it| it.contains("not all known")),
        "{up:?}"
    );
    // Without the rules no place is known to be free.
    let world = World::new();
    world.state().denied.insert("rules");
    let up = world.up(&Preview::of("x").image("c1"));
    assert!(
        matches!(&up.end, UpEnd::Refused(why) if why.contains("rules of the listener")),
        "{up:?}"
    );
}
