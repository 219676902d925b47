//! [`Parameter`]: a value given when a stack is deployed.

use std::marker::PhantomData;

use crate::build::Condition;
use crate::value::{Expr, IntoValue, Key, Kind, List, Object, Part, Reference, Value};

/// A value that is given when the stack is deployed, typed by what it means.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
///
/// ```
/// use stack_core::prelude::*;
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// let count = stack.parameter("DesiredCount", Parameter::number().default(2).min(1).max(20));
/// let vpc = stack.parameter("Vpc", Parameter::<VpcId>::of());
/// ```
#[derive(Debug)]
pub struct Parameter<T> {
    kind: &'static str,
    body: Object,
    argument: Option<String>,
    meaning: PhantomData<fn() -> T>,
}

/// A handle to a parameter; accepted wherever a `T` is.
#[derive(Debug)]
pub struct ParameterOf<T> {
    key: &'static Key,
    meaning: PhantomData<fn() -> T>,
}

impl<T> Clone for ParameterOf<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for ParameterOf<T> {}

impl<T> ParameterOf<T> {
    pub(crate) fn new(key: &'static Key) -> Self {
        ParameterOf {
            key,
            meaning: PhantomData,
        }
    }

    pub(crate) fn key(self) -> &'static Key {
        self.key
    }

    /// The parameter's value.
    pub fn value(self) -> Value<T> {
        Value::from_expr(Expr::Reference(Reference::new(self.key, Part::Ref)))
    }
}

impl<T> ParameterOf<T>
where
    ParameterOf<T>: IntoValue<String>,
{
    /// True when the parameter is given this: `stack.condition("IsProduction", stage.is("production"))`.
    pub fn is(self, value: impl IntoValue<String>) -> Condition {
        Condition::equals(self, value)
    }

    /// True when it is given anything else.
    pub fn is_not(self, value: impl IntoValue<String>) -> Condition {
        Condition::not(self.is(value))
    }
}

impl<T> IntoValue<T> for ParameterOf<T> {
    fn into_value(self) -> Value<T> {
        self.value()
    }
}

/// Numbers are text to [`Condition::equals`](crate::Condition::equals) and `Fn::Sub`.
impl IntoValue<String> for ParameterOf<i64> {
    fn into_value(self) -> Value<String> {
        Value::from_expr(self.value().into_expr())
    }
}
impl IntoValue<f64> for ParameterOf<i64> {
    fn into_value(self) -> Value<f64> {
        Value::from_expr(self.value().into_expr())
    }
}

impl Parameter<String> {
    /// Text.
    pub fn string() -> Parameter<String> {
        Parameter::with_type("String")
    }

    /// Text that is never shown: `NoEcho`. It has no default, which would stand in the template.
    pub fn secret() -> Parameter<String> {
        let mut secret = Parameter::with_type("String");
        secret.body.set("NoEcho", true);
        secret
    }

    /// The name of a plain parameter in Parameter Store, whose text is read at every deployment.
    pub fn ssm() -> Parameter<String> {
        Parameter::with_type("AWS::SSM::Parameter::Value<String>")
    }

    /// The shortest length allowed.
    pub fn min_length(self, length: u32) -> Self {
        self.with("MinLength", i64::from(length))
    }

    /// The greatest length allowed.
    pub fn max_length(self, length: u32) -> Self {
        self.with("MaxLength", i64::from(length))
    }

    /// The regular expression that the whole text must match.
    pub fn pattern(self, pattern: &'static str) -> Self {
        self.with("AllowedPattern", pattern)
    }
}

impl Parameter<i64> {
    /// A whole number. CloudFormation calls it `Number` and would take a fraction.
    pub fn number() -> Parameter<i64> {
        Parameter::with_type("Number")
    }

    /// The least value allowed.
    pub fn min(self, least: i64) -> Self {
        self.with("MinValue", least)
    }

    /// The greatest value allowed.
    pub fn max(self, most: i64) -> Self {
        self.with("MaxValue", most)
    }
}

impl Parameter<List<i64>> {
    /// Numbers with commas between them.
    pub fn numbers() -> Self {
        Parameter::with_type("List<Number>")
    }
}

impl Parameter<List<String>> {
    /// Texts with commas between them.
    pub fn strings() -> Self {
        Parameter::with_type("CommaDelimitedList")
    }

    /// The name of a list in Parameter Store, read at every deployment.
    pub fn ssm_list() -> Self {
        Parameter::with_type("AWS::SSM::Parameter::Value<List<String>>")
    }
}

impl<K: Kind> Parameter<K> {
    /// An identifier of this kind. CloudFormation checks that it exists in the account, where it
    /// has a parameter type for the kind (`AWS::EC2::VPC::Id`).
    pub fn of() -> Parameter<K> {
        Parameter::with_type(K::PARAMETER_TYPE)
    }
}

impl<T> Parameter<T> {
    /// A parameter of a CloudFormation parameter type by name, such as
    /// `List<AWS::EC2::Subnet::Id>` or `AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>`.
    pub fn with_type(kind: &'static str) -> Parameter<T> {
        Parameter {
            kind,
            body: Object::single("Type", kind.into()),
            argument: None,
            meaning: PhantomData,
        }
    }

    fn with(mut self, name: &'static str, value: impl Into<Expr>) -> Self {
        self.body.set(name, value);
        self
    }

    /// What the value is for, shown when it is asked for.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.with("Description", text.into())
    }

    /// The value when none is given.
    pub fn default(self, value: impl IntoValue<T>) -> Self {
        let value = value.into_value().into_expr();
        // A list's default is one text with commas.
        let value = match &value {
            Expr::List(items) => {
                let items: Vec<String> = items.iter().map(plain_text).collect();
                Expr::from(items.join(","))
            }
            _ => value,
        };
        self.with("Default", value)
    }

    /// The only values allowed.
    pub fn allowed<V: IntoValue<T>>(self, values: impl IntoIterator<Item = V>) -> Self {
        let values: Vec<Expr> = values
            .into_iter()
            .map(|it| it.into_value().into_expr())
            .collect();
        self.with("AllowedValues", values)
    }

    /// What to say when the value is not allowed.
    pub fn constraint_description(self, text: impl Into<String>) -> Self {
        self.with("ConstraintDescription", text.into())
    }

    /// What this stack's deployment gives it, as [`Scope::argument`](crate::Scope::argument) says
    /// afterwards: for a template that several stacks share. Written to the manifest, not to the
    /// template.
    ///
    /// ```
    /// use stack_core::prelude::*;
    /// let mut app = App::new();
    /// for (name, count) in [("Staging", 1), ("Production", 3)] {
    ///     let mut stack = app.stack(name);
    ///     stack.parameter("DesiredCount", Parameter::number().min(1).given(count));
    /// }
    /// ```
    pub fn given(mut self, value: impl ToString) -> Self {
        self.argument = Some(value.to_string());
        self
    }

    pub(crate) fn into_parts(self) -> (&'static str, Expr, Option<String>) {
        (self.kind, Expr::Object(self.body), self.argument)
    }
}

fn plain_text(expr: &Expr) -> String {
    match expr.as_str() {
        Some(text) => text.to_owned(),
        None => expr.to_json(),
    }
}

/// Why a parameter declared so does not take a value, as far as can be told here.
pub(super) fn refuses(declaration: &Expr, value: &str) -> Option<String> {
    let fields = declaration.as_object()?;
    if let Some(Expr::List(allowed)) = fields.get("AllowedValues") {
        let allowed: Vec<String> = allowed.iter().map(plain_text).collect();
        if !allowed.iter().any(|it| it == value) {
            return Some(format!("it takes `{}`", allowed.join("`, `")));
        }
    }
    if fields.get("Type").and_then(Expr::as_str) == Some("Number") {
        let Ok(number) = value.parse::<i64>() else {
            return Some("it takes a whole number".to_owned());
        };
        let bound = |name: &str| match fields.get(name) {
            Some(Expr::Int(it)) => Some(*it),
            _ => None,
        };
        if bound("MinValue").is_some_and(|it| number < it)
            || bound("MaxValue").is_some_and(|it| number > it)
        {
            let least = bound("MinValue").map_or(String::new(), |it| format!(" from {it}"));
            let most = bound("MaxValue").map_or(String::new(), |it| format!(" to {it}"));
            return Some(format!("it takes a number{least}{most}"));
        }
    }
    let length = value.chars().count() as i64;
    let bound = |name: &str| match fields.get(name) {
        Some(Expr::Int(it)) => Some(*it),
        _ => None,
    };
    if bound("MinLength").is_some_and(|it| length < it)
        || bound("MaxLength").is_some_and(|it| length > it)
    {
        return Some("it is too short or too long".to_owned());
    }
    None
}
