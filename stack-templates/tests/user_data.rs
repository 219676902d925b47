//! User data by strict scripts: what is refused, how large it may be, and that no value is ever
//! more than a word to bash.

#![cfg(feature = "text")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::Command;

use serde_json::Value as Json;
use stack_core::prelude::*;
use stack_templates::UserData;

mod support;

use support::text_of;

/// What user data may be made of by somebody who means harm, or is not careful.
const HOSTILE: [&str; 22] = [
    "",
    "plain",
    "it's",
    "'; touch pwned; '",
    "'\\''; touch pwned #",
    "$(touch pwned)",
    "`touch pwned`",
    "${IFS}touch${IFS}pwned",
    "zzz\";echo${IFS}\"hello\";#",
    "a\nb; touch pwned\n",
    "END\ntouch pwned\n",
    "${AWS::StackName}",
    "${!HOME}",
    "{{name}}",
    "\\",
    "\\n",
    "!!",
    "~/*",
    "-rf /",
    "\t\r ",
    "ünïcödé \u{202e}\u{200b}🚀",
    "\u{7f}\u{1b}[2J",
];

fn build(make: impl FnOnce(&mut Scope<'_>) -> UserData) -> Result<String, Vec<String>> {
    let mut app = App::new();
    let mut stack = app.stack("It");
    let data = make(&mut stack).encoded(&mut stack);
    stack.add("Box", Raw::new("Test::Box").property("UserData", data));
    match app.synth() {
        Ok(assembly) => {
            let body: Json = serde_json::from_str(assembly.stack("It").unwrap().body()).unwrap();
            {
                let data = &body["Resources"]["Box"]["Properties"]["UserData"]["Fn::Base64"];
                Ok(text_of(&body, data))
            }
        }
        Err(problems) => Err(problems.into_iter().map(|it| it.message).collect()),
    }
}

#[test]
fn every_value_is_one_word_and_arrives_as_it_was() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("user-data");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for value in HOSTILE {
        // Beside a value of CloudFormation, where `${` is CloudFormation's too.
        let template = "OWN={{own}} PLACE={{place}}\n";
        let script = build(|_| {
            UserData::script("it.sh", template)
                .program("printf '%s|%s' \"$OWN\" \"$PLACE\"\n")
                .value("own", value)
                .value("place", pseudo::region())
        });
        let script = script.unwrap_or_else(|it| panic!("{value:?}: {it:?}"));
        let mut bash = Command::new("bash");
        let output = bash.current_dir(&folder).args(["-c", &script]).output();
        let output = output.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said, format!("{value}|AWS-Region"), "{script}");
        assert!(output.status.success());
    }
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().collect();
    assert!(left.is_empty(), "a value was run: {left:?}");
}

#[test]
fn what_is_not_strict_is_refused() {
    type Make = fn(&mut Scope<'_>) -> UserData;
    let cases: [(Make, &str); 8] = [
        (
            |_| UserData::script("it.sh", "A={{a}}\n"),
            "`a` has no value",
        ),
        (
            |_| UserData::script("it.sh", "echo\n").value("a", "b"),
            "no placeholder uses `a`",
        ),
        (
            |_| UserData::script("it.sh", "A=\"{{a}}\"\n").value("a", "b"),
            "`{{a}}` stands in double quotes",
        ),
        (
            |_| UserData::script("it.sh", "cat <<X\n{{a}}\nX\n").value("a", "b"),
            "`{{a}}` stands in a here-document",
        ),
        (
            |_| UserData::script("it.sh", "A={{a}}\n").value("a", "\0"),
            "the value of `a` cannot stand here: the shell has no NUL",
        ),
        (
            |_| UserData::script("it.sh", "A={{a}}\n").value("a", "\u{1}0\u{1}"),
            "the value of `a` has a control character",
        ),
        (
            |_| UserData::script("it.sh", "echo\n").file("/tmp/a b", "echo\n"),
            "`/tmp/a b` cannot be written by user data",
        ),
        (
            |_| UserData::script("it.sh", "A={{a}}\nA={{b}}\n").value("a", "b"),
            "`b` has no value",
        ),
    ];
    for (make, expected) in cases {
        assert_eq!(build(make).unwrap_err(), [expected]);
    }
}

#[test]
fn a_value_that_cloudformation_would_resolve_is_refused() {
    let secret = "{{resolve:secretsmanager:prod/db}}";
    let told = build(|_| UserData::script("it.sh", "A={{a}}\n").value("a", secret));
    assert_eq!(told.unwrap_err().len(), 1);
}

#[test]
fn a_secret_by_reference_is_refused() {
    let told = build(|_| {
        let secret: Value<String> = DynamicReference::secret_text("prod/db");
        UserData::script("it.sh", "A={{a}}\n").value("a", secret)
    });
    assert_eq!(
        told.unwrap_err(),
        ["the value of `a` would be resolved into user data"]
    );
}

#[test]
fn quotes_in_what_is_given_at_deployment_are_escaped_by_cloudformation() {
    let mut app = App::new();
    let mut stack = app.stack("It");
    let given = stack.parameter("Given", Parameter::string());
    let topic = stack.add("Topic", Raw::new("AWS::SNS::Topic"));
    let data = UserData::script("it.sh", "A={{a}}\nB={{b}}\n")
        .value("a", given.value())
        .value("b", topic.reference());
    let data = data.encoded(&mut stack);
    stack.add("Box", Raw::new("Test::Box").property("UserData", data));
    let assembly = app.synth().unwrap();
    let body: Json = serde_json::from_str(assembly.stack("It").unwrap().body()).unwrap();
    let lines = &body["Resources"]["Box"]["Properties"]["UserData"]["Fn::Base64"]["Fn::Join"][1];
    let escaped = serde_json::json!({"Fn::Sub": ["A='${V0}'", {
        "V0": {"Fn::Join": ["'\\''", {"Fn::Split": ["'", {"Ref": "Given"}]}]}
    }]});
    assert_eq!(lines[2], escaped);
    assert_eq!(lines[3], serde_json::json!({"Fn::Sub": "B='${Topic}'"}));
}

#[test]
fn sixteen_kibibytes_fit_and_a_byte_more_does_not() {
    let head = "#!/bin/bash\nset -euo pipefail\n".len();
    let script = |bytes: usize| "#".repeat(bytes - head);
    let built = build(|_| UserData::script("it.sh", script(16 * 1024)));
    assert_eq!(built.unwrap().len(), 16 * 1024);
    let told = build(|_| UserData::script("it.sh", script(16 * 1024 + 1)));
    assert_eq!(
        told.unwrap_err(),
        ["the user data `it.sh` has 16385 bytes, EC2 takes 16384"]
    );
}

#[test]
fn files_arrive_whatever_they_hold() {
    const TEXT: &str = "#!/bin/bash\necho \"$HOME\" '{{.ID}}' ${IFS} `id`\nEND\nEND_\n";
    let script = build(|_| UserData::script("it.sh", "").file("/usr/local/sbin/it", TEXT)).unwrap();
    let (_, rest) = script.split_once("<<'END__'\n").unwrap();
    assert_eq!(rest.split_once("END__\n").unwrap().0, TEXT);
}
