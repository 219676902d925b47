//! The commands as a user meets them: arguments, standard output, standard error, exit code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use insta::assert_snapshot;

/// An empty folder of its own for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// One of the programs in `examples/`, which cargo builds beside the tests unless `--test` or the
/// like narrows what it builds.
fn program(name: &str, folder: &Path) -> Command {
    let tests = std::env::current_exe().unwrap();
    let path = tests
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "run `cargo test -p stack-cli`: with `--test` cargo does not build the example `{name}`"
    );
    command(&path, folder)
}

fn command(path: &Path, folder: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// What happened, as text to compare.
fn told(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!(
        "{}--- standard error\n{}--- exit code {}",
        text(output.stdout),
        text(output.stderr),
        output.status.code().unwrap()
    )
}

#[test]
fn synth_writes_templates_and_a_manifest_once() {
    let folder = folder("synth");
    assert_snapshot!(told(program("shop", &folder).arg("synth")), @"
    Base  1 resource  197 bytes
    Shop  1 resource  259 bytes
    --- standard error
    2 stacks, 2 resources, 456 bytes in stack.out
    --- exit code 0
    ");
    assert_snapshot!(told(program("shop", &folder).arg("synth")), @"
    Base  1 resource  197 bytes  unchanged
    Shop  1 resource  259 bytes  unchanged
    --- standard error
    2 stacks, 2 resources, 456 bytes in stack.out
    --- exit code 0
    ");
    assert_snapshot!(fs::read_to_string(folder.join("stack.out/manifest.json")).unwrap(), @r#"
    {
      "schema": "stack/manifest.v1",
      "order": [
        "Base",
        "Shop"
      ],
      "stacks": [
        {
          "name": "Base",
          "file": "Base.json",
          "resources": 1,
          "bytes": 197,
          "termination_protection": false,
          "arguments": {},
          "tags": {},
          "origins": {
            "Topic": "stack-cli/examples/shop.rs:7"
          }
        },
        {
          "name": "Shop",
          "file": "Shop.json",
          "resources": 1,
          "bytes": 259,
          "termination_protection": false,
          "arguments": {},
          "tags": {},
          "origins": {
            "Jobs": "stack-cli/examples/shop.rs:10"
          }
        }
      ],
      "wiring": [
        {
          "stack": "Shop",
          "parameter": "Topic",
          "from_stack": "Base",
          "output": "Topic"
        }
      ]
    }
    "#);
}

#[test]
fn a_stack_that_is_gone_takes_its_file_with_it() {
    let folder = folder("gone");
    told(program("shop", &folder).arg("synth"));
    let second = told(
        program("shop", &folder)
            .arg("synth")
            .env("WITHOUT_SHOP", "1"),
    );
    assert_snapshot!(second, @"
    Base  1 resource  122 bytes
    --- standard error
    removed stack.out/Shop.json: there is no such stack any more
    1 stack, 1 resource, 122 bytes in stack.out
    --- exit code 0
    ");
    assert!(!folder.join("stack.out/Shop.json").exists());
}

#[test]
fn another_format_replaces_the_files_of_the_first() {
    let folder = folder("format");
    told(program("shop", &folder).arg("synth"));
    let second = told(program("shop", &folder).args(["synth", "--format", "yaml"]));
    assert_snapshot!(second, @"
    Base  1 resource  125 bytes
    Shop  1 resource  166 bytes
    --- standard error
    removed stack.out/Base.json: the stack is in Base.yaml now
    removed stack.out/Shop.json: the stack is in Shop.yaml now
    2 stacks, 2 resources, 291 bytes in stack.out
    --- exit code 0
    ");
    assert!(folder.join("stack.out/Shop.yaml").exists());
    assert!(!folder.join("stack.out/Shop.json").exists());
}

#[test]
fn a_selected_stack_brings_those_it_takes_values_from() {
    let folder = folder("selected");
    for (selection, out, expected) in [
        ("Base", "one", &["Base.json", "manifest.json"][..]),
        ("S*p", "both", &["Base.json", "Shop.json", "manifest.json"]),
    ] {
        let output = told(program("shop", &folder).args(["synth", selection, "--out", out]));
        assert!(output.ends_with("exit code 0"), "{output}");
        let files = fs::read_dir(folder.join(out)).unwrap();
        let mut files: Vec<_> = files
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, expected, "{selection}");
    }
}

#[test]
fn one_template_goes_to_standard_output_alone() {
    let folder = folder("stdout");
    assert_snapshot!(told(program("shop", &folder).args(["synth", "Shop", "--stdout"])), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Parameters": {
        "Topic": {
          "Type": "String"
        }
      },
      "Resources": {
        "Jobs": {
          "Type": "AWS::SQS::Queue",
          "Properties": {
            "QueueName": { "Ref": "Topic" }
          }
        }
      }
    }
    --- standard error
    --- exit code 0
    "#);
    assert_snapshot!(told(program("shop", &folder).args(["synth", "Base", "--stdout", "--format", "yaml"])), @r#"
    AWSTemplateFormatVersion: "2010-09-09"
    Resources:
      Topic:
        Type: AWS::SNS::Topic
    Outputs:
      Topic:
        Value: !Ref Topic
    --- standard error
    --- exit code 0
    "#);
    assert_snapshot!(told(program("shop", &folder).args(["synth", "--stdout"])), @"
    --- standard error
    error[one-stack]: `--stdout` prints one template, and these are 2
      help: name one of `Base`, `Shop`
    --- exit code 2
    ");
    assert!(!folder.join("stack.out").exists());
}

#[test]
fn a_stack_that_is_not_there_is_told_with_the_one_that_is() {
    let folder = folder("unknown");
    assert_snapshot!(told(program("shop", &folder).args(["synth", "Shpo"])), @"
    --- standard error
    error[unknown-stack]: the app has no stack `Shpo`
      help: did you mean `Shop`?
    --- exit code 2
    ");
    assert_snapshot!(told(program("shop", &folder).args(["synth", "Base", "Z*"])), @"
    --- standard error
    error[unknown-stack]: no stack of the app matches `Z*`
      help: its stacks are `Base`, `Shop`
    --- exit code 2
    ");
    assert!(!folder.join("stack.out").exists());
}

#[test]
fn wrong_usage_is_told_on_standard_error() {
    let folder = folder("usage");
    let tool = Path::new(env!("CARGO_BIN_EXE_stack"));
    for (mut command, arguments, expected) in [
        (
            program("shop", &folder),
            &["sinth"][..],
            "a similar subcommand exists: 'synth'",
        ),
        (
            program("shop", &folder),
            &["synth", "--format", "xml"],
            "[possible values: json, yaml]",
        ),
        (
            program("shop", &folder),
            &["synth", "--stdout", "--out", "x"],
            "'--stdout' cannot be used with '--out",
        ),
        (
            program("shop", &folder),
            &["completions", "tcsh"],
            "invalid value 'tcsh'",
        ),
        (
            program("shop", &folder),
            &[],
            "Usage: shop [OPTIONS] <COMMAND>",
        ),
        (command(tool, &folder), &[], "stack_cli::run(|app| { … })"),
        (
            command(tool, &folder),
            &["synth"],
            "unrecognized subcommand 'synth'",
        ),
    ] {
        let output = command.args(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(expected), "{arguments:?} {told}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let help = told(program("shop", &folder).arg("--help"));
    assert!(help.contains("Exit codes:") && help.ends_with("--- standard error\n--- exit code 0"));
}

#[test]
fn problems_show_the_users_line_and_nothing_is_written() {
    let folder = folder("broken");
    assert_snapshot!(told(program("broken", &folder).arg("synth")), @"
    --- standard error
    error[duplicate-id]: `Jobs` is already used at stack-cli/examples/broken.rs:8
      --> stack-cli/examples/broken.rs:12
      in: Shop/Jobs
      help: give one of the two its own id, for example `OtherJobs`
    error[range]: 901 is more than 900
      --> stack-cli/examples/broken.rs:8
      in: Shop/Jobs.DelaySeconds
    error: 2 errors; nothing was written
    --- exit code 1
    ");
    assert!(!folder.join("stack.out").exists());
}

#[test]
fn colour_is_asked_for_or_refused() {
    let folder = folder("colour");
    for (arguments, variables, expected) in [
        (&[][..], &[][..], false),
        (&["--color", "always"], &[], true),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let mut command = program("broken", &folder);
        command.arg("synth").args(arguments);
        let told = told(command.envs(variables.iter().copied()));
        let red = "\u{1b}[1;31merror[duplicate-id]\u{1b}[0m: `Jobs` is already used";
        assert_eq!(told.contains(red), expected, "{arguments:?} {variables:?}");
        assert_eq!(
            told.contains('\u{1b}'),
            expected,
            "{arguments:?} {variables:?}"
        );
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let folder = folder("pipe");
    for arguments in [
        &["synth", "Shop", "--stdout"][..],
        &["synth", "Shop", "--stdout", "--format", "yaml"],
        &["synth", "--out", "written"],
        &["list"],
        &["list", "--format", "json"],
        &["completions", "bash"],
        &["--help"],
    ] {
        // Gone before the program starts, so that its first write meets a closed pipe.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = program("shop", &folder);
        let output = command.args(arguments).stdout(writer).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {told}");
        assert!(
            !told.contains("error") && !told.contains("panicked"),
            "{told}"
        );
    }
    assert!(folder.join("written/manifest.json").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let folder = folder("full");
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    for arguments in [
        &["synth", "Shop", "--stdout"][..],
        &["list", "--format", "json"],
        &["completions", "bash"],
    ] {
        let mut command = program("shop", &folder);
        let output = command.args(arguments).stdout(full()).output().unwrap();
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8(output.stderr).unwrap().as_str()
            ),
            (
                Some(2),
                "error[cannot-write]: cannot write to standard output: no storage space\n"
            ),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let folder = folder("unwritable");
    fs::write(folder.join("stack.out"), "a file").unwrap();
    assert_snapshot!(told(program("shop", &folder).arg("synth")), @"
    --- standard error
    error[cannot-write]: cannot make the folder `stack.out`: entity already exists
      help: a file is where a folder is needed: move it, or choose another place
    --- exit code 2
    ");
    fs::remove_file(folder.join("stack.out")).unwrap();
    fs::create_dir_all(folder.join("stack.out/Shop.json")).unwrap();
    assert_snapshot!(told(program("shop", &folder).arg("synth")), @"
    --- standard error
    error[cannot-write]: cannot write `stack.out/Shop.json`: is a directory
      help: a folder is where the file should be: move it, or choose another place
    --- exit code 2
    ");
    // Nothing half written is left beside it.
    let mut left: Vec<_> = fs::read_dir(folder.join("stack.out"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["Base.json", "Shop.json"]);
}

#[test]
fn quiet_says_nothing_but_problems() {
    let folder = folder("quiet");
    assert_snapshot!(told(program("shop", &folder).args(["synth", "--quiet"])), @"
    --- standard error
    --- exit code 0
    ");
    assert!(folder.join("stack.out/manifest.json").exists());
    assert_snapshot!(told(program("broken", &folder).args(["list", "--quiet"])), @"
    --- standard error
    error[duplicate-id]: `Jobs` is already used at stack-cli/examples/broken.rs:8
      --> stack-cli/examples/broken.rs:12
      in: Shop/Jobs
      help: give one of the two its own id, for example `OtherJobs`
    error[range]: 901 is more than 900
      --> stack-cli/examples/broken.rs:8
      in: Shop/Jobs.DelaySeconds
    error: 2 errors
    --- exit code 1
    ");
}

#[test]
fn stacks_are_listed_in_deployment_order() {
    let folder = folder("list");
    assert_snapshot!(told(program("shop", &folder).arg("list")), @"
    Base  anywhere  1 resource
    Shop  anywhere  1 resource
    --- standard error
    --- exit code 0
    ");
    assert_snapshot!(told(program("shop", &folder).args(["list", "--format", "json"])), @r#"
    {
      "schema": "stack/list.v1",
      "stacks": [
        {
          "name": "Base",
          "resources": 1,
          "termination_protection": false,
          "takes_values_from": []
        },
        {
          "name": "Shop",
          "resources": 1,
          "termination_protection": false,
          "takes_values_from": [
            "Base"
          ]
        }
      ]
    }
    --- standard error
    --- exit code 0
    "#);
}

#[test]
fn settings_come_from_a_file_and_its_mistakes_have_a_place() {
    let folder = folder("settings");
    assert_snapshot!(told(program("configured", &folder).arg("synth")), @"
    --- standard error
    error[cannot-read]: cannot read `stack.toml`: no such file or folder
      help: check the path
    --- exit code 2
    ");
    fs::write(folder.join("stack.toml"), "delai = 5\n").unwrap();
    assert_snapshot!(told(program("configured", &folder).arg("synth")), @"
    --- standard error
    error[unknown-setting]: there is no setting `delai`
      in: stack.toml:1:1
      help: did you mean `delay`?
    error[missing-setting]: the file has no `delay`
      in: stack.toml
    error: 2 errors; nothing was done
    --- exit code 1
    ");
    fs::write(folder.join("other.toml"), "delay = 5\n").unwrap();
    assert_snapshot!(told(program("configured", &folder).args(["synth", "--settings", "other.toml"])), @"
    Shop  1 resource  178 bytes
    --- standard error
    1 stack, 1 resource, 178 bytes in stack.out
    --- exit code 0
    ");
    assert_snapshot!(told(program("configured", &folder).arg("schema")), @r#"
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "additionalProperties": false,
      "description": "What the file holds.",
      "properties": {
        "delay": {
          "description": "Seconds before a job can be taken.",
          "format": "uint16",
          "maximum": 65535,
          "minimum": 0,
          "type": "integer"
        }
      },
      "required": [
        "delay"
      ],
      "title": "Settings",
      "type": "object"
    }
    --- standard error
    --- exit code 0
    "#);
    assert_snapshot!(told(program("shop", &folder).arg("schema")), @"
    --- standard error
    error[no-settings]: this program has no settings file
      help: `stack_cli::run_with` gives it one
    --- exit code 2
    ");
}

#[test]
fn a_task_definition_is_rendered_strictly() {
    let folder = folder("render");
    let template = r#"{ "family": "shop", "containerDefinitions": [{ "name": "app", "image": "{{image}}", "memory": "{{memory}}" }] }"#;
    fs::write(folder.join("task.json"), template).unwrap();
    fs::write(
        folder.join("values.toml"),
        "image = \"shop:1\"\nmemory = 512\n",
    )
    .unwrap();
    let tool = Path::new(env!("CARGO_BIN_EXE_stack"));
    let render = |extra: &[&str]| {
        told(
            command(tool, &folder)
                .args(["render-task", "task.json", "--values", "values.toml"])
                .args(extra),
        )
    };
    assert_snapshot!(render(&[]), @r#"
    {
      "family": "shop",
      "containerDefinitions": [
        {
          "name": "app",
          "image": "shop:1",
          "memory": 512
        }
      ]
    }
    --- standard error
    --- exit code 0
    "#);
    assert_snapshot!(render(&["--set", "image=evil\", \"x\": \""]), @r#"
    {
      "family": "shop",
      "containerDefinitions": [
        {
          "name": "app",
          "image": "evil\", \"x\": \"",
          "memory": 512
        }
      ]
    }
    --- standard error
    --- exit code 0
    "#);
    assert_snapshot!(render(&["--set", "imgae=shop:2"]), @"
    --- standard error
    error[unused-value]: no placeholder uses `imgae`
      in: --set
      help: did you mean `image`?
    error: 1 error; nothing was rendered
    --- exit code 1
    ");
    fs::write(
        folder.join("more.toml"),
        "image = \"shop:1\"\nmemory = 512\ncpu = 256\n",
    )
    .unwrap();
    assert_snapshot!(told(command(tool, &folder).args(["render-task", "task.json", "--values", "more.toml"])), @"
    --- standard error
    error[unused-value]: no placeholder uses `cpu`
      in: more.toml:3:7
      help: remove it, or put its placeholder into the template
    error: 1 error; nothing was rendered
    --- exit code 1
    ");
    assert_snapshot!(render(&["--set", "image"]), @"
    --- standard error
    error[usage]: `--set image` has no value
      help: write `--set name=value`
    --- exit code 2
    ");
    let output = render(&["--out", "made/task.json", "--set", "memory=1024"]);
    assert_eq!(output, "--- standard error\n--- exit code 0");
    let written = fs::read_to_string(folder.join("made/task.json")).unwrap();
    assert_eq!(
        written,
        render(&["--set", "memory=1024"])
            .split("--- ")
            .next()
            .unwrap()
    );
    assert_snapshot!(told(command(tool, &folder).args(["render-task", "task.json"])), @"
    --- standard error
    error[unknown-placeholder]: `image` has no value
      in: task.json:1:73
      help: no values are given
    error[unknown-placeholder]: `memory` has no value
      in: task.json:1:96
      help: no values are given
    error: 2 errors; nothing was rendered
    --- exit code 1
    ");
}

#[test]
fn completions_are_there_for_the_common_shells() {
    let folder = folder("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = told(program("shop", &folder).args(["completions", shell]));
        assert!(
            script.contains("synth") && script.ends_with("exit code 0"),
            "{shell}"
        );
        let tool = Path::new(env!("CARGO_BIN_EXE_stack"));
        let script = told(command(tool, &folder).args(["completions", shell]));
        assert!(
            script.contains("render-task") && !script.contains("synth"),
            "{shell}"
        );
    }
}
