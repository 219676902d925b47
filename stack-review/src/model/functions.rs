//! The intrinsic functions that can be worked out before a deployment.

use std::borrow::Cow;

use stack_core::{Expr, Object};

use super::evaluate::Evaluation;
use super::value::{Piece, Value};

/// What a function gives; `None` when that is only known at deployment.
pub(super) fn call<'a>(
    here: Evaluation<'_, 'a>,
    name: &str,
    argument: &'a Expr,
) -> Option<Value<'a>> {
    match name {
        "Fn::Sub" | "Fn::Join" => {
            let pieces = pieces_of(here, name, argument)?;
            text_of(pieces).map(|it| Value::Text(Cow::Owned(it)))
        }
        "Fn::FindInMap" => find_in_map(here, argument),
        "Fn::Select" => {
            let [index, items] = argument.as_list()? else {
                return None;
            };
            let index: usize = here.value(index).text()?.parse().ok()?;
            items_of(here, items)?.into_iter().nth(index)
        }
        "Fn::Split" => {
            let [delimiter, text] = argument.as_list()? else {
                return None;
            };
            let text = here.value(text);
            let delimiter = delimiter.as_str().filter(|it| !it.is_empty())?;
            let parts = text.text()?.split(delimiter);
            let text = |it: &str| Value::Text(Cow::Owned(it.to_owned()));
            Some(Value::Items(parts.map(text).collect()))
        }
        "Fn::Length" => {
            let count = items_of(here, argument)?.len();
            Some(Value::Text(Cow::Owned(count.to_string())))
        }
        _ => None,
    }
}

/// The parts of a text that a function puts together.
pub(super) fn pieces_of<'a>(
    here: Evaluation<'_, 'a>,
    name: &str,
    argument: &'a Expr,
) -> Option<Vec<Piece<'a>>> {
    match name {
        "Fn::Sub" => match argument {
            Expr::String(text) => Some(substitute(here, argument, text, None)),
            Expr::List(parts) => match parts.as_slice() {
                [text, Expr::Object(variables)] => {
                    Some(substitute(here, text, text.as_str()?, Some(variables)))
                }
                _ => None,
            },
            _ => None,
        },
        "Fn::Join" => {
            let [delimiter, items] = argument.as_list()? else {
                return None;
            };
            let delimiter = delimiter.as_str()?;
            let mut pieces = Vec::new();
            for (n, item) in items_of(here, items)?.into_iter().enumerate() {
                if n > 0 && !delimiter.is_empty() {
                    pieces.push(Piece::Text(Cow::Borrowed(delimiter)));
                }
                pieces.push(piece(item));
            }
            Some(pieces)
        }
        // What is encoded stays readable here.
        "Fn::Base64" => Some(vec![piece(here.deeper().value(argument))]),
        _ => None,
    }
}

/// The same, and parts that are put together themselves become their parts. Not done while
/// evaluating: what is nested deep would be looked at over and over.
pub(super) fn parts_of<'a>(
    here: Evaluation<'_, 'a>,
    name: &str,
    argument: &'a Expr,
) -> Option<Vec<Piece<'a>>> {
    let mut all = Vec::new();
    for piece in pieces_of(here, name, argument)? {
        let inner = match &piece {
            Piece::Value(Value::Unknown(symbol)) if here.is_shallow() => {
                let there = Evaluation {
                    stack: symbol.stack,
                    ..here
                };
                let function = symbol.expr.intrinsic();
                function.and_then(|(name, argument)| parts_of(there.deeper(), name, argument))
            }
            _ => None,
        };
        match inner {
            Some(inner) => all.extend(inner),
            None => all.push(piece),
        }
    }
    Some(all)
}

fn piece(value: Value<'_>) -> Piece<'_> {
    match value {
        Value::Text(text) => Piece::Text(text),
        other => Piece::Value(other),
    }
}

/// The whole text, when every part is known.
fn text_of(pieces: Vec<Piece<'_>>) -> Option<String> {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(it) => text.push_str(&it),
            Piece::Value(_) => return None,
        }
    }
    Some(text)
}

/// The items of a list, with those left out that are not set; `None` when they are not known.
pub(super) fn items_of<'a>(here: Evaluation<'_, 'a>, list: &'a Expr) -> Option<Vec<Value<'a>>> {
    match here.value(list) {
        Value::List(items) => {
            let items = items.iter().map(|it| here.value(it));
            Some(items.filter(|it| !it.is_absent()).collect())
        }
        Value::Items(items) => Some(items),
        _ => None,
    }
}

/// `${Name}`, `${Resource.Attribute}`, `${!Literal}`.
fn substitute<'a>(
    here: Evaluation<'_, 'a>,
    expr: &'a Expr,
    text: &'a str,
    variables: Option<&'a Object>,
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else {
            break;
        };
        if at > 0 {
            pieces.push(Piece::Text(Cow::Borrowed(&rest[..at])));
        }
        let name = &rest[at + 2..at + end];
        rest = &rest[at + end + 1..];
        if let Some(literal) = name.strip_prefix('!') {
            pieces.push(Piece::Text(Cow::Owned(format!("${{{literal}}}"))));
            continue;
        }
        let name = name.trim();
        let value = match variables.and_then(|it| it.get(name)) {
            Some(value) => here.value(value),
            None => named(here, expr, name),
        };
        pieces.push(piece(value));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(Cow::Borrowed(rest)));
    }
    pieces
}

fn named<'a>(here: Evaluation<'_, 'a>, expr: &'a Expr, name: &'a str) -> Value<'a> {
    let Some((id, attribute)) = name.split_once('.') else {
        return here.reference(expr, name);
    };
    let model = &here.world.estate.stacks[here.stack];
    match model.resource(id) {
        Some(resource) => Value::Handle(super::value::Handle {
            stack: here.stack,
            id: resource.view.id(),
            attribute: Some(attribute),
        }),
        None => here.unknown(expr),
    }
}

fn find_in_map<'a>(here: Evaluation<'_, 'a>, argument: &'a Expr) -> Option<Value<'a>> {
    let keys = argument.as_list()?;
    let [map, first, second, rest @ ..] = keys else {
        return None;
    };
    let model = &here.world.estate.stacks[here.stack];
    let key = |it| here.value(it).text().map(str::to_owned);
    let found = || -> Option<&'a Expr> {
        let map = model.input.template.section("Mappings")?.get(&key(map)?)?;
        let first = map.as_object()?.get(&key(first)?)?;
        first.as_object()?.get(&key(second)?)
    };
    if let Some(found) = found() {
        return Some(here.value(found));
    }
    // With the language extensions, a fourth argument holds the default; it is known to count only
    // when all keys are.
    let known = [map, first, second].iter().all(|it| key(it).is_some());
    let default = rest.first()?.as_object()?.get("DefaultValue")?;
    known.then(|| here.value(default))
}
