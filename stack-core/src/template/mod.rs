//! [`Template`], a CloudFormation template: read, looked at, written.

mod order;
mod resource;
mod write_json;

pub use resource::ResourceView;

use crate::value::{Expr, Object};

/// A CloudFormation template. Keeps everything it was given, known to this version or not.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    root: Object,
}

impl Template {
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
        let mut out = String::with_capacity(8 * 1024);
        self.write_json(&mut out);
        out
    }

    /// Appends what [`to_json`](Template::to_json) returns.
    pub fn write_json(&self, out: &mut String) {
        write_json::write_template(&self.root, out);
    }
}
