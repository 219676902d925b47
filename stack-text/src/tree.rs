//! JSON and TOML as one plain tree that knows where everything stood.

use std::fmt::Write as _;

use crate::source::Place;

/// A value and where it stood.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) tree: Tree,
}

/// Objects keep the order they were written in; numbers keep their digits.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Entry>),
    /// What a placeholder without a value leaves behind. It is reported where it stands.
    Hole,
}

/// A key, where it stood, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Node {
    /// The value of an object's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|it| it.key == key)
            .map(|it| &it.node)
    }

    /// An object's entries; none for anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.tree {
            Tree::Object(entries) => entries,
            _ => &[],
        }
    }

    /// A list's items; none for anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.tree {
            Tree::List(items) => items,
            _ => &[],
        }
    }

    /// The text, when it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.tree {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its kind in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.tree {
            Tree::Null | Tree::Hole => "null",
            Tree::Bool(_) => "a boolean",
            Tree::Number(_) => "a number",
            Tree::Text(_) => "text",
            Tree::List(_) => "a list",
            Tree::Object(_) => "an object",
        }
    }

    /// Canonical JSON: two spaces, the order of the tree, a final newline.
    pub(crate) fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        match &self.tree {
            Tree::Null | Tree::Hole => out.push_str("null"),
            Tree::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
            Tree::Number(digits) => out.push_str(digits),
            Tree::Text(text) => write_quoted(out, text),
            Tree::List(items) => between(out, depth, ['[', ']'], items, |out, item| {
                item.write(out, depth + 1);
            }),
            Tree::Object(entries) => between(out, depth, ['{', '}'], entries, |out, entry| {
                write_quoted(out, &entry.key);
                out.push_str(": ");
                entry.node.write(out, depth + 1);
            }),
        }
    }
}

fn between<T>(
    out: &mut String,
    depth: usize,
    [open, close]: [char; 2],
    items: &[T],
    mut write: impl FnMut(&mut String, &T),
) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        write(out, item);
    }
    if !items.is_empty() {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
    out.push(close);
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    write_escaped(out, text);
    out.push('"');
}

/// Text as it stands between the quotes of a JSON string. U+2028 and U+2029 end a line in
/// JavaScript, so they are escaped as well.
pub(crate) fn write_escaped(out: &mut String, text: &str) {
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{7f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(it));
            }
            _ => out.push(it),
        }
    }
}
