//! The rules over real templates from outside, beside what cfn-lint says of them.
//!
//! `CORPORA.md` holds the tables, `corpora/extra.txt` every error of ours where cfn-lint has none.
//! A change in either is an improvement or a regression: look at the findings behind it with
//! `VERBOSE=1` and `-- --nocapture`, then write the files anew with `UPDATE=1`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use stack_core::{Severity, Template};
use stack_review::{Estate, Finding, check};

/// The sets of templates that cfn-lint has judged.
const SETS: [&str; 6] = [
    "containers",
    "lint-unit",
    "lint-bad",
    "lint-boundary",
    "lint-good",
    "cdk-integ",
];

/// With these, cfn-lint has given up on the template.
const GIVEN_UP: [&str; 4] = ["E0000", "E0001", "E0002", "E1101"];

fn corpora() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("STACK_CORPORA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("no outside templates at hand (STACK_CORPORA); nothing was compared");
    None
}

/// The section and the name in it.
type Entry = (String, String);

struct Theirs {
    rule: String,
    entry: Entry,
}

fn theirs(expected: &Value) -> Vec<Theirs> {
    let all = expected["matches"].as_array().into_iter().flatten();
    all.filter(|it| it["level"] == "error")
        .map(|it| {
            let step = |n: usize| match &it["path"][n] {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            Theirs {
                rule: it["rule"].as_str().unwrap().to_owned(),
                entry: (step(0), step(1)),
            }
        })
        .collect()
}

/// The entry that a finding is about.
fn entry(place: &str) -> Entry {
    const SECTIONS: [&str; 7] = [
        "Parameters",
        "Mappings",
        "Conditions",
        "Outputs",
        "Rules",
        "Metadata",
        "Globals",
    ];
    if let Some((section, rest)) = place.split_once('.')
        && SECTIONS.contains(&section)
    {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        return (section.to_owned(), rest[..end].to_owned());
    }
    let end = place.find(['.', '/', '[']).unwrap_or(place.len());
    ("Resources".to_owned(), place[..end].to_owned())
}

/// Whether the one is about the other; what is about a section is about all of it.
fn meets(ours: &Entry, theirs: &Entry) -> bool {
    ours == theirs
        || theirs.0.is_empty()
        || theirs.1.is_empty() && ours.0 == theirs.0
        || ours.0 == "Resources" && ours.1 == theirs.0
}

/// Names a file without its text.
fn digest(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, it| {
        (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:08x}", (hash >> 32) as u32 ^ hash as u32)
}

#[derive(Default)]
struct Row {
    /// By set: those of cfn-lint's errors where we have an error, a warning or more, and all.
    sets: BTreeMap<usize, (usize, usize, usize)>,
}

fn findings(text: &str) -> Option<Vec<Finding>> {
    let template = Template::parse(text).ok()?;
    Some(check(&Estate::of(&template)))
}

#[test]
fn what_cfn_lint_calls_an_error_is_reported_and_the_rest_of_our_errors_is_written_down() {
    let Some(corpora) = corpora() else { return };
    let verbose = std::env::var_os("VERBOSE").is_some();
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut extra: BTreeSet<String> = BTreeSet::new();
    for (set, name) in SETS.iter().enumerate() {
        let folder = corpora.join(name);
        let text = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        for (file, expected) in expected["files"].as_object().unwrap() {
            let Ok(text) = fs::read_to_string(folder.join(file)) else {
                continue;
            };
            let theirs = theirs(expected);
            let ours = findings(&text);
            for it in &theirs {
                let worst = match &ours {
                    // The reader refuses the file.
                    None => Some(Severity::Error),
                    Some(ours) => ours
                        .iter()
                        .filter(|our| meets(&entry(&our.place), &it.entry))
                        .map(|it| it.severity)
                        .max(),
                };
                let row = rows.entry(it.rule.clone()).or_default();
                let cell = row.sets.entry(set).or_default();
                cell.0 += usize::from(worst == Some(Severity::Error));
                cell.1 += usize::from(worst >= Some(Severity::Warning));
                cell.2 += 1;
                if verbose && worst < Some(Severity::Warning) {
                    eprintln!("MISSED {name}/{file} {} {:?}", it.rule, it.entry);
                }
            }
            let given_up = theirs.iter().any(|it| GIVEN_UP.contains(&it.rule.as_str()));
            for our in ours.iter().flatten().filter(|_| !given_up) {
                let entry = entry(&our.place);
                if our.severity == Severity::Error
                    && !theirs.iter().any(|it| meets(&entry, &it.entry))
                {
                    extra.insert(format!("{} {name} {}", our.code, digest(file)));
                    if verbose {
                        eprintln!(
                            "EXTRA {name}/{file} {} {}: {}",
                            our.code, our.place, our.message
                        );
                    }
                }
            }
        }
    }
    let extra: String = extra.iter().map(|it| format!("{it}\n")).collect();
    compare("tests/corpora/extra.txt", None, &extra);
    compare("CORPORA.md", Some("cfn-lint"), &table(&rows));
}

fn table(rows: &BTreeMap<String, Row>) -> String {
    let mut text = String::from("| rule |");
    for set in SETS {
        write!(text, " {set} |").unwrap();
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(SETS.len()));
    text.push('\n');
    let mut sums = [(0, 0, 0); SETS.len()];
    for (rule, row) in rows {
        write!(text, "| {rule} |").unwrap();
        for (set, sum) in sums.iter_mut().enumerate() {
            match row.sets.get(&set) {
                None => text.push_str(" |"),
                Some((error, reported, all)) => {
                    *sum = (sum.0 + error, sum.1 + reported, sum.2 + all);
                    text.push(' ');
                    text.push_str(&cell(*error, *reported, *all));
                    text.push_str(" |");
                }
            }
        }
        text.push('\n');
    }
    text.push_str("| **all** |");
    for (error, reported, all) in sums {
        let percent = 100 * reported / all.max(1);
        write!(text, " {}: {percent} % |", cell(error, reported, all)).unwrap();
    }
    text.push('\n');
    text
}

/// `7/8`; with those of them that we call warnings: `7/8 (5 as errors)`.
fn cell(error: usize, reported: usize, all: usize) -> String {
    if error == reported {
        format!("{reported}/{all}")
    } else {
        format!("{reported}/{all} ({error} as errors)")
    }
}

#[test]
fn findings_over_real_templates_are_counted() {
    let Some(corpora) = corpora() else { return };
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    let folders = [
        corpora.join("cdk-integ"),
        corpora.join("containers"),
        snapshots,
    ];
    let mut counts: BTreeMap<(&str, Severity), [usize; 3]> = BTreeMap::new();
    let mut templates = [0; 3];
    for (n, folder) in folders.iter().enumerate() {
        for file in files(folder) {
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            let Some(found) = findings(&text) else {
                continue;
            };
            templates[n] += 1;
            for it in found {
                counts.entry((it.code, it.severity)).or_default()[n] += 1;
            }
        }
    }
    let mut text = format!(
        "| rule | | cdk-integ ({}) | containers ({}) | our snapshots ({}) |\n|---|---|---|---|---|\n",
        templates[0], templates[1], templates[2]
    );
    for ((code, severity), [cdk, containers, ours]) in counts {
        writeln!(
            text,
            "| {code} | {severity} | {cdk} | {containers} | {ours} |"
        )
        .unwrap();
    }
    compare("CORPORA.md", Some("counts"), &text);
}

/// All templates below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for it in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = it.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("expected.json") && !path.ends_with("findings.json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Holds a text against what a file says, or a marked part of it.
fn compare(file: &str, part: Option<&str>, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let whole = fs::read_to_string(&path).unwrap_or_default();
    let (before, written, after) = match part {
        None => ("", whole.as_str(), ""),
        Some(part) => {
            let begin = format!("<!-- {part} -->\n");
            let from = whole
                .find(&begin)
                .unwrap_or_else(|| panic!("{file} has no {begin}"))
                + begin.len();
            let to = from + whole[from..].find("<!-- end -->").unwrap();
            (&whole[..from], &whole[from..to], &whole[to..])
        }
    };
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{text}{after}")).unwrap();
    } else {
        assert!(
            written == text,
            "{file} says otherwise (`UPDATE=1` writes it anew):\n{}",
            difference(written, text)
        );
    }
}

/// The lines that one has and the other has not.
fn difference(old: &str, new: &str) -> String {
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (old.lines().collect(), new.lines().collect());
    let gone = before.difference(&after).map(|it| format!("- {it}\n"));
    let come = after.difference(&before).map(|it| format!("+ {it}\n"));
    gone.chain(come).collect()
}
