//! Where the two packages are: installed in their pinned versions, or given by path.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools;

/// The folder that holds `providers` and `resources`.
pub(super) fn cfn_lint(given: Option<&Path>) -> Result<PathBuf, String> {
    let Some(given) = given else {
        return tools::schemas();
    };
    let folder = unpacked(given, "cfn-lint", "zipfile")?;
    let inner = ["", "schemas", "data/schemas", "cfnlint/data/schemas"];
    let holds = |it: &PathBuf| it.join("providers").is_dir() && it.join("resources").is_dir();
    let found = inner.iter().map(|it| folder.join(it)).find(holds);
    found.ok_or_else(|| {
        format!(
            "`{}` holds no `cfnlint/data/schemas` with `providers` and `resources`",
            given.display()
        )
    })
}

/// The compressed database of service-spec.
pub(super) fn service_spec(given: Option<&Path>) -> Result<PathBuf, String> {
    const NAME: &str = "db.json.gz";
    let Some(given) = given else {
        return Ok(tools::service_spec()?.join(NAME));
    };
    if given.is_file() && given.file_name().is_some_and(|it| it == NAME) {
        return Ok(given.to_owned());
    }
    let folder = unpacked(given, "service-spec", "tarfile")?;
    let inner = ["", "package", "node_modules/@aws-cdk/aws-service-spec"];
    let mut found = inner.iter().map(|it| folder.join(it).join(NAME));
    found
        .find(|it| it.is_file())
        .ok_or_else(|| format!("`{}` holds no `{NAME}`", given.display()))
}

/// A folder as it is; a package's file, unpacked under `target/` by Python's `module`.
fn unpacked(given: &Path, name: &str, module: &str) -> Result<PathBuf, String> {
    if given.is_dir() {
        return Ok(given.to_owned());
    }
    if !given.is_file() {
        return Err(format!("`{}` is no file and no folder", given.display()));
    }
    let folder = tools::folder().join("unpacked").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let mut python = Command::new("python3");
    python
        .args(["-m", module, "-e"])
        .args([given, folder.as_path()]);
    let otherwise = format!("python3 could not unpack `{}`", given.display());
    tools::run(&mut python, &otherwise)?;
    Ok(folder)
}
