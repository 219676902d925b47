//! The same program gives the same bytes, wherever and whenever it runs.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use stack_core::{App, Assembly};

fn assembly() -> Assembly {
    let mut app = App::new();
    systems::define(&mut app);
    app.synth()
        .unwrap_or_else(|problems| panic!("{}", problems[0]))
}

fn bodies() -> BTreeMap<String, String> {
    assembly()
        .stacks()
        .map(|it| (it.name.to_owned(), it.body().to_owned()))
        .collect()
}

#[test]
fn one_time_after_another_gives_the_same_templates_order_and_wiring() {
    let first = assembly();
    assert!(first.stacks().len() > 1);
    for time in 2..=5 {
        let again = assembly();
        assert!(again.stacks().len() == first.stacks().len(), "time {time}");
        for (one, other) in first.stacks().zip(again.stacks()) {
            assert_eq!(one.body(), other.body(), "{} time {time}", one.name);
            assert_eq!(
                one.template.to_yaml(),
                other.template.to_yaml(),
                "{} time {time}",
                one.name
            );
        }
        assert_eq!(first.order(), again.order(), "time {time}");
        let told = |it: &Assembly| format!("{:?} {:?}", it.wiring(), it.notes());
        assert_eq!(told(&first), told(&again), "time {time}");
    }
}

#[test]
fn threads_at_work_at_once_get_the_same_templates() {
    let expected = bodies();
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(bodies)).collect();
    for thread in threads {
        assert!(thread.join().unwrap() == expected);
    }
}

#[test]
fn folder_language_and_time_zone_do_not_show() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut seen: Vec<BTreeMap<String, Vec<u8>>> = Vec::new();
    for (n, (language, zone)) in [
        ("C", "UTC"),
        ("tr_TR.UTF-8", "Asia/Tokyo"),
        ("de_DE.UTF-8", "America/New_York"),
    ]
    .iter()
    .enumerate()
    {
        let folder = scratch.join(format!("run-{n}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let status = Command::new(env!("CARGO_BIN_EXE_systems"))
            .args(["synth", "--quiet"])
            .current_dir(&folder)
            .env("LC_ALL", language)
            .env("LANG", language)
            .env("TZ", zone)
            .status();
        assert!(status.unwrap().success());
        let files = fs::read_dir(folder.join("stack.out")).unwrap().flatten();
        seen.push(
            files
                .map(|it| {
                    (
                        it.file_name().to_string_lossy().into_owned(),
                        fs::read(it.path()).unwrap(),
                    )
                })
                .collect(),
        );
    }
    assert!(seen[0].len() > 6 && seen[0].contains_key("manifest.json"));
    assert!(seen.iter().all(|it| *it == seen[0]));
    // The debug binary and this process agree; a release binary is the same code.
    for (name, body) in bodies() {
        assert_eq!(
            seen[0].get(&format!("{name}.json")),
            Some(&body.into_bytes()),
            "{name}"
        );
    }
}
