//! What expressions come to, and which worlds a template has.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use stack_core::Template;
use stack_review::model::{Estate, Piece, StackInput, Value, View, World};

fn template(text: &str) -> Template {
    Template::parse(text).unwrap_or_else(|it| panic!("{}\n{text}", it[0]))
}

/// A value as a word: text in quotes, `-` absent, `?` unknown, `Id` or `Id.Attribute` of a resource.
fn word(value: &Value<'_>) -> String {
    match value {
        Value::Absent => "-".to_owned(),
        Value::Text(it) => format!("'{it}'"),
        Value::List(it) => format!("list of {}", it.len()),
        Value::Items(it) => it.iter().map(word).collect::<Vec<_>>().join(" "),
        Value::Object(_) => "object".to_owned(),
        Value::Handle(it) => match it.attribute {
            Some(attribute) => format!("{}.{attribute}", it.id),
            None => it.id.to_owned(),
        },
        Value::Unknown(_) => "?".to_owned(),
    }
}

/// What the property `It` of the resource `R` comes to with the defaults.
fn comes_to(property: &str) -> String {
    let text = format!(
        "
Parameters:
  Stage: {{ Type: String, Default: dev }}
  Ports: {{ Type: CommaDelimitedList, Default: '80, 443' }}
  Unknown: {{ Type: String }}
Mappings:
  Sizes:
    dev: {{ Cpu: 256, Zones: [a, b] }}
Conditions:
  Dev: !Equals [!Ref Stage, dev]
  Not: !Not [{{ Condition: Dev }}]
Resources:
  Other: {{ Type: AWS::SNS::Topic }}
  R:
    Type: AWS::SNS::Topic
    Properties:
      It: {property}
"
    );
    let template = template(&text);
    let estate = Estate::of(&template);
    let world = estate.world();
    word(world.stack(0).resource("R").unwrap().get("It").value())
}

#[test]
fn an_expression_comes_to_what_a_deployment_with_the_defaults_makes_of_it() {
    for (property, expected) in [
        ("x", "'x'"),
        ("80", "'80'"),
        ("true", "'true'"),
        ("1.50", "'1.50'"),
        ("null", "-"),
        ("!Ref AWS::NoValue", "-"),
        ("!Ref Stage", "'dev'"),
        ("!Ref Ports", "'80' '443'"),
        ("!Ref Unknown", "?"),
        ("!Ref AWS::Region", "?"),
        ("!Ref Nowhere", "?"),
        ("!Ref Other", "Other"),
        ("!GetAtt Other.TopicName", "Other.TopicName"),
        ("!If [Dev, 1, 2]", "'1'"),
        ("!If [Not, 1, !Ref AWS::NoValue]", "-"),
        ("!If [Not, 1, !If [Dev, 2, 3]]", "'2'"),
        ("!If [Nothing, 1, 2]", "?"),
        ("!FindInMap [Sizes, !Ref Stage, Cpu]", "'256'"),
        ("!FindInMap [Sizes, !Ref Unknown, Cpu]", "?"),
        ("!Select [1, !FindInMap [Sizes, dev, Zones]]", "'b'"),
        ("!Select [0, !Ref Ports]", "'80'"),
        ("!Select [7, !Ref Ports]", "?"),
        ("!Join ['-', [a, !Ref Stage, !Ref AWS::NoValue]]", "'a-dev'"),
        ("!Join ['-', [a, !Ref Unknown]]", "?"),
        ("!Sub '${Stage}.example'", "'dev.example'"),
        ("!Sub '${!Stage}'", "'${Stage}'"),
        ("!Sub ['${a}/${Stage}', { a: 1 }]", "'1/dev'"),
        ("!Sub '${Other}'", "?"),
        ("!Split [',', 'a,b']", "'a' 'b'"),
        ("!Select [0, !Split ['/', !Sub '${Stage}/x']]", "'dev'"),
        ("'{{resolve:ssm:/x}}'", "?"),
        ("!ImportValue Network-Vpc", "?"),
        ("!GetAZs ''", "?"),
        ("{ a: b }", "object"),
        ("[1, 2]", "list of 2"),
    ] {
        assert_eq!(comes_to(property), expected, "{property}");
    }
}

/// The truth of the conditions in each world, and what tells the world from the first.
fn worlds(text: &str) -> Vec<String> {
    let text = format!("{text}Resources:\n  R: {{ Type: AWS::SNS::Topic }}\n");
    let template = template(&text);
    let estate = Estate::of(&template);
    (0..estate.worlds_of(0))
        .map(|number| {
            let world: World<'_, '_> = estate.world_of(0, number);
            let conditions = template.section("Conditions").unwrap();
            let truth = conditions.iter().map(|(name, _)| {
                let sign = match world.stack(0).condition(name) {
                    Some(true) => "+",
                    _ => "-",
                };
                format!("{sign}{name}")
            });
            let truth = truth.collect::<Vec<_>>().join(" ");
            match world.witness() {
                [] => truth,
                changes => format!("{truth} ({})", changes.join(", ")),
            }
        })
        .collect()
}

#[test]
fn every_world_can_be_had_by_giving_parameters() {
    for (text, expected) in [
        (
            "Parameters: { Stage: { Type: String, Default: dev } }\nConditions: { Prod: !Equals [!Ref Stage, prod] }\n",
            vec!["-Prod", "+Prod (Stage=prod)"],
        ),
        // Two conditions that exclude each other are never both true.
        (
            "Parameters: { Stage: { Type: String } }\nConditions: { A: !Equals [!Ref Stage, a], B: !Equals [b, !Ref Stage] }\n",
            vec!["-A -B", "+A -B (Stage=a)", "-A +B (Stage=b)"],
        ),
        // What is not allowed is no world: one of both always holds.
        (
            "Parameters: { Stage: { Type: String, AllowedValues: [a, b] } }\nConditions: { A: !Equals [!Ref Stage, a], B: !Equals [b, !Ref Stage] }\n",
            vec!["+A -B", "-A +B (Stage=b)"],
        ),
        (
            "Parameters: { Name: { Type: String, Default: '' } }\nConditions: { Named: !Not [!Equals [!Ref Name, '']] }\n",
            vec!["-Named", "+Named (Name is given another value)"],
        ),
        // It takes both.
        (
            "Parameters: { A: { Type: String, Default: n }, B: { Type: String, Default: n } }\nConditions: { Both: !And [!Equals [!Ref A, y], !Equals [!Ref B, y]] }\n",
            vec!["-Both", "+Both (A=y, B=y)"],
        ),
        (
            "Conditions: { Here: !Equals [!Ref AWS::Region, us-east-1], Circle: { Condition: Circle } }\n",
            vec!["-Circle -Here", "-Circle +Here (AWS::Region=us-east-1)"],
        ),
        // A constant has one world.
        ("Conditions: { Never: !Equals [a, b] }\n", vec!["-Never"]),
    ] {
        assert_eq!(worlds(text), expected, "{text}");
    }
}

#[test]
fn a_resource_is_there_in_the_worlds_of_its_condition() {
    let template = template(
        "
Parameters: { Stage: { Type: String, Default: dev } }
Conditions: { Prod: !Equals [!Ref Stage, prod] }
Resources:
  Always: { Type: AWS::SNS::Topic }
  Sometimes: { Type: AWS::SNS::Topic, Condition: Prod }
",
    );
    let estate = Estate::of(&template);
    let ids = |number: usize| -> Vec<&str> {
        let stack = estate.world_of(0, number).stack(0);
        stack.of("AWS::SNS::Topic").map(|it| it.id()).collect()
    };
    assert_eq!(
        [ids(0), ids(1)],
        [vec!["Always"], vec!["Always", "Sometimes"]]
    );
}

#[test]
fn references_are_followed_to_other_stacks_by_wire_and_by_export() {
    let network = template(
        "
Resources:
  Vpc: { Type: AWS::EC2::VPC }
Outputs:
  VpcId: { Value: !Ref Vpc }
  Shared: { Value: !GetAtt Vpc.CidrBlock, Export: { Name: !Sub '${AWS::StackName}-Cidr' } }
  Named: { Value: !Ref Vpc, Export: { Name: the-vpc } }
",
    );
    let service = template(
        "
Parameters: { Vpc: { Type: 'AWS::EC2::VPC::Id' }, Free: { Type: String } }
Resources:
  R:
    Type: AWS::EC2::SecurityGroup
    Properties: { VpcId: !Ref Vpc, Imported: !ImportValue the-vpc, Free: !Ref Free, Missing: !ImportValue nobody }
",
    );
    let estate = Estate::new([
        StackInput::new("Network", &network),
        StackInput {
            wires: BTreeMap::from([("Vpc", ("Network", "VpcId"))]),
            arguments: BTreeMap::from([("Free", "given")]),
            ..StackInput::new("Service", &service)
        },
    ]);
    let world = estate.world();
    let it = world.stack(1).resource("R").unwrap();
    let words = ["VpcId", "Imported", "Free", "Missing"].map(|name| word(it.get(name).value()));
    assert_eq!(words, ["Vpc", "Vpc", "'given'", "?"]);
    let target = it.get("VpcId").target().unwrap();
    assert_eq!(
        (target.kind(), target.stack().name()),
        ("AWS::EC2::VPC", "Network")
    );
}

#[test]
fn two_unknown_values_are_the_same_when_they_come_from_the_same_expression() {
    let template = template(
        "
Parameters: { A: { Type: String }, B: { Type: String } }
Resources:
  R:
    Type: AWS::SNS::Topic
    Properties: { A: !Ref A, Again: !Ref A, B: !Ref B, Sub: !Sub '${A}-x', SameSub: !Sub '${A}-x', Text: a, Topic: !Ref R, Other: !Ref Q }
  Q: { Type: AWS::SNS::Topic }
",
    );
    let estate = Estate::of(&template);
    let it = estate.world().stack(0).resource("R").unwrap();
    let view = |name: &'static str| -> View<'_, '_> { it.get(name) };
    for (a, b, expected) in [
        ("A", "Again", Some(true)),
        ("A", "B", None),
        ("Sub", "SameSub", Some(true)),
        ("A", "Text", None),
        ("Text", "Missing", Some(false)),
        ("Topic", "Topic", Some(true)),
        ("Topic", "Other", Some(false)),
    ] {
        assert_eq!(view(a).same(&view(b)), expected, "{a} {b}");
    }
}

#[test]
fn a_place_is_where_the_reader_finds_the_value() {
    let template = template(
        "
Conditions: { C: !Equals [a, a] }
Resources:
  R:
    Type: AWS::ECS::Service
    DependsOn: Q
    UpdatePolicy: { X: 1 }
    Properties:
      A: { B: [x, { C: y }] }
      If: !If [C, { Port: 80 }, { Port: 81 }]
",
    );
    let estate = Estate::of(&template);
    let it = estate.world().stack(0).resource("R").unwrap();
    let places = [
        it.get("A.B").items()[1].get("C").place(),
        it.get("A.B").items()[1].get("Missing").place(),
        it.get("A.Missing.Deeper").place(),
        it.get("Missing").place(),
        it.get("If.Port").place(),
        it.attribute("UpdatePolicy").get("X").place(),
        it.attribute("CreationPolicy").place(),
    ];
    assert_eq!(
        places,
        [
            "R.A.B[1].C",
            "R.A.B[1].Missing",
            "R.A.Missing.Deeper",
            "R.Missing",
            "R.If.Port",
            "R/UpdatePolicy.X",
            "R/CreationPolicy",
        ]
    );
    assert_eq!(it.depends_on(), ["Q"]);
}

/// A template whose references go round and whose conditions are many ends all the same.
#[test]
fn circles_and_many_conditions_end() {
    let mut text = String::from("Parameters:\n");
    for n in 0..40 {
        text += &format!("  P{n}: {{ Type: String, Default: a }}\n");
    }
    text += "Conditions:\n";
    for n in 0..40 {
        text += &format!("  C{n}: !Equals [!Ref P{n}, b]\n");
    }
    text +=
        "Resources:\n  R: { Type: AWS::SNS::Topic, Properties: { A: !GetAtt R.A, B: !Ref R } }\n";
    let template = template(&text);
    let estate = Estate::of(&template);
    assert_eq!(estate.worlds_of(0), 32);
    let circle = Template::parse(
        "Outputs: { A: { Value: !ImportValue a, Export: { Name: !ImportValue a } } }\nResources: { R: { Type: AWS::SNS::Topic, Properties: { It: !ImportValue a } } }\n",
    )
    .unwrap();
    let estate = Estate::of(&circle);
    let it = estate.world().stack(0).resource("R").unwrap();
    assert_eq!(word(it.get("It").value()), "?");
}

#[test]
fn a_parameter_is_one_value_by_whatever_reference_and_no_other_parameter() {
    let template = template(
        "
Parameters:
  A: { Type: String }
  B: { Type: String }
Resources:
  R:
    Type: AWS::SNS::Topic
    Properties:
      Plain: !Ref A
      Text: !Sub '${A}-${B}-${A}'
",
    );
    let estate = Estate::of(&template);
    let resource = estate.world().stack(0).resource("R").unwrap();
    let values: Vec<Value<'_>> = resource
        .get("Text")
        .pieces()
        .into_iter()
        .filter_map(|it| match it {
            Piece::Value(it) => Some(it),
            Piece::Text(_) => None,
        })
        .collect();
    let [first, second, third] = values.as_slice() else {
        panic!("{values:?}");
    };
    assert_eq!(first.same(third), Some(true));
    assert_eq!(first.same(second), None);
    let plain = resource.get("Plain");
    assert_eq!(plain.value().same(first), Some(true));
    assert_eq!(plain.value().same(second), None);
}
