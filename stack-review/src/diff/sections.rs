//! Parameters, conditions, mappings, outputs and the rest of a template.

use std::collections::BTreeSet;

use stack_core::{Expr, Object};

use super::changes::{ChangeKind, Effect, SectionChange};
use super::delta::{Delta, EditKind};
use super::node::Node;
use super::side::{Side, text};
use super::stacks::Pair;
use super::{Options, resource};

/// The changes of a stack outside of its resources; none for a stack that comes or goes.
pub(super) fn compare(pair: &Pair<'_, '_>, options: &Options) -> Vec<SectionChange> {
    let (Some(old), Some(new)) = (&pair.old, &pair.new) else {
        return Vec::new();
    };
    let (a, b) = (old.input.template.root(), new.input.template.root());
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).collect();
    let mut changes = arguments(old, new);
    for name in names {
        let told = matches!(name, "Metadata" | "Description") && options.without_metadata;
        match name {
            // There is one version.
            "AWSTemplateFormatVersion" => (),
            _ if told => (),
            "Resources" => loops(old, new, &mut changes),
            "Conditions" => conditions(old, new, &mut changes),
            _ => each(old, new, name, options, &mut changes),
        }
    }
    changes
}

/// Parameters that are given something else.
fn arguments(old: &Side<'_, '_>, new: &Side<'_, '_>) -> Vec<SectionChange> {
    let mut changes = Vec::new();
    let (a, b) = (&old.input.arguments, &new.input.arguments);
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).copied().collect();
    for name in names.into_iter().filter(|it| a.get(it) != b.get(it)) {
        let shown = |side: &Side<'_, '_>| {
            let given = side.input.arguments.get(name)?;
            let parameter = side.input.template.section("Parameters")?.get(name)?;
            let secret = parameter.as_object()?.get("NoEcho").and_then(text);
            Some(match secret.as_deref() {
                Some("true") => "(secret)".to_owned(),
                _ => (*given).to_owned(),
            })
        };
        let (before, after) = (shown(old), shown(new));
        let kind = match (&before, &after) {
            // Nobody asks for it.
            (None, None) => continue,
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        changes.push(SectionChange {
            section: "Arguments".to_owned(),
            path: name.to_owned(),
            kind,
            before,
            after,
            when: None,
        });
    }
    changes
}

/// Loops and macros among the resources: what comes of them is not known.
fn loops(old: &Side<'_, '_>, new: &Side<'_, '_>, changes: &mut Vec<SectionChange>) {
    let names = |side: &Side<'_, '_>| -> BTreeSet<String> {
        let section = side.input.template.section("Resources").into_iter();
        let names = section.flat_map(Object::keys);
        names
            .filter(|it| it.starts_with("Fn::"))
            .map(str::to_owned)
            .collect()
    };
    for name in names(old).union(&names(new)) {
        entry(old, new, "Resources", name, changes);
    }
}

fn conditions(old: &Side<'_, '_>, new: &Side<'_, '_>, changes: &mut Vec<SectionChange>) {
    let section = |side: &Side<'_, '_>| side.input.template.section("Conditions").cloned();
    let (a, b) = (
        section(old).unwrap_or_default(),
        section(new).unwrap_or_default(),
    );
    let names: BTreeSet<&str> = a.keys().chain(b.keys()).collect();
    for name in names {
        let x = a.contains(name).then(|| old.condition(name, 0));
        let y = b.contains(name).then(|| new.condition(name, 0));
        // One that comes or goes does nothing by itself; what uses it shows.
        if x == y || x.is_none() || y.is_none() {
            continue;
        }
        changes.push(SectionChange {
            section: "Conditions".to_owned(),
            path: name.to_owned(),
            kind: ChangeKind::Changed,
            before: x.map(|it| it.shown()),
            after: y.map(|it| it.shown()),
            when: None,
        });
    }
}

fn each(
    old: &Side<'_, '_>,
    new: &Side<'_, '_>,
    section: &str,
    options: &Options,
    changes: &mut Vec<SectionChange>,
) {
    let keys = |side: &Side<'_, '_>| match side.input.template.root().get(section) {
        Some(Expr::Object(it)) => it.keys().map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    };
    let names: BTreeSet<String> = keys(old).union(&keys(new)).cloned().collect();
    let scalar = |side: &Side<'_, '_>| {
        let section = side.input.template.root().get(section);
        section.is_some_and(|it| it.as_object().is_none())
    };
    if scalar(old) || scalar(new) {
        let node = |side: &Side<'_, '_>| side.input.template.root().get(section).cloned();
        let (a, b) = (node(old), node(new));
        // One transform alone is a list of one.
        let list = |it: Option<Expr>| match it {
            Some(Expr::String(it)) if section == "Transform" => vec![Expr::String(it)].into(),
            other => other.unwrap_or_default(),
        };
        let (a, b) = (list(a), list(b));
        let one = |it: &Expr| (*it != Expr::Null).then(|| raw(it));
        if a != b {
            changes.push(SectionChange {
                section: section.to_owned(),
                path: String::new(),
                kind: match (&a, &b) {
                    (Expr::Null, _) => ChangeKind::Added,
                    (_, Expr::Null) => ChangeKind::Removed,
                    _ => ChangeKind::Changed,
                },
                before: one(&a),
                after: one(&b),
                when: None,
            });
        }
        return;
    }
    let begin = changes.len();
    for name in names {
        entry(old, new, section, &name, changes);
    }
    if options.without_metadata && matches!(section, "Parameters" | "Outputs") {
        let mut number = 0;
        changes.retain(|it| {
            number += 1;
            number <= begin || !it.path.ends_with(".Description")
        });
    }
}

fn raw(expr: &Expr) -> String {
    match expr {
        Expr::String(it) => it.to_string(),
        other => other.to_json(),
    }
}

/// One entry of a section.
fn entry(
    old: &Side<'_, '_>,
    new: &Side<'_, '_>,
    section: &str,
    name: &str,
    changes: &mut Vec<SectionChange>,
) {
    fn node<'a>(side: &Side<'_, 'a>, section: &str, name: &str) -> Node<'a> {
        let template = side.input.template;
        let found = template.section(section).and_then(|it| it.get(name));
        let condition = found
            .and_then(Expr::as_object)
            .and_then(|it| it.get("Condition"));
        let mut node = found.map_or(Node::Absent, |it| side.node(it));
        // A condition by what it comes to, not by its name.
        if let (Node::Map(fields), Some(condition)) = (&mut node, condition.and_then(Expr::as_str))
        {
            let condition = side.condition(condition, 0);
            let always = condition.text() == Some("true");
            fields.retain(|it| it.0 != "Condition");
            if !always {
                let at = fields.partition_point(|it| it.0.as_ref() < "Condition");
                fields.insert(at, ("Condition".into(), condition));
            }
        }
        node
    }
    let (a, b) = (node(old, section, name), node(new, section, name));
    for edit in Delta::of(None, name, &a, &b) {
        // The order of parameters' values and of outputs means nothing.
        if edit.kind == EditKind::Moved && section == "Parameters" {
            continue;
        }
        let shown = resource::shown(&edit, Effect::None, None);
        changes.push(SectionChange {
            section: section.to_owned(),
            path: shown.path,
            kind: shown.kind,
            before: shown.before,
            after: shown.after,
            when: shown.when,
        });
    }
}
