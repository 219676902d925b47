//! Writing YAML for people: blocks, short forms, and the order of the JSON.
//!
//! A short form is used where every reader takes it for the same: before text and before lists. A
//! function of a function or of an object is written in full (`Fn::Base64: !Sub …`), because two
//! short forms in a row are no YAML, and CloudFormation does not take all short forms inside each
//! other.

use super::order::Place;
use super::scalar::is_number;
use super::short_form;
use super::write_json::is_function;
use super::yaml_text::{is_literal, write_literal, write_text};
use crate::value::{Expr, Object, write_scalar};

/// Longer names of fields need the explicit form, `? name`, by the rules of YAML.
const LONGEST_KEY: usize = 1000;

/// Appends a whole template.
pub(super) fn write_template(root: &Object, out: &mut String) {
    if root.is_empty() {
        out.push_str("{}\n");
        return;
    }
    fields(root, Place::Root, 0, true, out);
}

fn newline(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// Writes fields, each on lines of its own; `first_here` when the first goes on the current line.
fn fields(object: &Object, place: Place, depth: usize, first_here: bool, out: &mut String) {
    place.each_field(object, |index, name, field| {
        if index > 0 || !first_here {
            newline(depth, out);
        }
        let start = out.len();
        write_text(name, out);
        if out.len() - start > LONGEST_KEY {
            out.insert_str(start, "? ");
            out.push('\n');
            newline(depth, out);
        }
        out.push(':');
        value(field, place.field(name), depth, out);
    });
}

/// Writes items, each on lines of its own; `first_here` when the first goes on the current line.
fn items(list: &[Expr], place: Place, depth: usize, first_here: bool, out: &mut String) {
    for (index, item) in list.iter().enumerate() {
        if index > 0 || !first_here {
            newline(depth, out);
        }
        out.push('-');
        let place = place.item(index);
        match item {
            // The first field or item goes beside the dash.
            Expr::Object(object) if !object.is_empty() && short(object, place).is_none() => {
                out.push(' ');
                fields(object, place, depth + 1, true, out);
            }
            Expr::List(inner) if !inner.is_empty() => {
                out.push(' ');
                items(inner, place, depth + 1, true, out);
            }
            _ => value(item, place, depth, out),
        }
    }
}

/// Writes a value after `key:`, `-` or a tag, and ends the line.
fn value(expr: &Expr, place: Place, depth: usize, out: &mut String) {
    match expr {
        Expr::List(list) if !list.is_empty() => {
            out.push('\n');
            items(list, place, depth + 1, false, out);
        }
        Expr::Object(object) => match short(object, place) {
            Some((name, argument)) => {
                out.push_str(" !");
                out.push_str(name);
                if let Some((id, attribute)) = attribute(argument).filter(|_| name == "GetAtt") {
                    for part in [" ", id, ".", attribute, "\n"] {
                        out.push_str(part);
                    }
                } else {
                    value(argument, Place::Plain, depth, out);
                }
            }
            None if object.is_empty() => out.push_str(" {}\n"),
            None => {
                out.push('\n');
                fields(object, place, depth + 1, false, out);
            }
        },
        Expr::List(_) => out.push_str(" []\n"),
        Expr::String(text) | Expr::Dynamic(text) => {
            out.push(' ');
            if is_literal(text) {
                write_literal(text, depth + 1, out);
            } else {
                write_text(text, out);
            }
            out.push('\n');
        }
        Expr::Reference(it) => value(&it.within_stack(), place, depth, out),
        Expr::Decimal(lexeme) => {
            // Plain, a number with an exponent would be text to YAML 1.1.
            out.push_str(if is_number(lexeme).is_some() {
                " "
            } else {
                " !!float "
            });
            out.push_str(lexeme);
            out.push('\n');
        }
        scalar => {
            out.push(' ');
            write_scalar(scalar, out);
            out.push('\n');
        }
    }
}

/// The short form that says the same as the object, and its argument.
fn short(object: &Object, place: Place) -> Option<(&'static str, &Expr)> {
    let (name, argument) = object.only()?;
    if place != Place::Plain || !is_function(name, argument) {
        return None;
    }
    let short = short_form::short(name)?;
    let same = match argument {
        _ if short == "GetAtt" => attribute(argument).is_some(),
        Expr::String(_) | Expr::Dynamic(_) => true,
        Expr::List(_) => !matches!(short, "Ref" | "Condition"),
        _ => false,
    };
    same.then_some((short, argument))
}

/// Resource and attribute, where `!GetAtt resource.attribute` says the same as the list.
fn attribute(argument: &Expr) -> Option<(&str, &str)> {
    let [Expr::String(id), Expr::String(attribute)] = argument.as_list()? else {
        return None;
    };
    let simple = |text: &str, more: &[u8]| {
        text.starts_with(|it: char| it.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || more.contains(&it))
    };
    (simple(id, b"") && simple(attribute, b"._-")).then_some((id, attribute))
}
