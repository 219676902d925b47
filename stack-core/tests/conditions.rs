//! Which conditions can be true together, against trying all arguments.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use stack_core::{Expr, Template, conditions};

fn template(text: Value) -> Template {
    Template::parse(&text.to_string()).unwrap()
}

/// The conditions that are true, for each combination.
fn reachable(text: Value) -> Vec<String> {
    let found = conditions::combinations(&template(text)).unwrap_or_else(|it| panic!("{it}"));
    found
        .iter()
        .map(|it| {
            let conditions = it.conditions.iter();
            let holding = conditions.filter(|(_, holds)| **holds);
            let names: Vec<&str> = holding.map(|(name, _)| name.as_str()).collect();
            names.join(" ")
        })
        .collect()
}

#[test]
fn what_some_arguments_bring_about_is_found_and_nothing_else() {
    let stage = json!({ "Type": "String", "AllowedValues": ["dev", "staging", "prod"] });
    let is = |parameter: &str, value: &str| json!({ "Fn::Equals": [{ "Ref": parameter }, value] });
    let cases = [
        // One parameter is one thing at a time.
        (
            json!({ "Stage": stage }),
            json!({ "IsDev": is("Stage", "dev"), "IsProd": is("Stage", "prod") }),
            vec!["", "IsProd", "IsDev"],
        ),
        // What is not allowed never is.
        (
            json!({ "Stage": stage }),
            json!({ "IsTest": is("Stage", "test") }),
            vec![""],
        ),
        // Without values to choose from, anything is possible.
        (
            json!({ "Name": { "Type": "String" } }),
            json!({ "IsA": is("Name", "a"), "IsB": is("Name", "b") }),
            vec!["", "IsB", "IsA"],
        ),
        // A pattern refuses what it is compared with.
        (
            json!({ "Name": { "Type": "String", "AllowedPattern": "[a-z]+" } }),
            json!({ "IsA": is("Name", "A1"), "IsB": is("Name", "b") }),
            vec!["", "IsB"],
        ),
        // A number has its bounds: 1, 2 and 3 are there, and nothing else.
        (
            json!({ "Count": { "Type": "Number", "MinValue": 1, "MaxValue": 3 } }),
            json!({ "One": is("Count", "1"), "Two": is("Count", "2"), "Three": is("Count", "3"), "Four": is("Count", "4") }),
            vec!["Two", "Three", "One"],
        ),
        // Two parameters can be alike.
        (
            json!({ "A": { "Type": "String" }, "B": { "Type": "String", "AllowedValues": ["x"] } }),
            json!({ "Same": { "Fn::Equals": [{ "Ref": "A" }, { "Ref": "B" }] } }),
            vec!["", "Same"],
        ),
        // Three that differ pairwise need three values: with two there is always a pair.
        (
            json!({
                "A": { "Type": "String", "AllowedValues": ["x", "y"] },
                "B": { "Type": "String", "AllowedValues": ["x", "y"] },
                "C": { "Type": "String", "AllowedValues": ["x", "y"] },
            }),
            json!({
                "AB": { "Fn::Equals": [{ "Ref": "A" }, { "Ref": "B" }] },
                "BC": { "Fn::Equals": [{ "Ref": "B" }, { "Ref": "C" }] },
                "CA": { "Fn::Equals": [{ "Ref": "C" }, { "Ref": "A" }] },
            }),
            vec!["CA", "BC", "AB", "AB BC CA"],
        ),
        // Text and a number meet.
        (
            json!({ "A": { "Type": "String" }, "B": { "Type": "Number", "MinValue": 7, "MaxValue": 8 } }),
            json!({ "Same": { "Fn::Equals": [{ "Ref": "A" }, { "Ref": "B" }] } }),
            vec!["", "Same"],
        ),
        // Regions are not declared.
        (
            json!({}),
            json!({ "InIreland": is("AWS::Region", "eu-west-1") }),
            vec!["", "InIreland"],
        ),
        // Nothing to decide.
        (json!({}), json!({}), vec![""]),
        (
            json!({}),
            json!({ "Always": { "Fn::Equals": ["a", "a"] }, "Never": { "Fn::Equals": ["a", 1] } }),
            vec!["Always"],
        ),
    ];
    for (parameters, conditions, expected) in cases {
        let text = json!({ "Parameters": parameters, "Conditions": conditions, "Resources": {} });
        assert_eq!(reachable(text.clone()), expected, "{text}");
    }
}

#[test]
fn mappings_and_rules_are_looked_at() {
    let text = |rules: Value| {
        json!({
            "Parameters": {
                "Stage": { "Type": "String", "AllowedValues": ["dev", "prod", "gone"] },
                "Size": { "Type": "String", "AllowedValues": ["small", "large"] },
            },
            "Mappings": { "Stages": { "dev": { "Backup": "no" }, "prod": { "Backup": "yes" } } },
            "Conditions": {
                "Backup": { "Fn::Equals": [
                    { "Fn::FindInMap": ["Stages", { "Ref": "Stage" }, "Backup"] }, "yes"] },
                "Large": { "Fn::Equals": [{ "Ref": "Size" }, "large"] },
            },
            "Rules": rules,
            "Resources": {},
        })
    };
    // `gone` is no key of the mapping: nothing can be deployed with it.
    assert_eq!(
        reachable(text(json!({}))),
        ["", "Large", "Backup", "Backup Large"]
    );
    let production_is_large = json!({ "Large": {
        "RuleCondition": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] },
        "Assertions": [{ "Assert": { "Fn::Contains": [["large"], { "Ref": "Size" }] } }],
    } });
    assert_eq!(
        reachable(text(production_is_large)),
        ["", "Large", "Backup Large"]
    );
    // A rule about others decides nothing here, unless nothing fulfils it.
    let of_others = json!({ "Other": {
        "Assertions": [{ "Assert": { "Fn::Equals": [{ "Ref": "AWS::Region" }, "eu-west-1"] } }],
    } });
    let found = conditions::combinations(&template(text(of_others))).unwrap();
    assert_eq!(found.len(), 4);
    assert!(found[0].arguments.keys().eq(["Size", "Stage"]));
    let nothing = json!({ "No": { "Assertions": [{ "Assert": { "Fn::Equals": ["a", "b"] } }] } });
    assert!(reachable(text(nothing)).is_empty());
}

#[test]
fn what_cannot_be_enumerated_is_refused_with_the_reason() {
    let many: serde_json::Map<String, Value> = (0..13)
        .map(|n| {
            let it = json!({ "Fn::Equals": [{ "Ref": format!("P{n}") }, "yes"] });
            (format!("C{n}"), it)
        })
        .collect();
    let all_alike: Vec<Value> = (0..8)
        .map(|n| json!({ "Fn::Equals": [{ "Ref": format!("P{n}") }, { "Ref": "P8" }] }))
        .collect();
    let cases = [
        (
            json!({ "A": { "Fn::Equals": [{ "Fn::Join": ["", ["a", { "Ref": "P" }]] }, "ab"] } }),
            "`Conditions.A` compares what is only known at deployment",
        ),
        (
            json!({ "A": { "Fn::EachMemberIn": [["a"], ["b"]] } }),
            "`Conditions.A` uses `Fn::EachMemberIn`, which is only known at deployment",
        ),
        (
            json!({ "A": { "Fn::Not": [{ "Condition": "B" }] }, "B": { "Condition": "A" } }),
            "`Conditions.A` refers to itself",
        ),
        (
            json!({ "A": { "Condition": "B" } }),
            "`Conditions.B` is referred to and is not there",
        ),
        (
            json!({ "A": "yes" }),
            "`Conditions.A` is no condition that can be taken apart",
        ),
        (
            Value::Object(many),
            "more than 4096 combinations of 13 conditions",
        ),
        (
            json!({ "A": { "Fn::And": all_alike } }),
            "more than 65536 arguments of `P0`, `P1`, `P2`, `P3`, `P4`, `P5`, `P6`, `P7`, `P8` to try",
        ),
    ];
    for (conditions, expected) in cases {
        let text = json!({ "Conditions": conditions, "Resources": {} });
        let problem = conditions::combinations(&template(text)).unwrap_err();
        assert_eq!(problem.message, expected);
    }
}

#[test]
fn the_resolved_template_holds_what_is_there() {
    let it = template(json!({
        "Parameters": { "Stage": { "Type": "String", "AllowedValues": ["dev", "prod"] } },
        "Conditions": { "IsProd": { "Fn::Equals": [{ "Ref": "Stage" }, "prod"] } },
        "Resources": {
            "Alarm": { "Type": "AWS::SNS::Topic", "Condition": "IsProd" },
            "Queue": { "Type": "AWS::SQS::Queue", "DependsOn": ["Alarm"], "Properties": {
                "DelaySeconds": { "Fn::If": ["IsProd", 5, { "Ref": "AWS::NoValue" }] },
                "Tags": [
                    { "Fn::If": ["IsProd", { "Key": "a", "Value": "b" }, { "Ref": "AWS::NoValue" }] },
                    { "Key": "stage", "Value": { "Ref": "Stage" } },
                ],
            } },
        },
        "Outputs": { "Topic": { "Condition": "IsProd", "Value": { "Ref": "Alarm" } } },
    }));
    let combinations = conditions::combinations(&it).unwrap();
    let [dev, prod] = [0, 1].map(|n| conditions::resolved(&it, &combinations[n]));
    let read = |it: &Template| serde_json::from_str::<Value>(&it.to_json()).unwrap();
    assert_eq!(
        read(&dev)["Resources"],
        json!({ "Queue": { "Type": "AWS::SQS::Queue", "Properties": {
            "Tags": [{ "Key": "stage", "Value": { "Ref": "Stage" } }] } } })
    );
    assert_eq!(read(&dev)["Outputs"], json!({}));
    assert_eq!(
        read(&prod)["Resources"]["Queue"]["Properties"]["DelaySeconds"],
        5
    );
    assert!(read(&prod).get("Conditions").is_none());
    assert_eq!(
        conditions::report(&it).unwrap(),
        "reachable combinations of conditions: 2

1. not IsProd
   Stage = dev
   the one that others are compared with

2. IsProd
   Stage = prod
   + Alarm: AWS::SNS::Topic
   + Queue.DependsOn: [\"Alarm\"]
   + Queue.DelaySeconds: 5
   ~ Queue.Tags[0].Key: \"stage\" → \"a\"
   ~ Queue.Tags[0].Value: {\"Ref\":\"Stage\"} → \"b\"
   + Queue.Tags[1]: {\"Key\":\"stage\",\"Value\":{\"Ref\":\"Stage\"}}
   + Topic: {\"Value\":{\"Ref\":\"Alarm\"}}
"
    );
}

/// xorshift: the same systems on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

const TEXTS: [&str; 4] = ["a", "b", "c", "d"];

/// A condition over parameters `P0`…, which may name the conditions before it.
fn formula(random: &mut Random, parameters: usize, before: usize, deep: usize) -> Value {
    let side = |random: &mut Random| match random.below(3) {
        0 => json!(TEXTS[random.below(4)]),
        _ => json!({ "Ref": format!("P{}", random.below(parameters)) }),
    };
    match random.below(if deep == 0 { 2 } else { 5 }) {
        0 if before > 0 => json!({ "Condition": format!("C{}", random.below(before)) }),
        2 => json!({ "Fn::Not": [formula(random, parameters, before, deep - 1)] }),
        kind @ 3..=4 => {
            let inner: Vec<Value> = (0..2 + random.below(2))
                .map(|_| formula(random, parameters, before, deep - 1))
                .collect();
            json!({ ["Fn::And", "Fn::Or"][kind - 3]: inner })
        }
        _ => json!({ "Fn::Equals": [side(random), side(random)] }),
    }
}

fn holds(it: &Value, conditions: &Value, arguments: &BTreeMap<String, String>) -> bool {
    let (name, argument) = it.as_object().unwrap().iter().next().unwrap();
    let items = || argument.as_array().unwrap().iter();
    let value = |it: &Value| match it.get("Ref") {
        Some(name) => arguments[name.as_str().unwrap()].clone(),
        None => it.as_str().unwrap().to_owned(),
    };
    match name.as_str() {
        "Condition" => holds(
            &conditions[argument.as_str().unwrap()],
            conditions,
            arguments,
        ),
        "Fn::Not" => !holds(&argument[0], conditions, arguments),
        "Fn::And" => items().all(|it| holds(it, conditions, arguments)),
        "Fn::Or" => items().any(|it| holds(it, conditions, arguments)),
        _ => value(&argument[0]) == value(&argument[1]),
    }
}

#[test]
fn random_systems_have_the_combinations_that_trying_everything_finds() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut sizes = BTreeSet::new();
    for round in 0..2_000 {
        let count = 1 + random.below(4);
        let mut parameters = json!({});
        let mut tried: Vec<(String, Vec<String>)> = Vec::new();
        for n in 0..count {
            let name = format!("P{n}");
            let mut declared = json!({ "Type": "String" });
            // A free parameter can be given anything; beyond what is compared, all that matters is
            // which of the parameters are alike, so as many more as there are parameters do.
            let mut values: Vec<String> = TEXTS.map(str::to_owned).to_vec();
            values.push("e".to_owned());
            values.extend((0..count).map(|n| format!("free{n}")));
            if random.below(3) > 0 {
                let some = 1 + random.below(4);
                let from = random.below(4);
                values = (0..some)
                    .map(|n| TEXTS[(from + n) % 4].to_owned())
                    .collect();
                values.push("e".to_owned());
                declared["AllowedValues"] = json!(values);
            }
            parameters[&name] = declared;
            tried.push((name, values));
        }
        let mut conditions = json!({});
        for n in 0..1 + random.below(5) {
            conditions[format!("C{n}")] = formula(&mut random, count, n, 2);
        }
        let mut expected: BTreeSet<Vec<bool>> = BTreeSet::new();
        let all: usize = tried.iter().map(|(_, values)| values.len()).product();
        for mut n in 0..all {
            let mut arguments = BTreeMap::new();
            for (name, values) in &tried {
                arguments.insert(name.clone(), values[n % values.len()].clone());
                n /= values.len();
            }
            let of = conditions.as_object().unwrap().values();
            expected.insert(of.map(|it| holds(it, &conditions, &arguments)).collect());
        }
        let text = json!({ "Parameters": parameters, "Conditions": conditions, "Resources": {} });
        let found = conditions::combinations(&template(text.clone())).unwrap();
        let told: Vec<Vec<bool>> = found
            .iter()
            .map(|it| it.conditions.values().copied().collect())
            .collect();
        // In order, and each once.
        assert_eq!(
            told,
            expected.into_iter().collect::<Vec<_>>(),
            "round {round}: {text}"
        );
        // The arguments bring it about, those that decide nothing being anything.
        for it in &found {
            let mut arguments = it.arguments.clone();
            for (name, values) in &tried {
                arguments
                    .entry(name.clone())
                    .or_insert_with(|| values[0].clone());
            }
            for (name, expected) in &it.conditions {
                let holds = holds(&conditions[name], &conditions, &arguments);
                assert_eq!(holds, *expected, "round {round} {name}: {text}");
            }
        }
        sizes.insert(found.len());
    }
    assert!(sizes.len() > 5, "{sizes:?}");
}

#[test]
fn conditions_of_real_templates_are_enumerated() {
    let Some(corpora) = support::corpora() else {
        return;
    };
    let mut enumerated = 0;
    let mut fewer = 0;
    let mut refused = BTreeMap::new();
    for set in ["cdk-integ", "containers"] {
        for (name, text) in support::templates(&corpora.join(set)) {
            let Ok(template) = Template::parse(&text) else {
                continue;
            };
            let Some(section) = template.section("Conditions") else {
                continue;
            };
            match conditions::combinations(&template) {
                Ok(found) => {
                    enumerated += 1;
                    assert!(!found.is_empty(), "{name}");
                    assert!(found.len() <= 1 << section.len().min(20), "{name}");
                    fewer += usize::from(found.len() < 1 << section.len().min(20));
                    for it in found.iter().take(4) {
                        let resolved = conditions::resolved(&template, it);
                        Expr::Object(resolved.into_root()).each(&mut |it| {
                            let left = matches!(it.intrinsic(), Some(("Fn::If", _)));
                            assert!(!left, "{name}");
                        });
                    }
                }
                Err(why) => {
                    refused.insert(name, why.message);
                }
            }
        }
    }
    println!("{enumerated} enumerated, {fewer} with fewer combinations than on paper");
    println!("refused: {refused:#?}");
    assert!(
        enumerated > 50 && refused.len() * 5 < enumerated,
        "{refused:#?}"
    );
}
