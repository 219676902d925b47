//! [`Template`], a CloudFormation template: read, looked at, written.

mod builder;
mod frequent;
mod limits;
mod measure;
mod order;
mod positions;
mod quick_cursor;
mod quick_scalar;
#[cfg(test)]
mod quick_tests;
mod quick_yaml;
mod read_json;
mod read_yaml;
mod resource;
mod scalar;
mod short_form;
mod straighten;
mod write_json;
mod write_yaml;
mod yaml_text;

pub use positions::Positions;
pub use resource::ResourceView;

use crate::problem::Problem;
use crate::value::{Expr, Object};

/// A CloudFormation template. Keeps everything it was given, known to this version or not.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    root: Object,
}

impl Template {
    /// Reads JSON or YAML: JSON when the first thing in the text is a brace, as CloudFormation
    /// decides it.
    ///
    /// ```
    /// use stack_core::Template;
    /// let yaml = Template::parse("Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n").unwrap();
    /// let json = Template::parse(r#"{ "Resources": { "Jobs": { "Type": "AWS::SQS::Queue" } } }"#).unwrap();
    /// assert_eq!(yaml, json);
    /// ```
    ///
    /// # Errors
    ///
    /// Every mistake found, each with its `line:column` in the text as
    /// [`place`](Problem::place): what is no JSON or YAML, names given twice, unknown short forms,
    /// merge keys, a second document; and what is past a limit: 1,000,000 bytes, 100,000 values
    /// and 10,000 aliases (aliases expanded), 64 lists and objects inside each other.
    pub fn parse(text: &str) -> Result<Template, Vec<Problem>> {
        read(text, Format::of(text), false).map(|it| it.0)
    }

    /// As [`parse`](Template::parse), and where everything stands in the text.
    ///
    /// # Errors
    ///
    /// As [`parse`](Template::parse).
    pub fn parse_with_positions(text: &str) -> Result<(Template, Positions), Vec<Problem>> {
        read(text, Format::of(text), true)
    }

    /// Reads JSON. Numbers keep their digits, names given twice are a mistake.
    ///
    /// # Errors
    ///
    /// As [`parse`](Template::parse).
    pub fn from_json(text: &str) -> Result<Template, Vec<Problem>> {
        read(text, Format::Json, false).map(|it| it.0)
    }

    /// Reads YAML, short forms of functions included.
    ///
    /// Text without quotes is a number, boolean or null only where it says so to every reader and
    /// nothing of it gets lost: `012345678901`, `NO` and `1:30` stay text. What CloudFormation
    /// takes for something else is listed in [`Positions::notes`].
    ///
    /// # Errors
    ///
    /// As [`parse`](Template::parse).
    pub fn from_yaml(text: &str) -> Result<Template, Vec<Problem>> {
        read(text, Format::Yaml, false).map(|it| it.0)
    }

    /// The template that this tree is.
    pub fn from_object(root: Object) -> Template {
        Template { root }
    }

    /// The whole tree.
    pub fn root(&self) -> &Object {
        &self.root
    }

    /// The whole tree, to keep.
    pub fn into_root(self) -> Object {
        self.root
    }

    /// A section that is an object, such as `Parameters`; `None` when it is missing or of another
    /// shape.
    pub fn section(&self, name: &str) -> Option<&Object> {
        self.root.get(name).and_then(Expr::as_object)
    }

    /// The resources, sorted by logical id. `Fn::ForEach` loops and `Fn::Transform` in the section
    /// are no resources; look at them in [`section`](Template::section)`("Resources")`.
    pub fn resources(&self) -> impl Iterator<Item = (&str, ResourceView<'_>)> {
        self.section("Resources")
            .into_iter()
            .flat_map(Object::iter)
            .filter_map(|(id, body)| Some((id, ResourceView::new(id, body)?)))
    }

    /// The resource with this logical id.
    pub fn resource(&self, id: &str) -> Option<ResourceView<'_>> {
        let (id, body) = self.section("Resources")?.get_key_value(id)?;
        ResourceView::new(id, body)
    }

    /// JSON in the canonical order and layout, with a final newline.
    ///
    /// Sections come as people read them (format version, description, metadata, transform,
    /// parameters, mappings, conditions, rules, resources, outputs), a resource starts with its
    /// type and ends with its properties, a parameter starts with type, description and default;
    /// everything else is sorted by name, what is unknown last. Functions and lists of scalars
    /// that fit in 88 columns stand on one line.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(16 * 1024);
        self.write_json(&mut out);
        out
    }

    /// Whether [`to_json`](Template::to_json) surely has at most so many bytes; costs a fraction of
    /// writing it.
    pub(crate) fn measures_at_most(&self, bytes: usize) -> bool {
        measure::is_at_most(&self.root, bytes)
    }

    /// Appends what [`to_json`](Template::to_json) returns.
    pub fn write_json(&self, out: &mut String) {
        write_json::write_template(&self.root, out);
    }

    /// YAML in the order of [`to_json`](Template::to_json), in blocks and short forms.
    ///
    /// Every text that some YAML reader, 1.1 or 1.2, could take for something else is quoted, so
    /// CloudFormation and the usual tools read exactly this template.
    pub fn to_yaml(&self) -> String {
        let mut out = String::with_capacity(16 * 1024);
        write_yaml::write_template(&self.root, &mut out);
        out
    }
}

#[derive(Clone, Copy)]
enum Format {
    Json,
    Yaml,
}

impl Format {
    fn of(text: &str) -> Format {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with(['{', '[']) {
            Format::Json
        } else {
            Format::Yaml
        }
    }
}

fn read(text: &str, format: Format, remember: bool) -> Result<(Template, Positions), Vec<Problem>> {
    let text = limits::admit(text).map_err(|it| vec![it])?;
    let (builder, read) = match format {
        Format::Json => read_json::read(text, remember),
        Format::Yaml => read_yaml::read(text, remember),
    };
    match read {
        Ok(()) => builder
            .finish()
            .map(|(root, positions)| (Template { root }, positions)),
        Err(last) => Err(builder.fail(last)),
    }
}
