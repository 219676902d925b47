//! What of a value is known before it is deployed.

use crate::value::Expr;

/// Whether a property is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Absent,
    /// In one arm of an `Fn::If`.
    Maybe,
    Present,
}

/// Whether a value is one that CloudFormation works out when it deploys.
pub(super) fn is_only_known_at_deployment(value: &Expr) -> bool {
    match value {
        Expr::String(text) => has_dynamic_reference(text),
        _ => is_call(value),
    }
}

/// The same, but for text.
pub(super) fn is_call(value: &Expr) -> bool {
    match value {
        Expr::Reference(_) | Expr::Dynamic(_) => true,
        Expr::Object(_) => value.intrinsic().is_some(),
        _ => false,
    }
}

/// Whether CloudFormation puts something in the place of a part of this text.
pub(super) fn has_dynamic_reference(text: &str) -> bool {
    // Most texts have no brace at all.
    text.as_bytes().contains(&b'{') && text.contains("{{") && text.contains("resolve:")
}

/// The two arms of an `Fn::If`.
pub(super) fn arms(value: &Expr) -> Option<(&Expr, &Expr)> {
    let ("Fn::If", Expr::List(parts)) = value.intrinsic()? else {
        return None;
    };
    match parts.as_slice() {
        [_, then, otherwise] => Some((then, otherwise)),
        _ => None,
    }
}

/// Whether a value is `AWS::NoValue`.
pub(super) fn is_no_value(value: &Expr) -> bool {
    matches!(value.intrinsic(), Some(("Ref", Expr::String(name))) if name == "AWS::NoValue")
}

/// Whether a property with this value is set. Nested conditions are followed to some depth.
pub(super) fn presence(value: &Expr) -> Presence {
    fn at(value: &Expr, depth: u32) -> Presence {
        match value {
            Expr::Null => Presence::Absent,
            Expr::Object(_) if is_no_value(value) => Presence::Absent,
            Expr::Object(_) => match arms(value) {
                Some(_) if depth == 0 => Presence::Maybe,
                Some((then, otherwise)) => {
                    let (then, otherwise) = (at(then, depth - 1), at(otherwise, depth - 1));
                    if then == otherwise {
                        then
                    } else {
                        Presence::Maybe
                    }
                }
                None => Presence::Present,
            },
            _ => Presence::Present,
        }
    }
    at(value, 8)
}

/// Whether a property with this value, or none, is set.
pub(super) fn presence_of(value: Option<&Expr>) -> Presence {
    value.map_or(Presence::Absent, presence)
}
