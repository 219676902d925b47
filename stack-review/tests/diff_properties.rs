//! What holds of every comparison: nothing from nothing, the same both ways, and that every
//! create-only property of every type replaces.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use stack_core::{Expr, Object, Template, schema};
use stack_review::StackInput;
use stack_review::diff::{
    Action, Changes, Effect, HazardKind, Options, compare, compare_stacks, render,
};

fn template(text: &str) -> Template {
    Template::parse(text).unwrap_or_else(|it| panic!("{}\n{text}", it[0]))
}

fn between(old: &str, new: &str) -> Changes {
    compare(&template(old), &template(new), &Options::default())
}

/// A template of one resource with these properties.
fn one(kind: &str, properties: Object) -> Template {
    let body = Object::from_iter([
        ("Type", Expr::from(kind.to_owned())),
        ("Properties", properties.into()),
    ]);
    let resources = Object::from_iter([("It", Expr::from(body))]);
    Template::from_object(Object::from_iter([("Resources", Expr::from(resources))]))
}

/// Properties in which one path, with `/` between its parts, has a value.
fn at(path: &str, value: &str) -> Object {
    let mut node = Expr::from(value.to_owned());
    let mut parts: Vec<&str> = path.split('/').collect();
    while parts.len() > 1 {
        let part = parts.pop().unwrap();
        node = match part {
            "*" => Expr::from(vec![node]),
            name => Expr::from(Object::from_iter([(name.to_owned(), node)])),
        };
    }
    Object::from_iter([(parts[0].to_owned(), node)])
}

#[test]
fn every_create_only_property_of_every_type_replaces() {
    let (mut types, mut properties) = (0, 0);
    for kind in schema::resource_types() {
        // What a custom resource does, its provider decides.
        if kind == "AWS::CloudFormation::CustomResource" {
            continue;
        }
        let facts = schema::find(kind).unwrap();
        types += 1;
        for path in facts.create_only() {
            // What only AWS sets is no part of a template.
            let top = path.split('/').next().unwrap();
            if facts.property(top).is_none() {
                continue;
            }
            properties += 1;
            let with = |value: &str| one(kind, at(path, value));
            let without = one(kind, Object::new());
            for (old, new) in [
                (with("a"), with("b")),
                (without.clone(), with("a")),
                (with("a"), without),
            ] {
                let changes = compare(&old, &new, &Options::default());
                let change = &changes.stacks[0].resources[0];
                assert_eq!(
                    (change.action, change.certain),
                    (Action::Replace, true),
                    "{kind} {path} {change:#?}"
                );
            }
        }
    }
    println!("{properties} create-only properties of {types} types");
    assert!(properties > 2_000, "{properties}");
}

#[test]
fn what_is_conditionally_create_only_never_says_that_nothing_is_replaced() {
    // Decided by what AWS documents, not by the facts.
    let decided = ["AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::VPC"];
    for kind in schema::resource_types().filter(|it| !decided.contains(it)) {
        let facts = schema::find(kind).unwrap();
        for path in facts.conditional_create_only() {
            if facts.property(path.split('/').next().unwrap()).is_none() {
                continue;
            }
            let with = |value: &str| one(kind, at(path, value));
            let changes = compare(&with("a"), &with("b"), &Options::default());
            let change = &changes.stacks[0].resources[0];
            assert!(change.action >= Action::MayReplace, "{kind} {path}");
        }
    }
}

#[test]
fn properties_that_no_fact_lists_are_updated_in_place() {
    let changes = compare(
        &one("AWS::SQS::Queue", at("DelaySeconds", "1")),
        &one("AWS::SQS::Queue", at("DelaySeconds", "2")),
        &Options::default(),
    );
    assert_eq!(changes.stacks[0].resources[0].action, Action::Update);
}

const STAGED: &str = r#"
Parameters:
  Stage: {Type: String, Default: dev}
  Subnets: {Type: CommaDelimitedList}
  Password: {Type: String, NoEcho: true}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${AWS::Region}-${Stage}'
      DelaySeconds: !If [IsProd, 1, 2]
  Group:
    Type: AWS::RDS::DBSubnetGroup
    Properties: {DBSubnetGroupDescription: x, SubnetIds: !Ref Subnets}
  Secret:
    Type: AWS::SecretsManager::Secret
    Properties: {SecretString: !Ref Password}
"#;

#[test]
fn what_parameters_are_given_decides() {
    let template = template(STAGED);
    let input = |stage: &'static str, subnets: &'static str, password: &'static str| StackInput {
        arguments: BTreeMap::from([
            ("Stage", stage),
            ("Subnets", subnets),
            ("Password", password),
        ]),
        region: Some("eu-west-1"),
        ..StackInput::new("Shop", &template)
    };
    let old = input("dev", "a,b", "hunter1");
    // The order of subnets means nothing.
    let same = compare_stacks(
        std::slice::from_ref(&old),
        &[input("dev", "b, a", "hunter1")],
        &Options::default(),
    );
    assert_eq!(same.resources().count(), 0, "{same:#?}");
    let changes = compare_stacks(
        &[old],
        &[input("prod", "a,c", "hunter2")],
        &Options::default(),
    );
    let text = render::text(&changes);
    // Derived by hand: the queue's name is create-only, and a queue holds data.
    assert_eq!(
        text,
        "1 replaced, 2 updated, 1 loses data

Shop
  ± Queue AWS::SQS::Queue replaced
      ! `Queue` is replaced by an empty one
        → deploy it with `UpdateReplacePolicy: Retain` first, or move the data before this change
      ~ DelaySeconds: 2 → 1
      ~ QueueName: eu-west-1-dev → eu-west-1-prod (replaces)
  ~ Group AWS::RDS::DBSubnetGroup updated
      ~ SubnetIds[1]: b → c
  ~ Secret AWS::SecretsManager::Secret updated
      ~ SecretString: ${Password} (secret) → ${Password} (secret)
  Arguments
    ~ Password: (secret) → (secret)
    ~ Stage: dev → prod
    ~ Subnets: a,b → a,c
  Conditions
    ~ IsProd: false → true
"
    );
    assert!(!text.contains("hunter"));
}

#[test]
fn a_replacement_goes_on_through_wires_into_the_next_stack() {
    let network = |cidr: &str| {
        template(&format!(
            "Resources:\n  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: {cidr}}}}}\n\
             Outputs:\n  Vpc: {{Value: !Ref Vpc}}\n"
        ))
    };
    let shop = template(
        "Parameters:\n  Vpc: {Type: AWS::EC2::VPC::Id}\nResources:\n  Group:\n    \
         Type: AWS::EC2::SecurityGroup\n    Properties: {GroupDescription: x, VpcId: !Ref Vpc}\n",
    );
    let (before, after) = (network("10.0.0.0/16"), network("10.1.0.0/16"));
    let side = |network| {
        let shop = StackInput {
            wires: BTreeMap::from([("Vpc", ("Network", "Vpc"))]),
            ..StackInput::new("Shop", &shop)
        };
        [StackInput::new("Network", network), shop]
    };
    let changes = compare_stacks(&side(&before), &side(&after), &Options::default());
    let group = &changes.stacks[1].resources[0];
    assert_eq!(
        (group.id.as_str(), group.action),
        ("Group", Action::Replace)
    );
    let chain: Vec<String> = group
        .chain
        .iter()
        .map(|it| format!("{}.{}", it.resource, it.property))
        .collect();
    assert_eq!(chain, ["Group.VpcId", "Vpc.CidrBlock"]);
    assert_eq!(group.chain[1].stack.as_deref(), Some("Network"));
    // A wire is no export: nothing is refused.
    assert!(
        changes
            .hazards()
            .all(|it| it.2.kind != HazardKind::ExportInUse)
    );
}

#[test]
fn conditions_in_a_circle_and_conditions_that_double_come_to_an_end() {
    let mut text = String::from(
        "Parameters:\n  P: {Type: String}\nConditions:\n  A: !And [!Condition A, !Condition A]\n  C0: !Equals [!Ref P, x]\n",
    );
    for n in 1..60 {
        let before = n - 1;
        text.push_str(&format!("  C{n}: !Or [!And [!Condition C{before}, !Equals [!Ref P, y{n}]], !Not [!Condition C{before}]]\n"));
    }
    text.push_str("Resources:\n  Jobs: {Type: AWS::SQS::Queue, Condition: C59}\n  More: {Type: AWS::SQS::Queue, Condition: A}\n");
    assert!(between(&text, &text).is_empty());
    let other = text.replace("[!Ref P, x]", "[!Ref P, z]");
    let changes = between(&text, &other);
    assert!(
        changes
            .resources()
            .any(|it| it.1.id == "Jobs" && !it.1.certain),
        "{changes:#?}"
    );
}

#[test]
fn of_a_long_chain_the_first_steps_and_the_beginning_are_told() {
    let chain = |cidr: &str| {
        let mut text = format!(
            "Resources:\n  R00: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: {cidr}}}}}\n"
        );
        for n in 1..30 {
            let before = n - 1;
            text.push_str(&format!(
                "  R{n:02}: {{Type: AWS::EC2::Subnet, Properties: {{VpcId: !Ref R{before:02}}}}}\n"
            ));
        }
        text
    };
    let changes = between(&chain("10.0.0.0/16"), &chain("10.1.0.0/16"));
    let all: Vec<_> = changes.resources().map(|it| it.1).collect();
    assert_eq!(all.len(), 30);
    let last = all.iter().find(|it| it.id == "R29").unwrap();
    let ids: Vec<&str> = last.chain.iter().map(|it| it.resource.as_str()).collect();
    let expected = [
        "R29", "R28", "R27", "R26", "R25", "R24", "R23", "R22", "R21", "R00",
    ];
    assert_eq!(ids, expected);
    assert!(
        all.iter()
            .all(|it| it.action == Action::Replace && it.certain)
    );
}

#[test]
fn markdown_has_a_table_the_hazards_and_every_change() {
    let old = "Resources:\n  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: 'a|b'}}\n";
    let new = "Resources:\n  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: c}}\n";
    assert_eq!(
        render::markdown(&between(old, new)),
        "**1 replaced, 1 loses data**

> [!WARNING]
> - `Jobs`: `Jobs` is replaced by an empty one; deploy it with `UpdateReplacePolicy: Retain` first, or move the data before this change

| | resource | type | what happens |
|---|---|---|---|
| ♻️ | `Jobs` | AWS::SQS::Queue | replaced |

<details><summary>Every change</summary>

```diff
! ± Jobs AWS::SQS::Queue replaced
!     ! `Jobs` is replaced by an empty one
        → deploy it with `UpdateReplacePolicy: Retain` first, or move the data before this change
      ~ QueueName: a|b → c (replaces)
```

</details>
"
    );
    assert_eq!(render::markdown(&between(old, old)), "");
    assert_eq!(render::text(&between(old, old)), "");
}

#[test]
fn metadata_can_be_left_out() {
    let old = "Description: a\nResources:\n  Jobs: {Type: AWS::SQS::Queue, Metadata: {a: 1}}\n";
    let new = "Description: b\nResources:\n  Jobs: {Type: AWS::SQS::Queue, Metadata: {a: 2}}\n";
    assert!(!between(old, new).is_empty());
    let options = Options {
        without_metadata: true,
    };
    assert!(compare(&template(old), &template(new), &options).is_empty());
}

/// Values that mean something to a template, and some that do not.
fn value() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        Just(Expr::Null),
        any::<bool>().prop_map(Expr::from),
        (-3i64..100).prop_map(Expr::from),
        "[a-c]{0,2}".prop_map(Expr::from),
        Just(Expr::function("Ref", "P")),
        Just(Expr::function("Ref", "R1")),
        Just(Expr::function("Ref", "AWS::NoValue")),
        Just(Expr::function("Ref", "AWS::Region")),
        Just(Expr::function("Fn::Sub", "${P}-${R0.Arn}-${AWS::Region}")),
        Just(Expr::function("Fn::GetAtt", "R2.Arn")),
        Just(Expr::function(
            "Fn::FindInMap",
            [Expr::from("M"), Expr::function("Ref", "P"), "k".into()]
        )),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Expr::from),
            prop::collection::btree_map("Name|Key|Value|A|B", inner.clone(), 0..4)
                .prop_map(|it| Expr::from(it.into_iter().collect::<Object>())),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| { Expr::function("Fn::If", [Expr::from("C"), a, b]) }),
            prop::collection::vec(inner, 0..3)
                .prop_map(|it| { Expr::function("Fn::Join", [Expr::from("-"), Expr::from(it)]) }),
        ]
    })
}

fn any_template() -> impl Strategy<Value = Template> {
    let kinds = prop::sample::select(vec![
        "AWS::SQS::Queue",
        "AWS::ECS::TaskDefinition",
        "AWS::EC2::SecurityGroup",
        "AWS::IAM::Role",
        "AWS::ECS::Service",
        "Custom::Thing",
        "Nobody::Knows::It",
    ]);
    let names = prop::sample::select(vec![
        "QueueName",
        "ContainerDefinitions",
        "SecurityGroupIngress",
        "GroupName",
        "Policies",
        "Cluster",
        "TaskDefinition",
        "Tags",
        "VpcId",
    ]);
    let properties = prop::collection::btree_map(names, value(), 0..4);
    let resource = (kinds, properties, prop::option::of(Just("C")));
    let resources = prop::collection::btree_map("R[0-5]", resource, 0..6);
    (
        resources,
        prop::collection::btree_map("O[0-2]", value(), 0..3),
        0..3i64,
    )
        .prop_map(|(resources, outputs, constant)| {
            let object = |it: Vec<(&'static str, Expr)>| Expr::from(Object::from_iter(it));
            let resources: Object = resources
                .into_iter()
                .map(|(id, (kind, properties, condition))| {
                    let properties: Object = properties.into_iter().collect();
                    let mut body = vec![("Type", kind.into()), ("Properties", properties.into())];
                    body.extend(condition.map(|it| ("Condition", it.into())));
                    (id, object(body))
                })
                .collect();
            let outputs: Object = outputs
                .into_iter()
                .map(|(id, it)| (id, object(vec![("Value", it)])))
                .collect();
            let parameter = object(vec![
                ("Type", "String".into()),
                ("Default", constant.into()),
            ]);
            let equals =
                Expr::function("Fn::Equals", [Expr::function("Ref", "P"), constant.into()]);
            let entry = object(vec![("k", constant.into())]);
            Template::from_object(Object::from_iter([
                ("Parameters", object(vec![("P", parameter)])),
                ("Conditions", object(vec![("C", equals)])),
                ("Mappings", object(vec![("M", object(vec![("x", entry)]))])),
                ("Resources", resources.into()),
                ("Outputs", outputs.into()),
            ]))
        })
}

fn of(changes: &Changes, action: Action) -> Vec<String> {
    let all = changes.resources().filter(|it| it.1.action == action);
    let mut ids: Vec<String> = all.map(|it| it.1.id.clone()).collect();
    ids.sort();
    ids
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_template_and_itself_do_not_differ(it in any_template()) {
        prop_assert!(compare(&it, &it, &Options::default()).is_empty());
        // Nor after it was written and read, in either form.
        let json = Template::from_json(&it.to_json()).unwrap();
        prop_assert!(compare(&it, &json, &Options::default()).is_empty());
        let yaml = Template::from_yaml(&it.to_yaml()).unwrap();
        prop_assert!(compare(&json, &yaml, &Options::default()).is_empty());
    }

    #[test]
    fn what_is_made_one_way_is_removed_the_other(a in any_template(), b in any_template()) {
        let (there, back) = (
            compare(&a, &b, &Options::default()),
            compare(&b, &a, &Options::default()),
        );
        let only = |all: &Template, other: &Template| -> Vec<String> {
            let ids = all.resources().map(|it| it.0.to_owned());
            ids.filter(|it| other.resource(it).is_none()).collect()
        };
        let subset = |some: &[String], all: &[String]| some.iter().all(|it| all.contains(it));
        prop_assert!(subset(&only(&b, &a), &of(&there, Action::Create)));
        prop_assert!(subset(&only(&b, &a), &of(&back, Action::Remove)));
        prop_assert!(subset(&only(&a, &b), &of(&there, Action::Remove)));
        // The same twice, and what is said says something.
        prop_assert_eq!(&there, &compare(&a, &b, &Options::default()));
        prop_assert_eq!(there.is_empty(), render::text(&there).is_empty());
        prop_assert_eq!(there.is_empty(), render::markdown(&there).is_empty());
        for (_, it) in there.resources() {
            let worst = it.properties.iter().map(|it| it.effect).max();
            if it.action == Action::Replace {
                prop_assert_eq!(worst, Some(Effect::Replace));
            }
            prop_assert_eq!(it.properties.iter().any(|it| it.before.is_none() && it.after.is_none() && it.kind != stack_review::diff::ChangeKind::Moved), false);
        }
    }
}
