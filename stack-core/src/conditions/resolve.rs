//! What a template is while certain conditions are true.

use super::Combination;
use crate::template::Template;
use crate::value::{Expr, Object};

/// The template without its conditions, as CloudFormation sees it in one combination: resources and
/// outputs whose condition is false are gone, `Fn::If` is its one branch, what is `AWS::NoValue` is
/// not there. Parameters stay.
pub fn resolved(template: &Template, combination: &Combination) -> Template {
    let holds = |name: &str| combination.conditions.get(name).copied().unwrap_or(false);
    let mut root = Object::new();
    for (section, body) in template.root().iter() {
        let body = match (section, body) {
            ("Conditions", _) => continue,
            ("Resources" | "Outputs", Expr::Object(entries)) => {
                let kept = entries.iter().filter(|(_, it)| stays(it, &holds));
                let kept = kept.filter_map(|(id, it)| Some((id, branch(it, &holds)?)));
                let kept = kept.map(|(id, it)| (id.to_owned(), without_condition(it)));
                Expr::Object(kept.collect())
            }
            _ => body.clone(),
        };
        root.set(section.to_owned(), body);
    }
    let resources: Vec<String> = match root.get("Resources") {
        Some(Expr::Object(it)) => it.keys().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    if let Some(Expr::Object(entries)) = root.get_mut("Resources") {
        for (_, entry) in entries.iter_mut() {
            forget(entry, &resources);
        }
    }
    Template::from_object(root)
}

fn stays(entry: &Expr, holds: &dyn Fn(&str) -> bool) -> bool {
    let condition = entry.as_object().and_then(|it| it.get("Condition"));
    condition.and_then(Expr::as_str).is_none_or(holds)
}

fn without_condition(mut entry: Expr) -> Expr {
    if let Expr::Object(fields) = &mut entry {
        fields.remove("Condition");
    }
    entry
}

/// What is left of a node; `None` for `AWS::NoValue`.
fn branch(expr: &Expr, holds: &dyn Fn(&str) -> bool) -> Option<Expr> {
    match expr.intrinsic() {
        Some(("Fn::If", Expr::List(parts))) => {
            if let [Expr::String(name), yes, no] = parts.as_slice() {
                return branch(if holds(name) { yes } else { no }, holds);
            }
        }
        Some(("Ref", Expr::String(name))) if name == "AWS::NoValue" => return None,
        _ => {}
    }
    Some(match expr {
        Expr::List(items) => Expr::List(items.iter().filter_map(|it| branch(it, holds)).collect()),
        Expr::Object(fields) => {
            let fields = fields.iter();
            let kept = fields.filter_map(|(name, it)| Some((name.to_owned(), branch(it, holds)?)));
            Expr::Object(kept.collect())
        }
        other => other.clone(),
    })
}

/// Leaves out what a resource waits for and is not there: CloudFormation does.
fn forget(entry: &mut Expr, resources: &[String]) {
    let Expr::Object(fields) = entry else { return };
    let there = |it: &Expr| {
        it.as_str()
            .is_none_or(|id| resources.iter().any(|it| it == id))
    };
    let left = match fields.get("DependsOn") {
        Some(Expr::List(items)) => items.iter().filter(|it| there(it)).cloned().collect(),
        Some(one) if !there(one) => Vec::new(),
        _ => return,
    };
    if left.is_empty() {
        fields.remove("DependsOn");
    } else {
        fields.set("DependsOn", left);
    }
}
