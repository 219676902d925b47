//! What an expression comes to.

use std::borrow::Cow;

use stack_core::Expr;

use super::functions;
use super::value::{Handle, Symbol, Value};
use super::world::{World, text};

/// References are followed so far; a template that goes round in circles ends here.
const DEPTH: u32 = 48;

/// An evaluation in one world.
#[derive(Clone, Copy)]
pub(super) struct Evaluation<'e, 'a> {
    pub(super) world: World<'e, 'a>,
    pub(super) stack: usize,
    pub(super) depth: u32,
}

/// A value, and the expression of the template that it came from last.
pub(super) type Evaluated<'a> = (&'a Expr, Value<'a>);

impl<'e, 'a> Evaluation<'e, 'a> {
    pub(super) fn new(world: World<'e, 'a>, stack: usize) -> Self {
        Evaluation {
            world,
            stack,
            depth: 0,
        }
    }

    pub(super) fn deeper(self) -> Self {
        Evaluation {
            depth: self.depth + 1,
            ..self
        }
    }

    /// Whether there is room to go deeper.
    pub(super) fn is_shallow(self) -> bool {
        self.depth < DEPTH
    }

    pub(super) fn unknown(self, expr: &'a Expr) -> Value<'a> {
        Value::Unknown(Symbol {
            stack: self.stack,
            expr,
            name: None,
        })
    }

    fn unknown_by_name(self, expr: &'a Expr, name: &'a str) -> Value<'a> {
        Value::Unknown(Symbol {
            stack: self.stack,
            expr,
            name: Some(name),
        })
    }

    pub(super) fn value(self, expr: &'a Expr) -> Value<'a> {
        self.evaluate(expr).1
    }

    #[inline]
    pub(super) fn evaluate(self, expr: &'a Expr) -> Evaluated<'a> {
        if self.depth > DEPTH {
            return (expr, self.unknown(expr));
        }
        // Most of what is looked at is plain.
        let value = match expr {
            Expr::List(items) => Value::List(items),
            Expr::Object(object) if object.only().is_none() => Value::Object(object),
            Expr::String(it) if !is_dynamic(it) => Value::Text(Cow::Borrowed(it)),
            _ => return self.evaluate_other(expr),
        };
        (expr, value)
    }

    fn evaluate_other(self, expr: &'a Expr) -> Evaluated<'a> {
        let value = match expr {
            Expr::Null => Value::Absent,
            Expr::String(_) | Expr::Dynamic(_) | Expr::Reference(_) => self.unknown(expr),
            Expr::Object(object) => match expr.intrinsic() {
                Some((name, argument)) => return self.function(expr, name, argument),
                None => Value::Object(object),
            },
            scalar => text(scalar).map_or(Value::Absent, Value::Text),
        };
        (expr, value)
    }

    fn function(self, expr: &'a Expr, name: &str, argument: &'a Expr) -> Evaluated<'a> {
        if name == "Fn::If" {
            return self.choice(expr, argument);
        }
        let value = match name {
            "Ref" => argument.as_str().map(|it| self.reference(expr, it)),
            "Fn::GetAtt" => self.attribute(expr),
            "Fn::ImportValue" => Some(self.import(expr, argument)),
            name => functions::call(self.deeper(), name, argument),
        };
        (expr, value.unwrap_or_else(|| self.unknown(expr)))
    }

    /// The arm that the condition chooses.
    fn choice(self, expr: &'a Expr, argument: &'a Expr) -> Evaluated<'a> {
        let Expr::List(parts) = argument else {
            return (expr, self.unknown(expr));
        };
        let [condition, then, otherwise] = parts.as_slice() else {
            return (expr, self.unknown(expr));
        };
        let condition = condition.as_str();
        let holds = condition.and_then(|it| self.world.condition(self.stack, it));
        match holds {
            Some(true) => self.deeper().evaluate(then),
            Some(false) => self.deeper().evaluate(otherwise),
            None => (expr, self.unknown(expr)),
        }
    }

    /// What `Ref` gives: a resource, a parameter's value, a pseudo parameter's.
    pub(super) fn reference(self, expr: &'a Expr, name: &'a str) -> Value<'a> {
        if name == "AWS::NoValue" {
            return Value::Absent;
        }
        let model = &self.world.estate.stacks[self.stack];
        if let Some((known, parameter)) = self.world.parameter(self.stack, name) {
            return match parameter.is_list {
                true => list(known),
                false => Value::Text(known.clone()),
            };
        }
        // No resource is called like a pseudo parameter.
        if name.starts_with("AWS::") {
            return self.unknown_by_name(expr, name);
        }
        if let Some(output) = model.wires.get(name) {
            return match *output {
                Some((stack, value)) => {
                    let there = Evaluation {
                        stack,
                        ..self.deeper()
                    };
                    there.value(value)
                }
                None => self.unknown_by_name(expr, name),
            };
        }
        match model.resource(name) {
            Some(resource) => Value::Handle(Handle {
                stack: self.stack,
                id: resource.view.id(),
                attribute: None,
            }),
            None => self.unknown_by_name(expr, name),
        }
    }

    fn attribute(self, expr: &'a Expr) -> Option<Value<'a>> {
        let (id, attribute) = expr.refers_to()?;
        let model = &self.world.estate.stacks[self.stack];
        let resource = model.resource(id)?;
        // Outputs of a nested stack are not known here.
        (resource.kind != "AWS::CloudFormation::Stack").then_some(Value::Handle(Handle {
            stack: self.stack,
            id: resource.view.id(),
            attribute: Some(attribute?),
        }))
    }

    /// What another stack exports under the same name.
    fn import(self, expr: &'a Expr, name: &'a Expr) -> Value<'a> {
        let here = self.deeper();
        let wanted = here.value(name);
        if self.depth > DEPTH / 2 {
            return self.unknown(expr);
        }
        for (number, model) in self.world.estate.stacks.iter().enumerate() {
            let there = Evaluation {
                stack: number,
                ..here
            };
            for (name, value) in &model.exports {
                if there.value(name).same(&wanted) == Some(true) {
                    return there.value(value);
                }
            }
        }
        self.unknown(expr)
    }
}

/// Whether a text holds a dynamic reference. Most texts have no brace.
fn is_dynamic(text: &str) -> bool {
    text.as_bytes().contains(&b'{') && text.contains("{{resolve:")
}

/// A parameter that is a list is written with commas.
fn list<'a>(known: &str) -> Value<'a> {
    let items = known.split(',').map(|it| it.trim().to_owned());
    Value::Items(
        items
            .filter(|it| !it.is_empty())
            .map(|it| Value::Text(Cow::Owned(it)))
            .collect(),
    )
}
