//! A folder that results are written to: each file at once, and only when it changes.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use stack_core::Problem;

use crate::files::failed;

/// A folder that results are written to.
///
/// There is no waiting for the disk anywhere: results can be made again.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// When the folder is new: where its files are until [`finish`](Folder::finish). A file costs
    /// half as much there, because nobody can see it half written.
    nursery: Option<PathBuf>,
    /// Ends the names of unfinished files.
    unfinished: String,
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
    /// The folder. When it is not there, it appears with [`finish`](Folder::finish), complete.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(path: &Path) -> Result<Folder, Problem> {
        let unfinished = format!("{}.new", std::process::id());
        let nursery = nursery(path, &unfinished);
        if nursery.is_none() {
            fs::create_dir_all(path).map_err(|error| failed("make the folder", path, &error))?;
        }
        Ok(Folder {
            path: path.to_owned(),
            nursery,
            unfinished,
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
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&mut self, name: &str, content: &[u8]) -> Result<Change, Problem> {
        let path = self.place(name);
        let result = if let Some(nursery) = &self.nursery {
            File::create_new(nursery.join(name)).and_then(|mut it| it.write_all(content))
        } else if self.holds(&path, content) {
            return Ok(Change::Unchanged);
        } else {
            let beside = self.place(&format!(".{name}.{}", self.unfinished));
            replace(&path, &beside, content)
        };
        result.map_err(|error| failed("write", &path, &error))?;
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

    /// Lets a new folder appear. To call once everything is written.
    ///
    /// # Errors
    /// When something is in its place by now.
    pub(crate) fn finish(&mut self) -> Result<(), Problem> {
        let Some(nursery) = &self.nursery else {
            return Ok(());
        };
        fs::rename(nursery, &self.path)
            .map_err(|error| failed("make the folder", &self.path, &error))?;
        self.nursery = None;
        Ok(())
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

impl Drop for Folder {
    /// A folder that was not finished leaves nothing.
    fn drop(&mut self) {
        if let Some(nursery) = &self.nursery {
            // Best effort: why it was not finished is told already.
            let _ = fs::remove_dir_all(nursery);
        }
    }
}

/// Gives a file anywhere this content, as [`Folder::write`] does; makes its folder.
///
/// # Errors
/// When it cannot be written.
#[cfg(feature = "render-task")]
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<Change, Problem> {
    let Some(name) = path.file_name().and_then(|it| it.to_str()) else {
        let error = io::Error::from(io::ErrorKind::InvalidInput);
        return Err(failed("write", path, &error));
    };
    let parent = path.parent().unwrap_or(Path::new(""));
    let parent = if parent == Path::new("") {
        Path::new(".")
    } else {
        parent
    };
    // Made at once: it is the caller's folder, and this file one of many.
    fs::create_dir_all(parent).map_err(|error| failed("make the folder", parent, &error))?;
    Folder::open(parent)?.write(name, content)
}

/// A new folder beside the path when nothing is there; `None` when something is, or when there is
/// no folder to make it in.
fn nursery(path: &Path, unfinished: &str) -> Option<PathBuf> {
    let there = fs::symlink_metadata(path);
    if !there.is_err_and(|it| it.kind() == io::ErrorKind::NotFound) {
        return None;
    }
    let parent = path.parent()?;
    let name = path.file_name()?.to_str()?;
    let nursery = parent.join(format!(".{name}.{unfinished}"));
    fs::create_dir_all(parent).ok()?;
    fs::create_dir(&nursery).ok()?;
    Some(nursery)
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

#[cfg(test)]
mod tests {
    use super::{Change, Folder};
    use std::fs;

    #[test]
    fn a_new_folder_appears_complete_or_not_at_all() {
        let base = std::env::temp_dir().join(format!("stack-folder-{}", std::process::id()));
        let path = base.join("deep/out");
        let names = || -> Vec<_> {
            let parent = fs::read_dir(base.join("deep")).into_iter().flatten();
            parent.map(|it| it.unwrap().file_name()).collect()
        };
        let mut folder = Folder::open(&path).unwrap();
        assert_eq!(folder.write("a", b"1").unwrap(), Change::Written);
        assert!(!path.exists());
        drop(folder);
        assert!(names().is_empty());

        let mut folder = Folder::open(&path).unwrap();
        folder.write("a", b"1").unwrap();
        folder.finish().unwrap();
        assert_eq!(names(), ["out"]);

        let mut folder = Folder::open(&path).unwrap();
        assert_eq!(folder.write("a", b"1").unwrap(), Change::Unchanged);
        assert_eq!(folder.write("a", b"2").unwrap(), Change::Written);
        assert_eq!(fs::read(path.join("a")).unwrap(), b"2");
        folder.finish().unwrap();
        drop(folder);
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
        fs::remove_dir_all(&base).unwrap();
    }
}
