//! Objects: which properties there are, which must be, which only AWS sets.

use super::known::{self, Presence};
use super::{Check, label};
use crate::Severity;
use crate::place::Place;
use crate::schema::model::Shape;
use crate::value::{Expr, Object};

/// Properties that also take the path of a local file or directory, which `aws cloudformation
/// package` uploads.
const UPLOADED: [(&str, &[&str]); 9] = [
    ("AWS::ApiGateway::RestApi", &["BodyS3Location"]),
    ("AWS::Lambda::Function", &["Code"]),
    ("AWS::Lambda::LayerVersion", &["Content"]),
    (
        "AWS::ElasticBeanstalk::ApplicationVersion",
        &["SourceBundle"],
    ),
    (
        "AWS::StepFunctions::StateMachine",
        &["DefinitionS3Location"],
    ),
    ("AWS::AppSync::GraphQLSchema", &["DefinitionS3Location"]),
    (
        "AWS::AppSync::Resolver",
        &[
            "RequestMappingTemplateS3Location",
            "ResponseMappingTemplateS3Location",
        ],
    ),
    (
        "AWS::AppSync::FunctionConfiguration",
        &[
            "RequestMappingTemplateS3Location",
            "ResponseMappingTemplateS3Location",
        ],
    ),
    ("AWS::CodeCommit::Repository", &["S3"]),
];

impl Check<'_> {
    /// A value that should be an object.
    pub(super) fn object(&mut self, shape: &'static Shape, value: &Expr, place: &Place<'_>) {
        match value {
            Expr::Object(object) => self.shape(shape, object, place),
            Expr::Null => (),
            Expr::String(_) if self.is_uploaded(place.name()) => (),
            _ => self.wrong_type("an object", value, place),
        }
    }

    fn is_uploaded(&self, property: &str) -> bool {
        UPLOADED.iter().any(|(resource, properties)| {
            *resource == self.resource && properties.contains(&property)
        })
    }

    /// The properties of an object.
    pub(super) fn shape(&mut self, shape: &'static Shape, object: &Object, place: &Place<'_>) {
        let top = place.depth() == 0;
        // `Fn::Transform` and `Fn::ForEach` bring properties of their own.
        let mut complete = true;
        // How many of the required ones are set.
        let mut required = 0;
        // Both are sorted, so what comes later is found later.
        let mut next = 0;
        for (name, value) in object.iter() {
            let found = match shape.find(next, name) {
                Ok(at) => {
                    next = at + 1;
                    shape.properties.get(at)
                }
                Err(at) => {
                    next = at;
                    None
                }
            };
            match found {
                Some(field) => {
                    if field.required && known::presence(value) != Presence::Absent {
                        required += 1;
                    }
                    if field.read_only && top && known::presence(value) != Presence::Absent {
                        self.set_by_aws(&place.field(name));
                    }
                    self.node(&field.node, value, &place.field(name));
                }
                None if name.starts_with("Fn::") => complete = false,
                None if shape.open => (),
                None if known::presence(value) == Presence::Absent => (),
                None => self.unknown(shape, name, &place.field(name)),
            }
        }
        if !complete {
            return;
        }
        if required < shape.required.len() {
            for number in &shape.required {
                if let Some(field) = shape.properties.get(usize::from(*number))
                    && !(field.read_only && top)
                {
                    self.required(object, field.name, place);
                }
            }
        }
        for name in &shape.required_beyond {
            self.required(object, name, place);
        }
        if shape.least > 0 || shape.most < usize::MAX {
            let present = |it: &Expr| known::presence(it) == Presence::Present;
            let count = object.iter().filter(|(_, it)| present(it)).count();
            if !object
                .iter()
                .any(|(_, it)| known::presence(it) == Presence::Maybe)
            {
                self.property_count(count, shape.least, shape.most, place);
            }
        }
        for group in &shape.groups {
            self.group(group, shape, object, place);
        }
        for rule in &shape.rules {
            self.rule(rule, object, place);
        }
    }

    /// A property that must be set.
    pub(super) fn required(&mut self, object: &Object, name: &str, place: &Place<'_>) {
        if known::presence_of(object.get(name)) == Presence::Absent {
            let message = match place.depth() {
                0 => format!("`{name}` is required and is not set"),
                _ => format!("{} needs `{name}`, which is not set", label(place)),
            };
            self.error("required-property", place, message);
        }
    }

    fn unknown(&mut self, shape: &Shape, name: &str, place: &Place<'_>) {
        let names = shape.properties.iter().map(|it| it.name);
        let help = super::choice::nearest(name, names).map(|it| format!("did you mean `{it}`?"));
        let message = format!("there is no property {}", super::quoted(name));
        self.find("unknown-property", Severity::Error, place, message, help);
    }

    fn set_by_aws(&mut self, place: &Place<'_>) {
        let message = format!("{} is set by AWS and cannot be given", label(place));
        let help = Some("leave it out; read it with `Fn::GetAtt`".to_owned());
        self.find("read-only-property", Severity::Error, place, message, help);
    }

    /// Looks for a property that only AWS sets, below the value; `path` is how to go on from there.
    pub(super) fn read_only(&mut self, path: &str, value: &Expr, place: &Place<'_>) {
        if place.depth() > super::DEPTH {
            return;
        }
        if let Some((then, otherwise)) = known::arms(value) {
            self.read_only(path, then, place);
            self.read_only(path, otherwise, place);
            return;
        }
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let mut below = |value: &Expr, place: &Place<'_>| match rest {
            "" if known::presence(value) == Presence::Absent => (),
            "" => self.set_by_aws(place),
            rest => self.read_only(rest, value, place),
        };
        match value {
            Expr::List(items) if first == "*" => {
                for (index, item) in items.iter().enumerate() {
                    below(item, &place.item(index));
                }
            }
            Expr::Object(object) => {
                if let Some(value) = object.get(first) {
                    below(value, &place.field(first));
                }
            }
            _ => (),
        }
    }
}
