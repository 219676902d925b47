//! All output. Standard output is the result, standard error the talk.

use std::io::{self, IsTerminal, Write};

use stack_core::{Problem, Severity};
use stack_review::diff::render::{Line, Style};

use crate::clean::{clean, clean_json};
use crate::files;
use crate::stop::Stop;

/// When problems are shown in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    // No documentation comments: the help of every command would show them.
    #[default]
    Auto,
    Always,
    Never,
}

/// Where all output goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// On standard error.
    color: bool,
    /// On standard output.
    color_out: bool,
    quiet: bool,
}

impl Terminal {
    pub(crate) fn new(color: Color, quiet: bool) -> Terminal {
        let variable = |name: &str| std::env::var_os(name).and_then(|it| it.into_string().ok());
        Terminal {
            color: wants_color(color, variable, || io::stderr().is_terminal()),
            color_out: wants_color(color, variable, || io::stdout().is_terminal()),
            quiet,
        }
    }

    /// A result for a program or a file: exactly these bytes, on standard output.
    ///
    /// # Errors
    /// When it cannot be written. A reader that has gone away (`synth | head`) is no error.
    pub(crate) fn raw(&self, text: &str) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let reason = files::reason(&error);
                let message = format!("cannot write to standard output: {reason}");
                Err(Stop::usage(Problem::error("cannot-write", message)))
            }
            _ => Ok(()),
        }
    }

    /// A result for people, on standard output.
    ///
    /// # Errors
    /// See [`raw`](Terminal::raw).
    pub(crate) fn result(&self, text: &str) -> Result<(), Stop> {
        self.raw(&clean(text))
    }

    /// A result for people whose heads of lines are painted as problems are, when standard output is
    /// shown in colour too.
    ///
    /// # Errors
    /// See [`raw`](Terminal::raw).
    pub(crate) fn painted_result(&self, text: &str) -> Result<(), Stop> {
        let text = clean(text);
        let mut out = String::new();
        for line in text.lines() {
            let severity = [
                ("error[", Severity::Error),
                ("warning[", Severity::Warning),
                ("note[", Severity::Note),
            ]
            .into_iter()
            .find(|it| line.starts_with(it.0));
            let marks = ["  --> ", "  in: ", "  when: ", "  repair: "];
            let mark = marks.iter().find(|it| line.starts_with(**it));
            match (severity, line.split_once("]: "), mark) {
                (Some((_, severity)), Some((head, rest)), _) => {
                    self.painted_on(self.color_out, severity, &format!("{head}]"), &mut out);
                    out.push_str(": ");
                    out.push_str(rest);
                }
                (_, _, Some(mark)) => {
                    self.painted_on(self.color_out, Severity::Note, mark, &mut out);
                    out.push_str(&line[mark.len()..]);
                }
                _ => out.push_str(line),
            }
            out.push('\n');
        }
        self.raw(&out)
    }

    /// A result for people in styled pieces, on standard output.
    ///
    /// # Errors
    /// See [`raw`](Terminal::raw).
    pub(crate) fn styled_result(&self, lines: &[Line]) -> Result<(), Stop> {
        self.raw(&styled(lines, self.color_out))
    }

    /// Styled pieces on standard error, also when quiet: what somebody decides about.
    #[cfg(feature = "aws")]
    pub(crate) fn styled_talk(&self, lines: &[Line]) {
        error_text(&styled(lines, self.color));
    }

    /// A result in JSON, on standard output.
    ///
    /// # Errors
    /// See [`raw`](Terminal::raw).
    pub(crate) fn json<T: serde::Serialize>(&self, value: &T) -> Result<(), Stop> {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        self.raw(&format!("{}\n", clean_json(&text)))
    }

    /// Whether only problems are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// What is being done, on standard error; nothing when quiet.
    pub(crate) fn talk(&self, text: &str) {
        if !self.quiet {
            error_line(&clean(text));
        }
    }

    /// Exactly this, on standard error: what was made safe already and moves the cursor or speaks to
    /// a runner.
    #[cfg(feature = "aws")]
    pub(crate) fn live(&self, text: &str) {
        if !text.is_empty() {
            error_text(text);
        }
    }

    /// Whether standard error is shown in colour.
    #[cfg(feature = "aws")]
    pub(crate) fn color(&self) -> bool {
        self.color
    }

    /// Whether standard error is a terminal.
    #[cfg(feature = "aws")]
    pub(crate) fn can_draw() -> bool {
        io::stderr().is_terminal()
    }

    /// Columns and lines of the terminal behind standard error, as it is now.
    #[cfg(feature = "aws")]
    pub(crate) fn size(&self) -> (usize, usize) {
        match terminal_size::terminal_size_of(io::stderr()) {
            Some((columns, lines)) => (usize::from(columns.0), usize::from(lines.0)),
            None => (80, 24),
        }
    }

    /// Problems, on standard error; notes only when not quiet.
    pub(crate) fn problems(&self, problems: &[Problem]) {
        let mut text = String::new();
        for problem in problems {
            if self.quiet && problem.severity == Severity::Note {
                continue;
            }
            self.problem(problem, &mut text);
        }
        if !text.is_empty() {
            error_text(&text);
        }
    }

    /// The last line of a command that stops: `error: 3 errors, 1 warning; nothing was written`.
    pub(crate) fn verdict(&self, text: &str) {
        let mut line = String::new();
        self.painted(Severity::Error, "error", &mut line);
        line.push_str(": ");
        line.push_str(&clean(text));
        error_line(&line);
    }

    fn problem(&self, problem: &Problem, out: &mut String) {
        let text = problem.to_string();
        let text = clean(&text);
        for (index, line) in text.lines().enumerate() {
            let head = format!("{}[{}]", problem.severity, problem.code);
            let marks = ["  --> ", "  in: ", "  help: "];
            let mark = marks
                .iter()
                .find_map(|it| Some((*it, line.strip_prefix(it)?)));
            match (line.strip_prefix(&head), mark) {
                (Some(rest), _) if index == 0 => {
                    self.painted(problem.severity, &head, out);
                    out.push_str(rest);
                }
                (_, Some((mark, rest))) if index > 0 => {
                    self.painted(Severity::Note, mark, out);
                    out.push_str(rest);
                }
                _ => out.push_str(line),
            }
            out.push('\n');
        }
    }

    fn painted(&self, severity: Severity, text: &str, out: &mut String) {
        self.painted_on(self.color, severity, text, out);
    }

    fn painted_on(&self, color: bool, severity: Severity, text: &str, out: &mut String) {
        if !color {
            out.push_str(text);
            return;
        }
        out.push_str(match severity {
            Severity::Error => "\x1b[1;31m",
            Severity::Warning => "\x1b[1;33m",
            Severity::Note => "\x1b[1;34m",
        });
        out.push_str(text);
        out.push_str("\x1b[0m");
    }
}

/// Lines in styled pieces.
fn styled(lines: &[Line], color: bool) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(&"  ".repeat(line.depth));
        for segment in &line.segments {
            let text = clean(&segment.text);
            let code = match segment.style {
                Style::Plain => "",
                Style::Heading | Style::Name => "1",
                Style::Faint => "2",
                Style::Added => "32",
                Style::Removed => "31",
                Style::Changed => "33",
                Style::Danger => "1;31",
                Style::Advice => "36",
            };
            match color && !code.is_empty() && !text.is_empty() {
                true => out.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
                false => out.push_str(&text),
            }
        }
        out.push('\n');
    }
    out
}

/// A question, on standard error; the answer is typed behind it.
#[cfg(feature = "aws")]
pub(crate) fn prompt(question: &str) {
    error_text(&clean(question));
}

/// What a process says that ends at once.
#[cfg(feature = "aws")]
pub(crate) fn last_words(text: &str) {
    crate::progress::restore();
    error_line(&clean(text));
}

/// Prints to standard error. When that cannot be written there is nobody to tell.
fn error_text(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn error_line(text: &str) {
    error_text(&format!("{text}\n"));
}

/// What the argument parser has to say: help on standard output, mistakes on standard error.
pub(crate) fn usage(text: &str, is_mistake: bool) {
    let text = clean(text);
    if is_mistake {
        error_text(&text);
    } else {
        let _ = io::stdout().lock().write_all(text.as_bytes());
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors/>.
fn wants_color(
    choice: Color,
    variable: impl Fn(&str) -> Option<String>,
    is_terminal: impl Fn() -> bool,
) -> bool {
    let is_set = |name| variable(name).is_some_and(|it| !it.is_empty());
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if is_set("NO_COLOR") => false,
        Color::Auto if is_set("CLICOLOR_FORCE") => {
            variable("CLICOLOR_FORCE").as_deref() != Some("0") || is_terminal()
        }
        Color::Auto if variable("TERM").as_deref() == Some("dumb") => false,
        Color::Auto => is_terminal(),
    }
}

/// `1 stack`, `2 stacks`.
pub(crate) fn count(number: usize, what: &str) -> String {
    format!("{number} {}", plural(number, what))
}

/// `stack` for one, `stacks` for another number of them.
pub(crate) fn plural(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::{Color, count, wants_color};

    #[test]
    fn colour_follows_the_option_then_the_variables_then_the_terminal() {
        use Color::{Always, Auto, Never};
        for (choice, variables, is_terminal, expected) in [
            (Auto, &[][..], true, true),
            (Auto, &[], false, false),
            (Auto, &[("NO_COLOR", "1")], true, false),
            (Auto, &[("NO_COLOR", "")], true, true),
            (Auto, &[("CLICOLOR_FORCE", "1")], false, true),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (
                Auto,
                &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
                false,
                false,
            ),
            (Auto, &[("TERM", "dumb")], true, false),
            (Auto, &[("TERM", "xterm")], true, true),
            (Always, &[("NO_COLOR", "1"), ("TERM", "dumb")], false, true),
            (Never, &[("CLICOLOR_FORCE", "1")], true, false),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(it, _)| *it == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let wants = wants_color(choice, variable, || is_terminal);
            assert_eq!(wants, expected, "{choice:?} {variables:?} {is_terminal}");
        }
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(
            [count(0, "stack"), count(1, "stack"), count(2, "stack")],
            ["0 stacks", "1 stack", "2 stacks"]
        );
    }
}
