//! What an expression mentions by name, without evaluating it.

use stack_core::Expr;

use super::substitution::{Part, parts};

/// Stands for any import.
pub(super) const IMPORT: &str = "Fn::ImportValue";
/// Stands for any mapping, where the name of one is computed.
pub(super) const ANY_MAPPING: &str = "Fn::FindInMap";

/// Calls `visit` with the names of resources, parameters, conditions and mappings.
pub(super) fn mentions<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a str)) {
    match expr {
        Expr::List(items) => items.iter().for_each(|it| mentions(it, visit)),
        Expr::Object(fields) => match expr.intrinsic() {
            Some((name, argument)) => function(name, argument, visit),
            None => fields.iter().for_each(|(_, it)| mentions(it, visit)),
        },
        _ => (),
    }
}

fn function<'a>(name: &'a str, argument: &'a Expr, visit: &mut dyn FnMut(&'a str)) {
    let first = match argument {
        Expr::List(items) => items.first(),
        other => Some(other),
    };
    match (name, first.and_then(Expr::as_str)) {
        ("Ref", Some(it)) => return visit(it),
        ("Fn::GetAtt", Some(it)) => visit(it.split('.').next().unwrap_or(it)),
        ("Fn::Sub", Some(text)) => {
            for part in parts(text) {
                if let Part::Name(it) = part {
                    visit(it.split('.').next().unwrap_or(it));
                }
            }
        }
        ("Fn::If" | "Fn::FindInMap", Some(it)) => visit(it),
        ("Fn::FindInMap", None) => visit(ANY_MAPPING),
        (IMPORT, _) => visit(IMPORT),
        ("Fn::GetAZs", _) => visit("AWS::Region"),
        _ => (),
    }
    mentions(argument, visit);
}
