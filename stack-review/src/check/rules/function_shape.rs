//! A function that is not given what it takes.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Call;
use crate::model::Stack;
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "function-shape",
    severity: Severity::Error,
    page: include_str!("function_shape.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let extended = stack.template().root().contains("Transform");
    for call in &stack.calls().all {
        let scene = Scene { stack, extended };
        if let Some(message) = scene.wrong(call) {
            report.call(stack, call, message, "");
        }
    }
}

#[derive(Clone, Copy)]
struct Scene<'e, 'a> {
    stack: Stack<'e, 'a>,
    /// Whether a transform may take more than CloudFormation itself.
    extended: bool,
}

impl<'a> Scene<'_, 'a> {
    fn wrong(self, call: &Call<'a>) -> Option<String> {
        let argument = call.argument;
        let name = call.name;
        let says =
            |wrong: bool, expected: &str| wrong.then(|| format!("`{name}` takes {expected}"));
        let parts = argument.as_list().unwrap_or_default();
        match name {
            "Ref" => says(
                argument.as_str().is_none() && !self.extended,
                "the name of a resource or parameter",
            ),
            "Condition" => says(argument.as_str().is_none(), "the name of a condition"),
            "Fn::GetAtt" => {
                let right = match argument {
                    Expr::String(it) => it
                        .split_once('.')
                        .is_some_and(|it| !it.0.is_empty() && !it.1.is_empty()),
                    Expr::List(parts) => match parts.as_slice() {
                        [id, attribute] => {
                            (id.as_str().is_some() || self.extended) && is_text(attribute)
                        }
                        // Nested names can be written in parts.
                        [_, _, ..] => parts.iter().all(|it| it.as_str().is_some()),
                        _ => false,
                    },
                    _ => false,
                };
                says(!right, "a resource and one of its attributes: `Queue.Arn`")
            }
            "Fn::If" => {
                let right = parts.len() == 3 && parts[0].as_str().is_some();
                says(!right, "the name of a condition and two values")
            }
            "Fn::Select" => self.select(parts),
            "Fn::Join" => self.join(parts),
            "Fn::Split" => {
                let right = match parts {
                    [delimiter, text] => {
                        (delimiter.as_str().is_some_and(|it| !it.is_empty())
                            || self.extended && is_call(delimiter))
                            && is_text(text)
                    }
                    _ => false,
                };
                says(!right, "a delimiter and a text")
            }
            "Fn::Sub" => {
                let right = match argument {
                    Expr::List(parts) => match parts.as_slice() {
                        [Expr::String(_), Expr::Object(variables)] => {
                            argument_is_open(variables)
                                || variables.iter().all(|it| is_text(it.1) || self.extended)
                        }
                        _ => false,
                    },
                    other => other.as_str().is_some() || self.extended && is_call(other),
                };
                says(
                    !right,
                    "a text, or a list of a text and an object with its variables",
                )
            }
            "Fn::Cidr" => self.cidr(argument, parts),
            "Fn::GetAZs" => {
                let right = argument.as_str().is_some() || is_call(argument);
                says(
                    !right,
                    "the name of a region, or an empty text for the stack's own",
                )
            }
            "Fn::ImportValue" | "Fn::Base64" => says(!is_text(argument), "a text"),
            "Fn::FindInMap" => {
                let most = 4;
                let right = (3..=most).contains(&parts.len()) && parts.iter().take(3).all(is_text);
                says(
                    !right,
                    "the name of a mapping, of an entry and of a value in it",
                )
            }
            "Fn::Equals" => {
                let right = parts.len() == 2
                    && parts.iter().all(|it| match it {
                        Expr::Null | Expr::List(_) => false,
                        Expr::Object(_) => it.intrinsic().is_some(),
                        _ => true,
                    });
                says(!right, "two values to compare")
            }
            "Fn::And" | "Fn::Or" => {
                let right = (2..=10).contains(&parts.len()) && parts.iter().all(is_condition);
                says(!right, "two to ten conditions")
            }
            "Fn::Not" => says(
                !(parts.len() == 1 && is_condition(&parts[0])),
                "a list of one condition",
            ),
            "Fn::Length" => {
                if !self.extended {
                    return Some(
                        "`Fn::Length` needs the transform `AWS::LanguageExtensions`".to_owned(),
                    );
                }
                says(
                    !(argument.as_list().is_some() || is_call(argument)),
                    "a list",
                )
            }
            "Fn::ToJsonString" => {
                if !self.extended {
                    return Some(
                        "`Fn::ToJsonString` needs the transform `AWS::LanguageExtensions`"
                            .to_owned(),
                    );
                }
                says(
                    argument.as_list().is_none() && argument.as_object().is_none(),
                    "a list or an object",
                )
            }
            "Fn::Transform" => {
                let right = argument.as_object().is_some_and(|it| it.contains("Name"));
                says(!right, "an object with `Name` and `Parameters`")
            }
            "Fn::GetStackOutput" => {
                let known = ["OutputName", "Region", "RoleArn", "StackName"];
                let right = argument.as_object().is_some_and(|it| {
                    it.contains("StackName")
                        && it.contains("OutputName")
                        && it.keys().all(|it| known.contains(&it))
                });
                says(!right, "an object with `StackName` and `OutputName`")
            }
            _ => None,
        }
    }

    fn select(self, parts: &'a [Expr]) -> Option<String> {
        let [index, items] = parts else {
            return Some("`Fn::Select` takes an index and a list".to_owned());
        };
        if !(is_call(index) || number(index).is_some_and(|it| it >= 0)) {
            return Some("the index of `Fn::Select` is a number from 0 up".to_owned());
        }
        if !(items.as_list().is_some() || self.is_list_call(items)) {
            return Some("`Fn::Select` selects from a list".to_owned());
        }
        let all = items.as_list()?;
        if all.contains(&Expr::Null) {
            return Some("the list of `Fn::Select` holds nothing at one place".to_owned());
        }
        let index = number(index).or_else(|| self.stack.evaluate(index).text()?.parse().ok())?;
        (index >= all.len() as i64).then(|| {
            format!(
                "`Fn::Select` takes item {index}, counted from 0, of {}",
                all.len()
            )
        })
    }

    fn join(self, parts: &'a [Expr]) -> Option<String> {
        let takes = "`Fn::Join` takes a delimiter, which is a text, and a list";
        let [delimiter, items] = parts else {
            return Some(takes.to_owned());
        };
        if delimiter.as_str().is_none() && !(self.extended && is_call(delimiter)) {
            return Some(takes.to_owned());
        }
        match items {
            Expr::List(items) => {
                let wrong = items
                    .iter()
                    .any(|it| !is_text(it) && !is_choice(it) && !self.extended);
                wrong.then(|| "`Fn::Join` joins texts".to_owned())
            }
            other => (!self.is_list_call(other)).then(|| takes.to_owned()),
        }
    }

    fn cidr(self, argument: &'a Expr, parts: &'a [Expr]) -> Option<String> {
        let takes = "`Fn::Cidr` takes an address range, how many to cut from it (1 to 256) and of how many bits (1 to 128)";
        if is_call(argument) {
            return None;
        }
        let fits = |it: &'a Expr, most: i64| {
            is_call(it) || number(it).is_some_and(|it| (1..=most).contains(&it))
        };
        let right = match parts {
            [range, count] => is_text(range) && fits(count, 256),
            [range, count, bits] => is_text(range) && fits(count, 256) && fits(bits, 128),
            _ => false,
        };
        (!right).then(|| takes.to_owned())
    }

    /// Whether it is a function that can give a list.
    fn is_list_call(self, expr: &'a Expr) -> bool {
        match expr.intrinsic() {
            Some(("Ref", id)) => {
                let Some(id) = id.as_str() else { return true };
                if self.extended || id.starts_with("AWS::") {
                    return id != "AWS::Region" && id != "AWS::AccountId" && id != "AWS::StackName";
                }
                let parameter = self
                    .stack
                    .template()
                    .section("Parameters")
                    .and_then(|it| it.get(id)?.as_object());
                match parameter {
                    Some(it) => it.get("Type").and_then(Expr::as_str).is_none_or(|it| {
                        it.contains("List<")
                            || it == "CommaDelimitedList"
                            || it.contains("StringList")
                    }),
                    None => self.stack.written(id).is_none(),
                }
            }
            Some((name, _)) => !matches!(name, "Fn::Sub" | "Fn::Join" | "Fn::Base64"),
            None => false,
        }
    }
}

fn argument_is_open(object: &Object) -> bool {
    object.keys().any(|it| it.starts_with("Fn::"))
}

/// Whether it is a function, so that what it gives is only known later.
fn is_call(expr: &Expr) -> bool {
    expr.intrinsic().is_some() || matches!(expr, Expr::Dynamic(_) | Expr::Reference(_))
}

/// Whether it can be a text.
fn is_text(expr: &Expr) -> bool {
    is_call(expr) || !matches!(expr, Expr::Null | Expr::List(_) | Expr::Object(_))
}

fn is_choice(expr: &Expr) -> bool {
    expr.intrinsic().is_some_and(|it| it.0 == "Fn::If")
}

fn is_condition(expr: &Expr) -> bool {
    if matches!(expr, Expr::Bool(_)) {
        return true;
    }
    match expr.as_object().and_then(Object::only) {
        Some((name, _)) => {
            matches!(
                name,
                "Condition" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals"
            ) || name.starts_with("Fn::")
        }
        None => false,
    }
}

fn number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Int(it) => Some(*it),
        Expr::String(it) => it.trim().parse().ok(),
        _ => None,
    }
}
