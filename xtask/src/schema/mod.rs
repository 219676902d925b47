//! `cargo xtask schema`: the facts about CloudFormation's types, and the code made of them.

mod corrections;
mod face;
mod facts;
mod features;
mod import;
mod kinds;
mod names;
mod render;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const USAGE: &str = "cargo xtask schema import [OPTIONS]
       cargo xtask schema generate
       cargo xtask schema check";

/// Runs one of the tasks in [`USAGE`] and says how the process ends: 0 when all is well, 1 when
/// generated files differ or an import breaks programs, 2 when an import could not be done.
pub(crate) fn run(arguments: &[String]) -> Result<u8, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["generate"] => write(&generated()?).map(|()| 0),
        ["import", options @ ..] => Ok(match import::run(options) {
            Ok(breaks) => u8::from(breaks),
            Err(why) => {
                eprintln!("error: {why}");
                2
            }
        }),
        ["check"] => check(&generated()?).map(|()| 0),
        _ => Err(format!(
            "usage: {USAGE}\noptions of import:\n{}",
            import::OPTIONS
        )),
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every generated file, by its path from the root.
fn generated() -> Result<BTreeMap<PathBuf, Vec<u8>>, String> {
    let mut services = facts::read(&root().join("stack-core/facts"))?;
    corrections::for_faces(&mut services)?;
    let mut files = render::files(&services)?;
    let manifest = PathBuf::from("stack-core/Cargo.toml");
    let old = fs::read_to_string(root().join(&manifest))
        .map_err(|why| format!("cannot read `{}`: {why}", manifest.display()))?;
    files.insert(manifest, features::manifest(&services, &old)?);
    let mut files: BTreeMap<PathBuf, Vec<u8>> = files
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect();
    files.insert(crate::table::path(), crate::table::build(&root())?.bytes);
    Ok(files)
}

fn write(files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), String> {
    for (path, text) in files {
        let path = root().join(path);
        if fs::read(&path).is_ok_and(|it| it == *text) {
            continue;
        }
        fs::write(&path, text)
            .map_err(|why| format!("cannot write `{}`: {why}", path.display()))?;
    }
    Ok(())
}

fn check(files: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), String> {
    let differs: Vec<String> = files
        .iter()
        .filter(|(path, text)| fs::read(root().join(path)).ok().as_ref() != Some(*text))
        .map(|(path, _)| path.display().to_string())
        .collect();
    if differs.is_empty() {
        return Ok(());
    }
    Err(format!(
        "generated files differ from what the facts give; run `cargo xtask schema generate`:\n  {}",
        differs.join("\n  ")
    ))
}
