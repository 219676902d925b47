//! Reading and writing files, with what failed, where and why.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use stack_core::Problem;

/// A folder that results are written to.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// What files hold already, one after the other.
    present: Vec<u8>,
}

/// What writing a file did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The file is new, or has new content.
    Written,
    /// The file holds this content already and was not touched.
    Unchanged,
}

impl Folder {
    /// The folder, which is made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(path: &Path) -> Result<Folder, Problem> {
        fs::create_dir_all(path).map_err(|error| failed("make the folder", path, &error))?;
        Ok(Folder {
            path: path.to_owned(),
            present: Vec::new(),
        })
    }

    /// Where a file of the folder is.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The content of a file, `None` when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        let path = self.place(name);
        match fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("read", &path, &error)),
        }
    }

    /// Gives a file this content, all at once: a reader sees the old content or the new. A file
    /// that has the content already keeps its time.
    ///
    /// There is no waiting for the disk: results can be made again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&mut self, name: &str, content: &[u8]) -> Result<Change, Problem> {
        let path = self.place(name);
        if self.holds(&path, content) {
            return Ok(Change::Unchanged);
        }
        let beside = self.place(&format!(".{name}.{}.new", std::process::id()));
        replace(&path, &beside, content).map_err(|error| failed("write", &path, &error))?;
        Ok(Change::Written)
    }

    /// Removes a file; `false` when it was not there.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub(crate) fn remove(&self, name: &str) -> Result<bool, Problem> {
        let path = self.place(name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("remove", &path, &error)),
        }
    }

    /// Whether it is a plain file with this content. The length decides most cases unread.
    fn holds(&mut self, path: &Path, content: &[u8]) -> bool {
        let same_length = fs::symlink_metadata(path)
            .is_ok_and(|it| it.is_file() && it.len() == content.len() as u64);
        if !same_length {
            return false;
        }
        self.present.clear();
        File::open(path)
            .and_then(|mut it| it.read_to_end(&mut self.present))
            .is_ok()
            && self.present == content
    }
}

/// Writes beside the file, then renames.
fn replace(path: &Path, beside: &Path, content: &[u8]) -> io::Result<()> {
    let file = match File::create_new(beside) {
        // Left by a run that was killed.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(beside)?;
            File::create_new(beside)
        }
        other => other,
    };
    let result = file
        .and_then(|mut it| it.write_all(content))
        .and_then(|()| fs::rename(beside, path));
    if result.is_err() {
        // Best effort: the first failure is the one to tell.
        let _ = fs::remove_file(beside);
    }
    result
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read, or is no UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String, Problem> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
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
