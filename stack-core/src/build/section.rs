//! Conditions and mappings of a template, as handles.

use crate::value::{Expr, IntoValue, Key, Part, Reference};

/// A test that CloudFormation makes when it deploys. Named with
/// [`Scope::condition`](crate::Scope::condition), which returns the handle that resources and
/// [`if_else`](crate::value::if_else) use.
#[derive(Clone, Debug)]
pub struct Condition {
    body: Expr,
}

/// A condition that has a name in a template.
#[derive(Clone, Copy, Debug)]
pub struct NamedCondition {
    key: &'static Key,
}

impl Condition {
    fn of(name: &'static str, arguments: impl Into<Expr>) -> Condition {
        Condition {
            body: Expr::function(name, arguments),
        }
    }

    /// True when both are the same text.
    pub fn equals(a: impl IntoValue<String>, b: impl IntoValue<String>) -> Condition {
        Condition::of(
            "Fn::Equals",
            [a.into_value().into_expr(), b.into_value().into_expr()],
        )
    }

    /// True when all of them are; 2–10 conditions.
    pub fn all<C: Into<Condition>>(conditions: impl IntoIterator<Item = C>) -> Condition {
        Condition::of("Fn::And", bodies(conditions))
    }

    /// True when one of them is; 2–10 conditions.
    pub fn any<C: Into<Condition>>(conditions: impl IntoIterator<Item = C>) -> Condition {
        Condition::of("Fn::Or", bodies(conditions))
    }

    /// True when the other is not.
    pub fn not(condition: impl Into<Condition>) -> Condition {
        Condition::of("Fn::Not", [condition.into().body])
    }

    pub(crate) fn body(self) -> Expr {
        self.body
    }
}

fn bodies<C: Into<Condition>>(conditions: impl IntoIterator<Item = C>) -> Vec<Expr> {
    conditions.into_iter().map(|it| it.into().body).collect()
}

impl NamedCondition {
    pub(crate) fn new(key: &'static Key) -> NamedCondition {
        NamedCondition { key }
    }

    pub(crate) fn name(self) -> Expr {
        Expr::Reference(Reference::new(self.key, Part::Name))
    }
}

/// Inside another condition.
impl From<NamedCondition> for Condition {
    fn from(it: NamedCondition) -> Condition {
        Condition::of("Condition", it.name())
    }
}

/// A mapping of the template, made with [`Scope::mapping`](crate::Scope::mapping).
#[derive(Clone, Copy, Debug)]
pub struct Mapping {
    key: &'static Key,
}

impl Mapping {
    pub(crate) fn named(key: &'static Key) -> Mapping {
        Mapping { key }
    }

    pub(crate) fn name(self) -> Expr {
        Expr::Reference(Reference::new(self.key, Part::Name))
    }
}
