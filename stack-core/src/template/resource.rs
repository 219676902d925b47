//! [`ResourceView`], one resource of a template.

use crate::value::{Expr, Object};

/// One resource of a template, to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResourceView<'a> {
    id: &'a str,
    body: &'a Object,
}

impl<'a> ResourceView<'a> {
    /// `None` when it is a loop or a macro call, or no object at all.
    pub(super) fn new(id: &'a str, body: &'a Expr) -> Option<ResourceView<'a>> {
        let body = body.as_object()?;
        (!id.starts_with("Fn::")).then_some(ResourceView { id, body })
    }

    /// The logical id.
    pub fn id(self) -> &'a str {
        self.id
    }

    /// The resource type, such as `AWS::EC2::VPC`; empty when the template gives none.
    pub fn kind(self) -> &'a str {
        self.attribute("Type")
            .and_then(Expr::as_str)
            .unwrap_or_default()
    }

    /// The properties, when they are an object.
    pub fn properties(self) -> Option<&'a Object> {
        self.attribute("Properties").and_then(Expr::as_object)
    }

    /// A property by name.
    pub fn property(self, name: &str) -> Option<&'a Expr> {
        self.properties()?.get(name)
    }

    /// What stands beside the properties: `DependsOn`, `Condition`, `DeletionPolicy`, …
    pub fn attribute(self, name: &str) -> Option<&'a Expr> {
        self.body.get(name)
    }

    /// Everything the template says of the resource.
    pub fn body(self) -> &'a Object {
        self.body
    }
}
