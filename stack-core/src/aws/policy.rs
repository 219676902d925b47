//! IAM policy documents.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use crate::build::Property;
use crate::value::{Expr, IntoValue, Json, List, Object, Value};

/// A policy document: a list of statements.
///
/// ```
/// use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
/// let trust = PolicyDocument::new([Statement::allow()
///     .principal(Principal::service("ecs-tasks.amazonaws.com"))
///     .actions(["sts:AssumeRole"])]);
/// ```
#[derive(Clone, Debug)]
pub struct PolicyDocument {
    statements: Vec<Statement>,
}

impl PolicyDocument {
    /// A document of these statements, in this order.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> PolicyDocument {
        PolicyDocument {
            statements: statements.into_iter().collect(),
        }
    }
}

impl IntoValue<Json> for PolicyDocument {
    fn into_value(self) -> Value<Json> {
        let statements: Vec<Expr> = self
            .statements
            .into_iter()
            .map(|it| Expr::Object(it.body))
            .collect();
        Value::from_expr(Expr::Object(Object::from_iter([
            ("Version", Expr::from("2012-10-17")),
            ("Statement", Expr::List(statements)),
        ])))
    }
}

/// One statement: who may do what with what, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    body: Object,
}

/// Who a statement of a resource's policy or of a role's trust is about.
#[derive(Clone, Debug)]
pub struct Principal {
    kind: Option<&'static str>,
    names: Expr,
}

impl Principal {
    /// An AWS service, such as `ecs-tasks.amazonaws.com`.
    pub fn service(name: impl IntoValue<String>) -> Principal {
        Principal {
            kind: Some("Service"),
            names: name.into_value().into_expr(),
        }
    }

    /// Accounts, roles or users by ARN, or an account by its id.
    pub fn aws(arns: impl IntoValue<List<String>>) -> Principal {
        Principal {
            kind: Some("AWS"),
            names: one_or_many(arns.into_value().into_expr()),
        }
    }

    /// An identity provider by ARN or domain, for web identities.
    pub fn federated(provider: impl IntoValue<String>) -> Principal {
        Principal {
            kind: Some("Federated"),
            names: provider.into_value().into_expr(),
        }
    }

    /// Everybody. Safe in a statement that denies; in one that allows, conditions must narrow it.
    pub fn anyone() -> Principal {
        Principal {
            kind: None,
            names: Expr::from("*"),
        }
    }
}

impl Statement {
    fn with_effect(effect: &'static str) -> Statement {
        Statement {
            body: Object::single("Effect", Expr::from(effect)),
        }
    }

    /// Allows what it says.
    pub fn allow() -> Statement {
        Statement::with_effect("Allow")
    }

    /// Denies what it says, whatever else allows it.
    pub fn deny() -> Statement {
        Statement::with_effect("Deny")
    }

    /// A name of letters and digits, unique in the document.
    pub fn sid(mut self, sid: impl Into<String>) -> Statement {
        self.body.set("Sid", sid.into());
        self
    }

    /// The actions, such as `s3:GetObject`.
    pub fn actions(mut self, actions: impl IntoValue<List<String>>) -> Statement {
        self.body
            .set("Action", one_or_many(actions.into_value().into_expr()));
        self
    }

    /// The ARNs of what it is about. In a role's trust there are none.
    pub fn resources(mut self, arns: impl IntoValue<List<String>>) -> Statement {
        self.body
            .set("Resource", one_or_many(arns.into_value().into_expr()));
        self
    }

    /// Who it is about, in a resource's policy or a role's trust. Several can be named.
    pub fn principal(mut self, principal: Principal) -> Statement {
        let Some(kind) = principal.kind else {
            self.body.set("Principal", principal.names);
            return self;
        };
        let mut all = match self.body.remove("Principal") {
            Some(Expr::Object(it)) => it,
            _ => Object::new(),
        };
        let names = match all.remove(kind) {
            Some(before) => Expr::List(
                items(before)
                    .into_iter()
                    .chain(items(principal.names))
                    .collect(),
            ),
            None => principal.names,
        };
        all.set(kind, names);
        self.body.set("Principal", all);
        self
    }

    /// Narrows the statement: operator (`StringEquals`), key (`aws:SourceAccount`), value. All
    /// conditions must hold.
    pub fn condition(
        mut self,
        operator: &'static str,
        key: impl Into<String>,
        value: impl Into<Property>,
    ) -> Statement {
        let mut conditions = match self.body.remove("Condition") {
            Some(Expr::Object(it)) => it,
            _ => Object::new(),
        };
        let mut keys = match conditions.remove(operator) {
            Some(Expr::Object(it)) => it,
            _ => Object::new(),
        };
        keys.set(key.into(), value.into().into_expr());
        conditions.set(operator, keys);
        self.body.set("Condition", conditions);
        self
    }
}

fn items(expr: Expr) -> Vec<Expr> {
    match expr {
        Expr::List(items) => items,
        one => vec![one],
    }
}

fn one_or_many(expr: Expr) -> Expr {
    match expr {
        Expr::List(mut items) if items.len() == 1 => items.pop().unwrap_or_default(),
        many => many,
    }
}
