//! The settings file: what is read, what is refused and where, and its schema.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use stack_cli::settings::{self, AccountId};
use stack_core::value::{Mebibytes, Seconds, mib, seconds};
use stack_core::{Cidr, Port, Problem, TaskSize, cidr, task_size};

/// The settings of a shop.
#[derive(Debug, Deserialize, JsonSchema)]
struct Settings {
    /// The name in front of every stack.
    name: String,
    #[serde(default)]
    zones: Vec<String>,
    environments: BTreeMap<String, Environment>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[allow(dead_code)]
struct Environment {
    account: AccountId,
    region: Region,
    cidr: Cidr,
    port: Port,
    api: TaskSize,
    drain: Seconds,
    disk: Option<Mebibytes>,
    alarm: Option<Alarm>,
    count: Option<u8>,
    engine: Option<Engine>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
enum Region {
    #[serde(rename = "eu-west-1")]
    EuWest1,
    /// The other one.
    #[serde(rename = "us-east-1")]
    UsEast1,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Alarm {
    #[serde(rename = "e-mail")]
    #[allow(dead_code)]
    e_mail: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(dead_code)]
enum Engine {
    Postgres { version: u16 },
    None,
}

const GOOD: &str = r#"name = "shop"

[environments.staging]
account = "012345678901"
region = "eu-west-1"
cidr = "10.40.0.0/16"
port = 8080
api = { cpu = 256, memory = 512 }
drain = "5m"
disk = "2 GiB"

[environments.production]
account = "111122223333"
region = "us-east-1"
cidr = "10.50.0.0/16"
port = 443
api = { cpu = 1024, memory = 2048 }
drain = "30s"
count = 2
engine = { kind = "postgres", version = 17 }
[environments.production.alarm]
e-mail = "ops@shop.example"
"#;

fn refused(text: &str) -> String {
    let problems = settings::load::<Settings>(text, "stack.toml").unwrap_err();
    let shown: Vec<String> = problems.iter().map(Problem::to_string).collect();
    shown.join("\n")
}

#[test]
fn settings_are_typed() {
    let settings: Settings = settings::load(GOOD, "stack.toml").unwrap();
    assert_eq!(settings.name, "shop");
    assert!(settings.zones.is_empty());
    let staging = &settings.environments["staging"];
    assert_eq!(staging.account.as_str(), "012345678901");
    assert_eq!(staging.region, Region::EuWest1);
    assert_eq!(staging.cidr, cidr!("10.40.0.0/16"));
    assert_eq!(staging.api, task_size!(256, 512));
    assert_eq!(staging.drain, seconds(300));
    assert_eq!(staging.disk, Some(mib(2048)));
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let text = GOOD
        .replace("name =", "nmae =")
        .replace("\"012345678901\"", "12345678901")
        .replace("eu-west-1", "eu-wets-1")
        .replace("10.40.0.0/16", "10.40.0.1/16")
        .replace("port = 8080", "port = 70000")
        .replace("cpu = 256, memory = 512", "cpu = 256, memory = 4096")
        .replace("\"5m\"", "300")
        .replace("2 GiB", "2 GB")
        .replace("cpu = 1024", "cpus = 1024")
        .replace("version = 17", "version = '17'")
        .replace("count = 2", "count = true")
        .replace("e-mail =", "email =");
    assert_eq!(
        refused(&text),
        "error[unknown-setting]: there is no setting `nmae`
  in: stack.toml:1:1
  help: did you mean `name`?
error[wrong-setting]: `environments.staging.account`: expected text, found a number
  in: stack.toml:4:11
  help: put it in quotes: an account id may begin with zeros
error[wrong-setting]: `environments.staging.region`: this is none of the possible values
  in: stack.toml:5:10
  help: did you mean `eu-west-1`?
error[wrong-setting]: `environments.staging.cidr`: the address of an IPv4 range has bits set beyond its prefix; write the first address of the range, as in 10.0.0.0/16
  in: stack.toml:6:8
error[wrong-setting]: `environments.staging.port`: 70000 is not between 1 and 65535
  in: stack.toml:7:8
error[wrong-setting]: Fargate has no task of 256 CPU units and 4096 MiB
  in: stack.toml:8:29
  help: with 256 CPU units Fargate offers 512, 1024 or 2048 MiB
error[wrong-setting]: `environments.staging.drain`: expected text, found a number
  in: stack.toml:9:9
  help: write its unit: `\"30s\"`
error[wrong-setting]: `environments.staging.disk`: `2 GB` is not a whole number followed by `MiB` or `GiB`, as in `512 MiB`
  in: stack.toml:10:8
error[unknown-setting]: there is no setting `environments.production.api.cpus`
  in: stack.toml:17:9
  help: did you mean `cpu`?
error[missing-setting]: `environments.production.api` has no `cpu`
  in: stack.toml:17:7
error[wrong-setting]: `environments.production.count`: expected a whole number, found a boolean
  in: stack.toml:19:9
error[wrong-setting]: `environments.production.engine.version`: expected a whole number, found text
  in: stack.toml:20:41
error[unknown-setting]: there is no setting `environments.production.alarm.email`
  in: stack.toml:22:1
  help: did you mean `e-mail`?
error[missing-setting]: `environments.production.alarm` has no `e-mail`
  in: stack.toml:21:1
error[missing-setting]: the file has no `name`
  in: stack.toml"
    );
}

#[test]
fn hostile_files_end_in_problems() {
    let deep = format!("name = {}{}", "[".repeat(50_000), "]".repeat(50_000));
    let keys = format!("{} = 1", ["a"; 5_000].join("."));
    let long = "#".repeat(2_000_000);
    for text in [
        "",
        "name",
        "\u{feff}",
        "name = 1\nname = 2",
        "[name",
        "a = \"\0\"",
        &deep,
        &keys,
        &long,
    ] {
        assert!(settings::load::<Settings>(text, "stack.toml").is_err());
    }
    assert!(refused("name = 'a\nzones = [").contains("stack.toml:1:"));
    assert!(refused("name = 'a\nzones = [").contains("stack.toml:2:"));
    assert!(refused("name = 'a'\nname = 'b'").contains("stack.toml:2:1"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let problems = settings::read::<Settings>("no/stack.toml".as_ref()).unwrap_err();
    assert!(
        problems[0]
            .message
            .starts_with("`no/stack.toml` cannot be read")
    );
}

#[test]
fn the_schema_is_closed_and_documented() {
    let schema = settings::schema_json::<Settings>();
    assert_eq!(schema, settings::schema_json::<Settings>());
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["description"], "The settings of a shop.");
    assert_eq!(
        schema["$defs"]["Environment"]["additionalProperties"],
        false
    );
    assert_eq!(
        schema["$defs"]["Environment"]["properties"]["account"]["pattern"],
        r"^\d{12}$"
    );
    assert_eq!(
        schema["properties"]["environments"]["additionalProperties"]["$ref"],
        "#/$defs/Environment"
    );
}
