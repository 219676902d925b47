//! The intrinsic functions that can be worked out before a deployment.

use std::borrow::Cow;

use stack_core::{Expr, Object};

use super::calls::split_placeholder;
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
            text_of(here, name, argument).map(|it| Value::Text(Cow::Owned(it)))
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
fn pieces_of<'a>(
    here: Evaluation<'_, 'a>,
    name: &str,
    argument: &'a Expr,
) -> Option<Vec<Piece<'a>>> {
    // Few texts have more.
    let mut pieces = Vec::with_capacity(8);
    each_piece(here, name, argument, |it| {
        pieces.push(it);
        true
    })?;
    Some(pieces)
}

/// The whole text, when every part is known.
fn text_of<'a>(here: Evaluation<'_, 'a>, name: &str, argument: &'a Expr) -> Option<String> {
    let mut text = String::new();
    let mut known = true;
    each_piece(here, name, argument, |it| {
        match it {
            Piece::Text(it) => text.push_str(&it),
            Piece::Value(_) => known = false,
        }
        known
    })?;
    known.then_some(text)
}

/// Hands over the parts of a text that a function puts together, as long as more are wanted.
fn each_piece<'a>(
    here: Evaluation<'_, 'a>,
    name: &str,
    argument: &'a Expr,
    mut take: impl FnMut(Piece<'a>) -> bool,
) -> Option<()> {
    match name {
        "Fn::Sub" => match argument {
            Expr::String(text) => substitute(here, argument, text, None, take),
            Expr::List(parts) => match parts.as_slice() {
                [text, Expr::Object(variables)] => {
                    substitute(here, text, text.as_str()?, Some(variables), take);
                }
                _ => return None,
            },
            _ => return None,
        },
        "Fn::Join" => {
            let [delimiter, items] = argument.as_list()? else {
                return None;
            };
            let delimiter = delimiter.as_str()?;
            let mut first = true;
            each_item(here, items, |item| {
                let between = !std::mem::take(&mut first) && !delimiter.is_empty();
                (!between || take(Piece::Text(Cow::Borrowed(delimiter)))) && take(piece(item))
            })?;
        }
        // What is encoded stays readable here.
        "Fn::Base64" => {
            take(piece(here.deeper().value(argument)));
        }
        _ => return None,
    }
    Some(())
}

/// The same, and parts that are put together themselves become their parts. Not done while
/// evaluating: what is nested deep would be looked at over and over.
pub(super) fn parts_of<'a>(
    here: Evaluation<'_, 'a>,
    name: &str,
    argument: &'a Expr,
) -> Option<Vec<Piece<'a>>> {
    let pieces = pieces_of(here, name, argument)?;
    let is_nested = |it: &Piece<'a>| match it {
        Piece::Value(Value::Unknown(symbol)) => symbol.expr.intrinsic().is_some(),
        _ => false,
    };
    if !pieces.iter().any(is_nested) {
        return Some(pieces);
    }
    let mut all = Vec::new();
    for piece in pieces {
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

/// The items of a list, with those left out that are not set; `None` when they are not known.
fn items_of<'a>(here: Evaluation<'_, 'a>, list: &'a Expr) -> Option<Vec<Value<'a>>> {
    let mut items = Vec::new();
    each_item(here, list, |it| {
        items.push(it);
        true
    })?;
    Some(items)
}

/// Hands over the items of a list that are set, as long as more are wanted; `None` when they are not
/// known.
fn each_item<'a>(
    here: Evaluation<'_, 'a>,
    list: &'a Expr,
    take: impl FnMut(Value<'a>) -> bool,
) -> Option<()> {
    let mut take = take;
    match here.value(list) {
        Value::List(items) => {
            let mut items = items.iter().map(|it| here.value(it));
            items.all(|it| it.is_absent() || take(it));
        }
        Value::Items(items) => {
            items.into_iter().all(take);
        }
        _ => return None,
    }
    Some(())
}

/// `${Name}`, `${Resource.Attribute}`, `${!Literal}`.
fn substitute<'a>(
    here: Evaluation<'_, 'a>,
    expr: &'a Expr,
    text: &'a str,
    variables: Option<&'a Object>,
    mut take: impl FnMut(Piece<'a>) -> bool,
) {
    let mut rest = text;
    while let Some((before, name, after)) = split_placeholder(rest) {
        if !before.is_empty() && !take(Piece::Text(Cow::Borrowed(before))) {
            return;
        }
        rest = after;
        let next = match name.strip_prefix('!') {
            Some(literal) => Piece::Text(Cow::Owned(format!("${{{literal}}}"))),
            None => {
                let name = name.trim();
                piece(match variables.and_then(|it| it.get(name)) {
                    Some(value) => here.value(value),
                    None => named(here, expr, name),
                })
            }
        };
        if !take(next) {
            return;
        }
    }
    if !rest.is_empty() {
        take(Piece::Text(Cow::Borrowed(rest)));
    }
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
