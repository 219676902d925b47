//! What a plain YAML scalar (one without quotes) means.
//!
//! CloudFormation reads YAML 1.1, in which `NO` is false, `012345670123` an octal number and
//! `1:30` ninety. Hardly anyone means that: so a scalar is a number, a boolean or null here only
//! where every YAML, 1.1, 1.2 and JSON, says so and where nothing of how it is written gets lost.
//! Everything else is text, just as it is written, and what CloudFormation would take for
//! something else is noted ([`Positions::notes`](super::Positions::notes)). Templates that are
//! written quote all of it, so the two readings do not meet.

use std::borrow::Cow;

use super::read_json::number;
use crate::value::Expr;

/// The value of a plain scalar; `None` for text.
pub(super) fn resolve(text: &str) -> Option<Expr> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Expr::Null),
        "true" | "True" | "TRUE" => return Some(Expr::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Expr::Bool(false)),
        _ => {}
    }
    is_number(text).map(|whole| number(text, whole))
}

/// Whether this is written as JSON writes a number and every YAML reads one, and then whether it is
/// a whole number. `1e3` is text in YAML 1.1: without point and sign it could be a commit.
pub(super) fn is_number(text: &str) -> Option<bool> {
    let (whole, rest) = split_digits(text.strip_prefix('-').unwrap_or(text));
    if whole.is_empty() || whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let Some(rest) = rest.strip_prefix('.') else {
        return rest.is_empty().then_some(true);
    };
    let (fraction, rest) = split_digits(rest);
    if fraction.is_empty() {
        return None;
    }
    is_exponent(rest).then_some(false)
}

fn is_exponent(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['e', 'E']) else {
        return text.is_empty();
    };
    let Some((digits, "")) = rest.strip_prefix(['+', '-']).map(split_digits) else {
        return false;
    };
    !digits.is_empty()
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// What YAML 1.1 takes a text for that is none to it.
/// <https://yaml.org/type/>
pub(super) fn misread(text: &str) -> Option<&'static str> {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("the boolean `true`"),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("the boolean `false`"),
        _ => {}
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let only = |digits: &str, allowed: fn(u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|it| allowed(it) || it == b'_')
    };
    if let Some(digits) = body.strip_prefix("0x")
        && only(digits, |it| it.is_ascii_hexdigit())
    {
        return Some("a hexadecimal number");
    }
    if let Some(digits) = body.strip_prefix("0b")
        && only(digits, |it| matches!(it, b'0' | b'1'))
    {
        return Some("a binary number");
    }
    if let Some(digits) = body.strip_prefix('0')
        && only(digits, |it| matches!(it, b'0'..=b'7'))
    {
        return Some("an octal number");
    }
    if let ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN" = body {
        return Some("a number");
    }
    if !body.bytes().any(|it| it.is_ascii_digit()) {
        return None;
    }
    let (whole, rest) = body.split_at(
        body.bytes()
            .take_while(|it| it.is_ascii_digit() || *it == b'_')
            .count(),
    );
    if rest.starts_with(':') {
        return is_sexagesimal(whole, rest).then_some("a number of base 60");
    }
    if let Some(rest) = rest.strip_prefix('.') {
        let digits = rest
            .bytes()
            .take_while(|it| it.is_ascii_digit() || *it == b'_')
            .count();
        return (!whole.starts_with('_') && is_exponent(&rest[digits..])).then_some("a number");
    }
    let plain = rest.is_empty() && !whole.starts_with(['0', '_']);
    (plain || body == "0").then_some("a number")
}

fn is_sexagesimal(whole: &str, rest: &str) -> bool {
    let (groups, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let group = |it: &str| {
        matches!(it.len(), 1 | 2)
            && it.bytes().all(|it| it.is_ascii_digit())
            && (it.len() == 1 || it.as_bytes()[0] < b'6')
    };
    // Numbers of base 60 without a fraction do not begin with zero.
    (rest.contains('.') || !whole.starts_with('0'))
        && !whole.starts_with('_')
        && !whole.is_empty()
        && groups.split(':').skip(1).all(group)
        && fraction.bytes().all(|it| it.is_ascii_digit() || it == b'_')
}

/// A plain scalar under an explicit `!!int` or the like; `None` when it is no such thing.
pub(super) fn resolve_as(tag: &str, text: &str) -> Option<Expr> {
    let value = match tag {
        "str" => Expr::String(Cow::Owned(text.to_owned())),
        // JSON numbers that no plain scalar stands for, such as `1e400`, are written this way.
        "float" if serde_json::from_str::<serde_json::Number>(text).is_ok() => {
            Expr::Decimal(Cow::Owned(text.to_owned()))
        }
        _ => resolve(text)?,
    };
    let fits = match tag {
        "str" => true,
        "int" => is_number(text) == Some(true),
        "float" => matches!(value, Expr::Decimal(_)),
        "bool" => matches!(value, Expr::Bool(_)),
        "null" => matches!(value, Expr::Null),
        _ => false,
    };
    fits.then_some(value)
}
