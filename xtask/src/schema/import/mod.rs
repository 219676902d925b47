//! `cargo xtask schema import`: writes the facts anew from what others publish.
//!
//! cfn-lint (<https://github.com/aws-cloudformation/cfn-lint>, MIT-0) carries AWS's schemas with its
//! own corrections; AWS CDK's service-spec (<https://github.com/cdklabs/awscdk-service-spec>,
//! Apache-2.0) adds what they do not say. Facts are taken over, no sentence of documentation. The
//! versions are the ones pinned in `xtask/judges/cfn-lint.txt` and `xtask/sources/package.json`.

mod cfn_lint;
mod changes;
mod options;
mod reader;
mod service_spec;
mod sources;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::corrections;
use super::facts::{self, Service};
use crate::tools;
use changes::Changes;
pub(crate) use options::OPTIONS;
use options::Options;

/// Rewrites the facts and says what changes, above all what breaks programs. Whether something
/// does: false when nothing breaks (with `--check`: when nothing changes).
///
/// # Errors
/// When a source or the facts could not be read, understood or written.
pub(super) fn run(words: &[&str]) -> Result<bool, String> {
    let options = Options::parse(words)?;
    let directory = match &options.facts {
        Some(given) => given.clone(),
        None => tools::root().join("stack-core/facts"),
    };
    let schemas = sources::cfn_lint(options.cfn_lint.as_deref())?;
    let database = sources::service_spec(options.service_spec.as_deref())?;
    let (mut services, mut seen) = cfn_lint::read(&schemas)?;
    seen.extend(service_spec::merge(&database, &mut services)?);
    let (files, committed) = (files(&services), old(&directory)?);
    let changed = files != committed;
    let changes = compared(&directory, &committed, services)?;
    let writes = changed && !options.check && !options.dry_run;
    if writes {
        write(&directory, &files, &committed)?;
    }
    let mut said = changes.report(options.verbose);
    let places: usize = seen.values().map(BTreeSet::len).sum();
    if places > 0 && !options.verbose {
        said += &format!("no fact stands for what {places} places say; --verbose lists them\n");
    }
    for (what, places) in seen.iter().filter(|_| options.verbose) {
        said += &format!("no fact stands for: {what}, {} times\n", places.len());
        for place in places {
            said += &format!("  {place}\n");
        }
    }
    said += match (changed, writes) {
        (false, _) => "the facts are up to date\n",
        (true, true) => "the facts are written; `cargo xtask schema generate` comes next\n",
        (true, false) => "the facts would change, and are not written\n",
    };
    // Whoever reads may stop reading.
    let _ = std::io::stdout().write_all(said.as_bytes());
    Ok(if options.check {
        changed
    } else {
        changes.breaking()
    })
}

/// The changes between the facts of before and the services.
fn compared(
    directory: &Path,
    committed: &BTreeMap<PathBuf, String>,
    mut after: Vec<Service>,
) -> Result<Changes, String> {
    let mut before = Vec::new();
    for (name, text) in committed {
        before.push(facts::parse(&directory.join(name), text)?);
    }
    let applied = corrections::for_faces(&mut before);
    let applies = corrections::for_faces(&mut after);
    let mut changes = Changes::between(&before, &after);
    // Facts that are not CloudFormation's own never had what is corrected.
    if let (Ok(()), Err(why)) = (applied, applies) {
        changes.repair(why);
    }
    Ok(changes)
}

fn write(
    directory: &Path,
    files: &BTreeMap<PathBuf, String>,
    committed: &BTreeMap<PathBuf, String>,
) -> Result<(), String> {
    for name in committed.keys().filter(|it| !files.contains_key(*it)) {
        let path = directory.join(name);
        fs::remove_file(&path).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    for (name, text) in files {
        if committed.get(name) != Some(text) {
            let path = directory.join(name);
            fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))?;
        }
    }
    Ok(())
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
