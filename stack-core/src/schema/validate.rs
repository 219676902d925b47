//! Checks the properties of a resource against the facts. What is only known at deployment is
//! passed over in silence.

use super::groups;
use super::model::{Definition, Field, Kind, Limits, Node, Shape};
use super::rules::{self, Truth};
use super::scalar;
use super::table::{Table, table};
use crate::place::Place;
use crate::problem::Severity;
use crate::value::{Expr, Object};

/// Something that the facts say against a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable, in kebab-case.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// From the properties down: `LoadBalancers[0].ContainerPort`; empty for the resource itself.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// Checks the properties of a resource; `false` when the type is not known.
///
/// Intrinsic functions are taken for right, but for `Fn::If`, whose arms are both checked.
pub fn validate(type_name: &str, properties: &Object, report: &mut dyn FnMut(Finding)) -> bool {
    let Some(resource) = super::find(type_name) else {
        return false;
    };
    // What SAM's macro makes of its own types, and what a custom resource takes, is theirs to say.
    if type_name.starts_with("AWS::Serverless::")
        || type_name == "AWS::CloudFormation::CustomResource"
    {
        return true;
    }
    let mut checker = Checker::with(table(), report);
    checker.object(&resource.facts().object, properties, &Place::root(""), true);
    true
}

pub(super) struct Checker<'r> {
    pub(super) table: &'static Table,
    report: &'r mut dyn FnMut(Finding),
}

/// Whether a value is only known when the stack is deployed.
pub(super) fn is_dynamic(expr: &Expr) -> bool {
    match expr {
        Expr::Reference(_) | Expr::Dynamic(_) => true,
        Expr::String(text) => {
            text.as_bytes().contains(&b'{') && text.contains("{{") && text.contains("resolve:")
        }
        Expr::Object(object) => is_call(object),
        _ => false,
    }
}

/// Whether an object is, or holds, a call of a function.
fn is_call(object: &Object) -> bool {
    object.keys().any(|it| it.starts_with("Fn::")) || object.len() == 1 && object.contains("Ref")
}

/// The arms of `Fn::If`.
fn arms(expr: &Expr) -> Option<&[Expr]> {
    match expr.intrinsic()? {
        ("Fn::If", Expr::List(parts)) => parts.get(1..),
        _ => None,
    }
}

/// Whether a property counts as set.
pub(super) fn presence(object: &Object, name: &str) -> Truth {
    match object.get(name) {
        None => Truth::No,
        Some(value) => presence_of(value),
    }
}

fn presence_of(value: &Expr) -> Truth {
    if value.is_no_value() {
        return Truth::No;
    }
    match arms(value) {
        Some(arms) if arms.iter().any(|it| presence_of(it) != Truth::Yes) => Truth::Unknown,
        _ => Truth::Yes,
    }
}

impl<'r> Checker<'r> {
    pub(super) fn with(table: &'static Table, report: &'r mut dyn FnMut(Finding)) -> Checker<'r> {
        Checker { table, report }
    }
}

impl Checker<'_> {
    pub(super) fn find(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: &Place<'_>,
        message: String,
        help: Option<String>,
    ) {
        let place = place.to_string();
        (self.report)(Finding {
            code,
            severity,
            place,
            message,
            help,
        });
    }

    pub(super) fn error(&mut self, code: &'static str, place: &Place<'_>, message: String) {
        self.find(code, Severity::Error, place, message, None);
    }

    fn object(&mut self, shape: &'static Shape, object: &Object, place: &Place<'_>, top: bool) {
        // Both are sorted by name.
        let mut fields = shape.properties.iter().peekable();
        for (name, value) in object.iter() {
            while fields.next_if(|it| it.name < name).is_some() {}
            match fields.peek().filter(|it| it.name == name) {
                Some(field) => self.field(field, value, &place.field(name), top),
                None if shape.open || name.starts_with("Fn::") => (),
                None => self.unknown(shape, name, place),
            }
        }
        if object.keys().any(|it| it.starts_with("Fn::")) {
            return;
        }
        for field in shape
            .required
            .iter()
            .filter_map(|it| shape.properties.get(usize::from(*it)))
        {
            if (!top || !field.read_only) && presence(object, field.name) == Truth::No {
                self.missing(field.name, place);
            }
        }
        for name in &shape.required_beyond {
            if presence(object, name) == Truth::No {
                self.missing(name, place);
            }
        }
        for group in &shape.groups {
            groups::check(self, group, object, place);
        }
        let count = object.len();
        if count < shape.least || count > shape.most {
            self.error(
                "property-count",
                place,
                format!("there are {count} properties here"),
            );
        }
        for rule in &shape.rules {
            rules::check(self, rule, object, place);
        }
    }

    fn missing(&mut self, name: &str, place: &Place<'_>) {
        self.error(
            "required-property",
            place,
            format!("the required property `{name}` is missing"),
        );
    }

    fn unknown(&mut self, shape: &Shape, name: &str, place: &Place<'_>) {
        let close = crate::closest(name, shape.properties.iter().map(|it| it.name));
        let help = match close {
            Some(close) => Some(format!("did you mean `{close}`?")),
            None if shape.properties.len() <= 12 => {
                let names: Vec<&str> = shape.properties.iter().map(|it| it.name).collect();
                Some(format!("there are `{}`", names.join("`, `")))
            }
            None => None,
        };
        let message = format!("there is no property `{name}`");
        self.find(
            "unknown-property",
            Severity::Error,
            &place.field(name),
            message,
            help,
        );
    }

    fn field(&mut self, field: &'static Field, value: &Expr, place: &Place<'_>, top: bool) {
        if top && field.read_only && !field.required && presence_of(value) != Truth::No {
            let message = format!("`{}` is set by AWS and cannot be given", field.name);
            let help =
                Some("take it out; other resources can read it with `Fn::GetAtt`".to_owned());
            self.find("read-only-property", Severity::Error, place, message, help);
            return;
        }
        self.node(&field.node, value, place);
    }

    pub(super) fn node(&mut self, node: &'static Node, value: &Expr, place: &Place<'_>) {
        if let Some(arms) = arms(value) {
            for arm in arms {
                self.node(node, arm, place);
            }
            return;
        }
        if is_dynamic(value) {
            // A macro's call can stand among the properties of an object.
            return;
        }
        match &node.kind {
            Kind::Any | Kind::Json => (),
            Kind::Defined(number) => self.defined(node, *number, value, place),
            Kind::List(inner) => self.list(node, inner, value, place),
            Kind::Map(inner) => self.map(node, inner, value, place),
            kind => scalar::check(self, kind, node.limits.as_deref(), value, place),
        }
    }

    fn defined(&mut self, node: &'static Node, number: u32, value: &Expr, place: &Place<'_>) {
        match self.table.definition(number) {
            Some(Definition::Object(shape)) => match value {
                Expr::Object(object) => self.object(shape, object, place, false),
                _ => self.wrong_type(value, "an object", place),
            },
            Some(Definition::Value(inner)) => {
                self.node(inner, value, place);
                if let Some(limits) = node.limits.as_deref() {
                    match value {
                        Expr::List(items) => self.items(limits, items, place),
                        Expr::Object(_) => (),
                        _ => scalar::check(self, &Kind::Any, Some(limits), value, place),
                    }
                }
            }
            None => (),
        }
    }

    pub(super) fn wrong_type(&mut self, value: &Expr, expected: &str, place: &Place<'_>) {
        let what = match value {
            Expr::Null => "null",
            Expr::Bool(_) => "a truth value",
            Expr::Int(_) | Expr::Decimal(_) => "a number",
            Expr::String(_) | Expr::Dynamic(_) | Expr::Reference(_) => "text",
            Expr::List(_) => "a list",
            Expr::Object(_) => "an object",
        };
        self.error(
            "wrong-type",
            place,
            format!("this is {what}, expected {expected}"),
        );
    }

    fn list(&mut self, node: &'static Node, inner: &'static Node, value: &Expr, place: &Place<'_>) {
        let Expr::List(items) = value else {
            self.wrong_type(value, "a list", place);
            return;
        };
        if let Some(limits) = node.limits.as_deref() {
            self.items(limits, items, place);
        }
        for (n, item) in items.iter().enumerate() {
            self.node(inner, item, &place.item(n));
        }
    }

    fn items(&mut self, limits: &'static Limits, items: &[Expr], place: &Place<'_>) {
        // A function can stand for no item or for many.
        let counted = !items
            .iter()
            .any(|it| is_dynamic(it) && (arms(it).is_some() || !matches!(it, Expr::Reference(_))));
        let (least, most) = limits.items;
        if counted && (items.len() < least || most.is_some_and(|it| items.len() > it)) {
            let count = items.len();
            let takes = match most {
                Some(most) => format!("{least} to {most}"),
                None => format!("at least {least}"),
            };
            self.error(
                "item-count",
                place,
                format!("there are {count} items, expected {takes}"),
            );
        }
        if limits.unique {
            for (n, item) in items.iter().enumerate().skip(1) {
                if !is_dynamic(item) && items[..n].contains(item) {
                    let message = "this item is there already".to_owned();
                    self.error("duplicate-item", &place.item(n), message);
                }
            }
        }
        for (rule, (n, item)) in limits.first.iter().zip(items.iter().enumerate()) {
            if rules::is_broken(rule, item) {
                let message = "this item does not go here".to_owned();
                self.error("rule", &place.item(n), message);
            }
        }
        if !limits.unique_keys.is_empty() {
            self.unique_keys(&limits.unique_keys, items, place);
        }
    }

    fn unique_keys(&mut self, keys: &[&'static str], items: &[Expr], place: &Place<'_>) {
        let key = |item: &Expr| -> Option<Vec<String>> {
            let object = item.as_object()?;
            keys.iter()
                .map(|it| object.get(it)?.as_str().map(str::to_owned))
                .collect()
        };
        let mut seen = std::collections::BTreeSet::new();
        for (n, item) in items.iter().enumerate() {
            let Some(key) = key(item) else { continue };
            let shown = key.join(", ");
            if !seen.insert(key) {
                let message = format!("there is an item with `{shown}` already");
                self.error("duplicate-item", &place.item(n), message);
            }
        }
    }

    fn map(&mut self, node: &'static Node, inner: &'static Node, value: &Expr, place: &Place<'_>) {
        let Expr::Object(object) = value else {
            self.wrong_type(value, "an object", place);
            return;
        };
        let key_pattern = node.limits.as_deref().and_then(|it| it.key_pattern);
        for (name, value) in object.iter() {
            if let Some(pattern) = key_pattern
                && self.table.pattern(pattern).and_then(|it| it.matches(name)) == Some(false)
            {
                let text = self.table.pattern_text(pattern);
                let message = format!("the key `{name}` does not match `{text}`");
                self.error("key-pattern", &place.field(name), message);
            }
            self.node(inner, value, &place.field(name));
        }
    }
}
