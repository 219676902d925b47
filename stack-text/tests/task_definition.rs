//! What the overwriter writes, and what it refuses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use proptest::prelude::*;
use stack_text::{
    Provenance, Registered, RenderOptions, TaskDefinitionTemplate, Unmanaged, Values, render_task,
};
use support::{hostile, shown};

const SHOP: &str = r#"{
  "family": "shop-{{env}}",
  "networkMode": "awsvpc",
  "requiresCompatibilities": ["FARGATE"],
  "cpu": "{{size.cpu}}",
  "memory": "{{size.memory}}",
  "containerDefinitions": [
    {
      "name": "shop",
      "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:{{tag}}",
      "essential": "{{essential}}",
      "command": "{{command}}",
      "portMappings": [{"containerPort": "{{port}}"}],
      "environment": [
        {"name": "GREETING", "value": "{{greeting}}"},
        {"name": "URL", "value": "https://{{env}}.shop.example/?q=\\{{q}}"},
        {"name": "WORKERS", "value": "{{workers}}"}
      ]
    }
  ]
}"#;

const STAGING: &str = r#"
env = "staging"
tag = "1.4.2"
essential = true
command = ["serve", "--port", "8080"]
port = 8080
greeting = "say \"hi\"\n{{env}}"
workers = 4

[size]
cpu = 256
memory = 512
"#;

fn values(text: &str) -> Values {
    Values::from_toml(text, "staging.toml").unwrap()
}

/// The problems of the template with the values.
fn problems(template: &str, toml: &str) -> String {
    shown(&render_task(template, "task.json", &values(toml)).unwrap_err())
}

/// A small template with these further keys.
fn with(keys: &str) -> String {
    format!(
        "{{\"family\": \"f\",\n\"containerDefinitions\": [{{\"name\": \"a\", \"image\": \"b\"}}],\n{keys}}}"
    )
}

#[test]
fn values_arrive_in_the_type_that_ecs_wants() {
    let json = render_task(SHOP, "task.json", &values(STAGING)).unwrap();
    assert_eq!(
        json,
        r#"{
  "family": "shop-staging",
  "networkMode": "awsvpc",
  "requiresCompatibilities": [
    "FARGATE"
  ],
  "cpu": "256",
  "memory": "512",
  "containerDefinitions": [
    {
      "name": "shop",
      "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4.2",
      "essential": true,
      "command": [
        "serve",
        "--port",
        "8080"
      ],
      "portMappings": [
        {
          "containerPort": 8080
        }
      ],
      "environment": [
        {
          "name": "GREETING",
          "value": "say \"hi\"\n{{env}}"
        },
        {
          "name": "URL",
          "value": "https://staging.shop.example/?q={{q}}"
        },
        {
          "name": "WORKERS",
          "value": "4"
        }
      ]
    }
  ]
}
"#
    );
}

#[test]
fn values_of_the_command_line_are_text_and_replace_those_of_the_file() {
    let given = [
        ("port", "9090"),
        ("size.cpu", "512"),
        ("size.memory", "1024"),
        ("essential", "false"),
    ];
    let values = values(STAGING).overridden_by(Values::from_pairs(given, "--var").unwrap());
    let json = render_task(SHOP, "task.json", &values).unwrap();
    for wanted in [
        "\"containerPort\": 9090",
        "\"cpu\": \"512\"",
        "\"essential\": false",
    ] {
        assert!(json.contains(wanted), "{wanted} in {json}");
    }
}

#[test]
fn all_problems_are_told_at_once_with_their_places() {
    let toml = STAGING
        .replace("greeting", "greetings")
        .replace("port = 8080", "prot = 8080");
    assert_eq!(
        problems(SHOP, &toml.replace("memory = 512", "memory = 4096")),
        "error[unknown-placeholder]: `port` has no value
  in: task.json:13:43
  help: did you mean `prot`?
error[unknown-placeholder]: `greeting` has no value
  in: task.json:15:40
  help: did you mean `greetings`?
error[unused-value]: no placeholder uses `prot`
  in: staging.toml:6:8
  help: did you mean `port`?
error[unused-value]: no placeholder uses `greetings`
  in: staging.toml:7:13
  help: did you mean `greeting`?
error[fargate-size]: Fargate has no `cpu` 256 with `memory` 4096
  in: task.json:6:13
  help: with 256 CPU units Fargate offers 512, 1024 or 2048 MiB"
    );
}

#[test]
fn each_mistake_in_a_template_has_its_message() {
    let cases = [
        (
            with(r#""cpu": {{cpu}}"#),
            "error[json-syntax]: expected a JSON value\n  in: task.json:3:8\n  help: a placeholder stands in quotes, also alone: `\"{{name}}\"`",
        ),
        (
            with(r#""cpu": "{{cpu""#),
            "error[template-syntax]: these braces hold no placeholder\n  in: task.json:3:9\n  help: braces that are meant as they are get a backslash: `\\{{`",
        ),
        (
            with(r#""cpu": "\u0041\n{{#if x}}{{/if}}""#),
            "error[template-syntax]: this is more than a placeholder\n  in: task.json:3:17\n  help: a placeholder is a name in two pairs of braces, such as `{{image.tag}}`; there are no blocks, helpers, partials and `{{{`",
        ),
        (
            with(r#""cpu": "x}}""#),
            "error[template-syntax]: `}}` closes nothing\n  in: task.json:3:10\n  help: a placeholder is a name in two pairs of braces",
        ),
        (
            with(r#""pidMode": "{{elsewhere}}""#),
            "error[template-syntax]: these braces hold no placeholder\n  in: task.json:3:13\n  help: a name cannot begin with `else`, a word of the template language",
        ),
        (
            with(r#""pidMode": "{{resolve:ssm:/x}}""#),
            "error[template-syntax]: this is no placeholder\n  in: task.json:3:13\n  help: ECS does not resolve these; put the secret's ARN into `valueFrom` of the container's `secrets`",
        ),
        (
            with(r#""{{key}}": "x""#),
            "error[placeholder-in-key]: the key `{{key}}` has a placeholder\n  in: task.json:3:1\n  help: placeholders stand in values; give the whole object as one",
        ),
        (
            with(r#""revision": 7"#),
            "error[read-only-key]: `revision` is set by ECS and cannot be registered\n  in: task.json:3:1\n  help: remove it: it comes from `describe-task-definition`, which adds what ECS knows",
        ),
        (
            with(r#""netwrokMode": "awsvpc""#),
            "error[unknown-key]: `netwrokMode` is no key of `RegisterTaskDefinition`\n  in: task.json:3:1\n  help: did you mean `networkMode`?",
        ),
        (
            with(r#""NetworkMode": "awsvpc""#),
            "error[unknown-key]: `NetworkMode` is no key of `RegisterTaskDefinition`\n  in: task.json:3:1\n  help: did you mean `networkMode`?",
        ),
        (
            with(r#""cpu": 256"#),
            "error[wrong-type]: `cpu` is text, but here is a number\n  in: task.json:3:8\n  help: put it in quotes",
        ),
        (
            with(r#""cpu": "1", "cpu": "2""#),
            "error[duplicate-key]: the key `cpu` is given twice\n  in: task.json:3:13\n  help: it is already given at task.json:3:1",
        ),
        (
            with(r#""cpu": "1","#),
            "error[json-syntax]: JSON has no comma before `}`\n  in: task.json:3:12",
        ),
        (
            "{}".to_owned(),
            "error[missing-key]: the task definition has no `family`\n  in: task.json:1:1\nerror[missing-key]: the task definition has no `containerDefinitions`\n  in: task.json:1:1",
        ),
        (
            r#"{"family": "f", "containerDefinitions": [{"name": "a", "image": "b"}, {"name": "a", "image": "c"}]}"#.to_owned(),
            "error[duplicate-container]: two containers are named `a`\n  in: task.json:1:80\n  help: the other one is at task.json:1:51",
        ),
        (
            with(r#""requiresCompatibilities": ["EC2", "FARGATE"], "networkMode": "bridge", "cpu": ".25 vCPU""#),
            "error[missing-key]: on Fargate a task definition has `memory`\n  in: task.json:3:36\nerror[network-mode]: on Fargate `networkMode` is `awsvpc`\n  in: task.json:3:63",
        ),
    ];
    for (template, wanted) in cases {
        assert_eq!(problems(&template, ""), wanted, "{template}");
    }
}

#[test]
fn sizes_with_units_are_understood() {
    for (cpu, memory, fine) in [
        (".25 vCPU", "0.5GB", true),
        ("1 vcpu", "2 GB", true),
        ("16 vCPU", "120 GB", true),
        ("1 vCPU", "512", false),
        ("lots", "2 GB", false),
        ("99999999999", "2 GB", false),
    ] {
        let template = with(&format!(
            r#""requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "{cpu}", "memory": "{memory}""#
        ));
        let result = render_task(&template, "task.json", &Values::none());
        assert_eq!(result.is_ok(), fine, "{cpu}, {memory}: {result:?}");
    }
}

#[test]
fn a_list_or_a_word_does_not_pass_for_a_number_or_text() {
    let template = with(r#""pidMode": "{{x}}", "ephemeralStorage": {"sizeInGiB": "{{size}}"}"#);
    assert_eq!(
        problems(&template, "x = ['a']\nsize = '012'"),
        "error[wrong-type]: `pidMode` is text, but here is a list\n  in: task.json:3:12
error[wrong-type]: `ephemeralStorage.sizeInGiB` is a whole number, but here is text\n  in: task.json:3:55\n  help: write it without quotes, or as a placeholder alone in its quotes"
    );
    let template = with(r#""pidMode": "a-{{x}}""#);
    assert!(
        problems(&template, "x = ['a']").contains("`x` is a list, which cannot stand within text")
    );
}

#[test]
fn a_group_of_values_can_be_one_object() {
    let template = with(r#""runtimePlatform": "{{platform}}", "tags": "{{tags}}""#);
    let toml = "[platform]\ncpuArchitecture = 'ARM64'\n[[tags]]\nkey = 'team'\nvalue = 7";
    let json = render_task(&template, "task.json", &values(toml)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["runtimePlatform"]["cpuArchitecture"], "ARM64");
    assert_eq!(json["tags"][0]["value"], "7");
}

#[test]
fn names_of_handlebars_helpers_are_ordinary_names() {
    for name in [
        "len", "if", "each", "with", "lookup", "log", "raw", "eq", "not", "null", "true",
    ] {
        let template = with(&format!(r#""pidMode": "a{{{{{name}}}}}b""#));
        let values = Values::from_pairs([(name, "X")], "--var").unwrap();
        let json = render_task(&template, "task.json", &values).unwrap();
        assert!(json.contains("\"aXb\""), "{name}: {json}");
    }
}

#[test]
fn hostile_templates_end_in_problems() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!("\"{}\"", "x".repeat(2_000_000));
    let dots = format!("{} = 1", vec!["a"; 50].join("."));
    for text in [
        "",
        "{",
        "[]",
        "null",
        "\u{feff}{}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": 01}",
        "{\"a\" 1}",
        "'",
        &deep,
        &long,
    ] {
        assert!(
            TaskDefinitionTemplate::parse(text, "t")
                .and_then(|it| it.render(&Values::none()))
                .is_err()
        );
        let _ = Values::from_json(text, "v");
        let _ = Values::from_toml(text, "v");
    }
    assert!(Values::from_toml(&dots, "v").is_ok_and(|it| it.names().len() == 1));
    assert!(Values::from_pairs([(vec!["a"; 100_000].join("."), "x")], "--var").is_err());
}

/// The text as it comes out of the JSON: as a whole value, within text, and twice in one string.
fn arrives(text: &str) {
    let template = with(r#""pidMode": "{{s}}", "ipcMode": "<{{s}}|{{s}}>""#);
    let values = Values::from_pairs([("s", text)], "--var").unwrap();
    let rendered = TaskDefinitionTemplate::parse(&template, "task.json")
        .unwrap()
        .render(&values)
        .unwrap();
    let json: serde_json::Value = serde_json::from_str(&rendered.json).unwrap();
    assert_eq!(json["pidMode"].as_str(), Some(text));
    assert_eq!(json["ipcMode"].as_str(), Some(&*format!("<{text}|{text}>")));
    assert_eq!(json.as_object().unwrap().len(), 4, "no key more or less");
    assert!(!rendered.json.contains(['\u{2028}', '\u{2029}', '\0']));
}

#[test]
fn hostile_text_arrives_as_it_is() {
    for text in hostile() {
        arrives(&text);
    }
}

proptest! {
    #[test]
    fn any_text_arrives_as_it_is(text in any::<String>(), piece in "[\\\\\"'{}$\n\u{2028}\0a]{0,12}") {
        arrives(&text);
        arrives(&piece);
    }

    #[test]
    fn any_template_is_read_or_refused(text in "[\\\\\"{}a:, \\[\\]#>!0u~.]{0,40}") {
        let _ = TaskDefinitionTemplate::parse(&text, "task.json");
        let quoted = with(&format!("\"pidMode\": {}", serde_json::to_string(&text).unwrap()));
        let template = TaskDefinitionTemplate::parse(&quoted, "task.json");
        // What has no placeholder and no escape stays as it is.
        if let Ok(template) = template && !text.contains("{{") {
            let json = template.render(&Values::none()).unwrap().json;
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(json["pidMode"].as_str(), Some(&*text));
        }
    }
}

#[test]
fn what_was_rendered_is_all_managed_when_it_is_registered() {
    let template = TaskDefinitionTemplate::parse(SHOP, "task.json").unwrap();
    let values = values(STAGING);
    let first = template.render(&values).unwrap();
    // As ECS prints it: within an object, with what only it sets, and empty lists.
    let described = format!(
        "{{\"taskDefinition\": {}, \"tags\": []}}",
        first.json.trim_end().trim_end_matches('}').to_owned()
            + ", \"revision\": 7, \"status\": \"ACTIVE\", \"volumes\": [], \"pidMode\": \"\"}"
    );
    for unmanaged in [Unmanaged::Refuse, Unmanaged::Keep] {
        let registered = Registered::parse(&described, "registered.json").unwrap();
        let options = RenderOptions::new().registered(registered, unmanaged);
        assert_eq!(template.render_with(&values, &options).unwrap(), first);
    }
}

#[test]
fn what_is_kept_once_is_kept_again() {
    let registered = r#"{"family": "f", "taskRoleArn": "arn:aws:iam::111122223333:role/shop",
        "containerDefinitions": [{"name": "a", "image": "old", "user": "1000", "essential": true},
            {"name": "agent", "image": "agent:3", "essential": false}]}"#;
    let template = TaskDefinitionTemplate::parse(&with("\"cpu\": \"256\""), "task.json").unwrap();
    let none = Values::none();
    let keep = |text: &str| {
        let registered = Registered::parse(text, "registered.json").unwrap();
        let options = RenderOptions::new().registered(registered, Unmanaged::Keep);
        template.render_with(&none, &options).unwrap()
    };
    let once = keep(registered);
    let told: Vec<&str> = once.notes.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "`taskRoleArn` is kept as it is registered",
            "`containerDefinitions[a].user` is kept as it is registered",
            "`containerDefinitions[agent]` is kept as it is registered",
        ]
    );
    // The image is the template's; what it does not say is what was there.
    assert!(once.json.contains("\"image\": \"b\"") && !once.json.contains("old"));
    assert_eq!(keep(&once.json).json, once.json);
}

#[test]
fn tags_say_which_template_it_was_and_change_with_every_byte() {
    let text = with("\"cpu\": \"256\"");
    let tags = |text: &str| {
        let template = TaskDefinitionTemplate::parse(text, "task.json").unwrap();
        let options = RenderOptions::new().provenance(Provenance::of("task.json", text));
        let rendered = template.render_with(&Values::none(), &options).unwrap();
        rendered.json.split("\"tags\"").nth(1).unwrap().to_owned()
    };
    assert!(tags(&text).contains(Provenance::of("", &text).sha256()));
    assert_ne!(tags(&text), tags(&format!("{text} ")));
}
