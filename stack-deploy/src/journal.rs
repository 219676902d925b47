//! The journal: one line of JSON for each thing that must be remembered, written before it is
//! done, so that whoever is killed at any moment can go on.
//!
//! ```
//! use stack_deploy::journal::Journal;
//! let torn = r#"{"v":1,"run":"ab","time":0,"stack":"Shop","what":"finished","exit":0,"arn":null,"inputs":null}
//! {"v":1,"run":"ac","ti"#;
//! let journal = Journal::read(torn).unwrap();
//! assert_eq!(journal.lines.len(), 1);
//! assert!(journal.torn);
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::engine::{Entry, Memory, Seed};
use crate::time::Time;

/// The form of a line; another one is refused.
const VERSION: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The form.
    v: u32,
    /// The run it belongs to: its seed.
    pub run: String,
    /// When.
    pub time: Time,
    /// The stack's name.
    pub stack: String,
    /// What.
    #[serde(flatten)]
    pub entry: Entry,
}

impl Line {
    /// An entry of a run about a stack.
    pub fn new(run: Seed, time: Time, stack: &str, entry: Entry) -> Line {
        Line {
            v: VERSION,
            run: run.to_string(),
            time,
            stack: stack.to_owned(),
            entry,
        }
    }

    /// As it is written, with its end of line.
    ///
    /// # Errors
    ///
    /// None that can be met: plain data becomes JSON.
    pub fn to_text(&self) -> Result<String, JournalError> {
        let mut text = serde_json::to_string(self).map_err(|it| JournalError {
            line: 0,
            why: it.to_string(),
        })?;
        text.push('\n');
        Ok(text)
    }
}

/// A journal that was read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Journal {
    /// Its lines, oldest first.
    pub lines: Vec<Line>,
    /// Its last line was being written when somebody died; what it is about was not done.
    pub torn: bool,
}

/// A journal that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the journal: {}", self.line, self.why)
    }
}

impl std::error::Error for JournalError {}

impl Journal {
    /// Reads a journal. A last line without its end is left out.
    ///
    /// # Errors
    ///
    /// A whole line that is no entry, or of a newer version: to go on without it would be a guess.
    pub fn read(text: &str) -> Result<Journal, JournalError> {
        let whole = text.rfind('\n').map_or(0, |it| it + 1);
        let mut journal = Journal {
            lines: Vec::new(),
            torn: whole < text.len(),
        };
        for (index, line) in text[..whole].lines().enumerate() {
            let error = |why: String| JournalError {
                line: index + 1,
                why,
            };
            let line: Line = serde_json::from_str(line).map_err(|it| error(it.to_string()))?;
            if line.v != VERSION {
                return Err(error(format!("version {} is not known here", line.v)));
            }
            journal.lines.push(line);
        }
        Ok(journal)
    }

    /// What is known of each stack.
    pub fn memories(&self) -> BTreeMap<String, Memory> {
        let mut all: BTreeMap<String, Memory> = BTreeMap::new();
        for line in &self.lines {
            let memory = all.remove(&line.stack).unwrap_or_default();
            all.insert(line.stack.clone(), memory.after(&line.entry));
        }
        all
    }
}

/// A journal in a file that only its owner can read. One process writes it at a time.
#[derive(Debug)]
pub struct JournalFile {
    file: Mutex<File>,
    run: Seed,
}

impl JournalFile {
    /// Opens the file, or makes it, for a run; what is in it is returned as well.
    ///
    /// # Errors
    ///
    /// What the file system says, a journal that cannot be understood, and another process that
    /// has it open.
    pub fn open(path: &Path, run: Seed) -> io::Result<(JournalFile, Journal)> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        file.try_lock().map_err(|_| {
            io::Error::other("another process is deploying with this journal".to_owned())
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // A torn line can end within a character.
        let whole = bytes
            .iter()
            .rposition(|it| *it == b'\n')
            .map_or(0, |it| it + 1);
        let text = std::str::from_utf8(&bytes[..whole]).map_err(io::Error::other)?;
        let mut journal = Journal::read(text).map_err(io::Error::other)?;
        journal.torn = whole < bytes.len();
        if journal.torn {
            file.set_len(whole as u64)?;
        }
        file.seek(SeekFrom::End(0))?;
        let file = Mutex::new(file);
        Ok((JournalFile { file, run }, journal))
    }

    /// Writes an entry; it is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn append(&self, time: Time, stack: &str, entry: &Entry) -> io::Result<()> {
        let line = Line::new(self.run, time, stack, entry.clone());
        let text = line.to_text().map_err(io::Error::other)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}
