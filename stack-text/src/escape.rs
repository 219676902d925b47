//! What makes a value safe where it stands.

use crate::placeholders::Piece;
use crate::shell::Shell;
use crate::tree::{Node, Tree, write_escaped};

/// The language of a text template: how values are written in it, where they may stand, and which
/// are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// JSON: a placeholder stands inside a string, `"{{name}}"`, beside other text or alone.
    JsonString,
    /// A POSIX shell or bash: a value becomes one word in single quotes, so the placeholder stands
    /// without quotes: `NAME={{name}}`. Refused: values with a NUL; placeholders within quotes,
    /// here-documents, comments, backticks, arithmetic and `${…}`. What a command does with the
    /// word is its own affair: never hand it to `eval`, and end the options before it with `--`.
    Shell,
    /// Configuration such as nginx's or PHP-FPM's, where a value has no quotes: values are written
    /// as they are; empty ones and those with white space, control characters, quotes or any of
    /// ``; { } \ $ # ` `` are refused. A list becomes its items with spaces between.
    Config,
}

/// Where a placeholder may not stand, and why.
pub(crate) struct Misplaced {
    pub(crate) name: String,
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

impl Escape {
    /// The placeholders that stand where a value cannot be made safe; and, without a name, a text
    /// that cannot be followed to its end.
    pub(crate) fn misplaced(self, pieces: &[Piece]) -> Vec<Misplaced> {
        match self {
            Escape::Config => Vec::new(),
            Escape::JsonString => outside_json_strings(pieces),
            Escape::Shell => inside_shell_quotes(pieces),
        }
    }

    /// The value as it stands in the text, or why it cannot.
    pub(crate) fn write(self, node: &Node) -> Result<String, String> {
        let text = match &node.tree {
            Tree::Text(text) => text.as_str(),
            Tree::Number(digits) => digits.as_str(),
            Tree::Bool(true) => "true",
            Tree::Bool(false) => "false",
            Tree::List(items) if self == Escape::Config && !items.is_empty() => {
                let words: Result<Vec<String>, String> =
                    items.iter().map(|it| self.write(it)).collect();
                return Ok(words?.join(" "));
            }
            _ => return Err(format!("{} cannot stand within text", node.kind())),
        };
        match self {
            Escape::JsonString => {
                let mut out = String::new();
                write_escaped(&mut out, text);
                Ok(out)
            }
            Escape::Shell if text.contains('\0') => Err("the shell has no NUL".to_owned()),
            Escape::Shell => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
            Escape::Config if text.is_empty() => Err("it is empty".to_owned()),
            Escape::Config => match text.chars().find(|it| special_in_config(*it)) {
                Some(it) => Err(format!("it has {}", in_words(it))),
                None => Ok(text.to_owned()),
            },
        }
    }
}

fn special_in_config(it: char) -> bool {
    it.is_whitespace()
        || it.is_control()
        || matches!(it, ';' | '{' | '}' | '"' | '\'' | '\\' | '$' | '#' | '`')
}

fn in_words(it: char) -> String {
    match it {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => "a line break".to_owned(),
        _ if it.is_whitespace() => "white space".to_owned(),
        _ if it.is_control() => "a control character".to_owned(),
        _ => format!("`{it}`"),
    }
}

fn outside_json_strings(pieces: &[Piece]) -> Vec<Misplaced> {
    let mut misplaced = Vec::new();
    let (mut within, mut escaped) = (false, false);
    for piece in pieces {
        match piece {
            Piece::Plain(plain) => {
                for it in plain.chars() {
                    match it {
                        _ if escaped => escaped = false,
                        '\\' if within => escaped = true,
                        '"' => within = !within,
                        _ => {}
                    }
                }
            }
            Piece::Placeholder { name, offset } if !within || escaped => {
                misplaced.push(Misplaced {
                    name: name.clone(),
                    offset: *offset,
                    message: format!("`{{{{{name}}}}}` does not stand inside a JSON string"),
                    help: "put it in double quotes",
                });
            }
            Piece::Placeholder { .. } => {}
        }
    }
    misplaced
}

fn inside_shell_quotes(pieces: &[Piece]) -> Vec<Misplaced> {
    let mut misplaced = Vec::new();
    let mut shell = Shell::default();
    for piece in pieces {
        match piece {
            Piece::Plain(plain) => shell.read(plain),
            Piece::Placeholder { name, offset } => {
                if let Some(context) = shell.refuses_a_word() {
                    misplaced.push(Misplaced {
                        name: name.clone(),
                        offset: *offset,
                        message: format!("`{{{{{name}}}}}` stands in {context}"),
                        help: "the value brings its own quotes: put it into a variable first, \
                               `NAME={{name}}`, and use \"$NAME\" here",
                    });
                }
                shell.read("x");
            }
        }
    }
    if let Some(context) = shell.unfinished()
        && pieces
            .iter()
            .any(|it| matches!(it, Piece::Placeholder { .. }))
    {
        misplaced.push(Misplaced {
            name: String::new(),
            offset: 0,
            message: format!("the script ends in {context}"),
            help: "close it; where it is closed, simplify the quoting until it can be followed",
        });
    }
    misplaced
}
