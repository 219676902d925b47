//! Every rule's page is its test: what it shows as reported is reported, word for word, and what it
//! shows as fine is fine to every rule.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write;

use stack_core::{Severity, Template};
use stack_review::check::{RULES, Rule, run};
use stack_review::{Estate, Finding};

/// As pages show findings.
fn shown(findings: &[Finding]) -> String {
    let mut text = String::new();
    for it in findings {
        writeln!(
            text,
            "{}[{}] {}: {}",
            it.severity, it.code, it.place, it.message
        )
        .unwrap();
        for witness in &it.witness {
            writeln!(text, "  when: {witness}").unwrap();
        }
        if let Some(repair) = &it.repair {
            writeln!(text, "  repair: {repair}").unwrap();
        }
    }
    text
}

/// A part of a page and its fenced blocks: language and text.
fn parts(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut parts: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(_)) => {
                let block = open.take().unwrap();
                parts.last_mut().unwrap().1.push(block);
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    parts.push((title.to_owned(), Vec::new()));
                }
            }
        }
    }
    parts
}

fn judge(rule: &Rule, text: &str) -> String {
    let template = Template::parse(text)
        .unwrap_or_else(|it| panic!("{}: the page's template: {}", rule.code, it[0]));
    let findings = run(&Estate::of(&template), std::slice::from_ref(rule));
    shown(&findings)
}

#[test]
fn what_pages_show_is_what_rules_say() {
    for rule in RULES {
        let parts = parts(rule.page);
        let titles: Vec<&str> = parts.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(titles, ["Reported", "Fine"], "{}", rule.code);
        assert!(
            !parts[0].1.is_empty() && !parts[1].1.is_empty(),
            "{}",
            rule.code
        );
        for pair in parts[0].1.chunks(2) {
            let [(_, template), (language, expected)] = pair else {
                panic!("{}: a template without its findings", rule.code)
            };
            assert_eq!(language, "text", "{}", rule.code);
            assert!(!expected.is_empty(), "{}", rule.code);
            assert_eq!(judge(rule, template), *expected, "{}", rule.code);
        }
        for (_, template) in &parts[1].1 {
            assert_eq!(
                judge(rule, template),
                "",
                "{}: what should be fine",
                rule.code
            );
        }
    }
}

#[test]
fn pages_say_what_why_and_where_aws_says_so() {
    for rule in RULES {
        let page = rule.page;
        assert!(page.starts_with("# "), "{}", rule.code);
        assert!(
            page.contains("<https://docs.aws.amazon.com/"),
            "{}",
            rule.code
        );
        assert!(
            rule.severity > Severity::Note || page.contains("note["),
            "{}",
            rule.code
        );
    }
    let codes: Vec<&str> = RULES.iter().map(|it| it.code).collect();
    assert!(codes.is_sorted(), "{codes:?}");
}
