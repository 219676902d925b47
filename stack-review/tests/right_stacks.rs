//! Stacks that are right: no rule finds an error in them, or warns.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use stack_core::{Severity, Template};
use stack_review::{Estate, check};

#[test]
fn nothing_is_wrong_with_what_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/right");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let template = Template::parse(&text).unwrap_or_else(|it| panic!("{}", it[0]));
        for finding in check(&Estate::of(&template)) {
            if finding.severity != Severity::Note {
                wrong.push(format!("{}: {finding:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
