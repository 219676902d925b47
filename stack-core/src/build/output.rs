//! [`Output`]: a value shown with a stack.

use crate::build::NamedCondition;
use crate::value::{Expr, IntoValue, Object};

/// A value shown with the stack, for people and for other stacks.
#[derive(Clone, Debug)]
pub struct Output {
    body: Object,
}

impl Output {
    /// An output of this value.
    pub fn new(value: impl IntoValue<String>) -> Output {
        Output {
            body: Object::single("Value", value.into_value().into_expr()),
        }
    }

    /// What the value is, up to 1,024 bytes.
    pub fn description(mut self, text: impl Into<String>) -> Output {
        self.body.set("Description", text.into());
        self
    }

    /// Exports the value under a name that is unique in the account and region. While another stack
    /// imports it, it cannot change or go.
    pub fn export(mut self, name: impl IntoValue<String>) -> Output {
        let name = name.into_value().into_expr();
        self.body.set("Export", Object::single("Name", name));
        self
    }

    /// Shows the output only while the condition is true.
    pub fn when(mut self, condition: NamedCondition) -> Output {
        self.body.set("Condition", condition.name());
        self
    }

    pub(crate) fn into_body(self) -> Expr {
        Expr::Object(self.body)
    }
}
