//! What is said of a change. A case is a folder: `old.yaml`, `new.yaml` (or folders `old` and `new`
//! of several stacks), and what comes of them in `expected.txt`.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;

use stack_core::Template;
use stack_review::StackInput;
use stack_review::diff::{Options, compare_stacks, render};

fn read(path: &Path) -> Template {
    let text = std::fs::read_to_string(path).unwrap();
    Template::parse(&text).unwrap_or_else(|it| panic!("{}: {}", path.display(), it[0]))
}

/// The stacks of one side; a file alone has no name.
fn side(case: &Path, name: &str) -> BTreeMap<String, Template> {
    let file = case.join(format!("{name}.yaml"));
    if file.is_file() {
        return BTreeMap::from([(String::new(), read(&file))]);
    }
    let files = std::fs::read_dir(case.join(name)).unwrap();
    files
        .map(|it| it.unwrap().path())
        .map(|it| {
            (
                it.file_stem().unwrap().to_string_lossy().into_owned(),
                read(&it),
            )
        })
        .collect()
}

fn inputs(stacks: &BTreeMap<String, Template>) -> Vec<StackInput<'_>> {
    stacks
        .iter()
        .map(|(name, it)| StackInput::new(name, it))
        .collect()
}

#[test]
fn every_case_says_what_its_folder_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff");
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases {
        let (old, new) = (side(&case, "old"), side(&case, "new"));
        let changes = compare_stacks(&inputs(&old), &inputs(&new), &Options::default());
        let said = render::text(&changes);
        let path = case.join("expected.txt");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, &said).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected != said {
            wrong.push(format!(
                "{}\n--- expected\n{expected}--- said\n{said}",
                case.display()
            ));
        }
        // Nothing happens where nothing changes.
        for same in [&old, &new] {
            let nothing = compare_stacks(&inputs(same), &inputs(same), &Options::default());
            assert!(nothing.is_empty(), "{}: {nothing:#?}", case.display());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
