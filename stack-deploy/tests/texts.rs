//! What AWS's real texts mean. The corpus is frozen; no text that is not known is a success.

#![allow(clippy::panic)]

use stack_deploy::{ErrorKind, Reason, classify, classify_reason};

#[test]
fn every_text_that_was_seen_means_what_it_means() {
    let mut count = 0;
    for line in include_str!("texts.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        let parts: Vec<&str> = line.split(" | ").collect();
        let [code, status, message, meaning] = parts.as_slice() else {
            panic!("four parts: {line}");
        };
        let kind = classify(code.trim(), status.parse().ok(), message);
        assert_eq!(format!("{kind:?}"), *meaning, "{line}");
        count += 1;
    }
    assert!(count > 70, "{count}");
}

#[test]
fn every_reason_that_was_seen_means_what_it_means() {
    for line in include_str!("reasons.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        let (text, meaning) = line.rsplit_once(" | ").expect("two parts");
        assert_eq!(format!("{:?}", classify_reason(text)), meaning, "{line}");
    }
}

#[test]
fn a_text_that_is_not_known_is_never_good_news() {
    // Every known text, with something before, after or instead of a part.
    for line in include_str!("texts.txt")
        .lines()
        .filter(|it| !it.starts_with('#'))
    {
        let Some(message) = line.split(" | ").nth(2) else {
            continue;
        };
        for odd in [
            format!("while deploying: {message}"),
            format!("{message} unless it does"),
            message.to_uppercase(),
            message.chars().rev().collect(),
        ] {
            let kind = classify("ValidationError", Some(400), &odd);
            let good = matches!(kind, ErrorKind::NoUpdates | ErrorKind::StackMissing);
            assert!(!good, "{odd}: {kind:?}");
            if odd.starts_with("while") {
                assert_ne!(classify_reason(&odd), Reason::NoChanges, "{odd}");
            }
        }
    }
}
