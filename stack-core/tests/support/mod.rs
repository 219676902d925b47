//! Real templates from outside, when they are at hand.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder of outside templates, from `STACK_CORPORA` or beside the repository. Says so when
/// there is none: the test has then nothing to look at.
pub(crate) fn corpora() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora");
    let folder = std::env::var_os("STACK_CORPORA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("no outside templates at hand (STACK_CORPORA); nothing was compared");
    None
}

/// The templates of a set, by file name.
pub(crate) fn templates(folder: &Path) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|it| it.path())
        .filter(|it| {
            it.file_name()
                .is_some_and(|it| it != "expected.json" && it != "index.json")
        })
        .filter_map(|it| {
            let name = it.file_name()?.to_string_lossy().into_owned();
            Some((name, fs::read_to_string(&it).ok()?))
        })
        .collect();
    found.sort();
    found
}
