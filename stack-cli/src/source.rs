//! Where files are read from: the disk, or a revision that git keeps.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stack_core::Problem;

use crate::files;

/// A file or a folder, now or at a revision: `stack.out`, `main:stack.out`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    revision: Option<String>,
    path: PathBuf,
}

impl Source {
    /// What an argument names. A path that exists is that path, whatever its name; otherwise what
    /// stands before a colon is a revision, as in `git show`.
    pub(crate) fn of(argument: &str) -> Source {
        let path = PathBuf::from(argument);
        match argument.split_once(':') {
            Some((revision, rest)) if !revision.is_empty() && !path.exists() => Source {
                revision: Some(revision.to_owned()),
                path: PathBuf::from(rest),
            },
            _ => Source {
                revision: None,
                path,
            },
        }
    }

    /// A file in this folder.
    pub(crate) fn join(&self, name: &str) -> Source {
        Source {
            revision: self.revision.clone(),
            path: self.path.join(name),
        }
    }

    /// The folder it is in.
    pub(crate) fn parent(&self) -> Source {
        Source {
            revision: self.revision.clone(),
            path: self.path.parent().unwrap_or(Path::new("")).to_owned(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// As the user would write it.
    pub(crate) fn shown(&self) -> String {
        match &self.revision {
            Some(revision) => format!("{revision}:{}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }

    /// The text of the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn read(&self) -> Result<String, Problem> {
        let Some(revision) = &self.revision else {
            return files::read_text(&self.path);
        };
        let output = self.git(&["show", &self.object(revision)])?;
        String::from_utf8(output.stdout).map_err(|_| {
            let message = format!("cannot read `{}`: it is not UTF-8", self.shown());
            Problem::error("cannot-read", message)
        })
    }

    /// The names of the files in the folder, sorted; `None` when it is a file.
    ///
    /// # Errors
    /// When there is neither.
    pub(crate) fn list(&self) -> Result<Option<Vec<String>>, Problem> {
        let Some(revision) = &self.revision else {
            if !self.path.is_dir() {
                return Ok(None);
            }
            let entries = std::fs::read_dir(&self.path)
                .map_err(|error| files::failed("read", &self.path, &error))?;
            let files = entries.flatten().filter(|it| it.path().is_file());
            let mut names: Vec<String> = files
                .filter_map(|it| it.file_name().into_string().ok())
                .collect();
            names.sort();
            return Ok(Some(names));
        };
        let object = self.object(revision);
        let kind = self.git(&["cat-file", "-t", &object])?;
        if kind.stdout.starts_with(b"blob") {
            return Ok(None);
        }
        let output = self.git(&["ls-tree", "--name-only", "-z", &object])?;
        let names = String::from_utf8_lossy(&output.stdout).into_owned();
        let names = names.split('\0').filter(|it| !it.is_empty());
        Ok(Some(names.map(str::to_owned).collect()))
    }

    /// Paths are those of the folder the command runs in.
    fn object(&self, revision: &str) -> String {
        let path = self.path.display().to_string();
        match path.trim_end_matches('/') {
            "" => format!("{revision}:./"),
            path => format!("{revision}:./{path}"),
        }
    }

    fn git(&self, arguments: &[&str]) -> Result<Output, Problem> {
        let failed = |why: &str| {
            let message = format!("cannot read `{}`: {why}", self.shown());
            Problem::error("cannot-read", message)
                .help("before the colon stands a revision that git knows, behind it a path in it")
        };
        let output = Command::new("git")
            .args(arguments)
            // What it says is shown, in words that do not depend on the user's language.
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| failed(&format!("git does not run: {error}")))?;
        match output.status.success() {
            true => Ok(output),
            false => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let said = said.trim().trim_start_matches("fatal: ");
                Err(failed(said))
            }
        }
    }
}

/// Whether a file is called as templates are.
pub(crate) fn is_template_name(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|it| it.1.to_ascii_lowercase());
    ending.is_some_and(|it| ["json", "yaml", "yml", "template"].contains(&it.as_str()))
}
