//! Real templates from outside, read and written back without loss.
//!
//! They are found through `STACK_CORPORA`, else beside the repository; without them the tests pass
//! and say so.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test may fail

use std::path::{Path, PathBuf};

use stack_core::{Expr, Template};

fn corpora(set: &str) -> Vec<PathBuf> {
    let root = match std::env::var_os("STACK_CORPORA") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora"),
    };
    let Ok(found) = std::fs::read_dir(root.join(set)) else {
        println!("no corpora at {}: nothing is tested", root.display());
        return Vec::new();
    };
    let mut files: Vec<_> = found
        .filter_map(|it| Some(it.ok()?.path()))
        .filter(|it| it.is_file() && !it.ends_with("expected.json"))
        .collect();
    files.sort();
    files
}

fn text(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}

/// Asserts that both formats read back to the same template, and that writing is stable.
fn round_trip(file: &Path, template: &Template) {
    let json = template.to_json();
    let yaml = template.to_yaml();
    let from_json = Template::from_json(&json).unwrap();
    assert!(from_json == *template, "{}: JSON differs", file.display());
    let from_yaml = Template::from_yaml(&yaml)
        .unwrap_or_else(|it| unreachable!("{}: {}\n{yaml}", file.display(), it[0]));
    assert!(from_yaml == *template, "{}: YAML differs", file.display());
    assert_eq!(from_yaml.to_json(), json);
    assert_eq!(from_json.to_yaml(), yaml);
}

/// Templates of `containers` that are refused, and have to be: what is given twice cannot be kept,
/// and a short form that CloudFormation does not have means nothing.
const REFUSED: [(&str, &str); 5] = [
    ("svc-nlb-prod.stack.yml", "CloudFormation has no `!Ref:`"),
    (
        "cluster-fargate-consul-connect.yml",
        "`Description` is already given on line 9",
    ),
    (
        "service-consul-connect-greeter-fargate.yml",
        "`Cpu` is already given on line 88",
    ),
    (
        "mesh-consul-connect.yml",
        "`Description` is already given on line 9",
    ),
    (
        "ecs-canary-blue-green-deployment__templates__ecs-cluster.yaml",
        "`DesiredCapacity` is already given on line 97",
    ),
];

#[test]
fn templates_of_cdk_and_of_containers_lose_nothing() {
    for set in ["cdk-integ", "containers"] {
        for file in corpora(set) {
            let text = text(&file);
            let template = match Template::parse(&text) {
                Ok(template) => template,
                Err(problems) => {
                    let expected = REFUSED
                        .iter()
                        .find(|(end, _)| file.to_string_lossy().ends_with(end))
                        .map(|it| it.1);
                    let message = problems[0].message.as_str();
                    assert_eq!(Some(message), expected, "{}", file.display());
                    continue;
                }
            };
            round_trip(&file, &template);
            if let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) {
                let ours: serde_json::Value = serde_json::from_str(&template.to_json()).unwrap();
                assert_eq!(ours, json, "{}", file.display());
                let same = Expr::from(template.root().clone()).to_serde() == json;
                assert!(same, "{}", file.display());
            }
        }
    }
}

/// Equal to an independent loader (Python's `json` and cfn-lint's YAML, dates as text) are 22; it
/// takes the plain `Yes` and `No` of one more for booleans, where the JSON has text.
const EQUAL_TWINS: usize = 23;

#[test]
fn twins_in_json_and_yaml_are_the_same_template() {
    let files = corpora("twins");
    let mut equal = 0;
    for json in files
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
    {
        let from_json = Template::parse(&text(json)).unwrap();
        round_trip(json, &from_json);
        match Template::parse(&text(&json.with_extension("yaml"))) {
            Ok(from_yaml) => {
                round_trip(json, &from_yaml);
                equal += usize::from(from_json == from_yaml);
            }
            // Four are sources of the tool Rain, which builds a template of them.
            Err(problems) => assert!(
                problems[0].message.contains("no `!Rain::"),
                "{}: {}",
                json.display(),
                problems[0]
            ),
        }
    }
    assert!(files.is_empty() || equal == EQUAL_TWINS, "{equal}");
}

#[test]
fn no_template_stops_the_reader() {
    for set in [
        "lint-good",
        "lint-bad",
        "lint-unit",
        "lint-boundary",
        "scanner-fixtures",
        "diff-pairs",
    ] {
        let (mut read, mut refused) = (0, 0);
        for file in corpora(set) {
            match Template::parse_with_positions(&text(&file)) {
                Ok((template, _)) => {
                    round_trip(&file, &template);
                    read += 1;
                }
                Err(problems) => {
                    refused += 1;
                    println!("{}", file.display());
                    for problem in problems {
                        assert!(problem.place.is_some());
                        println!("  {}", problem.message);
                    }
                }
            }
        }
        println!("{set}: {read} read, {refused} refused");
    }
}
