//! Reading files, and what is said when something with a file fails.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use stack_core::Problem;

/// More than any settings, values or template.
const MAX_TEXT_BYTES: u64 = 16_000_000;

/// The text of a file.
///
/// # Errors
/// When it cannot be read, is longer than any file of text that is meant, or not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String, Problem> {
    let mut content = Vec::new();
    let read = File::open(path).and_then(|it| {
        // Never more, whatever it is: a device has no end.
        it.take(MAX_TEXT_BYTES + 1).read_to_end(&mut content)
    });
    read.map_err(|error| failed("read", path, &error))?;
    if content.len() as u64 > MAX_TEXT_BYTES {
        let message = format!(
            "cannot read `{}`: it is longer than {MAX_TEXT_BYTES} bytes",
            path.display()
        );
        return Err(Problem::error("cannot-read", message));
    }
    let text = String::from_utf8(content).map_err(|_| io::ErrorKind::InvalidData.into());
    text.map_err(|error| failed("read", path, &error))
}

/// Says what could not be done with a file, and why.
pub(crate) fn failed(operation: &str, path: &Path, error: &io::Error) -> Problem {
    let message = format!("cannot {operation} `{}`: {}", path.display(), reason(error));
    let code = if operation == "read" {
        "cannot-read"
    } else {
        "cannot-write"
    };
    let problem = Problem::error(code, message);
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            problem.help("change its permissions, or choose another place")
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            problem.help("a file is where a folder is needed: move it, or choose another place")
        }
        io::ErrorKind::IsADirectory => {
            problem.help("a folder is where the file should be: move it, or choose another place")
        }
        io::ErrorKind::NotFound => problem.help("check the path"),
        io::ErrorKind::StorageFull => problem.help("make room on the disk"),
        _ => problem,
    }
}

/// Why an operation failed, in words that are the same on every system where there are some.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".to_owned(),
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::AlreadyExists
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::StorageFull
        | io::ErrorKind::InvalidInput => error.kind().to_string(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}
