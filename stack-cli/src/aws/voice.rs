//! [`Voice`]: what is said to the user, without the secrets that were handed in.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stack_core::Problem;
use stack_review::diff::render::{Line, Segment};

use crate::progress::Hide;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// What stands where a secret would.
const HIDDEN: &str = "****";
/// What is shorter is not looked for: it is in every other word.
const SHORTEST: usize = 4;

/// Speaks through the terminal, one at a time, and never says a secret that it knows. Secrets are
/// kept out where they are handled; this is for what AWS, or a template, says of them all the same.
#[derive(Debug)]
pub(crate) struct Voice<'a> {
    terminal: &'a Terminal,
    /// Longest first, so that none hides a part of another.
    secrets: Arc<[String]>,
    turn: Mutex<()>,
}

impl<'a> Voice<'a> {
    pub(crate) fn new(terminal: &'a Terminal, mut secrets: Vec<String>) -> Voice<'a> {
        secrets.retain(|it| it.len() >= SHORTEST);
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        secrets.dedup();
        Voice {
            terminal,
            secrets: secrets.into(),
            turn: Mutex::new(()),
        }
    }

    /// The text without secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        without(&self.secrets, text)
    }

    /// What takes secrets out of texts, for whoever speaks at another time.
    pub(crate) fn hides(&self) -> Hide {
        let secrets = Arc::clone(&self.secrets);
        Arc::new(move |text| without(&secrets, text))
    }

    /// What is being done, on standard error.
    pub(crate) fn talk(&self, text: &str) {
        let _turn = self.turn();
        self.terminal.talk(&self.hide(text));
    }

    /// A result, on standard output.
    pub(crate) fn result(&self, text: &str) -> Result<(), Stop> {
        let _turn = self.turn();
        self.terminal.result(&self.hide(text))
    }

    /// A result in JSON, on standard output.
    pub(crate) fn json(&self, value: &impl serde::Serialize) -> Result<(), Stop> {
        // Secrets are looked for in the values, not in the text: there they can be escaped.
        let mut value = serde_json::to_value(value).unwrap_or_default();
        self.hide_in(&mut value);
        let _turn = self.turn();
        self.terminal.json(&value)
    }

    fn hide_in(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(it) => *it = self.hide(it),
            serde_json::Value::Array(all) => all.iter_mut().for_each(|it| self.hide_in(it)),
            serde_json::Value::Object(all) => all.values_mut().for_each(|it| self.hide_in(it)),
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                ()
            }
        }
    }

    /// Styled lines on standard error, also when quiet: what somebody decides about.
    pub(crate) fn show(&self, lines: &[Line]) {
        let lines = self.hidden(lines);
        let _turn = self.turn();
        self.terminal.styled_talk(&lines);
    }

    /// Styled lines on standard output.
    pub(crate) fn styled_result(&self, lines: &[Line]) -> Result<(), Stop> {
        let lines = self.hidden(lines);
        let _turn = self.turn();
        self.terminal.styled_result(&lines)
    }

    fn hidden(&self, lines: &[Line]) -> Vec<Line> {
        let segment = |it: &Segment| Segment {
            text: self.hide(&it.text),
            style: it.style,
        };
        let line = |it: &Line| Line {
            depth: it.depth,
            segments: it.segments.iter().map(segment).collect(),
        };
        lines.iter().map(line).collect()
    }

    /// Problems, on standard error.
    pub(crate) fn problems(&self, problems: &[Problem]) {
        let problems: Vec<Problem> = problems
            .iter()
            .map(|it| Problem {
                message: self.hide(&it.message),
                help: it.help.as_deref().map(|it| self.hide(it)),
                place: it.place.as_deref().map(|it| self.hide(it)),
                ..it.clone()
            })
            .collect();
        let _turn = self.turn();
        self.terminal.problems(&problems);
    }

    pub(crate) fn terminal(&self) -> &'a Terminal {
        self.terminal
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn without(secrets: &[String], text: &str) -> String {
    let hide = |text: String, it: &String| match text.contains(it.as_str()) {
        true => text.replace(it.as_str(), HIDDEN),
        false => text,
    };
    secrets.iter().fold(text.to_owned(), hide)
}

/// Whether somebody sits there who reads questions and types answers.
pub(crate) fn somebody_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Color;

    #[test]
    fn secrets_are_hidden_the_longer_first_and_short_words_stay() {
        let terminal = Terminal::new(Color::Never, true);
        let secrets = ["hunter2", "hunter2-and-more", "on", ""].map(str::to_owned);
        let voice = Voice::new(&terminal, secrets.to_vec());
        assert_eq!(
            voice.hide("value hunter2-and-more or hunter2 on it"),
            "value **** or **** on it"
        );
        let mut json = serde_json::json!({"a": ["hunter2"], "on": "on"});
        voice.hide_in(&mut json);
        assert_eq!(json, serde_json::json!({"a": ["****"], "on": "on"}));
    }
}
