//! [`Expr`], the plain tree that every template is made of.

use std::borrow::Cow;

use super::{Reference, same};

/// Text that is usually written in the program and seldom built.
pub type Text = Cow<'static, str>;

/// One node of a template: JSON, plus what only exists while a program builds it.
///
/// An intrinsic function is an [`Object`] with one key (`Ref`, `Fn::Sub`, …), exactly as in a
/// template, so a tree that was read is written back without loss. [`Expr::intrinsic`] looks at it
/// as a function.
///
/// ```
/// use stack_core::{Expr, Object};
/// let reference = Expr::from(Object::from_iter([("Ref", Expr::from("Vpc"))]));
/// assert_eq!(reference.to_json(), r#"{"Ref":"Vpc"}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Expr {
    /// Not set. A property that is given this value is left out.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, digit for digit as it was written.
    Decimal(Text),
    /// Text. While an app is built, `{{resolve:` in it is refused at synth: see [`Expr::Dynamic`].
    String(Text),
    /// A list.
    List(Vec<Expr>),
    /// An object, or an intrinsic function.
    Object(Object),
    /// A use of something else in the app; synth turns it into `Ref`, `Fn::GetAtt`, … or, across
    /// stacks, into a parameter.
    Reference(Reference),
    /// Text that holds a dynamic reference (`{{resolve:ssm:…}}`) on purpose.
    Dynamic(Text),
}

impl Expr {
    /// The items, when this is a list.
    pub fn as_list(&self) -> Option<&[Expr]> {
        match self {
            Expr::List(items) => Some(items),
            _ => None,
        }
    }

    /// The fields, when this is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Expr::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The text, when this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Expr::String(text) | Expr::Dynamic(text) => Some(text),
            _ => None,
        }
    }

    /// An intrinsic function by name, for example `Expr::function("Fn::Base64", argument)`.
    pub fn function(name: &'static str, argument: impl Into<Expr>) -> Expr {
        Expr::Object(Object::single(name, argument.into()))
    }

    /// The function's name and its argument, when this is an intrinsic function: an object whose
    /// only key is `Ref`, `Condition` or starts with `Fn::`.
    pub fn intrinsic(&self) -> Option<(&str, &Expr)> {
        let object = self.as_object()?;
        let (name, argument) = object.only()?;
        (name == "Ref" || name.starts_with("Fn::")).then_some((name, argument))
    }

    /// The logical id and, for `Fn::GetAtt`, the attribute this refers to.
    pub fn refers_to(&self) -> Option<(&str, Option<&str>)> {
        if let Expr::Reference(it) = self {
            return match it.part() {
                super::Part::Ref => Some((it.key.id, None)),
                super::Part::Attribute(name) => Some((it.key.id, Some(name))),
                super::Part::Name => None,
            };
        }
        match self.intrinsic()? {
            ("Ref", id) => Some((id.as_str()?, None)),
            ("Fn::GetAtt", Expr::String(path)) => path
                .split_once('.')
                .map(|(id, attribute)| (id, Some(attribute))),
            ("Fn::GetAtt", Expr::List(parts)) => match parts.as_slice() {
                [id, attribute] => Some((id.as_str()?, attribute.as_str())),
                _ => None,
            },
            _ => None,
        }
    }

    /// Calls `visit` on this node and everything below it, parents first.
    pub fn each(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::List(items) => items.iter().for_each(|it| it.each(visit)),
            Expr::Object(fields) => fields.iter().for_each(|(_, it)| it.each(visit)),
            _ => (),
        }
    }
}

impl From<bool> for Expr {
    fn from(it: bool) -> Expr {
        Expr::Bool(it)
    }
}
impl From<i64> for Expr {
    fn from(it: i64) -> Expr {
        Expr::Int(it)
    }
}
impl From<&'static str> for Expr {
    fn from(it: &'static str) -> Expr {
        Expr::String(Cow::Borrowed(it))
    }
}
impl From<String> for Expr {
    fn from(it: String) -> Expr {
        Expr::String(Cow::Owned(it))
    }
}
impl From<Vec<Expr>> for Expr {
    fn from(it: Vec<Expr>) -> Expr {
        Expr::List(it)
    }
}
impl<const N: usize> From<[Expr; N]> for Expr {
    fn from(it: [Expr; N]) -> Expr {
        Expr::List(it.into())
    }
}
impl From<Object> for Expr {
    fn from(it: Object) -> Expr {
        Expr::Object(it)
    }
}
impl From<serde_json::Value> for Expr {
    fn from(json: serde_json::Value) -> Expr {
        use serde_json::Value as Json;
        match json {
            Json::Null => Expr::Null,
            Json::Bool(it) => Expr::Bool(it),
            Json::Number(it) => match it.as_i64() {
                Some(it) => Expr::Int(it),
                None => Expr::Decimal(Cow::Owned(it.to_string())),
            },
            Json::String(it) => Expr::String(Cow::Owned(it)),
            Json::Array(items) => Expr::List(items.into_iter().map(Expr::from).collect()),
            Json::Object(fields) => Expr::Object(fields.into_iter().collect()),
        }
    }
}

/// Named fields, sorted by name, so that the order of calls does not show in a template.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Object {
    fields: Vec<(Text, Expr)>,
}

impl Object {
    /// No fields.
    pub const fn new() -> Object {
        Object { fields: Vec::new() }
    }

    /// One field.
    pub fn single(name: impl Into<Text>, value: Expr) -> Object {
        Object {
            fields: vec![(name.into(), value)],
        }
    }

    /// Fields that are sorted by their names, no two of the same.
    pub(crate) fn from_sorted(fields: Vec<(Text, Expr)>) -> Object {
        Object { fields }
    }

    /// Makes room for so many more fields, and for no more than these.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.fields.reserve_exact(more);
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        // Generated setters are mostly called in order, so look at the end first.
        match self.fields.last() {
            Some((last, _)) if last.as_ref() < name => Err(self.fields.len()),
            None => Err(0),
            _ => self
                .fields
                .binary_search_by(|(it, _)| it.as_ref().cmp(name)),
        }
    }

    /// Sets a field and returns what it held before.
    pub fn set(&mut self, name: impl Into<Text>, value: impl Into<Expr>) -> Option<Expr> {
        let (name, value) = (name.into(), value.into());
        match self.position(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.fields[at].1, value)),
            Err(at) => {
                if self.fields.len() == self.fields.capacity() {
                    // Most objects are small: a vector of its own mind starts with four.
                    self.fields.reserve_exact(self.fields.len().max(1));
                }
                self.fields.insert(at, (name, value));
                None
            }
        }
    }

    // Where the name is a constant, little of this is left.
    #[inline]
    fn find(&self, name: &str) -> Option<&(Text, Expr)> {
        // Most objects are small, and most names differ in their lengths.
        if self.fields.len() <= 12 {
            return self.fields.iter().find(|(it, _)| same(it, name));
        }
        self.find_among_many(name)
    }

    #[inline(never)]
    fn find_among_many(&self, name: &str) -> Option<&(Text, Expr)> {
        let at = self
            .fields
            .binary_search_by(|(it, _)| it.as_ref().cmp(name));
        self.fields.get(at.ok()?)
    }

    /// The value of a field.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.find(name).map(|(_, value)| value)
    }

    /// A field, with its name as this object holds it.
    #[inline]
    pub fn get_key_value(&self, name: &str) -> Option<(&str, &Expr)> {
        self.find(name).map(|(name, value)| (name.as_ref(), value))
    }

    /// The value of a field, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Expr> {
        self.position(name).ok().map(|at| &mut self.fields[at].1)
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Expr> {
        self.position(name).ok().map(|at| self.fields.remove(at).1)
    }

    /// Whether there is such a field.
    #[inline]
    pub fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The fields in order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Expr)> + DoubleEndedIterator {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_ref(), value))
    }

    /// The fields in order of their names, to change their values.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Expr)> {
        self.fields
            .iter_mut()
            .map(|field| (field.0.as_ref(), &mut field.1))
    }

    /// The names of the fields, sorted.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_ref())
    }

    /// The field, when there is exactly one.
    pub fn only(&self) -> Option<(&str, &Expr)> {
        match self.fields.as_slice() {
            [(name, value)] => Some((name, value)),
            _ => None,
        }
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Where a name comes twice, the last one counts.
impl<K: Into<Text>> FromIterator<(K, Expr)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, Expr)>>(items: I) -> Object {
        let mut fields: Vec<(Text, Expr)> = items
            .into_iter()
            .map(|(name, value)| (name.into(), value))
            .collect();
        // Stable, so that of equal names the last stays last.
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        fields.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(&mut later.1, &mut earlier.1);
            }
            same
        });
        Object { fields }
    }
}

impl FromIterator<(String, serde_json::Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (String, serde_json::Value)>>(items: I) -> Object {
        items
            .into_iter()
            .map(|(name, value)| (name, Expr::from(value)))
            .collect()
    }
}

impl IntoIterator for Object {
    type Item = (Text, Expr);
    type IntoIter = std::vec::IntoIter<(Text, Expr)>;
    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}
