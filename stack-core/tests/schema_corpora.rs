//! The schema check against real templates and what cfn-lint says of them.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use stack_core::{Severity, Template, schema};

/// cfn-lint's rules about the properties of single resources.
const RULES: &[&str] = &[
    "E3002", "E3003", "E3012", "E3014", "E3015", "E3017", "E3018", "E3020", "E3021", "E3030",
    "E3031", "E3032", "E3033", "E3034", "E3037", "E3040",
];

/// `Resource: code` of what we call an error.
fn ours(text: &str) -> Option<BTreeSet<(String, &'static str, String)>> {
    let template = Template::parse(text).ok()?;
    let mut found = BTreeSet::new();
    for (id, resource) in template.resources() {
        let kind = resource.kind();
        let Some(properties) = resource.properties() else {
            continue;
        };
        schema::validate(kind, properties, &mut |it| {
            if it.severity == Severity::Error || it.code == "not-allowed-value" {
                found.insert((
                    id.to_owned(),
                    it.code,
                    format!("{} {}: {}", kind, it.place, it.message),
                ));
            }
        });
    }
    Some(found)
}

/// Resource → rules, of cfn-lint.
fn theirs(expected: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for it in expected["matches"].as_array().into_iter().flatten() {
        let rule = it["rule"].as_str().unwrap_or_default();
        if it["path"][0] == "Resources" && rule.starts_with("E") {
            let resource = it["path"][1].as_str().unwrap_or_default();
            found
                .entry(resource.to_owned())
                .or_default()
                .insert(rule.to_owned());
        }
    }
    found
}

#[test]
fn what_cfn_lint_finds_right_is_right_and_what_it_finds_wrong_is_found() {
    let Some(corpora) = support::corpora() else {
        return;
    };
    let verbose = std::env::var_os("VERBOSE").is_some();
    let mut report = String::new();
    for set in [
        "cdk-integ",
        "containers",
        "lint-good",
        "lint-bad",
        "lint-unit",
        "lint-boundary",
    ] {
        let folder = corpora.join(set);
        let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let (mut resources, mut extra, mut wanted, mut caught) = (0, 0, 0, 0);
        let mut missed: BTreeMap<String, usize> = BTreeMap::new();
        for (name, text) in support::templates(&folder) {
            let Some(ours) = ours(&text) else { continue };
            let theirs = theirs(&expected["files"][&name]);
            let template = Template::parse(&text).unwrap();
            resources += template.resources().count();
            for (id, code, message) in &ours {
                if !theirs.contains_key(id) {
                    extra += 1;
                    if verbose {
                        eprintln!("EXTRA {set}/{name} {id} {code} {message}");
                    }
                }
            }
            for (id, rules) in &theirs {
                for rule in rules.iter().filter(|it| RULES.contains(&it.as_str())) {
                    wanted += 1;
                    if ours.iter().any(|(it, _, _)| it == id) {
                        caught += 1;
                    } else {
                        *missed.entry(rule.clone()).or_default() += 1;
                        if verbose {
                            eprintln!("MISSED {set}/{name} {id} {rule}");
                        }
                    }
                }
            }
        }
        report.push_str(&format!(
            "{set}: {resources} resources, {extra} extra, {caught} of {wanted} caught {missed:?}\n"
        ));
    }
    // Resources that only we find fault with, and how many of its own findings we share. A change
    // here is an improvement or a regression: look at it with `VERBOSE=1 … -- --nocapture`.
    insta::assert_snapshot!(report, @r#"
    cdk-integ: 14810 resources, 0 extra, 4 of 4 caught {}
    containers: 6985 resources, 5 extra, 71 of 77 caught {"E3002": 3, "E3015": 3}
    lint-good: 951 resources, 3 extra, 58 of 66 caught {"E3002": 2, "E3003": 2, "E3012": 2, "E3018": 2}
    lint-bad: 792 resources, 3 extra, 100 of 132 caught {"E3002": 5, "E3003": 9, "E3012": 5, "E3014": 2, "E3015": 2, "E3017": 1, "E3018": 4, "E3020": 1, "E3021": 1, "E3030": 1, "E3037": 1}
    lint-unit: 1552 resources, 4 extra, 661 of 797 caught {"E3002": 3, "E3003": 73, "E3012": 15, "E3014": 20, "E3015": 2, "E3030": 12, "E3031": 11}
    lint-boundary: 550 resources, 1 extra, 7 of 11 caught {"E3015": 1, "E3017": 3}
    "#);
}
