//! The schema facts, for all types, as findings; each of their codes is a rule with a page.

use stack_core::schema::{self, Finding};
use stack_core::{Expr, Object};

use super::Report;
use crate::model::{Stack, Transforms, Value};

/// In so many worlds properties are looked at again as they are there.
const WORLDS: usize = 6;

/// What the facts say under this code.
pub(super) fn said(stack: Stack<'_, '_>, report: &mut Report<'_>, code: &str) {
    // A macro may put in what is missing and take out what is not known.
    let changed = matches!(code, "required-property" | "unknown-property" | "one-of");
    if changed && stack.transforms() == Transforms::Any {
        return;
    }
    let world = stack.world();
    let plain = stack.schema_findings(|| as_written(stack));
    if world.is_default() {
        for (id, it) in plain.iter().filter(|it| it.1.code == code) {
            tell(report, id, it);
        }
    }
    if world.number() >= WORLDS {
        return;
    }
    let here = stack.schema_findings_here(|| as_deployed(stack));
    for (id, it) in here.iter().filter(|it| it.1.code == code) {
        let known = plain
            .iter()
            .any(|(other, that)| other == id && that.code == code && that.place == it.place);
        if !known {
            tell(report, id, it);
        }
    }
}

fn tell(report: &mut Report<'_>, id: &str, finding: &Finding) {
    let place = match finding.place.as_str() {
        "" => id.to_owned(),
        inner => format!("{id}.{inner}"),
    };
    let repair = finding.help.clone().unwrap_or_default();
    report.judged(finding.severity, place, finding.message.clone(), repair);
}

fn as_written<'a>(stack: Stack<'_, 'a>) -> Vec<(&'a str, Finding)> {
    let mut found = Vec::new();
    let none = Object::new();
    for (id, resource) in stack.template().resources() {
        let properties = match resource.attribute("Properties") {
            None | Some(Expr::Null) => &none,
            Some(Expr::Object(it)) => it,
            Some(_) => continue,
        };
        schema::validate(resource.kind(), properties, &mut |it| found.push((id, it)));
    }
    found
}

/// Parameters filled in and conditions decided.
fn as_deployed<'a>(stack: Stack<'_, 'a>) -> Vec<(&'a str, Finding)> {
    let mut found = Vec::new();
    let calls = stack.calls();
    let mut last = "";
    let parameters = stack.template().section("Parameters");
    for call in &calls.all {
        let owner = call.owner;
        if owner.section != "Resources" || owner.part != "Properties" || owner.id == last {
            continue;
        }
        let changes = match call.name {
            "Fn::If" => true,
            "Ref" if call.outer.is_none() => call
                .argument
                .as_str()
                .is_some_and(|it| parameters.is_some_and(|all| all.contains(it))),
            "Fn::FindInMap" => call.outer.is_none(),
            _ => false,
        };
        if !changes {
            continue;
        }
        last = owner.id;
        let Some(resource) = stack.resource(owner.id) else {
            continue;
        };
        let Some(properties) = resource.raw().attribute("Properties") else {
            continue;
        };
        if let Expr::Object(properties) = resolved(stack, properties) {
            schema::validate(resource.kind(), &properties, &mut |it| {
                found.push((owner.id, it));
            });
        }
    }
    found
}

/// What an expression comes to in this world; what is not known yet is text with a dynamic
/// reference, which the facts say nothing against.
fn resolved<'a>(stack: Stack<'_, 'a>, expr: &'a Expr) -> Expr {
    match expr {
        Expr::List(items) => list(stack, items),
        Expr::Object(object) if expr.intrinsic().is_none() => fields(stack, object),
        Expr::Object(_) => value(stack, stack.evaluate(expr)),
        scalar => scalar.clone(),
    }
}

fn value<'a>(stack: Stack<'_, 'a>, it: Value<'a>) -> Expr {
    match it {
        Value::Absent => Expr::Null,
        Value::Text(text) => Expr::from(text.into_owned()),
        Value::List(items) => list(stack, items),
        Value::Items(items) => {
            Expr::List(items.into_iter().map(|it| value(stack, it)).collect())
        }
        Value::Object(object) => fields(stack, object),
        Value::Handle(_) | Value::Unknown(_) => Expr::Dynamic("".into()),
    }
}

fn list<'a>(stack: Stack<'_, 'a>, items: &'a [Expr]) -> Expr {
    let items = items.iter().map(|it| resolved(stack, it));
    Expr::List(items.filter(|it| *it != Expr::Null).collect())
}

fn fields<'a>(stack: Stack<'_, 'a>, object: &'a Object) -> Expr {
    let fields = object.iter();
    Expr::Object(
        fields
            .map(|(name, it)| (name.to_owned(), resolved(stack, it)))
            .collect(),
    )
}
