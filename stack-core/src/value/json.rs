//! Writing the tree as JSON text.

use std::fmt::Write as _;

use super::{Expr, Object};

impl Expr {
    /// Compact JSON. What is only known while building (handles) is written as synth would write it
    /// within one stack.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write(self, &mut out);
        out
    }

    /// The same value for `serde_json`.
    pub fn to_serde(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Expr::Null => Json::Null,
            Expr::Bool(it) => Json::Bool(*it),
            Expr::Int(it) => Json::from(*it),
            Expr::Decimal(it) => serde_json::from_str(it).unwrap_or(Json::Null),
            Expr::String(it) | Expr::Dynamic(it) => Json::String(it.to_string()),
            Expr::List(items) => items.iter().map(Expr::to_serde).collect(),
            Expr::Object(fields) => fields
                .iter()
                .map(|(name, it)| (name.to_owned(), it.to_serde()))
                .collect(),
            Expr::Reference(it) => it.within_stack().to_serde(),
        }
    }
}

/// Which bytes cannot stand in JSON text as they are.
static ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        escaped[byte] = true;
        byte += 1;
    }
    escaped[b'"' as usize] = true;
    escaped[b'\\' as usize] = true;
    escaped[0x7f] = true;
    escaped
};

/// Where the first byte stands that needs escaping. Eight bytes are looked at together, as most texts
/// have none.
fn first_escaped(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // Marks the bytes that are 0, perhaps some after the first of them.
    let zeros = |it: u64| it.wrapping_sub(ONES) & !it & HIGH;
    let mut before = 0;
    for chunk in bytes.as_chunks().0 {
        let word = u64::from_le_bytes(*chunk);
        let below_blank = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let slashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let deletes = zeros(word ^ (ONES * 0x7f));
        if below_blank | quotes | slashes | deletes != 0 {
            break;
        }
        before += 8;
    }
    bytes[before..]
        .iter()
        .position(|it| ESCAPED[usize::from(*it)])
        .map(|at| before + at)
}

/// Whether something in it cannot stand in JSON text as it is.
pub(crate) fn has_escapes(text: &str) -> bool {
    first_escaped(text.as_bytes()).is_some()
}

pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_escaped(rest.as_bytes()) {
        let byte = rest.as_bytes()[at];
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.push_str(rest);
    out.push('"');
}

/// Writes what is neither a list nor an object.
pub(crate) fn write_scalar(scalar: &Expr, out: &mut String) {
    match scalar {
        Expr::Null => out.push_str("null"),
        Expr::Bool(true) => out.push_str("true"),
        Expr::Bool(false) => out.push_str("false"),
        Expr::Int(it) => {
            let _ = write!(out, "{it}");
        }
        Expr::Decimal(it) => out.push_str(it),
        Expr::String(it) | Expr::Dynamic(it) => write_string(it, out),
        Expr::List(_) | Expr::Object(_) | Expr::Reference(_) => write(scalar, out),
    }
}

fn write(expr: &Expr, out: &mut String) {
    match expr {
        Expr::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Expr::Object(fields) => write_object(fields, out),
        Expr::Reference(it) => write(&it.within_stack(), out),
        scalar => write_scalar(scalar, out),
    }
}

fn write_object(fields: &Object, out: &mut String) {
    out.push('{');
    for (n, (name, value)) in fields.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write_string(name, out);
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

impl super::Reference {
    /// The intrinsic function this is in the template of its own stack.
    pub(crate) fn within_stack(&self) -> Expr {
        use super::Part;
        let id = Expr::from(self.key.id);
        match self.part() {
            Part::Ref => Expr::function("Ref", id),
            Part::Attribute(name) => Expr::function("Fn::GetAtt", [id, Expr::from(name)]),
            Part::Name => id,
        }
    }
}

impl Object {
    /// Compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write_object(self, &mut out);
        out
    }
}
