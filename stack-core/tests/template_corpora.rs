//! Real templates survive reading and writing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use serde_json::Value;
use stack_core::Template;

/// Files that are refused, with the reason. A key that is given twice is refused on purpose: one of
/// the two values would be lost.
const REFUSED: &[(&str, &str)] = &[
    (
        "aws+copilot-cli__internal__pkg__deploy__cloudformation__stack__testdata__workloads__svc-nlb-prod.stack.yml",
        "`!Ref:` is no short form",
    ),
    (
        "aws-samples+amazon-ecs-fargate-consul-connect-example__cfn__cluster-fargate-consul-connect.yml",
        "a key twice",
    ),
    (
        "aws-samples+amazon-ecs-fargate-consul-connect-example__cfn__greeter__service-consul-connect-greeter-fargate.yml",
        "a key twice",
    ),
    (
        "aws-samples+amazon-ecs-fargate-consul-connect-example__cfn__mesh-consul-connect.yml",
        "a key twice",
    ),
    (
        "awslabs+ecs-canary-blue-green-deployment__templates__ecs-cluster.yaml",
        "a key twice",
    ),
];

#[test]
fn every_template_is_read_and_written_back_without_loss() {
    let Some(corpora) = support::corpora() else {
        return;
    };
    let mut read = 0;
    let mut refused: BTreeMap<String, String> = BTreeMap::new();
    for set in ["cdk-integ", "containers"] {
        for (name, text) in support::templates(&corpora.join(set)) {
            let template = match Template::parse(&text) {
                Ok(template) => template,
                Err(problems) => {
                    refused.insert(name, problems[0].to_string());
                    continue;
                }
            };
            read += 1;
            let json = template.to_json();
            if text.trim_start().starts_with('{') {
                let before: Value = serde_json::from_str(&text).unwrap();
                let after: Value = serde_json::from_str(&json).unwrap();
                assert!(before == after, "{set}/{name}: JSON changed");
            }
            let again = Template::parse(&json).unwrap();
            assert!(again == template, "{set}/{name}: JSON is read otherwise");
            assert_eq!(
                again.to_json(),
                json,
                "{set}/{name}: JSON is written otherwise"
            );
            let yaml = template.to_yaml();
            let again =
                Template::parse(&yaml).unwrap_or_else(|it| panic!("{set}/{name}: {}", it[0]));
            assert!(again == template, "{set}/{name}: YAML is read otherwise");
        }
    }
    let known: Vec<&str> = REFUSED.iter().map(|(name, _)| *name).collect();
    assert!(refused.keys().eq(&known), "{refused:#?}");
    assert_eq!(read + refused.len(), 804);
}

#[test]
fn json_and_yaml_of_one_template_read_to_the_same_value() {
    let Some(corpora) = support::corpora() else {
        return;
    };
    let mut pairs: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (name, text) in support::templates(&corpora.join("twins")) {
        let stem = name
            .rsplit_once('.')
            .map_or(name.as_str(), |it| it.0)
            .to_owned();
        pairs.entry(stem).or_default().push((name, text));
    }
    let (mut equal, mut different) = (0, 0);
    for (stem, files) in &pairs {
        let mut read = Vec::new();
        for (_, text) in files {
            match Template::parse(text) {
                Ok(template) => read.push(template),
                // Four are sources of the tool Rain, which builds a template of them.
                Err(problems) => {
                    let rain = problems.iter().all(|it| it.message.contains("`!Rain::"));
                    assert!(rain, "{stem}: {}", problems[0]);
                }
            }
        }
        if let [a, b] = read.as_slice() {
            equal += usize::from(a == b);
            different += usize::from(a != b);
        }
    }
    // Equal to an independent loader (Python's `json`, and PyYAML with dates as text) are 22: it takes
    // the plain `Yes` and `No` of one more for booleans, where the JSON has text.
    insta::assert_snapshot!(format!("{} pairs, {equal} equal, {different} different", pairs.len()), @"44 pairs, 23 equal, 17 different");
}

#[test]
fn no_file_upsets_the_reader() {
    let Some(corpora) = support::corpora() else {
        return;
    };
    let sets = [
        "lint-good",
        "lint-bad",
        "lint-unit",
        "lint-boundary",
        "scanner-fixtures",
        "diff-pairs",
    ];
    let mut read = 0;
    for set in sets {
        for (_, text) in support::templates(&corpora.join(set)) {
            // Refused or not: it ends, with a reason and its place where it is refused.
            match Template::parse_with_positions(&text) {
                Ok((template, _)) => {
                    read += 1;
                    assert_eq!(
                        Template::from_json(&template.to_json()).as_ref(),
                        Ok(&template)
                    );
                    assert_eq!(
                        Template::from_yaml(&template.to_yaml()).as_ref(),
                        Ok(&template)
                    );
                }
                Err(problems) => assert!(problems.iter().all(|it| it.place.is_some())),
            }
        }
    }
    assert!(read > 1_500, "{read}");
}
