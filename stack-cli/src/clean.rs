//! Text from anywhere, made safe to print.
//!
//! Names, tags, branch names and file contents can be hostile: a control character can rewrite
//! what a terminal shows, a bidi control can reorder it, and a line that begins with `::` gives a
//! command to a CI runner. Each such character is printed as its number, like `\u{1b}`.

use std::borrow::Cow;
use std::fmt::Write;

/// What CI runners take for a command anywhere in a line (Azure Pipelines, and GitHub's older
/// form).
const COMMANDS: [&str; 2] = ["##[", "##vso["];

/// The text with everything that could command a terminal or a CI runner made visible. Newlines
/// and tabs stay.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        // GitHub trims a line before it looks for `::`.
        let mut hidden = line
            .trim_start()
            .starts_with("::")
            .then(|| line.len() - line.trim_start().len());
        for (at, it) in line.char_indices() {
            let rest = &line[at..];
            if is_unsafe(it)
                || hidden.take_if(|colon| *colon == at).is_some()
                || COMMANDS.iter().any(|command| rest.starts_with(command))
            {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(it));
            } else {
                out.push(it);
            }
        }
    }
    Cow::Owned(out)
}

/// JSON text that says the same, with what [`clean`] makes visible written as JSON escapes.
pub(crate) fn clean_json(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, it) in text.char_indices() {
        let rest = &text[at..];
        if is_unsafe(it) || COMMANDS.iter().any(|command| rest.starts_with(command)) {
            for unit in it.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(it);
        }
    }
    Cow::Owned(out)
}

/// Whether there is nothing to look for: the usual case, told without a copy.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|it| matches!(it, b'\n' | b' '..=b'~'))
        && !text.contains("::")
        && !text.contains("##")
}

/// Whether printing it can do something else than show a mark: control characters, bidi controls,
/// line separators, invisible characters and tags.
fn is_unsafe(it: char) -> bool {
    match it {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => it.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_json};

    #[test]
    fn what_commands_a_terminal_or_a_runner_is_shown_as_its_number() {
        for (text, expected) in [
            ("plain\n\ttext, äöü 日本", "plain\n\ttext, äöü 日本"),
            ("\x1b[31mred", "\\u{1b}[31mred"),
            ("a\rb\x07\x7f", "a\\u{d}b\\u{7}\\u{7f}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}evil\u{2066}", "\\u{202e}evil\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("::set-output name=x::y", "\\u{3a}:set-output name=x::y"),
            ("a\n  ::warning::b", "a\n  \\u{3a}:warning::b"),
            ("AWS::EC2::VPC", "AWS::EC2::VPC"),
            (
                "see ##[error] and ##vso[x]",
                "see \\u{23}#[error] and \\u{23}#vso[x]",
            ),
            (
                "section_start:1:a\r\x1b[0K",
                "section_start:1:a\\u{d}\\u{1b}[0K",
            ),
            ("", ""),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn whatever_the_characters_nothing_dangerous_is_left() {
        let all: String = (0..=0x10_ffff).filter_map(char::from_u32).collect();
        let cleaned = clean(&all);
        let left = |it: char| it.is_control() && it != '\n' && it != '\t';
        assert!(!cleaned.contains(left));
        for hidden in [
            '\u{200b}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
        ] {
            assert!(!cleaned.contains(hidden), "{hidden:?}");
        }
    }

    #[test]
    fn cleaned_json_reads_back_the_same() {
        let value = serde_json::json!({"a\u{9b}": "\u{202e}::x ##[y]\n\u{e0041}", "b": ["::", 1]});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let cleaned = clean_json(&text);
        assert!(cleaned.is_ascii() && !cleaned.contains("##["), "{cleaned}");
        let back: serde_json::Value = serde_json::from_str(&cleaned).unwrap();
        assert_eq!(back, value);
    }
}
