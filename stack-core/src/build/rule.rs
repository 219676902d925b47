//! [`Rule`]: what parameters must fulfil together.

use crate::value::{Expr, IntoValue, List, Object};

use super::Condition;

/// What the parameters must fulfil together; CloudFormation checks it before it deploys anything.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>
#[derive(Clone, Debug)]
pub struct Rule {
    condition: Option<Expr>,
    assertions: Vec<Expr>,
}

impl Rule {
    /// Holds always.
    pub fn new() -> Rule {
        Rule {
            condition: None,
            assertions: Vec::new(),
        }
    }

    /// Holds only when the condition is true.
    pub fn when(condition: Condition) -> Rule {
        Rule {
            condition: Some(condition.body()),
            assertions: Vec::new(),
        }
    }

    /// Must be true, or the deployment is refused with this text.
    pub fn assert(mut self, condition: Condition, otherwise: impl Into<String>) -> Rule {
        self.assertions.push(Expr::Object(Object::from_iter([
            ("Assert", condition.body()),
            ("AssertDescription", Expr::from(otherwise.into())),
        ])));
        self
    }

    /// The value must be one of the list, or the deployment is refused with this text.
    pub fn assert_contains(
        mut self,
        list: impl IntoValue<List<String>>,
        value: impl IntoValue<String>,
        otherwise: impl Into<String>,
    ) -> Rule {
        let arguments = [
            list.into_value().into_expr(),
            value.into_value().into_expr(),
        ];
        self.assertions.push(Expr::Object(Object::from_iter([
            ("Assert", Expr::function("Fn::Contains", arguments)),
            ("AssertDescription", Expr::from(otherwise.into())),
        ])));
        self
    }

    pub(crate) fn into_body(self) -> Expr {
        let mut body = Object::single("Assertions", Expr::List(self.assertions));
        if let Some(condition) = self.condition {
            body.set("RuleCondition", condition);
        }
        Expr::Object(body)
    }
}

impl Default for Rule {
    fn default() -> Self {
        Rule::new()
    }
}
