//! Scripts and configuration: what is written, and where a value may not stand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::process::Command;

use proptest::prelude::*;
use stack_text::{Escape, TextTemplate, Values};
use support::{hostile, shown};

fn render(text: &str, escape: Escape, values: &Values) -> Result<String, String> {
    TextTemplate::parse(text, "boot.sh", escape)
        .and_then(|it| it.render(values))
        .map_err(|it| shown(&it))
}

fn with(text: &str) -> Values {
    Values::from_pairs([("v", text)], "--var").unwrap()
}

/// What a shell prints for each of the texts, put into one script.
fn printed(shell: &str, texts: &[String]) -> Option<String> {
    let mut script = String::new();
    for text in texts {
        script += &render("printf '%s\\n--\\n' {{v}}\n", Escape::Shell, &with(text)).unwrap();
        script += &render(
            "V={{v}}\nprintf '%s\\n--\\n' \"$V\"\n",
            Escape::Shell,
            &with(text),
        )
        .unwrap();
    }
    let output = Command::new(shell).arg("-c").arg(script).output().ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn survives(texts: &[String]) {
    let wanted: String = texts
        .iter()
        .map(|it| format!("{it}\n--\n{it}\n--\n"))
        .collect();
    for shell in ["bash", "dash", "zsh"] {
        match printed(shell, texts) {
            Some(output) => assert_eq!(output, wanted, "{shell}"),
            None => println!("no {shell} here"),
        }
    }
}

#[test]
fn hostile_text_is_one_word_to_the_shell() {
    let mut texts = hostile();
    texts.retain(|it| !it.contains('\0'));
    survives(&texts);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_text_is_one_word_to_the_shell(
        texts in prop::collection::vec("[^\0]{0,24}|['\"\\\\$`\n!{}();#~* a]{0,24}", 1..40)
    ) {
        survives(&texts);
    }

    #[test]
    fn any_text_survives_in_a_json_string(text in any::<String>()) {
        let json = render("{\"a\": \"<{{v}}>\"}", Escape::JsonString, &with(&text)).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(json["a"].as_str(), Some(&*format!("<{text}>")));
    }

    #[test]
    fn what_configuration_takes_is_one_plain_word(text in any::<String>()) {
        if let Ok(line) = render("root {{v}};", Escape::Config, &with(&text)) {
            prop_assert_eq!(line, format!("root {text};"));
            let breaks_out = text.contains([';', '{', '}', '$', '\n', ' ', '"', '\'', '\\']);
            prop_assert_eq!(breaks_out, false);
        }
    }
}

#[test]
fn hostile_text_stays_within_its_json_string() {
    for text in hostile() {
        let json = render(
            "[\"{{v}}\", \"a\\\\b{{v}}\"]",
            Escape::JsonString,
            &with(&text),
        )
        .unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json[0].as_str(), Some(&*text));
        assert_eq!(json.as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_shell_value_stands_where_its_quotes_hold() {
    for script in [
        "echo {{v}}",
        "A={{v}} B=x{{v}}y",
        "\"a\"{{v}}'b'",
        "echo \"$(cat {{v}})\"",
        "echo \"$(echo \"a\" {{v}} \"$(id)\")\"",
        "(cd {{v}} && id)",
        "echo $(( 1 + (2) )) {{v}}",
        "x=$((1))\necho {{v}}",
        "echo a#b {{v}}",
        "echo $# ${#x} {{v}}",
        "echo \\' {{v}} \\\" ",
        "echo $'it\\'s' {{v}}",
        "cat <<'EOF'\nit's \"\nEOF\necho {{v}}",
        "cat <<-EOF | tee {{v}}\n\tit's\n\tEOF\necho {{v}}",
        "cat <<A <<B {{v}}\n'\nA\n\"\nB\necho {{v}}",
        "cat <<< {{v}}",
        "echo {{v}} # it's a comment\necho {{v}}",
        "case $x in\n a) echo {{v}} ;;\nesac",
        "cat <<EOF >/etc/x\nno placeholder\nEOF",
    ] {
        let parsed = TextTemplate::parse(script, "boot.sh", Escape::Shell);
        assert!(parsed.is_ok(), "{script}\n{}", shown(&parsed.unwrap_err()));
    }
}

#[test]
fn a_shell_value_is_refused_where_its_quotes_do_not_hold() {
    for (script, wanted) in [
        ("echo '{{v}}'", "in single quotes"),
        ("echo \"{{v}}\"", "in double quotes"),
        ("echo \"$(echo \"{{v}}\")\"", "in double quotes"),
        ("echo \"${x:-{{v}} }\"", "in `${…}`"),
        ("echo `echo {{v}}`", "in backticks"),
        ("echo \"`echo $(id {{v}})`\"", "in backticks"),
        ("echo $(( 1 + {{v}} ))", "in arithmetic"),
        ("echo $(( 1 + $(echo {{v}}) ))", "in arithmetic"),
        ("(( x = {{v}} ))", "in arithmetic"),
        ("echo # {{v}}", "in a comment"),
        ("#!/bin/sh {{v}}", "in a comment"),
        ("cat <<EOF\n{{v}}\nEOF\n", "in a here-document"),
        ("cat <<'EOF'\n{{v}}\nEOF\n", "in a here-document"),
        ("cat <<{{v}}\nx\n", "in a here-document"),
        ("echo ${{v}}", "an expansion"),
        ("echo $'{{v}}'", "in single quotes"),
        ("echo {{v}} 'open", "the script ends in single quotes"),
        (
            "cat <<EOF {{v}}\nopen",
            "the script ends in a here-document",
        ),
    ] {
        let problems = TextTemplate::parse(script, "boot.sh", Escape::Shell).map(|_| ());
        let problems = shown(&problems.expect_err(script));
        assert!(problems.contains(wanted), "{script}\n{problems}");
    }
}

#[test]
fn problems_name_their_places() {
    let values = Values::from_toml(
        "root = '/srv/a b'\nnames = ['a.example', 'b.example']\nunused = 1",
        "v.toml",
    )
    .unwrap();
    assert_eq!(
        render(
            "server_name {{names}};\nroot {{root}};\nlisten {{prot}};\n",
            Escape::Config,
            &values
        )
        .unwrap_err(),
        "error[unsafe-value]: the value of `root` cannot stand here: it has white space
  in: boot.sh:2:6
  help: the value is given at v.toml:1:8
error[unknown-placeholder]: `prot` has no value
  in: boot.sh:3:8
  help: the values given are `names`, `root`, `unused`
error[unused-value]: no placeholder uses `unused`
  in: v.toml:3:10
  help: remove it, or put its placeholder into the template"
    );
    assert_eq!(
        render(
            "a\n  {{#each x}}{{/each}} {{{y}}} {{> z}} {{ v | upper }}",
            Escape::Config,
            &Values::none()
        )
        .unwrap_err(),
        "error[template-syntax]: these braces hold no placeholder
  in: boot.sh:2:40
  help: braces that are meant as they are get a backslash: `\\{{`"
    );
    assert!(
        render("{\"a\": {{v}}}", Escape::JsonString, &with("1"))
            .unwrap_err()
            .contains("does not stand inside a JSON string")
    );
    assert!(
        render("{{v}}", Escape::Shell, &with("\0"))
            .unwrap_err()
            .contains("the shell has no NUL")
    );
    assert!(
        render("{{v}}", Escape::Config, &with(""))
            .unwrap_err()
            .contains("it is empty")
    );
}

#[test]
fn configuration_is_written_as_it_is() {
    let values = Values::from_json(
        r#"{"names": ["a.example", "b.example"], "fpm": {"host": "fpm.internal", "port": 9000}}"#,
        "v.json",
    )
    .unwrap();
    let text = "server_name {{names}};\nset $up {{fpm.host}}:{{fpm.port}};\nlocation / { return 200 \"$uri\"; }\n";
    assert_eq!(
        render(text, Escape::Config, &values).unwrap(),
        "server_name a.example b.example;\nset $up fpm.internal:9000;\nlocation / { return 200 \"$uri\"; }\n"
    );
}
