//! Each class of change, on facts of its own.

use serde_json::{Value, json};

use super::Changes;
use crate::schema::facts::Service;

fn services(service: &str, facts: &Value) -> Vec<Service> {
    let types = facts.as_object().unwrap().iter();
    let types = types.map(|(name, it)| (name.clone(), it.as_object().unwrap().clone()));
    vec![Service {
        name: service.to_owned(),
        types: types.collect(),
    }]
}

fn between(before: &Value, after: &Value) -> Changes {
    let service = "AWS::Shop";
    Changes::between(&services(service, before), &services(service, after))
}

/// A type with the property `Name`, and more facts.
fn till(more: Value) -> Value {
    let mut till =
        json!({"id": ["Id"], "ro": ["Id"], "props": {"Id": {"t": "s"}, "Name": {"t": "s"}}});
    for (key, value) in more.as_object().unwrap() {
        till[key] = value.clone();
    }
    json!({"Till": till})
}

/// The same with another fact of `Name`.
fn named(fact: Value) -> Value {
    till(json!({"props": {"Id": {"t": "s"}, "Name": fact}}))
}

#[test]
fn what_breaks_programs_is_told() {
    let same = || till(json!({}));
    let list = json!({"t": "[s]", "it": {"enum": ["A", "B"]}});
    let drawer = |shape: Value| {
        till(json!({
            "props": {"Id": {"t": "s"}, "Name": {"t": "s"}, "Drawer": {"t": ":Drawer"}},
            "defs": {"Drawer": shape},
        }))
    };
    for (before, after, expected) in [
        (same(), json!({}), &["AWS::Shop::Till is gone"][..]),
        (
            same(),
            till(json!({"props": {"Id": {"t": "s"}}})),
            &["AWS::Shop::Till.Name is gone"],
        ),
        (
            same(),
            till(json!({"req": ["Name"]})),
            &["AWS::Shop::Till.Name is required now"],
        ),
        (
            same(),
            till(
                json!({"req": ["Size"], "props": {"Id": {"t": "s"}, "Name": {"t": "s"}, "Size": {"t": "i"}}}),
            ),
            &["AWS::Shop::Till.Size is new and required"],
        ),
        (
            same(),
            till(json!({"co": ["Name"]})),
            &["AWS::Shop::Till.Name replaces the resource now"],
        ),
        (
            same(),
            till(json!({"lcco": ["Name"]})),
            &["AWS::Shop::Till.Name may replace the resource now"],
        ),
        (
            till(json!({"lco": ["Name"]})),
            till(json!({"co": ["Name"]})),
            &["AWS::Shop::Till.Name replaces the resource now"],
        ),
        (
            same(),
            till(json!({"noupd": 1})),
            &["AWS::Shop::Till cannot be updated in place any more"],
        ),
        (
            same(),
            till(json!({"ro": ["Id", "Name"]})),
            &["AWS::Shop::Till.Name can only be read now"],
        ),
        (
            same(),
            named(json!({"t": "[s]"})),
            &["AWS::Shop::Till.Name was String and is list of String"],
        ),
        (
            named(json!({"t": "s", "enum": ["A", "B"]})),
            named(json!({"t": "s", "enum": ["B", "C"]})),
            &["AWS::Shop::Till.Name does not take `A` any more"],
        ),
        (
            named(list.clone()),
            named(json!({"t": "[s]", "it": {"enum": ["B"]}})),
            &["AWS::Shop::Till.Name[] does not take `A` any more"],
        ),
        (
            named(json!({"t": "i", "enum": [1, 2]})),
            named(json!({"t": "i", "enum": [2]})),
            &["AWS::Shop::Till.Name does not take `1` any more"],
        ),
        (
            till(json!({"attrs": {"Arn": "s"}})),
            same(),
            &["AWS::Shop::Till has no attribute `Arn` any more"],
        ),
        (
            till(json!({"attrs": {"Port": "s"}})),
            till(json!({"attrs": {"Port": "i"}})),
            &["the attribute `Port` of AWS::Shop::Till was String and is i64"],
        ),
        (
            same(),
            till(json!({"ref": ["Name"]})),
            &["`Ref` of AWS::Shop::Till was Id (String) and is Name (String)"],
        ),
        (
            till(json!({"tag": {"p": "Tags"}})),
            same(),
            &["AWS::Shop::Till takes no tags any more"],
        ),
        (
            same(),
            till(json!({"repl": "delete_then_create"})),
            &[
                "AWS::Shop::Till was replaced by `create_then_delete` and is by `delete_then_create`",
            ],
        ),
        (
            drawer(json!({"props": {"Size": {"t": "i"}}})),
            drawer(json!({"req": ["Key"], "props": {"Size": {"t": "n"}, "Key": {"t": "s"}}})),
            &[
                "AWS::Shop::Till.Drawer.Key is new and required",
                "AWS::Shop::Till.Drawer.Size was i64 and is f64",
            ],
        ),
        (
            drawer(json!({"props": {"Size": {"t": "i"}}})),
            till(json!({
                "props": {"Id": {"t": "s"}, "Name": {"t": "s"}, "Drawer": {"t": ":Box"}},
                "defs": {"Box": {"props": {"Size": {"t": "i"}}}},
            })),
            &["AWS::Shop::Till.Drawer was Drawer and is Box"],
        ),
    ] {
        let changes = between(&before, &after);
        let told: Vec<&str> = changes.breaking.iter().map(String::as_str).collect();
        assert_eq!(told, expected, "{before} to {after}");
        assert!(changes.breaking());
    }
}

#[test]
fn what_breaks_nothing_is_counted_apart() {
    let same = || till(json!({}));
    for (before, after, expected) in [
        (same(), same(), "nothing breaks\n"),
        (
            same(),
            json!({"Shelf": {"props": {}}, "Till": same()["Till"]}),
            "types: AWS::Shop::Shelf\nnothing breaks; types: 1\n",
        ),
        (
            // Another name for the same text.
            same(),
            till(
                json!({"props": {"Id": {"t": "s"}, "Name": {"t": ":Name"}}, "defs": {"Name": {"t": "s"}}}),
            ),
            "nothing breaks\n",
        ),
        (
            named(json!({"t": "s", "maxL": 9, "minL": 1})),
            named(json!({"t": "s", "maxL": 8, "minL": 0})),
            "stricter: AWS::Shop::Till.Name `maxL` was `9` and is `8`\n\
             limits loosened: AWS::Shop::Till.Name `minL` was `1` and is `0`\n\
             nothing breaks; stricter: 1; limits loosened: 1\n",
        ),
        (
            named(json!({"t": "s", "pat": "a"})),
            named(json!({"t": "s", "pat": "b", "def": "b"})),
            "stricter: AWS::Shop::Till.Name `pat` was `\"a\"` and is `\"b\"`\n\
             other facts: AWS::Shop::Till.Name `def`\n\
             nothing breaks; stricter: 1; other facts: 1\n",
        ),
        (
            till(json!({"xor": ["Id", "Name"], "co": ["Name"], "req": ["Name"]})),
            till(json!({"or": ["Id", "Name"], "wo": ["Name"]})),
            "stricter: AWS::Shop::Till has another rule `or`: [\"Id\",\"Name\"]\n\
             other facts: AWS::Shop::Till `wo`\n\
             properties no longer required: AWS::Shop::Till.Name\n\
             properties that no longer replace: AWS::Shop::Till.Name\n\
             rules lifted: AWS::Shop::Till `xor`\n\
             nothing breaks; stricter: 1; other facts: 1; properties no longer required: 1; properties that no longer replace: 1; rules lifted: 1\n",
        ),
        (
            named(json!({"t": "s", "enum": ["A"]})),
            till(
                json!({"attrs": {"Arn": "s"}, "life": {"status": "SHUTDOWN"}, "tag": {"p": "Tags"},
                "props": {"Id": {"t": "s"}, "Name": {"t": "s", "enum": ["A", "B"]}, "Tags": {"t": "j"}}}),
            ),
            "stricter: AWS::Shop::Till is shutdown\n\
             attributes: AWS::Shop::Till.Arn\n\
             properties: AWS::Shop::Till.Tags\n\
             types that take tags: AWS::Shop::Till\n\
             values: AWS::Shop::Till.TillName `B`\n\
             nothing breaks; stricter: 1; attributes: 1; properties: 1; types that take tags: 1; values: 1\n",
        ),
    ] {
        let changes = between(&before, &after);
        assert_eq!(changes.report(true), expected, "{before} to {after}");
        assert!(!changes.breaking());
    }
}

#[test]
fn a_reference_of_another_kind_breaks_where_references_are_typed() {
    let facts = |kind: &str| {
        json!({
            "Till": {"id": ["Id"], "ro": ["Id"], "props": {"Id": {"t": "s"}, "Vpc": {"t": "s", "fmt": kind}}},
            "VPC": {"id": ["VpcId"], "ro": ["VpcId"], "props": {"VpcId": {"t": "s"}}},
            "Subnet": {"id": ["SubnetId"], "ro": ["SubnetId"], "props": {"SubnetId": {"t": "s"}}},
        })
    };
    let (before, after) = (facts("AWS::EC2::VPC.Id"), facts("AWS::EC2::Subnet.Id"));
    let service = "AWS::EC2";
    let changes = Changes::between(&services(service, &before), &services(service, &after));
    let told: Vec<&String> = changes.breaking.iter().collect();
    assert_eq!(told, ["AWS::EC2::Till.Vpc was VpcId and is SubnetId"]);
}

#[test]
fn names_that_collide_are_to_be_repaired_and_the_rest_is_still_compared() {
    let before = till(json!({}));
    let after = json!({
        "Till": before["Till"],
        "Shelf": {"props": {"Top": {"t": ":Board"}, "End": {"t": ":board"}},
            "defs": {"Board": {"props": {"A": {"t": "s"}}}, "board": {"props": {"A": {"t": "s"}}}}},
    });
    let changes = between(&before, &after);
    let report = changes.report(false);
    assert!(
        report.starts_with("to repair: AWS::Shop::Shelf: "),
        "{report}"
    );
    assert!(report.ends_with("nothing breaks; types: 1\n"), "{report}");
    assert!(changes.breaking());
}
