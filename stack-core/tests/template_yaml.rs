//! What YAML means: scalars, short forms, positions, notes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use stack_core::{Expr, Template};

fn json(yaml: &str) -> String {
    let template = Template::from_yaml(yaml).unwrap();
    Expr::from(template.into_root()).to_json()
}

#[test]
fn plain_scalars_keep_what_is_written() {
    for (plain, expected) in [
        ("012345678901", r#""012345678901""#),
        ("012345670123", r#""012345670123""#),
        ("111122223333", "111122223333"),
        ("NO", r#""NO""#),
        ("no", r#""no""#),
        ("yes", r#""yes""#),
        ("on", r#""on""#),
        ("Off", r#""Off""#),
        ("y", r#""y""#),
        ("true", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("tRue", r#""tRue""#),
        ("null", "null"),
        ("~", "null"),
        ("", "null"),
        ("none", r#""none""#),
        ("0", "0"),
        ("-0", "-0"),
        ("-17", "-17"),
        ("017", r#""017""#),
        ("0o17", r#""0o17""#),
        ("0x1F", r#""0x1F""#),
        ("0b11", r#""0b11""#),
        ("+5", r#""+5""#),
        ("1_000", r#""1_000""#),
        ("1:30", r#""1:30""#),
        ("190:20:30", r#""190:20:30""#),
        ("9007199254740993", "9007199254740993"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808"),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567890",
        ),
        ("1.10", "1.10"),
        ("-1.5e+3", "-1.5e+3"),
        ("1e400", r#""1e400""#),
        ("123e456", r#""123e456""#),
        (".5", r#"".5""#),
        ("1.", r#""1.""#),
        (".inf", r#"".inf""#),
        (".nan", r#"".nan""#),
        ("2012-10-17", r#""2012-10-17""#),
        (
            "2001-12-14t21:59:43.10-05:00",
            r#""2001-12-14t21:59:43.10-05:00""#,
        ),
        ("10.0.0.0/16", r#""10.0.0.0/16""#),
        ("=", r#""=""#),
        ("<<", r#""<<""#),
        ("'{{resolve:ssm:a}}'", r#""{{resolve:ssm:a}}""#),
        ("\"true\"", r#""true""#),
        ("'12'", r#""12""#),
        ("!!str 12", r#""12""#),
        ("!!int 12", "12"),
        ("!!float 1e400", "1e400"),
        ("!!float 1.5", "1.5"),
        ("!!bool true", "true"),
        ("!!null ''", "null"),
        ("! 12", r#""12""#),
        ("|\n  a\n  b", r#""a\nb\n""#),
        (">-\n  a\n  b", r#""a b""#),
    ] {
        assert_eq!(
            json(&format!("a: {plain}\n")),
            format!("{{\"a\":{expected}}}"),
            "{plain}"
        );
    }
}

#[test]
fn a_block_at_the_end_has_the_line_break_that_the_text_has() {
    for (text, expected) in [
        ("a: |\n  x\n", "x\n"),
        ("a: |\n  x", "x"),
        ("a: >\n  x\n  y", "x y"),
        ("a: |+\n  x", "x"),
        ("a: |-\n  x", "x"),
        ("a: |\n  x\n\n", "x\n"),
        ("a: |+\n  x\n\n", "x\n\n"),
        ("a: |\n  x\n  ", "x\n"),
        ("a: |\n  x\n# no", "x\n"),
        ("a: |\n  x\nb: y", "x\n"),
        ("a: |\r\n  x\r\n  y\r\n", "x\ny\n"),
    ] {
        let template = Template::from_yaml(text).unwrap();
        assert_eq!(
            template.root().get("a").and_then(Expr::as_str),
            Some(expected),
            "{text:?}"
        );
    }
}

#[test]
fn lines_inside_brackets_and_quotes_may_be_indented_as_yaml_1_1_takes_them() {
    for (text, expected) in [
        (
            "a:\n  b: [\n    x,\n  ]\n  c: 1\n",
            r#"{"a":{"b":["x"],"c":1}}"#,
        ),
        ("a:\n  b: [\n    x,\n]\n", r#"{"a":{"b":["x"]}}"#),
        (
            "a:\n  - {\n    x: 1\n}\n  - [\n[\ny],\nz\n]\n",
            r#"{"a":[{"x":1},[["y"],"z"]]}"#,
        ),
        (
            "a:\n  b: 'x\n  y ''z''\n\nw'\n  c: 1\n",
            r#"{"a":{"b":"x y 'z'\nw","c":1}}"#,
        ),
        (
            "a:\n  b: \"x\n  y \\\" \\\n    z\nw\"\n",
            r#"{"a":{"b":"x y \" z w"}}"#,
        ),
        (
            "a:\n  b: [x, !Sub 'y\nz', [\n]]\n",
            r#"{"a":{"b":["x",{"Fn::Sub":"y z"},[]]}}"#,
        ),
    ] {
        assert_eq!(json(text), expected, "{text}");
    }
    // Positions are those of the text as it is.
    let text = "a:\n  b: [\n  x,\n]\n  c: 1\n";
    let (_, positions) = Template::parse_with_positions(text).unwrap();
    assert_eq!(positions.line("a.b[0]"), Some(3));
    assert_eq!(positions.line("a.c"), Some(5));
    let found = Template::parse("a:\n  b: [\n!Foo x]\n").unwrap_err();
    assert_eq!(found[0].place.as_deref(), Some("3:1"));
}

#[test]
fn names_of_fields_are_text_as_written() {
    for name in [
        "012345678901",
        "1.10",
        "true",
        "NO",
        "null",
        "~",
        "1e3",
        "\"a: b\"",
        "! 'a'",
        "? a\n",
    ] {
        let template = Template::from_yaml(&format!("{name}: 1\n")).unwrap();
        let written = name.trim_matches(['"', '?', ' ', '\n', '!', '\'']);
        assert_eq!(template.root().keys().collect::<Vec<_>>(), [written]);
    }
}

#[test]
fn short_forms_are_functions() {
    for (short, long) in [
        ("!Ref A", r#"{"Ref":"A"}"#),
        ("!Ref 012", r#"{"Ref":"012"}"#),
        ("!Condition C", r#"{"Condition":"C"}"#),
        ("!GetAtt A.B", r#"{"Fn::GetAtt":["A","B"]}"#),
        ("!GetAtt A.Outputs.B", r#"{"Fn::GetAtt":["A","Outputs.B"]}"#),
        ("!GetAtt A", r#"{"Fn::GetAtt":["A"]}"#),
        ("!GetAtt [A, B.C]", r#"{"Fn::GetAtt":["A","B.C"]}"#),
        ("!GetAtt [A, !Ref B]", r#"{"Fn::GetAtt":["A",{"Ref":"B"}]}"#),
        ("!Sub '${A}-b'", r#"{"Fn::Sub":"${A}-b"}"#),
        ("!Sub ['${A}', {A: 1}]", r#"{"Fn::Sub":["${A}",{"A":1}]}"#),
        ("!Sub |\n  x ${A}\n  y", r#"{"Fn::Sub":"x ${A}\ny\n"}"#),
        (
            "!Base64 {'Fn::Sub': x}",
            r#"{"Fn::Base64":{"Fn::Sub":"x"}}"#,
        ),
        (
            "!Base64\n  'Fn::Sub': x",
            r#"{"Fn::Base64":{"Fn::Sub":"x"}}"#,
        ),
        (
            "\n  Fn::Base64: !Sub x",
            r#"{"Fn::Base64":{"Fn::Sub":"x"}}"#,
        ),
        (
            "!If [C, !Ref A, !Ref AWS::NoValue]",
            r#"{"Fn::If":["C",{"Ref":"A"},{"Ref":"AWS::NoValue"}]}"#,
        ),
        (
            "!Not [!Equals [a, 1]]",
            r#"{"Fn::Not":[{"Fn::Equals":["a",1]}]}"#,
        ),
        (
            "!And [!Condition A, !Or [!Condition B]]",
            r#"{"Fn::And":[{"Condition":"A"},{"Fn::Or":[{"Condition":"B"}]}]}"#,
        ),
        (
            "!Join ['', [a, !Ref B]]",
            r#"{"Fn::Join":["",["a",{"Ref":"B"}]]}"#,
        ),
        (
            "!Join\n    - ','\n    - !Split [';', x]",
            r#"{"Fn::Join":[",",{"Fn::Split":[";","x"]}]}"#,
        ),
        (
            "!Select [0, !GetAZs '']",
            r#"{"Fn::Select":[0,{"Fn::GetAZs":""}]}"#,
        ),
        ("!GetAZs", r#"{"Fn::GetAZs":""}"#),
        ("!ImportValue a-b", r#"{"Fn::ImportValue":"a-b"}"#),
        (
            "!FindInMap [A, !Ref B, c]",
            r#"{"Fn::FindInMap":["A",{"Ref":"B"},"c"]}"#,
        ),
        (
            "!Cidr [!GetAtt V.CidrBlock, 4, 8]",
            r#"{"Fn::Cidr":[{"Fn::GetAtt":["V","CidrBlock"]},4,8]}"#,
        ),
        (
            "!Transform {Name: AWS::Include, Parameters: {Location: s}}",
            r#"{"Fn::Transform":{"Name":"AWS::Include","Parameters":{"Location":"s"}}}"#,
        ),
        ("!Length [a]", r#"{"Fn::Length":["a"]}"#),
        ("!ToJsonString {a: 1}", r#"{"Fn::ToJsonString":{"a":1}}"#),
        (
            "!GetStackOutput {StackName: s, OutputName: o}",
            r#"{"Fn::GetStackOutput":{"OutputName":"o","StackName":"s"}}"#,
        ),
        ("!Contains [[a], b]", r#"{"Fn::Contains":[["a"],"b"]}"#),
        ("!ValueOf [a, b]", r#"{"Fn::ValueOf":["a","b"]}"#),
        (
            "[!Ref A, !GetAtt B.C]",
            r#"[{"Ref":"A"},{"Fn::GetAtt":["B","C"]}]"#,
        ),
        ("&x !Ref A", r#"{"Ref":"A"}"#),
        ("!Ref &x A", r#"{"Ref":"A"}"#),
        (
            "{b: &x !Sub [c], d: *x}",
            r#"{"b":{"Fn::Sub":["c"]},"d":{"Fn::Sub":["c"]}}"#,
        ),
        (
            "{b: &x !GetAtt c.d, d: *x}",
            r#"{"b":{"Fn::GetAtt":["c","d"]},"d":{"Fn::GetAtt":["c","d"]}}"#,
        ),
    ] {
        assert_eq!(
            json(&format!("a: {short}\n")),
            format!("{{\"a\":{long}}}"),
            "{short}"
        );
    }
}

#[test]
fn short_forms_are_written_where_every_reader_takes_them() {
    let template = Template::from_json(
        r#"{
  "Resources": { "A": {
    "Type": "AWS::X::Y",
    "DependsOn": ["B", "C"],
    "Properties": {
      "Arn": { "Fn::GetAtt": ["B", "Outputs.Arn"] },
      "ArnText": { "Fn::GetAtt": "B.Arn" },
      "Call": { "Fn::If": ["P", { "Ref": "X" }, { "Ref": "AWS::NoValue" }] },
      "Data": { "Fn::Base64": { "Fn::Sub": "set -e\necho ${A}\n" } },
      "Empty": [{}, [], "", null],
      "Include": { "Fn::Transform": { "Name": "AWS::Include" } },
      "Nested": [["a"], { "b": { "c": 1 } }, { "Fn::Sub": "x" }],
      "Number": [1.0, 1e400, 18446744073709551616],
      "Odd": { "Ref": 5 },
      "Text": ["NO", "012345678901", "2012-10-17", "10.0.0.0/16", "a: b", "x #y", "*", "1.2.3", "a\u0000b"]
    }
  } }
}"#
        .replace("\\u0000", "\\u001b")
        .as_str(),
    )
    .unwrap();
    let expected = r#"Resources:
  A:
    Type: AWS::X::Y
    DependsOn:
      - B
      - C
    Properties:
      Arn: !GetAtt B.Outputs.Arn
      ArnText:
        Fn::GetAtt: B.Arn
      Call: !If
        - P
        - !Ref X
        - !Ref AWS::NoValue
      Data:
        Fn::Base64: !Sub |
          set -e
          echo ${A}
      Empty:
        - {}
        - []
        - ""
        - null
      Include:
        Fn::Transform:
          Name: AWS::Include
      Nested:
        - - a
        - b:
            c: 1
        - !Sub x
      Number:
        - 1.0
        - !!float 1e400
        - 18446744073709551616
      Odd:
        Ref: 5
      Text:
        - "NO"
        - "012345678901"
        - "2012-10-17"
        - 10.0.0.0/16
        - "a: b"
        - "x #y"
        - "*"
        - "1.2.3"
        - "a\u001bb"
"#;
    assert_eq!(template.to_yaml(), expected);
    assert_eq!(Template::from_yaml(expected), Ok(template));
}

#[test]
fn what_cloudformation_reads_otherwise_is_noted() {
    let text = "a: NO\nb: 012345670123\nc: [1:30, 012345678901, \"yes\", +5]\nd: &x 1\ne: *x\n";
    let (_, positions) = Template::parse_with_positions(text).unwrap();
    let notes: Vec<_> = positions
        .notes()
        .iter()
        .map(|it| {
            format!(
                "{}: {}",
                it.place.as_deref().unwrap_or_default(),
                it.message
            )
        })
        .collect();
    assert_eq!(
        notes,
        [
            "1:4: CloudFormation takes `NO` for the boolean `false`",
            "2:4: CloudFormation takes `012345670123` for an octal number",
            "3:5: CloudFormation takes `1:30` for a number of base 60",
            "3:32: CloudFormation takes `+5` for a number",
            "5:4: CloudFormation takes no aliases",
        ]
    );
}

#[test]
fn places_have_lines_in_both_formats() {
    let yaml = "\
# A comment.
Resources:
  Api:
    Type: AWS::X::Y
    Properties:
      Arn: !GetAtt
        B.Arn
      List:
        - one
        - Key: a
          Value: !If
            - C
            - !Sub x
            - y
      \"a.b[0]\": 1
";
    let json = "\
{
  \"Resources\": {
    \"Api\": { \"Type\": \"AWS::X::Y\",
      \"Properties\": {
        \"Arn\":
          { \"Fn::GetAtt\": [\"B\", \"Arn\"] }, \"List\": [
          \"one\",
          { \"Key\": \"a\", \"Value\": { \"Fn::If\": [\"C\", { \"Fn::Sub\": \"x\" },
            \"y\"] } }
        ],
        \"a.b[0]\": 1
} } } }
";
    for (text, lines) in [
        (yaml, [2, 3, 6, 6, 10, 11, 13, 15]),
        (json, [2, 3, 5, 6, 8, 8, 8, 11]),
    ] {
        let (_, positions) = Template::parse_with_positions(text).unwrap();
        let places = [
            "Resources",
            "Resources.Api",
            "Resources.Api.Properties.Arn",
            "Resources.Api.Properties.Arn.Fn::GetAtt[1]",
            "Resources.Api.Properties.List[1]",
            "Resources.Api.Properties.List[1].Value",
            "Resources.Api.Properties.List[1].Value.Fn::If[1].Fn::Sub",
            "Resources.Api.Properties.a.b[0]",
        ];
        for (place, line) in places.into_iter().zip(lines) {
            assert_eq!(positions.line(place), Some(line), "{place}");
        }
        assert_eq!(positions.line("Resources.Api.Properties.List[2]"), None);
        assert_eq!(positions.line("Resources.Ap"), None);
        assert_eq!(
            positions.nearest("Resources.Api.Properties.List[2].X"),
            lines[4] - 2
        );
    }
}
