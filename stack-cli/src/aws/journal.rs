//! The journal's file: what was begun, so that `--resume` can go on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use stack_core::Problem;
use stack_deploy::engine::{Exit, Memory, Seed};
use stack_deploy::journal::{Journal, JournalFile};

use super::Voice;
use crate::files;
use crate::stop::Stop;

/// Where it is, and whether it is gone on with.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct JournalArguments {
    /// What was begun is written here before it is done; one process has it at a time
    #[arg(
        long,
        value_name = "FILE",
        default_value = "stack.out/journal.jsonl",
        help_heading = "Journal"
    )]
    pub(crate) journal: PathBuf,
}

/// The journal, open for this process alone.
#[derive(Debug)]
pub(crate) struct OpenJournal {
    pub(crate) file: JournalFile,
    pub(crate) memories: BTreeMap<String, Memory>,
}

impl JournalArguments {
    /// Opens the journal for a run.
    ///
    /// # Errors
    /// A file that cannot be written, that another process has, that is no journal.
    pub(crate) fn open(&self, seed: Seed) -> Result<OpenJournal, Stop> {
        let path = &self.journal;
        if let Some(folder) = path.parent()
            && !folder.as_os_str().is_empty()
        {
            fs::create_dir_all(folder).map_err(|it| failed(path, &it))?;
        }
        let (file, journal) = JournalFile::open(path, seed).map_err(|it| failed(path, &it))?;
        let memories = journal.memories();
        Ok(OpenJournal { file, memories })
    }

    /// What the journal says, without having it: for those who only look.
    pub(crate) fn read(&self) -> Result<Journal, String> {
        match fs::read_to_string(&self.journal) {
            Ok(text) => Journal::read(&text).map_err(|it| it.to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Journal::default()),
            Err(error) => Err(files::reason(&error)),
        }
    }
}

impl OpenJournal {
    /// What an earlier run left of the stacks: all of it with `--resume`; otherwise only change
    /// sets that nobody executed, which go, and what was begun is told.
    pub(crate) fn memories(
        &self,
        resume: bool,
        stacks: &[String],
        voice: &Voice<'_>,
    ) -> BTreeMap<String, Memory> {
        let mut memories = self.memories.clone();
        memories.retain(|stack, _| stacks.contains(stack));
        if resume {
            return memories;
        }
        memories.retain(|stack, memory| {
            if matches!(memory, Memory::Execution { .. } | Memory::Operation { .. }) {
                let message = format!("an earlier run on `{stack}` did not see its end");
                let help = "`--resume` finds out what became of it before anything else is done";
                voice.problems(&[Problem::warning("not-resumed", message).help(help)]);
            }
            matches!(memory, Memory::ChangeSet { .. })
        });
        memories
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Stop {
    let shown = path.display();
    let reason = files::reason(error);
    let problem = match error.kind() {
        std::io::ErrorKind::Other => {
            let message = format!("the journal `{shown}` cannot be used: {reason}");
            let help =
                "wait until the other is done, or keep another journal with `--journal FILE`";
            Problem::error("journal", message).help(help)
        }
        _ => files::failed("write", path, error),
    };
    Stop::Ended {
        problems: vec![problem],
        exit: Exit::Refused.code(),
    }
}

/// Sixteen random bytes.
///
/// # Errors
/// When the system has none: without them, names would not be unique.
pub(crate) fn seed() -> Result<Seed, Stop> {
    let mut bytes = [0; 16];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(Seed(bytes)),
        Err(error) => {
            let message = format!("the system gives no random bytes: {error}");
            Err(Problem::error("no-random-bytes", message).into())
        }
    }
}
