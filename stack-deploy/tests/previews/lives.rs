//! How long environments live: the arithmetic, `extend` and `list`.

use std::collections::BTreeMap;

use branch_naming::tags;
use stack_core::build::{Life, Preview};
use stack_deploy::api::StackDescription;
use stack_deploy::previews::*;
use stack_deploy::{StackStatus, Time};

use crate::world::{NAMING, World};

#[test]
fn what_the_webhook_calls_expired_is_called_expired_here() {
    let system = World::new().system;
    let print = NAMING.names("x").fingerprint();
    let hours = [
        "",
        "0",
        "1",
        "8760",
        "8761",
        "x",
        "-1",
        "+5",
        " 5",
        "007",
        "4294967296",
    ];
    let names = ["preview-x", "preview", "previewx", "other-x", "preview-"];
    let prefixes = ["preview", "other", ""];
    let prints = [print.as_str(), "short", ""];
    let prints = &prints;
    let mut compared = 0;
    let mut expired = 0;
    for status in StackStatus::all() {
        for hours in hours {
            for (name, prefix, print, protected) in names.iter().flat_map(|name| {
                prefixes.iter().flat_map(move |prefix| {
                    prints.iter().flat_map(move |print| {
                        [true, false].map(|protected| (*name, *prefix, *print, protected))
                    })
                })
            }) {
                for (changed, now) in [
                    (0, 0),
                    (0, 3_599),
                    (0, 3_600),
                    (10, 3_600),
                    (0, 40_000_000),
                    (50, 10),
                ] {
                    let mut all = BTreeMap::new();
                    for (key, value) in [
                        (tags::SYSTEM, prefix),
                        (tags::REF, print),
                        (tags::HOURS, hours),
                    ] {
                        if !value.is_empty() {
                            all.insert(key.to_owned(), value.to_owned());
                        }
                    }
                    let theirs = branch_webhook::Stack {
                        id: "arn".to_owned(),
                        name: name.to_owned(),
                        status: status.as_str().to_owned(),
                        tags: all.clone().into_iter().collect(),
                        protected,
                        changed,
                    };
                    let ours = StackDescription {
                        arn: "arn".to_owned(),
                        name: name.to_owned(),
                        status: status.clone(),
                        reason: None,
                        created: Some(Time(changed * 1_000)),
                        updated: None,
                        change_set: None,
                        outputs: BTreeMap::new(),
                        parameters: BTreeMap::new(),
                        tags: all,
                        termination_protection: protected,
                        role: None,
                    };
                    let here = Deployed::of(&system, &ours)
                        .is_some_and(|it| it.is_expired(Time(now * 1_000)));
                    let there = branch_webhook::is_expired(NAMING, &theirs, now);
                    let gone = status == StackStatus::DeleteComplete;
                    assert!(gone || here == there, "{theirs:?} at {now}: {here} {there}");
                    compared += 1;
                    expired += usize::from(there);
                }
            }
        }
    }
    assert!(compared > 100_000 && expired > 100, "{compared} {expired}");
}

#[test]
fn time_counts_from_the_last_deployment_also_of_the_image_alone() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let expires = |world: &World| {
        let all = world
            .alone(|tools| list(tools, &world.system))
            .expect("a list");
        all.first().and_then(Deployed::expires).expect("one")
    };
    let first = expires(&world);
    world.hours(40);
    let up = world.up(&Preview::of("feature/search").image("c2"));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::ImageOnly));
    let second = expires(&world);
    assert_eq!(up.expires, Some(second));
    let later = second.since(first).as_secs();
    assert!((40 * 3_600..40 * 3_600 + 300).contains(&later), "{later}");
}

#[test]
fn a_longer_life_changes_tags_alone() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let name = world.name("feature/search");
    world.hours(40);
    let it = world.extend("feature/search", Life::Hours(100));
    assert_eq!(it.end, ExtendEnd::Done, "{it:?}");
    let left = it.expires.expect("one").since(world.clock.now()).as_secs();
    assert!((99 * 3_600..=100 * 3_600).contains(&left), "{left}");
    {
        let state = world.state();
        let stack = state.stack(&name).expect("it");
        assert_eq!(stack.it.tags[tags::HOURS], "100");
        assert_eq!(
            stack.template.matches("\"Value\": \"100\"").count(),
            5,
            "in the tags of resources too"
        );
        assert_eq!(state.live(&name).as_deref(), Some("c1"));
    }
    let it = world.extend("feature/search", Life::Pinned);
    assert_eq!((it.end, it.expires), (ExtendEnd::Done, None));
    {
        let state = world.state();
        let stack = state.stack(&name).expect("it");
        assert!(!stack.it.tags.contains_key(tags::HOURS));
        assert!(!stack.template.contains(tags::HOURS));
    }
    // Back again: the tags are where the program would have put them, so only the image differs.
    let it = world.extend("feature/search", Life::Hours(48));
    assert_eq!(it.end, ExtendEnd::Done);
    let up = world.up(&Preview::of("feature/search").image("c1"));
    assert_eq!(up.way, Way::Nothing, "{up:?}");
}

#[test]
fn a_longer_life_keeps_what_the_service_was_told_past_the_stack() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let name = world.name("feature/search");
    {
        let mut state = world.state();
        state
            .definitions
            .insert("d2".to_owned(), "x/shop/web:c2".to_owned());
        let stack = state.stack_mut(&name).expect("it");
        stack.service.as_mut().expect("it").definition = "d2".to_owned();
    }
    let it = world.extend("feature/search", Life::Hours(100));
    assert_eq!(it.end, ExtendEnd::Done, "{it:?}");
    assert_eq!(world.state().live(&name).as_deref(), Some("c2"));
}

#[test]
fn a_life_that_is_none_is_refused() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    for life in [Life::Hours(0), Life::Hours(8_761), Life::Usual] {
        let it = world.extend("feature/search", life);
        assert!(matches!(it.end, ExtendEnd::Refused(_)), "{it:?}");
    }
    let it = world.extend("other", Life::Hours(5));
    assert!(
        matches!(&it.end, ExtendEnd::Refused(why) if why.contains("no environment")),
        "{it:?}"
    );
    let up = world.up(&Preview::of("feature/search").hours(0));
    assert!(matches!(up.end, UpEnd::Refused(_)));
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn the_list_is_of_environments_alone_by_branch() {
    let world = World::new();
    for branch in ["zeta", "feature/search", "alpha"] {
        world.up(&Preview::of(branch).image("c1").owner(branch).hours(48));
    }
    let now = world.clock.now();
    world
        .state()
        .given("preview-fake", StackStatus::CreateComplete, now);
    let all = world
        .alone(|tools| list(tools, &world.system))
        .expect("a list");
    let branches: Vec<&str> = all.iter().map(|it| it.branch.as_str()).collect();
    assert_eq!(branches, ["alpha", "feature/search", "zeta"]);
    let it = &all[1];
    assert_eq!(it.state(), "running");
    assert_eq!(it.image.as_deref(), Some("c1"));
    assert_eq!(it.owner.as_deref(), Some("feature/search"));
}
