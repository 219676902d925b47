//! Conditions and mappings of a template, as handles.

use crate::value::{Expr, IntoValue, Key, Part, Reference};

/// A condition. Made from tests with [`equals`](Condition::equals) and the like, named with
/// [`Scope::condition`](crate::Scope::condition), which returns the handle to use.
#[derive(Clone, Debug)]
pub struct Condition {
    body: Expr,
    named: Option<&'static Key>,
}

fn plain(value: impl IntoValue<String>) -> Expr {
    value.into_value().into_expr()
}

impl Condition {
    pub(crate) fn named(key: &'static Key) -> Condition {
        let name = Expr::Reference(Reference::new(key, Part::Name));
        Condition {
            body: Expr::function("Condition", name),
            named: Some(key),
        }
    }

    fn of(name: &'static str, arguments: Vec<Expr>) -> Condition {
        Condition {
            body: Expr::function(name, arguments),
            named: None,
        }
    }

    /// True when both are the same text.
    pub fn equals(a: impl IntoValue<String>, b: impl IntoValue<String>) -> Condition {
        Condition::of("Fn::Equals", vec![plain(a), plain(b)])
    }

    /// True when all of them are; 2–10 conditions.
    pub fn all(conditions: impl IntoIterator<Item = Condition>) -> Condition {
        Condition::of(
            "Fn::And",
            conditions.into_iter().map(|it| it.body).collect(),
        )
    }

    /// True when one of them is; 2–10 conditions.
    pub fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
        Condition::of("Fn::Or", conditions.into_iter().map(|it| it.body).collect())
    }

    /// True when this is not.
    pub fn negate(self) -> Condition {
        Condition::of("Fn::Not", vec![self.body])
    }

    pub(crate) fn body(self) -> Expr {
        self.body
    }

    /// The name, as `Fn::If` and `Condition:` want it; synth reports a condition that has none.
    pub(crate) fn name(&self) -> Expr {
        match self.named {
            Some(key) => Expr::Reference(Reference::new(key, Part::Name)),
            None => self.body.clone(),
        }
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
