//! Runs each case of `tests/commands`: a command line in, standard output, standard error and exit
//! code out.
//!
//! A case is a folder:
//!
//! - `arguments`: command lines, one each line, run one after the other in the same empty folder.
//!   All but the last must succeed, or begin with `!`. `NAME=value` before the program sets a
//!   variable. `stack` is the tool, `git` is git; other programs are in `tests/programs`.
//! - `files/`: what is in the folder at first; can be missing.
//! - `stdout`, `stderr`: what the last line prints; missing when nothing.
//! - `exit`: the exit code; missing when 0.
//! - `aws`: there is one, perhaps empty, when the case needs the feature `aws`; with `not`, when it
//!   needs that the feature is off. AWS is then what the variable `CLOUD` says (`tests/programs/cloud.rs`),
//!   and moments are written as `00:00:00`.
//! - `after`: the names of all files in the folder afterwards; checked when it is there.
//!
//! `UPDATE_CASES=1 cargo test -p stack-cli --test commands` writes what is printed into the cases.
//! This binary runs itself as the programs, so it has no test harness of the standard kind.

// Without the standard harness this is no test to the lints.
#![allow(clippy::unwrap_used, clippy::panic)]

mod behaviour;
mod programs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

/// Set to the name of a program when this binary is to be that program.
const PROGRAM: &str = "STACK_TEST_PROGRAM";

fn main() -> ExitCode {
    if let Ok(program) = std::env::var(PROGRAM) {
        return programs::run(&program);
    }
    let filter: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with('-'))
        .collect();
    let wanted = |name: &str| filter.is_empty() || filter.iter().any(|it| name.contains(it));
    let mut failures = 0;
    let mut report = |name: &str, result: Result<(), String>| match result {
        Ok(()) => println!("{name} ... ok"),
        Err(why) => {
            println!("{name} ... FAILED\n{why}\n");
            failures += 1;
        }
    };
    for case in cases().into_iter().filter(|it| wanted(it) && fits(it)) {
        report(&case, run_case(&case));
    }
    for (name, test) in behaviour::TESTS.iter().filter(|(name, _)| wanted(name)) {
        let result = std::panic::catch_unwind(test);
        report(name, result.map_err(|_| "panicked, see above".to_owned()));
    }
    #[cfg(all(feature = "aws", unix))]
    for (name, test) in behaviour::aws::TESTS
        .iter()
        .filter(|(name, _)| wanted(name))
    {
        let result = std::panic::catch_unwind(test);
        report(name, result.map_err(|_| "panicked, see above".to_owned()));
    }
    println!("{failures} failed");
    ExitCode::from(u8::from(failures > 0))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands")
}

fn cases() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no cases");
    names
}

/// Whether a case is about what is built.
fn fits(name: &str) -> bool {
    let aws = fs::read_to_string(folder().join(name).join("aws"));
    match aws.as_deref().map(str::trim) {
        Err(_) => true,
        Ok("not") => !cfg!(feature = "aws"),
        Ok(_) => cfg!(feature = "aws"),
    }
}

/// Moments and durations as `00:00:00` and `0s`: they are others in each run.
fn without_times(text: &str) -> String {
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    let is_time = |it: &str| {
        let parts: Vec<&str> = it.split(':').collect();
        parts.len() == 3 && parts.iter().all(|it| it.len() == 2 && digits(it))
    };
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        let words: Vec<&str> = line.split(' ').collect();
        let word = |(index, it): (usize, &&str)| {
            let before = index.checked_sub(1).map(|it| words[it]);
            let is_number = !it.is_empty() && digits(it);
            if words.get(index + 1) == Some(&"UTC") && it.len() == 5 {
                return "00:00".to_owned();
            }
            if words.get(index + 2) == Some(&"UTC") && it.len() == 10 {
                return "2000-01-01".to_owned();
            }
            let seconds = it.strip_suffix('s');
            if seconds.is_some_and(|it| !it.is_empty() && digits(it)) {
                return "0s".to_owned();
            }
            let it = &without_moment(it);
            match is_time(it) {
                true => "00:00:00".to_owned(),
                false if is_number && before == Some("in") => "0".to_owned(),
                false => (*it).to_owned(),
            }
        };
        let words: Vec<String> = words.iter().enumerate().map(word).collect();
        lines.push(words.join(" "));
    }
    lines.join("\n")
}

/// `2026-11-21T08:15:30Z`, also in quotes, as `0000-00-00T00:00:00Z`.
fn without_moment(word: &str) -> String {
    let bare = word.trim_matches(|it: char| "\",".contains(it));
    let shape: String = bare
        .chars()
        .map(|it| if it.is_ascii_digit() { '0' } else { it })
        .collect();
    match shape == "0000-00-00T00:00:00Z" {
        true => word.replace(bare, &shape),
        false => word.to_owned(),
    }
}

fn run_case(name: &str) -> Result<(), String> {
    let case = folder().join(name);
    let work = Work::new(name);
    work.copy_from(&case.join("files"));
    let lines = fs::read_to_string(case.join("arguments")).map_err(|it| it.to_string())?;
    let lines: Vec<&str> = lines.lines().collect();
    let (last, before) = lines.split_last().ok_or("no arguments")?;
    for line in before {
        let (line, may_fail) = match line.strip_prefix('!') {
            Some(it) => (it, true),
            None => (*line, false),
        };
        let output = command(line).current_dir(&work.0).output().unwrap();
        if !may_fail && !output.status.success() {
            return Err(format!("`{line}` failed: {}", text(&output.stderr)));
        }
    }
    let Output {
        status,
        stdout,
        stderr,
    } = command(last).current_dir(&work.0).output().unwrap();
    let exit = status
        .code()
        .map_or("a signal".to_owned(), |it| it.to_string());
    let exit = if exit == "0" {
        String::new()
    } else {
        format!("{exit}\n")
    };
    let shown = |bytes: &[u8]| match case.join("aws").exists() {
        true => without_times(&text(bytes)),
        false => text(bytes),
    };
    let mut actual = vec![
        ("stdout", shown(&stdout)),
        ("stderr", shown(&stderr)),
        ("exit", exit),
    ];
    if case.join("after").exists() {
        actual.push(("after", work.files().join("\n") + "\n"));
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        update(&case, &actual);
        return Ok(());
    }
    let mut differences = String::new();
    for (file, actual) in actual {
        let expected = fs::read_to_string(case.join(file)).unwrap_or_default();
        if expected != actual {
            differences += &format!("{file} should be:\n{expected}but is:\n{actual}");
        }
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}

fn update(case: &Path, actual: &[(&str, String)]) {
    for (file, text) in actual {
        let path = case.join(file);
        if text.is_empty() {
            let _ = fs::remove_file(path);
        } else {
            fs::write(path, text).unwrap();
        }
    }
}

/// The command that a line of `arguments` means. Nothing of this process's environment reaches it.
fn command(line: &str) -> Command {
    let mut words = line.split_whitespace().peekable();
    let mut variables = Vec::new();
    while let Some((name, value)) = words.peek().and_then(|it| it.split_once('=')) {
        variables.push((name, value));
        words.next();
    }
    let program = words
        .next()
        .unwrap_or_else(|| panic!("no program in `{line}`"));
    let mut command = start(program);
    command.args(words).envs(variables);
    command
}

/// A program of `tests/programs`, or the tool.
fn start(program: &str) -> Command {
    let mut command = if program == "stack" {
        Command::new(env!("CARGO_BIN_EXE_stack"))
    } else if program == "git" {
        Command::new("git")
    } else {
        Command::new(std::env::current_exe().unwrap())
    };
    command.env_clear().env(PROGRAM, program);
    // For `git`, which nobody's settings change.
    command.envs(std::env::var_os("PATH").map(|it| ("PATH", it)));
    command.envs([
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ]);
    #[cfg(unix)]
    if program != "git" {
        std::os::unix::process::CommandExt::arg0(&mut command, program);
    }
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An empty folder of one test, removed when it ends.
struct Work(PathBuf);

impl Work {
    fn new(name: &str) -> Work {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("commands-{}", std::process::id()))
            .join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Work(path)
    }

    fn copy_from(&self, files: &Path) {
        for name in list(files) {
            let to = self.0.join(&name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(files.join(&name), to).unwrap();
        }
    }

    /// All files below, sorted.
    fn files(&self) -> Vec<String> {
        list(&self.0)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        // The last one takes the folder of this run with it.
        let _ = self.0.parent().map(fs::remove_dir);
    }
}

fn list(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(
                list(&entry.path())
                    .into_iter()
                    .map(|it| format!("{name}/{it}")),
            );
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}
