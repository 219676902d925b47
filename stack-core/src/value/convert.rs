//! What may be written where a property is expected.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Expr, Json, Kind, List, Map, Object, Timestamp, Value};

/// Types that have a direct JSON form.
pub trait Literal {
    /// The JSON form.
    fn literal(self) -> Expr;
}

/// An enumeration of known texts, open for others.
pub trait Choice {}

/// A parameter or an attribute whose text is one of the enumeration's.
impl<C: Choice> IntoValue<C> for Value<String> {
    fn into_value(self) -> Value<C> {
        Value::from_expr(self.into_expr())
    }
}

/// Accepted wherever a property of type `T` is expected.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used where a `{T}` is expected",
    label = "expected a `{T}`",
    note = "a `{T}` is a value of that type, a `Ref` to a resource whose reference is one, an attribute such as `.arn()`, or a parameter",
    note = "text that names something outside the app goes through `::existing(\"…\")`; quantities have their macros: `cidr!(\"10.0.0.0/16\")`, `port!(443)`, `priority!(10)`"
)]
pub trait IntoValue<T> {
    /// The value.
    fn into_value(self) -> Value<T>;
}

fn text<T>(it: impl Into<Cow<'static, str>>) -> Value<T> {
    Value::from_expr(Expr::String(it.into()))
}

impl<T> IntoValue<T> for Value<T> {
    fn into_value(self) -> Value<T> {
        self
    }
}
impl<T> IntoValue<T> for &Value<T> {
    fn into_value(self) -> Value<T> {
        self.clone()
    }
}
/// `None` leaves the property out.
impl<T, V: IntoValue<T>> IntoValue<T> for Option<V> {
    fn into_value(self) -> Value<T> {
        self.map_or(Value::from_expr(Expr::Null), V::into_value)
    }
}
impl<T: Literal> IntoValue<T> for T {
    fn into_value(self) -> Value<T> {
        Value::from_expr(self.literal())
    }
}
impl<K: Kind> IntoValue<String> for Value<K> {
    fn into_value(self) -> Value<String> {
        Value::from_expr(self.into_expr())
    }
}

impl Literal for String {
    fn literal(self) -> Expr {
        Expr::String(Cow::Owned(self))
    }
}
impl IntoValue<String> for &str {
    fn into_value(self) -> Value<String> {
        text(self.to_owned())
    }
}
impl IntoValue<String> for &String {
    fn into_value(self) -> Value<String> {
        text(self.clone())
    }
}
impl IntoValue<Timestamp> for &str {
    fn into_value(self) -> Value<Timestamp> {
        text(self.to_owned())
    }
}
impl IntoValue<Timestamp> for Value<String> {
    fn into_value(self) -> Value<Timestamp> {
        Value::from_expr(self.into_expr())
    }
}

impl Literal for bool {
    fn literal(self) -> Expr {
        Expr::Bool(self)
    }
}
impl Literal for i64 {
    fn literal(self) -> Expr {
        Expr::Int(self)
    }
}
impl Literal for f64 {
    fn literal(self) -> Expr {
        if self.fract() == 0.0 && self.abs() < 1e15 {
            return Expr::Int(self as i64);
        }
        // `NaN` and `inf` are no JSON; kept as text, so that the schema check reports the place.
        if !self.is_finite() {
            return Expr::String(Cow::Owned(self.to_string()));
        }
        Expr::Decimal(Cow::Owned(self.to_string()))
    }
}
macro_rules! integers {
    ($($int:ty)*) => {$(
        impl IntoValue<i64> for $int {
            fn into_value(self) -> Value<i64> {
                Value::from_expr(Expr::Int(i64::from(self)))
            }
        }
        impl IntoValue<f64> for $int {
            fn into_value(self) -> Value<f64> {
                Value::from_expr(Expr::Int(i64::from(self)))
            }
        }
    )*};
}
integers!(i32 u32 u16 u8);

impl IntoValue<Json> for serde_json::Value {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(self.into())
    }
}
impl IntoValue<Json> for Expr {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(self)
    }
}
impl IntoValue<Json> for Object {
    fn into_value(self) -> Value<Json> {
        Value::from_expr(Expr::Object(self))
    }
}

fn list<T, V: IntoValue<T>>(items: impl Iterator<Item = V>) -> Value<List<T>> {
    Value::from_expr(Expr::List(
        items.map(|it| it.into_value().into_expr()).collect(),
    ))
}
impl<T, V: IntoValue<T>, const N: usize> IntoValue<List<T>> for [V; N] {
    fn into_value(self) -> Value<List<T>> {
        list(self.into_iter())
    }
}
impl<T, V: IntoValue<T>> IntoValue<List<T>> for Vec<V> {
    fn into_value(self) -> Value<List<T>> {
        list(self.into_iter())
    }
}
impl<T, V: IntoValue<T> + Clone> IntoValue<List<T>> for &[V] {
    fn into_value(self) -> Value<List<T>> {
        list(self.iter().cloned())
    }
}

/// A list that CloudFormation makes, such as the result of `Fn::Split`, taken for identifiers.
impl<K: Kind> IntoValue<List<K>> for Value<List<String>> {
    fn into_value(self) -> Value<List<K>> {
        Value::from_expr(self.into_expr())
    }
}

fn map<T, K: Into<String>, V: IntoValue<T>>(items: impl Iterator<Item = (K, V)>) -> Value<Map<T>> {
    let fields = items
        .map(|(key, value)| (key.into(), value.into_value().into_expr()))
        .filter(|(_, value)| *value != Expr::Null);
    Value::from_expr(Expr::Object(fields.collect()))
}
impl<T, K: Into<String>, V: IntoValue<T>, const N: usize> IntoValue<Map<T>> for [(K, V); N] {
    fn into_value(self) -> Value<Map<T>> {
        map(self.into_iter())
    }
}
impl<T, K: Into<String>, V: IntoValue<T>> IntoValue<Map<T>> for Vec<(K, V)> {
    fn into_value(self) -> Value<Map<T>> {
        map(self.into_iter())
    }
}
impl<T, K: Into<String>, V: IntoValue<T>> IntoValue<Map<T>> for BTreeMap<K, V> {
    fn into_value(self) -> Value<Map<T>> {
        map(self.into_iter())
    }
}
