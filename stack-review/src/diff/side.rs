//! [`Side`]: a stack before or after, and what is known of its parameters and conditions.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use stack_core::{Expr, Object};

use super::lists::leaves;
use super::node::{Node, Symbol};
use crate::model::StackInput;

/// Export names that are known, and the outputs behind them: stack and output.
pub(super) type Exports<'a> = BTreeMap<String, (&'a str, &'a str)>;

/// A condition of more values than this is told by a digest.
const LARGEST: usize = 64;

/// A stack before or after the change.
pub(super) struct Side<'s, 'a> {
    pub(super) input: &'s StackInput<'a>,
    /// The same stack on the other side.
    pub(super) other: Option<&'s StackInput<'a>>,
    /// 0 before, 1 after.
    pub(super) number: u8,
    pub(super) exports: &'s Exports<'a>,
    conditions: RefCell<BTreeMap<&'a str, Node<'a>>>,
    parameters: BTreeMap<&'a str, Node<'a>>,
}

impl<'s, 'a> Side<'s, 'a> {
    pub(super) fn new(
        input: &'s StackInput<'a>,
        other: Option<&'s StackInput<'a>>,
        number: u8,
        exports: &'s Exports<'a>,
    ) -> Side<'s, 'a> {
        let mut side = Side {
            input,
            other,
            number,
            exports,
            conditions: RefCell::default(),
            parameters: BTreeMap::new(),
        };
        let section = input.template.section("Parameters").into_iter();
        for (name, body) in section.flat_map(Object::iter) {
            let node = side.parameter(name, body.as_object());
            side.parameters.insert(name, node);
        }
        side
    }

    /// What `Ref` of a name gives that is no resource.
    pub(super) fn named(&self, name: &'a str) -> Option<Node<'a>> {
        if let Some(node) = self.parameters.get(name) {
            return Some(node.clone());
        }
        pseudo(self.input, name)
    }

    fn parameter(&self, name: &'a str, body: Option<&'a Object>) -> Node<'a> {
        if let Some((stack, output)) = self.input.wires.get(name) {
            return Node::Symbol(Symbol::Output(stack, output));
        }
        let kind = body.and_then(|it| it.get("Type")).and_then(Expr::as_str);
        let kind = kind.unwrap_or("String");
        let secret = body.and_then(|it| it.get("NoEcho"));
        let secret = secret.and_then(text).is_some_and(|it| it == "true");
        let value = self.value(name, body, secret);
        // What is given is the name of a parameter of Systems Manager.
        if kind.starts_with("AWS::SSM::Parameter::Value") {
            return Node::Call("ssm", Box::new(value));
        }
        match value {
            Node::Text(given) if kind == "CommaDelimitedList" || kind.starts_with("List<") => {
                let items = given.split(',').map(|it| it.trim().to_owned());
                Node::List(items.map(|it| Node::Text(Cow::Owned(it))).collect())
            }
            value => value,
        }
    }

    /// What a parameter is given.
    fn value(&self, name: &'a str, body: Option<&'a Object>, secret: bool) -> Node<'a> {
        let given = self.input.arguments.get(name).copied();
        let theirs = self.other.map(|it| {
            let section = it.template.section("Parameters");
            (
                section.and_then(|it| it.get(name)),
                it.arguments.get(name).copied(),
            )
        });
        let keeps = Node::Symbol(Symbol::Parameter(name));
        if secret {
            let other = matches!(theirs, Some((Some(_), other)) if other != given);
            return match other {
                true => Node::Symbol(Symbol::Secret(name, self.number)),
                false => keeps,
            };
        }
        if let Some(given) = given {
            return Node::Text(Cow::Borrowed(given));
        }
        let Some(mine) = default(body) else {
            return keeps;
        };
        match theirs {
            // It keeps what it has, be that the old default or not.
            Some((Some(other), None)) => match default(other.as_object()) {
                Some(other) if mine != other => Node::Symbol(Symbol::Default(name, mine)),
                _ => keeps,
            },
            Some(_) => Node::Symbol(Symbol::Default(name, mine)),
            None => keeps,
        }
    }

    /// What a condition comes to: `true`, `false`, or what it depends on.
    pub(super) fn condition(&self, name: &str, depth: u32) -> Node<'a> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return known.clone();
        }
        let section = self.input.template.section("Conditions");
        let Some((name, body)) = section.and_then(|it| it.get_key_value(name)) else {
            return Node::Call(
                "Condition",
                Box::new(Node::Text(Cow::Owned(name.to_owned()))),
            );
        };
        // Conditions that mention each other in a circle find this.
        let open = Node::Call("Condition", Box::new(Node::Text(Cow::Borrowed(name))));
        self.conditions.borrow_mut().insert(name, open);
        let mut node = self.logic(body, depth + 1);
        if leaves(&node) > LARGEST {
            // Conditions made of conditions grow fast; a digest is as good to tell them apart.
            let digest = Node::Text(Cow::Owned(digest(&node.shown())));
            let name = Node::Text(Cow::Borrowed(name));
            node = Node::Call("Condition", Box::new(Node::List(vec![name, digest])));
        }
        self.conditions.borrow_mut().insert(name, node.clone());
        node
    }
}

/// A digest to tell large values apart (FNV-1a).
pub(super) fn digest(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// A scalar as CloudFormation's text.
pub(super) fn text(expr: &Expr) -> Option<Cow<'_, str>> {
    Some(match expr {
        Expr::String(it) | Expr::Dynamic(it) | Expr::Decimal(it) => Cow::Borrowed(it),
        Expr::Bool(true) => Cow::Borrowed("true"),
        Expr::Bool(false) => Cow::Borrowed("false"),
        Expr::Int(it) => Cow::Owned(it.to_string()),
        _ => return None,
    })
}

pub(super) fn default(body: Option<&Object>) -> Option<Cow<'_, str>> {
    body?.get("Default").and_then(text)
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
fn pseudo<'a>(input: &StackInput<'a>, name: &'a str) -> Option<Node<'a>> {
    let name = name.strip_prefix("AWS::").map(|_| name)?;
    let china = input.region.map(|it| it.starts_with("cn-"));
    let known = match name {
        "AWS::NoValue" => return Some(Node::Absent),
        "AWS::Region" => input.region,
        "AWS::AccountId" => input.account,
        "AWS::StackName" if !input.name.is_empty() => Some(input.name),
        "AWS::URLSuffix" => match input.region {
            Some(it) if it.contains("-iso") => None,
            _ => china.map(|it| {
                if it {
                    "amazonaws.com.cn"
                } else {
                    "amazonaws.com"
                }
            }),
        },
        "AWS::Partition" => match input.region {
            Some(it) if it.contains("-iso") => None,
            Some(it) if it.starts_with("us-gov-") => Some("aws-us-gov"),
            _ => china.map(|it| if it { "aws-cn" } else { "aws" }),
        },
        _ => None,
    };
    Some(match known {
        Some(known) => Node::Text(Cow::Borrowed(known)),
        None => Node::Symbol(Symbol::Pseudo(name)),
    })
}
