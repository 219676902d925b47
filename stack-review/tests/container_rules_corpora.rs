//! How often each rule about containers speaks over real templates and over our own: as the table
//! in `CORPORA.md` says, so a new rule or a change of one shows its false alarms in the same review.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stack_core::Template;
use stack_review::check::RULES;
use stack_review::{Estate, check};

const PAGE: &str = include_str!("../CORPORA.md");

/// The part of the page that is about these rules.
fn section() -> &'static str {
    let begin = PAGE.find("## Rules about containers").unwrap();
    let end = PAGE[begin + 3..].find("\n## ").map(|it| begin + 3 + it);
    &PAGE[begin..end.unwrap_or(PAGE.len())]
}

/// Each rule, and what stands in its columns.
fn rows() -> BTreeMap<&'static str, [&'static str; 3]> {
    let mut rows = BTreeMap::new();
    for line in section().lines().filter(|it| it.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        // Another table of the section has fewer columns.
        if cells.len() < 8 {
            continue;
        }
        rows.insert(cells[1].trim_matches('`'), [cells[3], cells[4], cells[5]]);
    }
    let silent = section()
        .lines()
        .find(|it| it.starts_with("Silent over all of them: "));
    for code in silent.unwrap().split('`').skip(1).step_by(2) {
        rows.insert(code, ["0", "0", "0"]);
    }
    rows
}

/// Templates in a folder and in those below it.
fn templates(folder: &Path) -> Vec<Template> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        if file.is_dir() {
            all.extend(templates(&file));
        } else if let Ok(text) = fs::read_to_string(&file)
            && let Ok(template) = Template::parse(&text)
            && template.section("Resources").is_some()
        {
            all.push(template);
        }
    }
    all
}

/// For each rule the findings, and the templates with any.
fn counts(folder: &Path) -> BTreeMap<&'static str, (usize, usize)> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for template in templates(folder) {
        let mut here: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in check(&Estate::of(&template)) {
            *here.entry(finding.code).or_default() += 1;
        }
        for (code, count) in here {
            let both = counts.entry(code).or_default();
            both.0 += count;
            both.1 += 1;
        }
    }
    counts
}

fn agree(folder: &Path, column: usize) {
    let counts = counts(folder);
    let mut wrong = Vec::new();
    for (code, cells) in rows() {
        let now = match counts.get(code) {
            Some((findings, files)) => format!("{findings} in {files}"),
            None => "0".to_owned(),
        };
        if now != cells[column] {
            wrong.push(format!(
                "{code}: the page says {}, it is {now}",
                cells[column]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}:\n{}",
        folder.display(),
        wrong.join("\n")
    );
}

#[test]
fn the_page_tells_of_rules_that_are_there() {
    for code in rows().keys() {
        assert!(RULES.iter().any(|it| it.code == *code), "{code}");
    }
}

#[test]
fn our_own_templates_have_what_the_page_says() {
    agree(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots"),
        2,
    );
}

#[test]
fn real_templates_have_what_the_page_says() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("STACK_CORPORA").map_or_else(beside, PathBuf::from);
    if !folder.is_dir() {
        eprintln!("no outside templates at hand (STACK_CORPORA); nothing was compared");
        return;
    }
    agree(&folder.join("cdk-integ"), 0);
    agree(&folder.join("containers"), 1);
}
