//! What nobody needs any more.

use std::collections::{BTreeMap, BTreeSet};

use branch_naming::tags;
use stack_core::build::Preview;
use stack_deploy::StackStatus;
use stack_deploy::load_balancing::{ListenerRule, TargetGroup};
use stack_deploy::previews::*;

use crate::cloud::BALANCER;
use crate::world::{NAMING, World};

fn swept(world: &World, change: impl Fn(&mut SweepOptions)) -> Sweep {
    let mut options = SweepOptions::default();
    change(&mut options);
    world
        .alone(|tools| sweep(tools, &world.system, &options))
        .expect("it begins")
}

fn gone(sweep: &Sweep) -> Vec<(&str, Why)> {
    let each = sweep.environments.iter();
    each.map(|(why, it)| (it.branch.as_str(), *why)).collect()
}

#[test]
fn environments_go_when_their_time_is_up_or_their_branch_is_gone() {
    let mut world = World::new();
    world.system.previews.at_most_each = None;
    for (branch, hours) in [("short", 2), ("long", 100), ("day", 20), ("main", 2)] {
        world.up(&Preview::of(branch).image("c1").hours(hours));
    }
    world.up(&Preview::of("pinned").image("c1").pinned());
    world.hours(3);
    // Only a plan.
    let plan = swept(&world, |it| it.dry_run = true);
    assert_eq!(gone(&plan), [("short", Why::Expired)]);
    assert_eq!(plan.environments[0].1.end, DownEnd::Planned);
    assert!(world.state().stack("preview-short").is_some());
    let soon: Vec<&str> = plan.soon.iter().map(|it| it.branch.as_str()).collect();
    // `main` is kept by the program and would be up: it is told, and stays.
    assert_eq!(soon, ["day", "main"]);
    // Branches are not known: pinned ones stay.
    let it = swept(&world, |_| ());
    assert_eq!(gone(&it), [("short", Why::Expired)]);
    assert_eq!((it.kept, it.exit().code()), (4, 0), "{it:?}");
    let branches: BTreeSet<String> = ["long", "main"].map(str::to_owned).into();
    let it = swept(&world, |it| it.branches = Some(branches.clone()));
    let mut all = gone(&it);
    all.sort_unstable();
    assert_eq!(all, [("day", Why::BranchGone), ("pinned", Why::BranchGone)]);
    // Again: nothing is left to do.
    let it = swept(&world, |it| it.branches = Some(branches.clone()));
    assert_eq!((gone(&it), it.kept), (vec![], 2));
}

#[test]
fn an_empty_list_of_branches_deletes_nothing() {
    let world = World::new();
    world.up(&Preview::of("x").image("c1"));
    let options = SweepOptions {
        branches: Some(BTreeSet::new()),
        ..SweepOptions::default()
    };
    let it = world.alone(|tools| sweep(tools, &world.system, &options));
    assert!(it.is_err());
    assert!(world.state().stack("preview-x").is_some());
}

#[test]
fn what_is_at_work_or_protected_stays() {
    for status in StackStatus::all().filter(|it| it.in_progress()) {
        let world = World::new();
        world.up(&Preview::of("x").image("c1").hours(1));
        world.hours(5);
        world.state().stack_mut("preview-x").expect("it").it.status = status;
        assert_eq!(gone(&swept(&world, |_| ())), []);
    }
    let world = World::new();
    world.up(&Preview::of("x").image("c1").hours(1));
    world.hours(5);
    world
        .state()
        .stack_mut("preview-x")
        .expect("it")
        .it
        .termination_protection = true;
    assert_eq!(gone(&swept(&world, |_| ())), []);
}

#[test]
fn stacks_of_others_stay_whatever_they_are_called() {
    let world = World::new();
    let now = world.clock.now();
    {
        let mut state = world.state();
        let other = branch_naming::naming!("other", "acme/shop").names("x");
        for (name, tags) in [
            ("preview-a", vec![]),
            ("preview-b", vec![(tags::SYSTEM, "preview".to_owned())]),
            ("preview-c", tags::ownership(&other).to_vec()),
            ("Production", tags::ownership(&NAMING.names("x")).to_vec()),
        ] {
            let stack = state.given(name, StackStatus::CreateComplete, now);
            stack.it.tags = tags
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect();
            stack.it.tags.insert(tags::HOURS.to_owned(), "1".to_owned());
        }
    }
    world.hours(100);
    let branches: BTreeSet<String> = ["main".to_owned()].into();
    let it = swept(&world, |it| it.branches = Some(branches.clone()));
    assert_eq!(gone(&it), []);
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn one_that_cannot_be_deleted_keeps_no_other_from_it() {
    let world = World::new();
    for branch in ["a", "b"] {
        world.up(&Preview::of(branch).image("c1").hours(1));
    }
    world.hours(5);
    world.state().fate.deletions = 2;
    let it = swept(&world, |_| ());
    let ends: Vec<bool> = it
        .environments
        .iter()
        .map(|it| it.1.end == DownEnd::Gone)
        .collect();
    assert_eq!(ends, [false, true], "{it:?}");
    assert_eq!(it.exit().code(), 4);
}

#[test]
fn what_is_left_without_a_stack_goes_rules_first() {
    let world = World::new();
    world.up(&Preview::of("stands").image("c1"));
    let of = |branch: &str| -> BTreeMap<String, String> {
        let all = tags::ownership(&NAMING.names(branch));
        all.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    };
    {
        let mut state = world.state();
        state.log.clear();
        state.target_groups = [
            ("group-old", true),
            ("group-stands", true),
            ("group-other", false),
        ]
        .map(|(arn, behind)| TargetGroup {
            arn: arn.to_owned(),
            name: arn.to_owned(),
            load_balancers: if behind {
                vec![BALANCER.to_owned()]
            } else {
                Vec::new()
            },
        })
        .into();
        state.rules.push(ListenerRule {
            arn: "rule-old".to_owned(),
            priority: Some(9),
            hosts: Vec::new(),
            target_groups: vec!["group-old".to_owned()],
        });
        state.tags.insert("rule-old".to_owned(), of("old"));
        state.tags.insert("group-old".to_owned(), of("old"));
        state.tags.insert("group-stands".to_owned(), of("stands"));
        state.tags.insert("group-other".to_owned(), BTreeMap::new());
        state.logs.insert("/preview/old".to_owned(), of("old"));
        state
            .logs
            .insert("/preview/stands".to_owned(), of("stands"));
        state
            .logs
            .insert("/preview/plain".to_owned(), BTreeMap::new());
        // A stack that is being made, whose tags are not seen yet.
        let mut made = of("making");
        made.insert(
            "aws:cloudformation:stack-name".to_owned(),
            "preview-making".to_owned(),
        );
        state.logs.insert("/preview/making".to_owned(), made);
        let now = world.clock.now();
        state.given("preview-making", StackStatus::ReviewInProgress, now);
    }
    let it = swept(&world, |it| it.dry_run = true);
    let ids: Vec<&str> = it.orphans.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, ["rule-old", "group-old", "/preview/old"]);
    assert!(
        it.orphans
            .iter()
            .all(|it| it.gone == Ok(false) && it.branch == "old")
    );
    assert_eq!(world.state().log, [""; 0]);
    let it = swept(&world, |_| ());
    assert!(it.orphans.iter().all(|it| it.gone == Ok(true)), "{it:?}");
    let log = [
        "delete rule rule-old",
        "delete target group group-old",
        "delete log group /preview/old",
    ];
    assert_eq!(world.state().log, log);
}

#[test]
fn lists_of_branches_are_read_as_git_writes_them() {
    let hash = "0123456789012345678901234567890123456789";
    for (text, expected) in [
        ("main\nfeature/x\n", Some(vec!["feature/x", "main"])),
        ("# all\n\nrefs/heads/main\r\n", Some(vec!["main"])),
        (
            &*format!("{hash}\trefs/heads/main\n{hash}\trefs/pull/1/head\n"),
            Some(vec!["main"]),
        ),
        ("", None),
        ("\n# nothing\n", None),
        (&*format!("{hash}\trefs/tags/v1\n"), None),
        ("a b\n", None),
        ("xyz\trefs/heads/main\n", None),
        ("fatal: repository not found\n", None),
    ] {
        let found = branches_of(text).ok();
        let found = found.map(|it| it.into_iter().collect::<Vec<_>>());
        let expected = expected.map(|it| it.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(found, expected, "{text}");
    }
}
