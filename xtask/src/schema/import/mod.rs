//! `cargo xtask schema import`: writes the facts anew from what others publish.
//!
//! cfn-lint (<https://github.com/aws-cloudformation/cfn-lint>, MIT-0) carries AWS's schemas with its
//! own corrections; AWS CDK's service-spec (<https://github.com/cdklabs/awscdk-service-spec>,
//! Apache-2.0) adds what they do not say. Facts are taken over, no sentence of documentation. The
//! versions are the ones pinned in `xtask/judges/cfn-lint.txt` and `xtask/sources/package.json`.

mod cfn_lint;
mod changes;
mod reader;
mod service_spec;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::facts::{self, Service};
use crate::tools;
use changes::Changes;

/// Rewrites the facts, or with `check` only says what would change. Says what breaks programs.
pub(super) fn run(check: bool) -> Result<(), String> {
    let directory = tools::root().join("stack-core/facts");
    let (services, seen) = read(&tools::schemas()?, &tools::service_spec()?)?;
    let changes = Changes::between(&facts::read(&directory)?, &services);
    println!("{changes}");
    for (what, count) in &seen {
        println!("no fact stands for: {what}, {count} times");
    }
    let files = files(&services);
    if check {
        let old = old(&directory)?;
        if old == files {
            return Ok(());
        }
        return Err("the facts would change; run `cargo xtask schema import`".to_owned());
    }
    for name in old(&directory)?
        .keys()
        .filter(|it| !files.contains_key(*it))
    {
        let path = directory.join(name);
        fs::remove_file(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    for (name, text) in &files {
        let path = directory.join(name);
        fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    match changes.breaking() {
        0 => Ok(()),
        count => Err(format!(
            "the facts are written, and {count} changes break programs: say so in CHANGELOG.md, then `cargo xtask schema generate`"
        )),
    }
}

/// The services, and what of the schemas no fact stands for.
fn read(schemas: &Path, spec: &Path) -> Result<(Vec<Service>, reader::Seen), String> {
    let (mut services, seen) = cfn_lint::read(schemas)?;
    service_spec::merge(spec, &mut services)?;
    Ok((services, seen))
}

/// The facts' files by name.
fn files(services: &[Service]) -> BTreeMap<PathBuf, String> {
    let file = |it: &Service| {
        let name = it.name.replace("::", "_").to_lowercase();
        (PathBuf::from(format!("{name}.json")), facts::write(it))
    };
    services.iter().map(file).collect()
}

/// What is there now. A folder is left alone.
fn old(directory: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(directory);
    let entries = entries.map_err(|why| format!("{}: {why}", directory.display()))?;
    for path in entries.flatten().map(|it| it.path()) {
        if path.extension().is_some_and(|it| it == "json") {
            let text = fs::read_to_string(&path);
            let text = text.map_err(|why| format!("{}: {why}", path.display()))?;
            files.insert(path.file_name().unwrap_or_default().into(), text);
        }
    }
    Ok(files)
}
