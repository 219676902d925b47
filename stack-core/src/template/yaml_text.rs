//! Text in YAML, written so that no reader takes it for anything else.

use std::fmt::Write as _;

/// Appends text on one line: plain where every YAML, 1.1 and 1.2, reads just this text, otherwise
/// in double quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        write_quoted(text, out);
    }
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if is_printable(char) => out.push(char),
            _ => {
                let _ = write!(out, "\\u{:04x}", char as u32);
            }
        }
    }
    out.push('"');
}

/// Whether every YAML takes the character as it is, and no reader takes it for a space or a break.
fn is_printable(char: char) -> bool {
    match char {
        ' '..='~' => true,
        '\u{a1}'..='\u{d7ff}' => {
            !matches!(char, '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}')
        }
        '\u{e000}'..='\u{fffd}' => char != '\u{feff}',
        '\u{10000}'..='\u{10ffff}' => true,
        _ => false,
    }
}

/// Whether the text can stand without quotes. Strict rather than pretty: it starts with a letter, a
/// digit or one of `/$_.`, and is no word or number to anyone.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else {
        return false;
    };
    if !(first.is_ascii_alphanumeric() || matches!(first, b'/' | b'$' | b'_' | b'.')) {
        return false;
    }
    let mut before = b' ';
    for &byte in bytes {
        let fits = match byte {
            b'#' => before != b' ',
            b' ' => before != b':',
            // Other alphabets: letters and digits only, looked at below.
            0x80.. => true,
            _ => (b'!'..=b'~').contains(&byte),
        };
        if !fits {
            return false;
        }
        before = byte;
    }
    if matches!(before, b' ' | b':') {
        return false;
    }
    if !text.is_ascii() && !text.chars().all(|it| it.is_ascii() || it.is_alphanumeric()) {
        return false;
    }
    if first.is_ascii_alphabetic() {
        return !is_word(text);
    }
    // `...` ends a document.
    if first == b'.' && !bytes.get(1).is_some_and(u8::is_ascii_alphanumeric) {
        return false;
    }
    // What has none of these letters could be a number or a date to somebody.
    let telling = |it: &u8| {
        matches!(it | 0x20, b'g'..=b'h' | b'j'..=b'm' | b'p'..=b's' | b'u'..=b'w') || *it == b'/'
    };
    matches!(first, b'/' | b'$' | b'_') && bytes.len() > 1 && !bytes[1].is_ascii_digit()
        || bytes.iter().any(telling)
}

/// Words that mean something to some reader.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 14] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf",
        "infinity", "nil",
    ];
    text.len() <= 8 && WORDS.iter().any(|it| text.eq_ignore_ascii_case(it))
}

/// Whether the text can be a literal block (`|`) exactly: several lines, no character that would
/// need an escape, and no blanks where the block's own indentation is found or its end.
pub(super) fn is_literal(text: &str) -> bool {
    let Some((first, _)) = text.split_once('\n') else {
        return false;
    };
    if first.is_empty() || first.starts_with([' ', '\t']) {
        return false;
    }
    let last = text.trim_end_matches('\n').rsplit('\n').next();
    if last.is_none_or(|it| it.trim_matches([' ', '\t']).is_empty()) {
        return false;
    }
    text.chars()
        .all(|it| matches!(it, '\n' | '\t') || is_printable(it))
}

/// Appends a literal block, its lines indented by two spaces for each of `depth`.
pub(super) fn write_literal(text: &str, depth: usize, out: &mut String) {
    let body = text.trim_end_matches('\n');
    out.push_str(match text.len() - body.len() {
        0 => "|-",
        1 => "|",
        _ => "|+",
    });
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            for _ in 0..depth {
                out.push_str("  ");
            }
            out.push_str(line);
        }
    }
    for _ in 1..text.len() - body.len() {
        out.push('\n');
    }
}
