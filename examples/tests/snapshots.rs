//! The templates of the examples are what a reviewer has seen: `snapshots/<system>/<Stack>.json`.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p systems` writes them anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use stack_core::App;
use systems::SYSTEMS;

fn folder(system: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../snapshots")
        .join(system)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .map(|it| it.file_name().to_string_lossy().into_owned())
        .filter(|it| it.ends_with(".json"))
        .collect()
}

#[test]
fn every_template_is_as_it_was_reviewed() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut changes = String::new();
    for (system, define) in SYSTEMS {
        let mut app = App::new();
        define(&mut app);
        let assembly = app.synth().unwrap_or_else(|problems| {
            let text: String = problems.iter().map(|it| format!("{it}\n")).collect();
            panic!("{system}:\n{text}");
        });
        let folder = folder(system);
        let mut written = BTreeSet::new();
        for stack in assembly.stacks() {
            let file = format!("{}.json", stack.name);
            let path = folder.join(&file);
            written.insert(file);
            let reviewed = fs::read_to_string(&path).unwrap_or_default();
            if reviewed == stack.body() {
                continue;
            }
            if update {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, stack.body()).unwrap();
                continue;
            }
            changes.push_str(&format!("{system}/{}:\n", stack.name));
            changes.push_str(&explain::difference(&reviewed, stack.body()));
        }
        let gone: Vec<String> = names(&folder).difference(&written).cloned().collect();
        for file in gone {
            if update {
                fs::remove_file(folder.join(&file)).unwrap();
            } else {
                changes.push_str(&format!(
                    "{system}/{file}: there is no such stack any more\n"
                ));
            }
        }
    }
    assert!(
        changes.is_empty(),
        "templates changed; if that is meant, run `UPDATE_SNAPSHOTS=1 cargo test -p systems` and review the diff:\n{changes}"
    );
}

mod explain {
    //! What changed, by resource and property.

    use serde_json::Value;

    /// A line for each difference between two templates.
    pub(super) fn difference(old: &str, new: &str) -> String {
        let parse = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
        let mut lines = Vec::new();
        compare("", &parse(old), &parse(new), &mut lines);
        if lines.is_empty() {
            lines.push("  only the layout\n".to_owned());
        }
        lines.concat()
    }

    fn short(value: &Value) -> String {
        let text = value.to_string();
        if text.chars().count() <= 60 {
            return text;
        }
        let start: String = text.chars().take(57).collect();
        format!("{start}...")
    }

    fn compare(place: &str, old: &Value, new: &Value, lines: &mut Vec<String>) {
        if old == new {
            return;
        }
        let (Value::Object(before), Value::Object(after)) = (old, new) else {
            lines.push(match (old, new) {
                (Value::Null, new) => format!("  {place}: new, {}\n", short(new)),
                (old, Value::Null) => format!("  {place}: gone, was {}\n", short(old)),
                _ => format!("  {place}: {} → {}\n", short(old), short(new)),
            });
            return;
        };
        let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            // `Resources.Api.Properties.Count` reads better as `Api.Count`.
            let inner = match (place, key.as_str()) {
                ("", "Resources") => String::new(),
                ("", key) => key.to_owned(),
                (place, "Properties") => place.to_owned(),
                (place, key) => format!("{place}.{key}"),
            };
            let get =
                |it: &serde_json::Map<String, Value>| it.get(key).cloned().unwrap_or_default();
            compare(&inner, &get(before), &get(after), lines);
        }
    }

    #[test]
    fn a_change_is_told_by_resource_and_property() {
        let old = r#"{"Resources":{"Api":{"Type":"T","Properties":{"Count":2,"Name":"a"}},"Old":{"Type":"T"}}}"#;
        let new = r#"{"Resources":{"Api":{"Type":"T","Properties":{"Count":3,"Name":"a"}},"New":{"Type":"T"}}}"#;
        assert_eq!(
            difference(old, new),
            "  Api.Count: 2 → 3\n  New: new, {\"Type\":\"T\"}\n  Old: gone, was {\"Type\":\"T\"}\n"
        );
    }
}
