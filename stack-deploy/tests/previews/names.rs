//! Hostile names of branches, images and owners.

use std::collections::BTreeSet;

use stack_core::build::Preview;
use stack_deploy::previews::*;

use crate::world::World;

const HOSTILE: &str = include_str!("../../../branch-naming/tests/hostile.txt");

#[test]
fn hostile_branches_have_environments_of_their_own_or_are_refused() {
    let world = World::new();
    let mut stacks = BTreeSet::new();
    let mut live = 0;
    for branch in HOSTILE.lines().filter(|it| !it.is_empty()).take(60) {
        let mut options = UpOptions::new(world.clock.now());
        options.dry_run = true;
        let asked = Preview::of(branch).image("c1");
        let up = world.up_with(&asked, 256, |it| it.dry_run = true);
        match up.end {
            UpEnd::Planned => {
                live += 1;
                let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
                assert!(up.stack.chars().all(plain), "{branch}: {}", up.stack);
                assert!(
                    stacks.insert(up.stack.clone()),
                    "{branch}: {} is another's",
                    up.stack
                );
            }
            UpEnd::Refused(why) => {
                let plain = |it: char| it.is_ascii_graphic() || it == ' ';
                assert!(why.chars().all(plain), "{branch}: {why}");
            }
            end => panic!("{branch}: {end:?}"),
        }
    }
    assert!(live > 10, "{live}");
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn what_git_has_no_branch_for_has_no_environment() {
    let world = World::new();
    for branch in [
        "",
        "-x",
        "a b",
        "a..b",
        "a~b",
        "refs/heads/x",
        "a\u{7}",
        "a/",
        "/a",
        "a//b",
        ".a",
        "a.lock",
        "a@{b",
        "a\\b",
        "x.",
    ] {
        let up = world.up(&Preview::of(branch).image("c1"));
        assert!(matches!(up.end, UpEnd::Refused(_)), "{branch:?}: {up:?}");
        let down = world.down(branch, &DownOptions::default());
        assert!(
            matches!(down.end, DownEnd::Refused(_)),
            "{branch:?}: {down:?}"
        );
    }
    assert_eq!(world.state().log, [""; 0]);
}

#[test]
fn what_is_no_image_is_refused() {
    let world = World::new();
    let digest = format!("sha256:{}", "0".repeat(64));
    for (image, expected) in [
        ("3f2504e0", true),
        ("v1.2.3_rc-1", true),
        ("_x", true),
        (digest.as_str(), true),
        ("", false),
        (".x", false),
        ("-x", false),
        ("a b", false),
        ("a:b", false),
        ("a/b", false),
        ("${x}", false),
        ("{{resolve:ssm:x}}", false),
        ("sha256:0", false),
        (&digest.to_uppercase(), false),
        (&"x".repeat(129), false),
        ("ä", false),
    ] {
        assert_eq!(is_image(image), expected, "{image}");
        let up = world.up_with(&Preview::of("x").image(image), 256, |it| it.dry_run = true);
        assert_eq!(
            matches!(up.end, UpEnd::Planned),
            expected,
            "{image}: {up:?}"
        );
    }
}

#[test]
fn an_owner_is_a_tag_that_every_service_takes() {
    let world = World::new();
    let up = world.up(&Preview::of("x")
        .image("c1")
        .owner("ana \u{202e}<{{resolve:ssm:x}}>"));
    assert_eq!(up.end, UpEnd::Live, "{up:?}");
    let state = world.state();
    let owner = &state.stack(&up.stack).expect("it").it.tags["branch-environment:owner"];
    assert!(
        owner
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "._/+@:-=".contains(it)),
        "{owner}"
    );
}
