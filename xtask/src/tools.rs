//! The tools that tests need beyond cargo, in exact versions, under `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where tools are installed.
pub(crate) fn folder() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("tools")
}

/// A program of a Python environment that holds what `xtask/judges/<name>.txt` lists.
pub(crate) fn python(name: &str, program: &str) -> Result<PathBuf, String> {
    python_of("judges", name, program)
}

/// A program of the emulator's Python environment, which holds what `xtask/emulator/ministack.txt`
/// lists; pip compares the hashes that stand there.
pub(crate) fn emulator(program: &str) -> Result<PathBuf, String> {
    python_of("emulator", "ministack", program)
}

fn python_of(folder_of_pins: &str, name: &str, program: &str) -> Result<PathBuf, String> {
    let pins = root().join(format!("xtask/{folder_of_pins}/{name}.txt"));
    let home = folder().join(name);
    let bin = home.join("bin");
    install(&home, &[&pins], || {
        eprintln!("installing {name} under target/tools …");
        run(
            Command::new("python3").args(["-m", "venv"]).arg(&home),
            "python3 with its module venv is needed",
        )?;
        let mut pip = Command::new(bin.join("pip"));
        pip.args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "-r",
        ])
        .arg(&pins);
        run(&mut pip, "pip could not install the packages")
    })?;
    Ok(bin.join(program))
}

/// The schemas that cfn-lint carries.
pub(crate) fn schemas() -> Result<PathBuf, String> {
    let python = python("cfn-lint", "python3")?;
    let ask = "import cfnlint.data.schemas as it; print(it.__path__[0])";
    let answer = Command::new(&python).args(["-c", ask]).output();
    let answer = answer.map_err(|why| format!("{}: {why}", python.display()))?;
    if !answer.status.success() {
        return Err("cfn-lint's package does not hold schemas where it did".to_owned());
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&answer.stdout).trim(),
    ))
}

/// The folder that holds service-spec's database.
pub(crate) fn service_spec() -> Result<PathBuf, String> {
    let home = npm(
        "service-spec",
        "xtask/sources",
        &["package.json", "package-lock.json"],
    )?;
    Ok(home.join("node_modules/@aws-cdk/aws-service-spec"))
}

/// The folder of cdk-nag: its script, beside its packages and those of AWS's Guard rules.
pub(crate) fn nag() -> Result<PathBuf, String> {
    let files = ["package.json", "package-lock.json", "nag.js"];
    npm("nag", "xtask/judges/nag", &files)
}

/// Installs what judges templates, all at once.
pub(crate) fn judges() -> Result<(), String> {
    let installs: [fn() -> Result<PathBuf, String>; 4] = [
        || python("checkov", "checkov"),
        || python("cfn-lint", "cfn-lint"),
        || python("cloudformation-validate", "python3"),
        nag,
    ];
    std::thread::scope(|scope| {
        let threads = installs.map(|it| scope.spawn(it));
        for thread in threads {
            thread
                .join()
                .map_err(|_| "an installation came to grief")??;
        }
        Ok(())
    })
}

/// A folder with copies of `files` of the folder `source`, and the packages that they list.
fn npm(name: &str, source: &str, files: &[&str]) -> Result<PathBuf, String> {
    let source = root().join(source);
    let home = folder().join(name);
    let files: Vec<PathBuf> = files.iter().map(|it| source.join(it)).collect();
    let pins: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    install(&home, &pins, || {
        eprintln!("installing {name} under target/tools …");
        make(&home)?;
        for file in &files {
            let to = home.join(file.file_name().unwrap_or_default());
            fs::copy(file, &to).map_err(|why| format!("cannot write `{}`: {why}", to.display()))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--silent", "--no-audit", "--no-fund"])
            .current_dir(&home);
        run(
            &mut npm,
            "npm is needed, and could not install the packages",
        )
    })?;
    Ok(home)
}

/// Runs `install` unless it has run for these very pins.
fn install(
    home: &Path,
    pins: &[&Path],
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let mut wanted = String::new();
    for file in pins {
        wanted += &fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
    }
    let stamp = home.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) {
        return Ok(());
    }
    if home.exists() {
        fs::remove_dir_all(home).map_err(|why| format!("{}: {why}", home.display()))?;
    }
    install()?;
    fs::write(&stamp, wanted).map_err(|why| format!("{}: {why}", stamp.display()))
}

fn make(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|why| format!("cannot make `{}`: {why}", folder.display()))
}

/// Runs a command whose output goes through.
pub(crate) fn run(command: &mut Command, otherwise: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{otherwise} ({status})")),
        Err(why) => Err(format!("{otherwise}: {why}")),
    }
}
