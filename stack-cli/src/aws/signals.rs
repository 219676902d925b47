//! Ctrl-C and SIGTERM: the first is heeded where it is safe, the second ends the process and says
//! what goes on without it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use stack_deploy::drive::Interrupts;
use stack_deploy::engine::{Entry, Exit};

use crate::terminal;

/// Stacks of which an operation was sent and has no outcome yet.
#[derive(Debug, Default)]
pub(crate) struct Underway(Mutex<BTreeSet<String>>);

impl Underway {
    /// Heeds what an engine writes down.
    pub(crate) fn heed(&self, stack: &str, entry: &Entry) {
        match entry {
            Entry::ExecutionIntended { .. } | Entry::OperationIntended { .. } => {
                self.stacks(|it| it.insert(stack.to_owned()));
            }
            Entry::Finished { .. } => {
                self.stacks(|it| it.remove(stack));
            }
            _ => (),
        }
    }

    fn stacks<T>(&self, work: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Heeds signals from now on. `command` is what resumes.
pub(crate) fn heed(interrupts: &Arc<Interrupts>, underway: &Arc<Underway>, command: &'static str) {
    let underway = Arc::clone(underway);
    heed_with(interrupts, move || {
        last_words(&underway.stacks(|it| it.clone()), command)
    });
}

/// Heeds signals from now on; the second one ends the process, which says this.
pub(crate) fn heed_with(
    interrupts: &Arc<Interrupts>,
    words: impl Fn() -> (String, Exit) + Send + 'static,
) {
    let interrupts = Arc::clone(interrupts);
    let handler = move || {
        interrupts.interrupt();
        if interrupts.count() < 2 {
            return;
        }
        let (text, exit) = words();
        terminal::last_words(&text);
        std::process::exit(i32::from(exit.code()));
    };
    // A handler that is there already is the program's own affair.
    let _ = ctrlc::set_handler(handler);
}

/// What is said by a process that ends at once.
fn last_words(stacks: &BTreeSet<String>, command: &str) -> (String, Exit) {
    if stacks.is_empty() {
        let text = "interrupted; nothing was executed that goes on".to_owned();
        return (text, Exit::Interrupted);
    }
    let names: Vec<&str> = stacks.iter().map(String::as_str).collect();
    let text = format!(
        "interrupted; the operation on `{}` goes on in AWS: `{command}` follows it, `events {}` shows it",
        names.join("`, `"),
        names[0],
    );
    (text, Exit::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_say_what_goes_on_and_how_to_follow_it() {
        let nothing = last_words(&BTreeSet::new(), "deploy --resume");
        assert_eq!(nothing.1, Exit::Interrupted);
        let stacks = BTreeSet::from(["Base".to_owned(), "Shop".to_owned()]);
        let (text, exit) = last_words(&stacks, "deploy --resume");
        assert_eq!(exit, Exit::Unknown);
        assert_eq!(
            text,
            "interrupted; the operation on `Base`, `Shop` goes on in AWS: `deploy --resume` follows it, `events Base` shows it"
        );
    }
}
