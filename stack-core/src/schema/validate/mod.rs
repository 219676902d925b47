//! One validator for all types: walks a resource's properties and the facts side by side.
//!
//! What is only known at deployment is not judged. On the way nothing is allocated; places and
//! messages are made when there is something to say.

mod choice;
mod format;
mod group;
mod known;
mod limits;
mod list;
mod object;
mod rule;
mod scalar;
mod truth;

use self::known::Presence;
use super::model::{Definition, Facts, Kind, Limits, Node};
use super::resource_type::{ResourceType, find};
use super::table::{Table, table};
use crate::place::Place;
use crate::problem::Severity;
use crate::value::{Expr, Object};

/// Something that the facts say against a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable, in kebab-case. The codes are listed at [`validate`].
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

/// Holds a resource's properties against what is known about its type. Calls `report` for all that
/// does not agree; returns `false` when the type is not known.
///
/// Values that are only known at deployment (`Ref`, `Fn::Sub`, `{{resolve:…}}`, …) are passed over,
/// both arms of an `Fn::If` are looked at, and a property that may be absent satisfies and violates
/// nothing. CloudFormation takes scalars for each other, and so do we: `"80"` is a whole number,
/// `"true"` a truth value, 80 is text.
///
/// | code | what it says |
/// |---|---|
/// | `wrong-type` | text where a list is expected, a word where a number is |
/// | `unknown-property` | the type has no such property |
/// | `required-property` | a property that must be set is not |
/// | `not-allowed-value` | none of the values to choose from |
/// | `pattern` | text of another form: a regular expression, an address range, an id, an ARN |
/// | `length`, `range`, `item-count`, `property-count` | too short or long, too small or large, too few or many |
/// | `duplicate-item` | twice the same in a list |
/// | `read-only-property` | only AWS sets it |
/// | `exclusive-properties` | set together, of which only one may be |
/// | `dependent-property` | set without another that it needs |
/// | `one-of` | none is set, of which one must be; or none of several forms fits |
/// | `key-pattern` | a name of another form in a map |
///
/// AWS adds values to enumerations all the time. A value that is not known is a warning, unless it
/// is nearly one that is (`fargate` for `FARGATE`), or a number: that is an error. An address range
/// with host bits is a warning, for AWS takes it. Everything else is an error.
///
/// ```
/// use stack_core::{Expr, Object, schema};
/// let properties = Object::from_iter([("DesiredCount", Expr::from("two"))]);
/// let mut found = Vec::new();
/// assert!(schema::validate("AWS::ECS::Service", &properties, &mut |it| found.push(it.message)));
/// assert_eq!(found, ["`DesiredCount` is text, expected a whole number"]);
/// ```
pub fn validate(type_name: &str, properties: &Object, report: &mut dyn FnMut(Finding)) -> bool {
    let known = ResourceType::of_resource(type_name);
    if let Some(known) = known {
        known.validate(properties, report);
    }
    known.is_some()
}

impl ResourceType {
    /// The type whose facts are those of resources that are written with this type name: all that
    /// begin with `Custom::` are custom resources.
    pub fn of_resource(type_name: &str) -> Option<ResourceType> {
        let is_custom = type_name.starts_with("Custom::");
        find(if is_custom { CUSTOM } else { type_name })
    }

    /// Like [`validate`], for a type that was found before.
    pub fn validate(self, properties: &Object, report: &mut dyn FnMut(Finding)) {
        let facts = self.facts();
        // What SAM's macro makes of its own types is its own to say.
        if facts.name.starts_with("AWS::Serverless::") {
            return;
        }
        let mut check = Check {
            table: table(),
            report,
            resource: facts.name,
        };
        check.resource(facts, properties, &Place::root(""));
    }
}

/// Beside the function that it calls, it takes whatever that function wants to be given.
const CUSTOM: &str = "AWS::CloudFormation::CustomResource";

/// Deeper values are not looked at; no resource type comes near.
const DEPTH: u32 = 120;

/// A walk through one resource.
struct Check<'r> {
    table: &'static Table,
    report: &'r mut dyn FnMut(Finding),
    resource: &'static str,
}

impl Check<'_> {
    fn error(&mut self, code: &'static str, place: &Place<'_>, message: String) {
        self.find(code, Severity::Error, place, message, None);
    }

    fn find(
        &mut self,
        code: &'static str,
        severity: Severity,
        place: &Place<'_>,
        message: String,
        help: Option<String>,
    ) {
        (self.report)(Finding {
            code,
            severity,
            place: place.to_string(),
            message,
            help,
        });
    }

    fn resource(&mut self, facts: &'static Facts, properties: &Object, place: &Place<'_>) {
        if let Some(("Fn::If", Expr::List(parts))) = properties.only() {
            for arm in parts.iter().skip(1).filter_map(Expr::as_object) {
                if arm.only().is_none_or(|(name, _)| name != "Ref") && place.depth() < DEPTH {
                    self.resource(facts, arm, place);
                }
            }
            return;
        }
        if self.resource == CUSTOM {
            return self.required(properties, "ServiceToken", place);
        }
        self.shape(&facts.object, properties, place);
        for (first, rest) in &facts.read_only_below {
            if let Some(value) = properties.get(first) {
                self.read_only(rest, value, &place.field(first));
            }
        }
    }

    /// A value of any type.
    fn node(&mut self, node: &'static Node, value: &Expr, place: &Place<'_>) {
        if place.depth() > DEPTH {
            return;
        }
        if let Kind::Json | Kind::Any = node.kind {
            return;
        }
        // Text with a dynamic reference is looked for when there is something to say about it.
        if known::is_call(value) {
            if let Some((then, otherwise)) = known::arms(value) {
                self.node(node, then, place);
                self.node(node, otherwise, place);
            }
            return;
        }
        let limits = node.limits.as_deref();
        match &node.kind {
            Kind::Defined(number) => match self.table.definition(*number) {
                Some(Definition::Object(shape)) => self.object(shape, value, place),
                Some(Definition::Value(other)) => {
                    self.node(other, value, place);
                    if let Some(limits) = limits {
                        self.limits(limits, value, place);
                    }
                }
                None => (),
            },
            Kind::List(item) => self.list(item, limits, value, place),
            Kind::Map(item) => self.map(item, limits, value, place),
            Kind::Json | Kind::Any => (),
            kind => {
                if self.is_scalar(kind, value, place)
                    && let Some(limits) = limits
                {
                    self.limits(limits, value, place);
                }
            }
        }
    }

    fn map(
        &mut self,
        item: &'static Node,
        limits: Option<&'static Limits>,
        value: &Expr,
        place: &Place<'_>,
    ) {
        let Expr::Object(object) = value else {
            return self.wrong_type("an object", value, place);
        };
        let mut count = 0;
        let mut certain = true;
        for (name, value) in object.iter() {
            if name.starts_with("Fn::") {
                certain = false;
                continue;
            }
            match known::presence(value) {
                Presence::Absent => continue,
                Presence::Maybe => certain = false,
                Presence::Present => count += 1,
            }
            let place = place.field(name);
            if let Some(pattern) = limits.and_then(|it| it.key_pattern)
                && let Some(compiled) = self.table.pattern(pattern)
                && compiled.matches(name) == Some(false)
            {
                let pattern = self.table.pattern_text(pattern);
                let message = format!("the name `{name}` does not match `{pattern}`");
                self.error("key-pattern", &place, message);
            }
            self.node(item, value, &place);
        }
        if let Some(limits) = limits.filter(|_| certain) {
            let (least, most) = limits.properties;
            self.property_count(count, least, most.unwrap_or(usize::MAX), place);
        }
    }

    fn property_count(&mut self, count: usize, least: usize, most: usize, place: &Place<'_>) {
        if count < least {
            let message = format!(
                "{} has {count} properties, expected at least {least}",
                label(place)
            );
            self.error("property-count", place, message);
        } else if count > most {
            let message = format!(
                "{} has {count} properties, expected at most {most}",
                label(place)
            );
            self.error("property-count", place, message);
        }
    }

    fn wrong_type(&mut self, expected: &str, value: &Expr, place: &Place<'_>) {
        if known::is_only_known_at_deployment(value) {
            return;
        }
        let message = format!(
            "{} is {}, expected {expected}",
            label(place),
            kind_of(value)
        );
        self.error("wrong-type", place, message);
    }
}

/// How a message names a place: by the last name of its path and what follows that.
fn label(place: &Place<'_>) -> String {
    let text = place.to_string();
    match text.rsplit('.').next() {
        Some("") | None => "the resource".to_owned(),
        Some(last) => format!("`{last}`"),
    }
}

/// What a value is, in words.
fn kind_of(value: &Expr) -> &'static str {
    match value {
        Expr::Null => "nothing",
        Expr::Bool(_) => "a truth value",
        Expr::Int(_) => "a whole number",
        Expr::Decimal(_) => "a number",
        Expr::String(_) | Expr::Dynamic(_) => "text",
        Expr::List(_) => "a list",
        Expr::Object(_) => "an object",
        Expr::Reference(_) => "a reference",
    }
}

/// A text as a message quotes it: not too long, on one line.
fn quoted(text: &str) -> String {
    let mut short = String::from("`");
    for (count, letter) in text.chars().enumerate() {
        match letter {
            _ if count == 60 => {
                short.push('…');
                break;
            }
            it if it.is_control() => short.extend(it.escape_default()),
            it => short.push(it),
        }
    }
    short.push('`');
    short
}

/// Names as a message lists them: `` `A`, `B` or `C` ``.
fn listed(names: &[&str], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    match quoted.split_last() {
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
        None => String::new(),
    }
}
