//! [`FileHistory`]: a file of JSON lines.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use crate::history::{History, Record};

/// A file of JSON lines, oldest first. Whoever adds a line locks it, and what is in it is never
/// changed.
#[derive(Debug)]
pub struct FileHistory {
    path: PathBuf,
    /// Among the threads of one process; the file's own lock is for other ones.
    turn: Mutex<()>,
}

impl FileHistory {
    /// The history in this file; it is made when something is added.
    pub fn new(path: impl Into<PathBuf>) -> FileHistory {
        FileHistory {
            path: path.into(),
            turn: Mutex::new(()),
        }
    }

    fn told(&self, error: &std::io::Error) -> String {
        format!("history `{}`: {error}", self.path.display())
    }

    /// The records of an open file, and where the last whole line ends.
    fn records(&self, file: &mut File) -> Result<(Vec<Record>, usize), String> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|it| self.told(&it))?;
        // Who was killed while writing left half a line: nothing was done after it.
        let whole = bytes
            .iter()
            .rposition(|it| *it == b'\n')
            .map_or(0, |it| it + 1);
        let text = String::from_utf8_lossy(&bytes[..whole]);
        let lines = text.lines().enumerate();
        let records = lines.map(|(index, line)| {
            Record::read(line).map_err(|why| {
                format!(
                    "history `{}`, line {}: {why}",
                    self.path.display(),
                    index + 1
                )
            })
        });
        Ok((records.collect::<Result<_, _>>()?, whole))
    }

    fn open(&self) -> Result<Option<File>, String> {
        match File::open(&self.path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.told(&error)),
        }
    }
}

impl History for FileHistory {
    fn read(&self, environment: &str, service: &str, last: usize) -> Result<Vec<Record>, String> {
        let mut all = self.all()?;
        all.retain(|it| it.environment == environment && it.service == service);
        all.drain(..all.len().saturating_sub(last));
        Ok(all)
    }

    fn all(&self) -> Result<Vec<Record>, String> {
        let Some(mut file) = self.open()? else {
            return Ok(Vec::new());
        };
        file.lock_shared().map_err(|it| self.told(&it))?;
        let (mut records, _) = self.records(&mut file)?;
        records.sort_by(|a, b| {
            let key = |it: &Record| (it.environment.clone(), it.service.clone(), it.number);
            key(a).cmp(&key(b))
        });
        Ok(records)
    }

    fn add(&self, record: &Record) -> Result<bool, String> {
        let _turn = self.turn.lock();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(&self.path).map_err(|it| self.told(&it))?;
        file.lock().map_err(|it| self.told(&it))?;
        let (records, whole) = self.records(&mut file)?;
        let is_taken = records.iter().any(|it| {
            it.environment == record.environment
                && it.service == record.service
                && it.number == record.number
        });
        if is_taken {
            return Ok(false);
        }
        let write = |file: &mut File| -> std::io::Result<()> {
            file.set_len(whole as u64)?;
            file.seek(SeekFrom::Start(whole as u64))?;
            file.write_all(record.line().as_bytes())?;
            file.sync_all()
        };
        write(&mut file).map_err(|it| self.told(&it))?;
        Ok(true)
    }
}
