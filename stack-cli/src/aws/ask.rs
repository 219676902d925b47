//! Questions on a terminal.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use stack_deploy::drive::Interrupts;

use super::voice::somebody_there;
use crate::terminal;

/// Who answers questions.
pub(crate) trait Answers: Sync {
    /// Whether somebody is there.
    fn is_there(&self) -> bool;

    /// What they type; none when they went away, or interrupted.
    fn ask(&self, question: &str, interrupts: &Interrupts) -> Option<String>;
}

/// Somebody before a terminal, if there is one.
#[derive(Debug, Default)]
pub(crate) struct User {
    /// What is typed, once it was asked for.
    lines: Mutex<Option<Receiver<String>>>,
}

impl Answers for User {
    fn is_there(&self) -> bool {
        somebody_there()
    }

    fn ask(&self, question: &str, interrupts: &Interrupts) -> Option<String> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = lines.get_or_insert_with(typed);
        // What was typed before the question is no answer to it.
        while lines.try_recv().is_ok() {}
        let before = interrupts.count();
        terminal::prompt(question);
        loop {
            match lines.recv_timeout(Duration::from_millis(50)) {
                Ok(line) => return Some(line.trim().to_owned()),
                Err(RecvTimeoutError::Timeout) if interrupts.count() > before => {
                    terminal::prompt("\n");
                    return None;
                }
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
    }
}

/// Lines of standard input: reading blocks, so it has a thread, which ends with the process.
fn typed() -> Receiver<String> {
    let (send, receive) = channel();
    thread::spawn(move || {
        for line in io::stdin().lines() {
            let Ok(line) = line else { return };
            if send.send(line).is_err() {
                return;
            }
        }
    });
    receive
}
