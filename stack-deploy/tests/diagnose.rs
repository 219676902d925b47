//! What AWS's texts of failures mean, and how they are joined into one cause.

#![allow(clippy::panic, clippy::unwrap_used)]

use stack_deploy::diagnose::{Cause, recognise};

fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("causes.txt")
        .lines()
        .filter(|it| !it.starts_with('#'))
        .map(|it| it.rsplit_once(" | ").unwrap())
}

#[test]
fn every_text_that_was_seen_means_what_it_means() {
    let mut wrong = Vec::new();
    for (text, meaning) in cases() {
        let found = recognise(text).map_or("nothing".to_owned(), |it| format!("{it:?}"));
        if found != meaning {
            wrong.push(format!("{text}\n  is   {found}\n  not  {meaning}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(cases().count() > 80);
}

#[test]
fn good_news_and_what_is_not_known_are_no_causes() {
    for text in [
        "",
        "Resource creation cancelled",
        "Resource update cancelled",
        "Resource creation Initiated",
        "User Initiated",
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "(service Api) has reached a steady state.",
        "(service Api) has started 2 tasks: (task a) (task b).",
        "(service Api) has stopped 1 running tasks: (task a).",
        "(service Api) (deployment ecs-svc/1) deployment completed.",
        "(service Api) registered 1 targets in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1)",
        "(service Api) deregistered 1 targets in (target-group arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/Api/1)",
        "(service Api) rolling back to deployment ecs-svc/1.",
        "Scaling activity initiated by (deployment ecs-svc/1)",
        "The moon is in the wrong phase",
        "Internal Failure",
    ] {
        assert_eq!(recognise(text), None, "{text}");
    }
}

#[test]
fn every_cause_is_one_sentence_without_its_stop() {
    for (text, _) in cases() {
        let said = recognise(text).unwrap().to_string();
        assert!(!said.ends_with('.') || said.contains(": "), "{said}");
        assert!(!said.contains('\n') && !said.contains("``"), "{said}");
    }
    let exits = |code| Cause::Exited {
        container: "api".to_owned(),
        code,
    };
    assert_eq!(
        exits(Some(1)).to_string(),
        "the container `api` exits with code 1"
    );
    assert_eq!(
        exits(Some(137)).to_string(),
        "the container `api` exits with code 137 (killed: mostly for its memory, or because it did not stop in time)"
    );
}
