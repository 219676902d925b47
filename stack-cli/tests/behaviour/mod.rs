//! What a case of words cannot say: times of files, closed pipes, other places and languages.

#[cfg(all(feature = "aws", unix))]
pub(crate) mod aws;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use super::{Work, start, text};

/// Name and test.
pub(crate) const TESTS: [(&str, fn()); 8] = [
    (
        "the_same_program_writes_the_same_bytes_everywhere",
        the_same_program_writes_the_same_bytes_everywhere,
    ),
    (
        "a_file_that_would_not_change_keeps_its_time",
        a_file_that_would_not_change_keeps_its_time,
    ),
    ("a_closed_pipe_is_no_error", a_closed_pipe_is_no_error),
    (
        "a_link_in_the_folder_is_replaced_not_followed",
        a_link_in_the_folder_is_replaced_not_followed,
    ),
    (
        "a_manifest_cannot_make_synth_remove_files_elsewhere",
        a_manifest_cannot_make_synth_remove_files_elsewhere,
    ),
    (
        "the_manifest_tells_everything_beside_the_templates",
        the_manifest_tells_everything_beside_the_templates,
    ),
    (
        "every_shell_gets_a_script_under_the_name_of_the_program",
        every_shell_gets_a_script_under_the_name_of_the_program,
    ),
    (
        "a_result_that_cannot_be_written_is_an_error",
        a_result_that_cannot_be_written_is_an_error,
    ),
];

type Files = BTreeMap<String, String>;

fn content(work: &Work) -> Files {
    let read = |name: String| {
        let text = fs::read_to_string(work.0.join(&name)).unwrap();
        (name, text)
    };
    work.files().into_iter().map(read).collect()
}

/// Runs `PROGRAM synth` in a folder of its own; the files and what was printed.
fn synth(program: &str, folder: &str, variables: &[(&str, &str)]) -> (Files, String) {
    let work = Work::new(folder);
    let output = start(program)
        .arg("synth")
        .envs(variables.iter().copied())
        .current_dir(&work.0)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (content(&work), text(&output.stdout) + &text(&output.stderr))
}

fn the_same_program_writes_the_same_bytes_everywhere() {
    let first = synth("shop", "same-first", &[]);
    assert_eq!(first.0.len(), 4);
    let languages = [
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "ar_EG.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
    ];
    for (program, folder, variables) in [
        ("shop", "same-again", &[][..]),
        ("shop", "same/deeper/with blank", &[]),
        ("shop", "same-language", &languages),
        (
            "shop",
            "same-home",
            &[("HOME", "/nowhere"), ("COLUMNS", "10"), ("CI", "true")],
        ),
        ("crowd", "same-threads", &[]),
        ("crowd", "same-threads-again", &languages),
    ] {
        assert_eq!(synth(program, folder, variables), first, "{folder}");
    }
    let fleet = synth("fleet", "same-fleet", &[]);
    assert_eq!(fleet.0.len(), 502);
    assert!(synth("fleet", "same-fleet-again", &languages) == fleet);
}

fn a_file_that_would_not_change_keeps_its_time() {
    let work = Work::new("times");
    let run = |program: &str| {
        let output = start(program)
            .arg("synth")
            .current_dir(&work.0)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    run("shop");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let time = |name: &str| fs::metadata(work.0.join(name)).unwrap().modified().unwrap();
    for file in work.files() {
        let file = fs::File::options()
            .write(true)
            .open(work.0.join(file))
            .unwrap();
        file.set_modified(long_ago).unwrap();
    }
    let changed = work.0.join("stack.out/Jobs.json");
    let same_length = fs::read_to_string(&changed).unwrap().replace("SQS", "SNS");
    fs::write(&changed, same_length).unwrap();
    let said = run("shop");
    assert!(said.contains("1 written, 2 unchanged"), "{said}");
    assert!(time("stack.out/Jobs.json") > long_ago);
    for file in ["Base.json", "ShopDev.json", "manifest.json"] {
        assert_eq!(time(&format!("stack.out/{file}")), long_ago, "{file}");
    }
}

fn a_closed_pipe_is_no_error() {
    let work = Work::new("pipe");
    for arguments in [
        &["synth"][..],
        &["synth", "--stdout", "Shared"],
        &["list"],
        &["list", "--format", "json"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let mut child = start("fleet")
            .args(arguments)
            .current_dir(&work.0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Nobody reads: the pipe is closed before anything is written.
        drop(child.stdout.take());
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(
            child.wait().unwrap().code(),
            Some(0),
            "{arguments:?}: {said}"
        );
        assert!(
            !said.contains("panicked") && !said.contains("error"),
            "{said}"
        );
    }
    assert_eq!(work.files().len(), 502);
}

fn a_link_in_the_folder_is_replaced_not_followed() {
    #[cfg(unix)]
    {
        let work = Work::new("link");
        fs::create_dir(work.0.join("stack.out")).unwrap();
        fs::write(work.0.join("precious"), "precious").unwrap();
        std::os::unix::fs::symlink("../precious", work.0.join("stack.out/Base.json")).unwrap();
        let output = start("smaller-shop")
            .arg("synth")
            .current_dir(&work.0)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(
            fs::read_to_string(work.0.join("precious")).unwrap(),
            "precious"
        );
        let written = fs::symlink_metadata(work.0.join("stack.out/Base.json")).unwrap();
        assert!(written.is_file());
    }
}

fn a_manifest_cannot_make_synth_remove_files_elsewhere() {
    let work = Work::new("elsewhere");
    fs::create_dir(work.0.join("stack.out")).unwrap();
    fs::write(work.0.join("precious.json"), "precious").unwrap();
    fs::write(work.0.join("stack.out/notes.txt"), "notes").unwrap();
    let manifest = r#"{"schema": "stack/manifest.v1", "stacks": [
        {"name": "../precious", "file": "../precious.json"},
        {"name": "Old", "file": "../precious.json"},
        {"name": "notes", "file": "notes.txt"},
        {"name": "manifest", "file": "manifest.json"}
    ]}"#;
    fs::write(work.0.join("stack.out/manifest.json"), manifest).unwrap();
    let output = start("smaller-shop")
        .arg("synth")
        .current_dir(&work.0)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected = [
        "precious.json",
        "stack.out/Base.json",
        "stack.out/manifest.json",
        "stack.out/notes.txt",
    ];
    assert_eq!(work.files(), expected);
}

fn the_manifest_tells_everything_beside_the_templates() {
    let (files, _) = synth("shop", "manifest", &[]);
    let manifest: serde_json::Value =
        serde_json::from_str(&files["stack.out/manifest.json"]).unwrap();
    let shop = &manifest["stacks"][2];
    let source = include_str!("../programs/shop.rs").lines();
    let line = 1 + source.take_while(|it| !it.contains("\"Group\"")).count();
    let origin = format!("stack-cli/tests/programs/shop.rs:{line}");
    for (found, expected) in [
        (&manifest["schema"], serde_json::json!("stack/manifest.v1")),
        (
            &manifest["order"],
            serde_json::json!(["Base", "Jobs", "ShopDev"]),
        ),
        (&shop["name"], serde_json::json!("ShopDev")),
        (&shop["file"], serde_json::json!("ShopDev.json")),
        (
            &shop["environment"],
            serde_json::json!({"account": "012345678901", "region": "eu-west-1"}),
        ),
        (&shop["termination_protection"], serde_json::json!(true)),
        (&shop["resources"], serde_json::json!(2)),
        (
            &shop["bytes"],
            serde_json::json!(files["stack.out/ShopDev.json"].len()),
        ),
        (&shop["origins"]["Group"], serde_json::json!(origin)),
        (
            &manifest["stacks"][0]["tags"],
            serde_json::json!({"team": "shop"}),
        ),
        (
            &manifest["wiring"],
            serde_json::json!([{"stack": "ShopDev", "parameter": "Vpc", "from_stack": "Base", "output": "Vpc"}]),
        ),
    ] {
        assert_eq!(*found, expected);
    }
}

fn every_shell_gets_a_script_under_the_name_of_the_program() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        for (program, command) in [("shop", "synth"), ("stack", "render-task")] {
            let output = start(program)
                .args(["completions", shell])
                .output()
                .unwrap();
            let script = text(&output.stdout);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{shell}: {}",
                text(&output.stderr)
            );
            assert!(
                script.contains(program) && script.contains(command),
                "{shell}: {script}"
            );
        }
    }
}

fn a_result_that_cannot_be_written_is_an_error() {
    // Linux has a device that is always full.
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else {
        return println!("no /dev/full here");
    };
    let output = start("shop").arg("list").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.starts_with("error[cannot-write]: cannot write to standard output"),
        "{said}"
    );
}
