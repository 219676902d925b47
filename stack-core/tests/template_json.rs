//! How templates are written as JSON.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use stack_core::{Expr, Object, Template};

fn template(json: serde_json::Value) -> Template {
    let root = Expr::from(json);
    Template::from_object(root.as_object().cloned().unwrap_or_default())
}

#[test]
fn sections_resources_and_parameters_have_one_order() {
    let given = template(serde_json::json!({
        "Zebra": 1,
        "Outputs": { "Id": { "Value": { "Ref": "Queue" } } },
        "Resources": {
            "Queue": {
                "Properties": { "B": 1, "A": null },
                "Later": true,
                "DependsOn": ["X", "Y"],
                "Type": "AWS::SQS::Queue",
            },
            "Fn::ForEach::Each": ["Id", ["A", "B"], {
                "${Id}": { "Properties": {}, "Type": "AWS::SQS::Queue" },
            }],
        },
        "Conditions": { "C": { "Fn::Equals": [{ "Ref": "P" }, "x"] } },
        "Parameters": { "P": { "Default": "x", "AllowedValues": [], "Type": "String" } },
        "AWSTemplateFormatVersion": "2010-09-09",
    }));
    let expected = r#"{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Parameters": {
    "P": {
      "Type": "String",
      "Default": "x",
      "AllowedValues": []
    }
  },
  "Conditions": {
    "C": { "Fn::Equals": [{ "Ref": "P" }, "x"] }
  },
  "Resources": {
    "Fn::ForEach::Each": [
      "Id",
      ["A", "B"],
      {
        "${Id}": {
          "Type": "AWS::SQS::Queue",
          "Properties": {}
        }
      }
    ],
    "Queue": {
      "Type": "AWS::SQS::Queue",
      "DependsOn": ["X", "Y"],
      "Properties": {
        "A": null,
        "B": 1
      },
      "Later": true
    }
  },
  "Outputs": {
    "Id": {
      "Value": { "Ref": "Queue" }
    }
  },
  "Zebra": 1
}
"#;
    assert_eq!(given.to_json(), expected);
}

#[test]
fn a_line_is_broken_exactly_when_it_would_be_longer_than_88_columns() {
    for (length, broken) in [(58, false), (59, true)] {
        let given = template(serde_json::json!({ "Key": ["x".repeat(length), { "Ref": "A" }] }));
        let json = given.to_json();
        let longest = json.lines().map(str::len).max().unwrap();
        assert_eq!(json.lines().count() > 3, broken, "{json}");
        // The comma that another field would bring has room too.
        assert!(longest <= 87, "{json}");
        if !broken {
            assert_eq!(longest, 87);
        }
    }
}

#[test]
fn objects_with_fields_always_break_and_functions_do_not() {
    let given = Expr::from(serde_json::json!([
        [{ "Fn::If": ["A", { "Fn::GetAtt": ["B", "Arn"] }, { "Ref": "AWS::NoValue" }] }],
        [{ "Key": "a" }],
        { "Condition": "IsProd" },
        { "Condition": {} },
        [],
    ]));
    let expected = r#"[
  [{ "Fn::If": ["A", { "Fn::GetAtt": ["B", "Arn"] }, { "Ref": "AWS::NoValue" }] }],
  [
    {
      "Key": "a"
    }
  ],
  { "Condition": "IsProd" },
  {
    "Condition": {}
  },
  []
]"#;
    assert_eq!(given.to_json_pretty(), expected);
}

#[test]
fn resources_are_looked_at_by_id() {
    let given = template(serde_json::json!({
        "Resources": {
            "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "DelaySeconds": 5 }, "DependsOn": "Topic" },
            "Topic": { "Type": "AWS::SNS::Topic" },
            "Fn::ForEach::Each": ["Id", [], {}],
            "Fn::Transform": { "Name": "AWS::Include" },
            "Odd": 3,
        },
    }));
    let ids: Vec<_> = given.resources().map(|(id, _)| id).collect();
    assert_eq!(ids, ["Queue", "Topic"]);
    let queue = given.resource("Queue").unwrap();
    assert_eq!(queue.kind(), "AWS::SQS::Queue");
    assert_eq!(queue.property("DelaySeconds"), Some(&Expr::Int(5)));
    assert_eq!(
        queue.attribute("DependsOn").and_then(Expr::as_str),
        Some("Topic")
    );
    assert_eq!(given.resource("Topic").unwrap().properties(), None);
    assert!(given.resource("Odd").is_none());
    assert!(given.resource("Fn::Transform").is_none());
    let _: &Object = given.section("Resources").unwrap();
}
