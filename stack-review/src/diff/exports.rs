//! Exports, and what goes wrong when one changes while another stack imports it.

use std::collections::BTreeMap;

use stack_core::{Expr, Object};

use super::changes::{ChangeKind, Hazard, HazardKind};
use super::node::{Node, Symbol};
use super::side::{Exports, Side};
use super::stacks::Comparison;
use crate::model::StackInput;

/// The exports of stacks whose names are known.
pub(super) fn exports<'a>(stacks: &[StackInput<'a>]) -> Exports<'a> {
    let none = Exports::new();
    let mut exports = Exports::new();
    for input in stacks {
        let side = Side::new(input, None, 0, &none);
        for (output, name) in exported(&side) {
            if let Node::Text(name) = name {
                exports.insert(name.into_owned(), (input.name, output));
            }
        }
    }
    exports
}

/// The outputs of a stack that are exported, with the names of the exports.
fn exported<'a>(side: &Side<'_, 'a>) -> Vec<(&'a str, Node<'a>)> {
    let outputs = side.input.template.section("Outputs").into_iter();
    let outputs = outputs.flat_map(Object::iter);
    outputs
        .filter_map(|(output, body)| {
            let name = body.as_object()?.get("Export")?.as_object()?.get("Name")?;
            Some((output, side.node(name)))
        })
        .collect()
}

/// What goes wrong with the exports of each stack.
pub(super) fn hazards(comparison: &Comparison<'_, '_>) -> Vec<Vec<Hazard>> {
    let mut all: Vec<Vec<Hazard>> = Vec::new();
    for (number, pair) in comparison.pairs.iter().enumerate() {
        let mut found = Vec::new();
        if let Some(old) = &pair.old {
            let after: BTreeMap<&str, Node<'_>> = match &pair.new {
                Some(new) => exported(new).into_iter().collect(),
                None => BTreeMap::new(),
            };
            for (output, name) in exported(old) {
                let what = match after.get(output) {
                    None => "is removed",
                    Some(it) if *it != name => "gets another name",
                    Some(_) => {
                        let path = format!("{output}.Value");
                        let changed = comparison.sections[number].iter();
                        let mut changed = changed.filter(|it| {
                            it.section == "Outputs" && it.path == path && it.when.is_none()
                        });
                        match changed.next() {
                            Some(it) if it.kind == ChangeKind::Follows => {
                                "gets another value, as what it names is replaced,"
                            }
                            Some(_) => "gets another value",
                            None => continue,
                        }
                    }
                };
                found.extend(in_use(comparison, number, output, &name, what));
            }
        }
        found.sort();
        all.push(found);
    }
    all
}

/// An export that goes away or changes while another stack imports it.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html>
fn in_use(
    comparison: &Comparison<'_, '_>,
    number: usize,
    output: &str,
    name: &Node<'_>,
    what: &str,
) -> Option<Hazard> {
    let exporter = comparison.pairs[number].name;
    let imports = |side: &Side<'_, '_>| imports(side, exporter, output, name);
    let mut still = Vec::new();
    let mut no_longer = Vec::new();
    for pair in comparison.pairs.iter().filter(|it| it.name != exporter) {
        if !pair.old.as_ref().is_some_and(&imports) {
            continue;
        }
        match pair.new.as_ref().is_some_and(&imports) {
            true => still.push(format!("`{}`", pair.name)),
            false => no_longer.push(format!("`{}`", pair.name)),
        }
    }
    let all: Vec<String> = still.iter().chain(&no_longer).cloned().collect();
    if all.is_empty() {
        return None;
    }
    let repair = match still.as_slice() {
        [] => format!("deploy {} first, without the import", no_longer.join(", ")),
        some => format!(
            "keep the export until nothing in {} imports it",
            some.join(", ")
        ),
    };
    // Names that are made of parameters may be different ones.
    let import = match (name.text().is_some(), all.len()) {
        (false, _) => "may import",
        (true, 1) => "imports",
        (true, _) => "import",
    };
    Some(Hazard {
        kind: HazardKind::ExportInUse,
        message: format!(
            "export `{}` {what} while {} {import} it: CloudFormation refuses that as long as it is in use",
            name.shown(),
            all.join(", ")
        ),
        repair,
    })
}

/// Whether a stack imports an output.
fn imports(side: &Side<'_, '_>, exporter: &str, output: &str, name: &Node<'_>) -> bool {
    fn any<'a>(side: &Side<'_, 'a>, expr: &'a Expr, found: &mut dyn FnMut(Node<'a>)) {
        if let Some((super::mentions::IMPORT, argument)) = expr.intrinsic() {
            found(side.node(expr));
            found(side.node(argument));
        }
        match expr {
            Expr::List(items) => items.iter().for_each(|it| any(side, it, found)),
            Expr::Object(fields) => fields.iter().for_each(|(_, it)| any(side, it, found)),
            _ => (),
        }
    }
    let mut imports = false;
    let sections = ["Resources", "Outputs"].map(|it| side.input.template.root().get(it));
    for section in sections.into_iter().flatten() {
        any(side, section, &mut |it| {
            imports |= match &it {
                Node::Symbol(Symbol::Output(from, what)) => *from == exporter && *what == output,
                other => other == name,
            };
        });
    }
    imports
}
