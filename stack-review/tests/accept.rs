//! Findings that are meant.

#![allow(clippy::unwrap_used)]

use stack_core::Severity;
use stack_core::build::{Accepted, Day};
use stack_review::Finding;
use stack_review::check::accept;

const RULE: &str = "unexposed-target-port";

fn finding(stack: &str, place: &str) -> Finding {
    Finding {
        stack: stack.to_owned(),
        place: place.to_owned(),
        code: RULE,
        severity: Severity::Error,
        message: "a port".to_owned(),
        witness: Vec::new(),
        repair: None,
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn a_finding_is_meant_where_its_place_or_what_is_around_it_is_named() {
    for (pattern, meant) in [
        ("Shop/Web", true),
        ("Shop/Web.LoadBalancers", true),
        ("Shop/Web.LoadBalancers[0]", true),
        ("Shop/Web.LoadBalancers[0].ContainerPort", true),
        ("Shop", true),
        ("Shop/*", true),
        ("*/Web", true),
        ("*", true),
        ("Sh*/W*", true),
        ("Shop/We", false),
        ("Shop/Web.LoadBalancers[1]", false),
        ("Shop/Web.LoadBalancers[0].Container", false),
        ("Web", false),
        ("Base/*", false),
        ("", false),
    ] {
        let findings = vec![finding("Shop", "Web.LoadBalancers[0].ContainerPort")];
        let acceptance = Accepted::new(RULE, pattern, "the port follows on Monday");
        let sorted = accept(findings, &[acceptance], None);
        assert_eq!(sorted.accepted.len() == 1, meant, "{pattern}");
        // Whatever accepts nothing is told of.
        assert_eq!(
            sorted.findings.len(),
            if meant { 0 } else { 2 },
            "{pattern}"
        );
    }
}

#[test]
fn acceptances_that_hold_no_longer_are_told_of() {
    let acceptance = || Accepted::new(RULE, "Shop/Web", "the port follows on Monday");
    let until = acceptance().until(day("2026-11-30"));
    let there = || vec![finding("Shop", "Web")];
    for (findings, acceptance, today, expected) in [
        (there(), until.clone(), None, vec![]),
        (there(), until.clone(), Some("2026-11-30"), vec![]),
        (
            there(),
            until.clone(),
            Some("2026-12-01"),
            vec![
                "a port",
                "`unexposed-target-port` was accepted at `Shop/Web` until 2026-11-30",
            ],
        ),
        (
            vec![],
            until,
            Some("2026-12-01"),
            vec!["`unexposed-target-port` finds nothing at `Shop/Web` any more"],
        ),
        (
            vec![],
            acceptance(),
            None,
            vec!["`unexposed-target-port` finds nothing at `Shop/Web` any more"],
        ),
        (
            there(),
            Accepted::new("unexposed-target-prot", "Shop/Web", "a reason"),
            None,
            vec![
                "a port",
                "there is no rule `unexposed-target-prot` to accept at `Shop/Web`; did you mean `unexposed-target-port`?",
            ],
        ),
        (
            there(),
            Accepted::new(RULE, "Shop/Web", " "),
            None,
            vec!["`unexposed-target-port` is accepted at `Shop/Web` without a reason"],
        ),
    ] {
        let sorted = accept(findings, &[acceptance], today.map(day));
        let messages: Vec<&str> = sorted.findings.iter().map(|it| &*it.message).collect();
        assert_eq!(messages, expected);
    }
}
