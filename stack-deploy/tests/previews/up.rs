//! `up`, for whatever the stack is like.

use stack_core::build::{Life, Preview};
use stack_core::value::mib;
use stack_deploy::StackStatus;
use stack_deploy::previews::*;

use crate::world::World;

fn asked(image: &str) -> Preview {
    Preview::of("feature/search").image(image)
}

const SHA: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn a_branch_without_a_stack_gets_one() {
    let world = World::new();
    let up = world.up(&asked("c1").owner("ana").hours(48));
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
    assert_eq!(up.way, Way::Create);
    let url = "https://feature-search-3d35b82b16.preview.shop-dev.example";
    assert_eq!(up.url.as_deref(), Some(url));
    assert!((60..80).contains(&up.seconds.expect("measured")), "{up:?}");
    let predicted = up.predicted.as_ref().expect("predicted");
    assert_eq!(
        predicted.seconds,
        predicted.parts.iter().map(|it| it.1).sum::<u64>()
    );
    assert_eq!(predicted.stuck, None);
    let state = world.state();
    let stack = state.stack(&up.stack).expect("it");
    assert_eq!(stack.it.status, StackStatus::CreateComplete);
    assert_eq!(stack.it.parameters["WebImage"], "c1");
    assert_eq!(
        stack.it.parameters["WebPriority"],
        up.priority.expect("one").to_string()
    );
    assert_eq!(stack.it.tags["branch-environment:owner"], "ana");
    assert_eq!(stack.it.tags["branch-environment:hours"], "48");
    assert_eq!(stack.it.parameters["PreviewsCluster"], "of-PreviewsCluster");
}

#[test]
fn another_image_goes_to_the_service_first_and_to_the_stack_after_it() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let up = world.up(&asked("c2"));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::ImageOnly), "{up:?}");
    assert!((25..40).contains(&up.seconds.expect("measured")), "{up:?}");
    assert_eq!(up.owner.as_deref(), Some("ana"), "the owner stays");
    let state = world.state();
    let told = format!("tell {}", up.stack);
    assert_eq!(
        state.log,
        [
            told,
            format!("execute r{} {}", asked_at(&state.log), up.stack)
        ]
    );
    assert_eq!(state.live(&up.stack).as_deref(), Some("c2"));
    assert_eq!(
        state.stack(&up.stack).expect("it").it.parameters["WebImage"],
        "c2"
    );
    assert_eq!(
        state.stack(&up.stack).expect("it").it.tags["branch-environment:hours"],
        "48"
    );
}

/// The moment in `execute r… stack`.
fn asked_at(log: &[String]) -> String {
    let run = log.iter().find_map(|it| it.strip_prefix("execute r"));
    run.and_then(|it| it.split(' ').next())
        .unwrap_or("?")
        .to_owned()
}

#[test]
fn the_same_again_changes_nothing() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let up = world.up(&asked("c1"));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Nothing), "{up:?}");
    assert_eq!(world.state().log, [""; 0]);
    // Neither does saying nothing of the image.
    let up = world.up(&Preview::of("feature/search"));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Nothing), "{up:?}");
}

#[test]
fn another_size_goes_through_the_stack() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let larger = Preview {
        memory: Some(mib(512)),
        ..asked("c2")
    };
    let up = world.up(&larger);
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Update), "{up:?}");
    let state = world.state();
    assert_eq!(state.log.len(), 1, "{:?}", state.log);
    assert_eq!(state.live(&up.stack).as_deref(), Some("c2"));
}

#[test]
fn another_life_alone_changes_the_tags() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let up = world.up(&asked("c1").hours(100));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Update), "{up:?}");
    let state = world.state();
    let tags = &state.stack(&up.stack).expect("it").it.tags;
    assert_eq!(tags["branch-environment:hours"], "100");
    drop(state);
    let up = world.up(&asked("c1").pinned());
    assert_eq!((&up.end, up.expires), (&UpEnd::Live, None), "{up:?}");
    assert!(
        !world
            .state()
            .stack(&up.stack)
            .expect("it")
            .it
            .tags
            .contains_key("branch-environment:hours")
    );
}

#[test]
fn from_a_tag_to_a_digest_is_an_update_and_from_digest_to_digest_the_image_alone() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let up = world.up(&asked(SHA));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Update), "{up:?}");
    let other = SHA.replace('0', "f");
    let mut state = world.state();
    // As ECS shows an image that is named by its digest.
    for image in state.definitions.values_mut() {
        *image = image.replace(":sha256", "@sha256");
    }
    drop(state);
    let up = world.up(&asked(&other));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::ImageOnly), "{up:?}");
}

#[test]
fn a_service_that_was_told_past_its_stack_never_goes_back() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let name = world.name("feature/search");
    // A run told the service and died before it told the stack.
    let tell = |image: &str| {
        let mut state = world.state();
        let definition = format!("definition-{image}");
        let uri = format!("x.dkr.ecr/shop/web:{image}");
        state.definitions.insert(definition.clone(), uri);
        let stack = state.stack_mut(&name).expect("it");
        stack.service.as_mut().expect("it").definition = definition;
    };
    tell("c2");
    // Another size, and nothing said of the image: what runs stays.
    let larger = Preview {
        memory: Some(mib(512)),
        ..Preview::of("feature/search")
    };
    let up = world.up(&larger);
    assert_eq!(
        (&up.end, up.image.as_deref()),
        (&UpEnd::Live, Some("c2")),
        "{up:?}"
    );
    assert_eq!(world.state().live(&name).as_deref(), Some("c2"));
    assert_eq!(
        world.state().stack(&name).expect("it").it.parameters["WebImage"],
        "c2"
    );
    // Back to what the stack believes that it runs: the stack sees no change, the service does.
    tell("c3");
    let up = world.up(&Preview {
        memory: Some(mib(512)),
        ..asked("c2")
    });
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::ImageOnly), "{up:?}");
    assert_eq!(world.state().live(&name).as_deref(), Some("c2"));
    // The same when something else changes with it: CloudFormation leaves the service alone.
    tell("c3");
    let up = world.up(&asked("c2"));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Update), "{up:?}");
    assert_eq!(world.state().live(&name).as_deref(), Some("c2"));
}

#[test]
fn every_status_has_its_way() {
    let cases: [(&str, &str, &[&str]); 23] = [
        ("CREATE_COMPLETE", "live", &["tell", "execute"]),
        ("UPDATE_COMPLETE", "live", &["tell", "execute"]),
        ("UPDATE_ROLLBACK_COMPLETE", "live", &["tell", "execute"]),
        ("IMPORT_COMPLETE", "live", &["tell", "execute"]),
        ("IMPORT_ROLLBACK_COMPLETE", "live", &["tell", "execute"]),
        ("ROLLBACK_COMPLETE", "live", &["delete", "execute"]),
        ("CREATE_FAILED", "live", &["delete", "execute"]),
        ("ROLLBACK_FAILED", "live", &["delete", "execute"]),
        ("DELETE_FAILED", "live", &["delete", "execute"]),
        ("DELETE_COMPLETE", "live", &["execute"]),
        ("REVIEW_IN_PROGRESS", "live", &["execute"]),
        ("UPDATE_FAILED", "live", &["roll", "tell", "execute"]),
        ("UPDATE_ROLLBACK_FAILED", "operator", &[]),
        ("IMPORT_ROLLBACK_FAILED", "operator", &[]),
        // Nobody ends these here: they are waited for, and then given up.
        ("CREATE_IN_PROGRESS", "live", &["delete", "execute"]),
        ("UPDATE_IN_PROGRESS", "live", &["cancel", "tell", "execute"]),
        ("DELETE_IN_PROGRESS", "busy", &[]),
        ("ROLLBACK_IN_PROGRESS", "busy", &[]),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "busy", &[]),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "busy", &[]),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "busy", &[]),
        ("IMPORT_IN_PROGRESS", "busy", &[]),
        ("IMPORT_ROLLBACK_IN_PROGRESS", "busy", &[]),
    ];
    let named: std::collections::BTreeSet<&str> = cases.iter().map(|it| it.0).collect();
    assert!(
        StackStatus::all().all(|it| named.contains(it.as_str())),
        "all of them"
    );
    for (status, expected, log) in cases {
        let world = World::new();
        world.given("feature/search", "c1", status);
        let up = world.up(&asked("c2"));
        let end = match up.end {
            UpEnd::Live => "live",
            UpEnd::NeedsOperator(_) => "operator",
            UpEnd::Busy(_) => "busy",
            _ => "other",
        };
        assert_eq!(end, expected, "{status}: {up:?}");
        let state = world.state();
        let heads: Vec<&str> = state
            .log
            .iter()
            .filter_map(|it| it.split(' ').next())
            .collect();
        assert_eq!(heads, log, "{status}");
        if expected == "live" {
            assert_eq!(state.live(&up.stack).as_deref(), Some("c2"), "{status}");
        } else if expected == "operator" {
            assert!(
                !up.advice.is_empty() || status.starts_with("IMPORT"),
                "{status}"
            );
        }
    }
}

#[test]
fn a_status_of_tomorrow_is_refused() {
    let world = World::new();
    world.given("feature/search", "c1", "HIBERNATE_COMPLETE");
    let up = world.up(&asked("c2"));
    assert!(
        matches!(&up.end, UpEnd::Refused(why) if why.contains("HIBERNATE_COMPLETE")),
        "{up:?}"
    );
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn the_end_of_an_operation_is_waited_for() {
    for (status, later, way) in [
        (
            "DELETE_IN_PROGRESS",
            StackStatus::DeleteComplete,
            Way::Create,
        ),
        (
            "CREATE_IN_PROGRESS",
            StackStatus::CreateComplete,
            Way::ImageOnly,
        ),
        (
            "ROLLBACK_IN_PROGRESS",
            StackStatus::RollbackComplete,
            Way::Create,
        ),
        (
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            StackStatus::UpdateComplete,
            Way::ImageOnly,
        ),
    ] {
        let world = World::new();
        world.given("feature/search", "c1", status);
        let name = world.name("feature/search");
        let when = world.clock.now() + std::time::Duration::from_secs(50);
        world
            .state()
            .stack_mut(&name)
            .expect("it")
            .later(when, later);
        let up = world.up(&asked("c2"));
        assert_eq!((&up.end, up.way), (&UpEnd::Live, way), "{status}: {up:?}");
        assert_eq!(world.state().live(&name).as_deref(), Some("c2"));
    }
}

#[test]
fn a_stack_of_somebody_else_is_left_alone() {
    for (key, value) in [
        ("branch-environment", None),
        ("branch-environment", Some("other")),
        ("branch-environment:ref", None),
        (
            "branch-environment:ref",
            Some("0000000000000000000000000000000000000000000000000000000000000000"),
        ),
    ] {
        for status in [
            "CREATE_COMPLETE",
            "ROLLBACK_COMPLETE",
            "UPDATE_IN_PROGRESS",
            "DELETE_FAILED",
        ] {
            let world = World::new();
            world.given("feature/search", "c1", status);
            let name = world.name("feature/search");
            let mut state = world.state();
            let tags = &mut state.stack_mut(&name).expect("it").it.tags;
            match value {
                None => tags.remove(key),
                Some(value) => tags.insert(key.to_owned(), value.to_owned()),
            };
            drop(state);
            let up = world.up(&asked("c2"));
            assert!(
                matches!(up.end, UpEnd::Refused(_)),
                "{key} {value:?} {status}: {up:?}"
            );
            let down = world.down("feature/search", &DownOptions::default());
            assert!(
                matches!(down.end, DownEnd::Refused(_)),
                "{key} {status}: {down:?}"
            );
            let extended = world.extend("feature/search", Life::Pinned);
            assert!(
                matches!(extended.end, ExtendEnd::Refused(_)),
                "{extended:?}"
            );
            assert_eq!(world.state().log, [""; 0]);
        }
    }
}

#[test]
fn what_fails_to_be_created_is_told_and_goes() {
    let world = World::new();
    let why = "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\"";
    world
        .state()
        .fate
        .creations
        .push(("AWS::ECS::Service", why));
    let up = world.up(&asked("c1"));
    assert!(matches!(up.end, UpEnd::Failed(_)), "{up:?}");
    assert!(
        up.diagnosis.iter().any(|it| it.contains("Circuit Breaker")),
        "{up:?}"
    );
    assert!(world.state().stack(&up.stack).is_none(), "it is gone");
    // The next run begins anew.
    let up = world.up(&asked("c2"));
    assert_eq!((&up.end, up.way), (&UpEnd::Live, Way::Create), "{up:?}");
}

#[test]
fn what_fails_to_be_created_can_be_kept() {
    let world = World::new();
    world
        .state()
        .fate
        .creations
        .push(("AWS::ECS::Service", "no"));
    let up = world.up_with(&asked("c1"), 256, |it| it.keep_failed = true);
    assert!(matches!(up.end, UpEnd::Failed(_)), "{up:?}");
    let status = world
        .state()
        .stack(&up.stack)
        .map(|it| it.it.status.clone());
    assert_eq!(status, Some(StackStatus::CreateFailed));
    assert_eq!(up.advice, ["preview down feature/search"]);
}

#[test]
fn what_failed_to_be_created_and_cannot_be_deleted_needs_somebody() {
    let world = World::new();
    world
        .state()
        .fate
        .creations
        .push(("AWS::ECS::Service", "no"));
    world.state().fate.deletions = 1;
    let up = world.up(&asked("c1"));
    assert!(matches!(up.end, UpEnd::NeedsOperator(_)), "{up:?}");
    assert_eq!(up.advice, ["preview down feature/search --force"]);
}

#[test]
fn an_update_that_fails_leaves_what_ran() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    world.state().fate.updates = 1;
    let larger = Preview {
        memory: Some(mib(512)),
        ..asked("c2")
    };
    let up = world.up(&larger);
    assert!(matches!(up.end, UpEnd::Failed(_)), "{up:?}");
    assert_eq!(world.state().live(&up.stack).as_deref(), Some("c1"));
}

#[test]
fn an_image_that_does_not_come_up_is_taken_back_by_ecs() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    world.state().fate.breaker = true;
    let up = world.up(&asked("c2"));
    assert!(
        matches!(&up.end, UpEnd::Failed(why) if why.contains("went back")),
        "{up:?}"
    );
    let state = world.state();
    assert_eq!(state.live(&up.stack).as_deref(), Some("c1"));
    assert_eq!(
        state.stack(&up.stack).expect("it").it.parameters["WebImage"],
        "c1"
    );
}

#[test]
fn a_place_that_is_taken_is_passed_over_and_one_that_is_had_is_kept() {
    let world = World::new();
    let first = crate::world::NAMING.names("feature/search").rule_priority();
    world
        .state()
        .rules
        .push(stack_deploy::load_balancing::ListenerRule {
            arn: "somebody's".to_owned(),
            priority: Some(first),
            ..Default::default()
        });
    let up = world.up(&asked("c1"));
    assert_eq!(
        (&up.end, up.priority),
        (&UpEnd::Live, Some(first + 1)),
        "{up:?}"
    );
    // The place is free now, and the environment stays where it is.
    world.state().rules.retain(|it| it.arn != "somebody's");
    let up = world.up(&Preview {
        memory: Some(mib(512)),
        ..asked("c2")
    });
    assert_eq!(
        (&up.end, up.priority),
        (&UpEnd::Live, Some(first + 1)),
        "{up:?}"
    );
}

#[test]
fn a_place_that_is_taken_meanwhile_is_tried_no_more() {
    let world = World::new();
    world.state().fate.thief = true;
    let first = crate::world::NAMING.names("feature/search").rule_priority();
    let up = world.up(&asked("c1"));
    assert_eq!(
        (&up.end, up.priority),
        (&UpEnd::Live, Some(first + 1)),
        "{up:?}"
    );
    assert!(
        up.warnings.iter().any(|it| it.contains("taken meanwhile")),
        "{up:?}"
    );
}

#[test]
fn a_host_that_another_rule_takes_is_refused() {
    let world = World::new();
    world
        .state()
        .rules
        .push(stack_deploy::load_balancing::ListenerRule {
            arn: "somebody's".to_owned(),
            priority: Some(3),
            hosts: vec!["feature-search-3d35b82b16.preview.shop-dev.example".to_owned()],
            target_groups: Vec::new(),
        });
    let up = world.up(&asked("c1"));
    assert!(
        matches!(&up.end, UpEnd::Refused(why) if why.contains("rule at 3")),
        "{up:?}"
    );
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn nothing_is_changed_when_only_the_plan_is_wanted() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    for (branch, way) in [("feature/search", Way::ImageOnly), ("other", Way::Create)] {
        let asked = Preview::of(branch).image("c2");
        let up = world.up_with(&asked, 256, |it| it.dry_run = true);
        assert_eq!((&up.end, up.way), (&UpEnd::Planned, way), "{up:?}");
        assert!(up.predicted.is_some());
    }
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn without_waiting_the_stack_is_told_and_left() {
    let world = World::new();
    world.given("feature/search", "c1", "CREATE_COMPLETE");
    let up = world.up_with(&asked("c2"), 256, |it| it.no_wait = true);
    assert_eq!(up.end, UpEnd::Started, "{up:?}");
    assert_eq!(world.state().log.len(), 1);
}

#[test]
fn the_image_alone_is_faster_and_is_said_to_be() {
    let world = World::new();
    let create = world.up(&asked("c1"));
    let image = world.up(&asked("c2"));
    let seconds = |up: &Up| up.predicted.as_ref().map(|it| it.seconds);
    assert!(seconds(&image) < Some(50), "{image:?}");
    assert!(image.seconds < create.seconds);
}

#[test]
fn a_base_that_is_not_deployed_is_named() {
    let world = World::new();
    world.state().stacks.clear();
    let up = world.up(&asked("c1"));
    assert!(
        matches!(&up.end, UpEnd::Refused(why) if why.contains("`PreviewBase`")),
        "{up:?}"
    );
    let world = World::new();
    world
        .state()
        .stack_mut("PreviewBase")
        .expect("it")
        .it
        .outputs
        .clear();
    let up = world.up(&asked("c1"));
    assert!(
        matches!(&up.end, UpEnd::Refused(why) if why.contains("has no output")),
        "{up:?}"
    );
}
