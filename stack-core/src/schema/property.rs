//! [`PropertyFacts`]: what is known about one property.

use super::model::{Definition, Kind, Limits, Node, Shape};
use super::table::table;

/// What is known about one property of a type.
#[derive(Clone, Copy, Debug)]
pub struct PropertyFacts {
    node: &'static Node,
    required: bool,
}

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object with free keys.
    Map,
    /// An object with known properties.
    Object,
    /// Any JSON.
    Json,
}

impl PropertyFacts {
    pub(super) fn at(shape: &'static Shape, path: &str) -> Option<PropertyFacts> {
        let mut shape = shape;
        let mut found: Option<PropertyFacts> = None;
        for part in path.split('.') {
            if let Some(before) = found {
                shape = before.shape()?;
            }
            let name = part.split('[').next().unwrap_or(part);
            let field = shape.property(name)?;
            found = Some(PropertyFacts {
                node: &field.node,
                required: field.required,
            });
            // `[0]` goes into a list, and the next part into its items.
            for _ in part.matches('[') {
                let item = found?.item()?;
                found = Some(PropertyFacts {
                    node: item,
                    required: false,
                });
            }
        }
        found
    }

    /// The node behind names of definitions.
    fn resolved(self) -> Result<&'static Node, &'static Shape> {
        let mut node = self.node;
        // Definitions do not refer to each other in circles without an object between them.
        for _ in 0..16 {
            let Kind::Defined(number) = node.kind else {
                break;
            };
            match table().definition(number) {
                Some(Definition::Object(shape)) => return Err(shape),
                Some(Definition::Value(inner)) => node = inner,
                None => break,
            }
        }
        Ok(node)
    }

    fn shape(self) -> Option<&'static Shape> {
        match self.resolved() {
            Err(shape) => Some(shape),
            Ok(_) => PropertyFacts {
                node: self.item()?,
                required: false,
            }
            .shape(),
        }
    }

    fn item(self) -> Option<&'static Node> {
        match &self.resolved().ok()?.kind {
            Kind::List(inner) | Kind::Map(inner) => Some(inner),
            _ => None,
        }
    }

    fn limits(self) -> impl Iterator<Item = &'static Limits> {
        let behind = self
            .resolved()
            .ok()
            .filter(|it| !std::ptr::eq(*it, self.node));
        [Some(self.node), behind]
            .into_iter()
            .flatten()
            .filter_map(|it| it.limits.as_deref())
    }

    /// What it holds.
    pub fn holds(self) -> Holds {
        match self.resolved() {
            Err(_) => Holds::Object,
            Ok(node) => match node.kind {
                Kind::Text | Kind::Timestamp => Holds::Text,
                Kind::Integer => Holds::Integer,
                Kind::Number => Holds::Number,
                Kind::Boolean => Holds::Boolean,
                Kind::List(_) => Holds::List,
                Kind::Map(_) => Holds::Map,
                Kind::Any | Kind::Json | Kind::Defined(_) => Holds::Json,
            },
        }
    }

    /// Whether a template must set it.
    pub fn is_required(self) -> bool {
        self.required
    }

    /// The regular expression a text must match.
    pub fn pattern(self) -> Option<&'static str> {
        self.limits()
            .find_map(|it| it.pattern)
            .map(|it| table().pattern_text(it))
    }

    /// The values known, sorted; AWS may know more by now.
    pub fn values(self) -> &'static [&'static str] {
        let values = self
            .limits()
            .find_map(|it| it.allowed.as_deref().or(it.allowed_in_any_case.as_deref()));
        values.unwrap_or_default()
    }

    /// The least and the greatest number.
    pub fn range(self) -> (Option<f64>, Option<f64>) {
        let least = self.limits().find_map(|it| it.least);
        (least, self.limits().find_map(|it| it.most))
    }

    /// The least and the greatest number of characters.
    pub fn length(self) -> (usize, Option<usize>) {
        let least = self.limits().map(|it| it.length.0).max().unwrap_or(0);
        (least, self.limits().find_map(|it| it.length.1))
    }

    /// The least and the greatest number of items.
    pub fn items(self) -> (usize, Option<usize>) {
        let least = self.limits().map(|it| it.items.0).max().unwrap_or(0);
        (least, self.limits().find_map(|it| it.items.1))
    }

    /// The least and the greatest number of keys.
    pub fn entries(self) -> (usize, Option<usize>) {
        let least = self.limits().map(|it| it.properties.0).max().unwrap_or(0);
        (least, self.limits().find_map(|it| it.properties.1))
    }

    /// What AWS takes when nothing is given, as JSON.
    pub fn default(self) -> Option<&'static str> {
        self.limits().find_map(|it| it.default)
    }

    /// Whether the order of its items means nothing, so that another order is no change.
    pub fn is_unordered(self) -> bool {
        self.limits().any(|it| it.unordered)
    }

    /// The attributes of other types that it refers to: `AWS::EC2::VPC.VpcId`.
    pub fn relations(self) -> impl Iterator<Item = &'static str> {
        let formats = self
            .limits()
            .filter_map(|it| it.format)
            .filter(|it| it.starts_with("AWS::"));
        formats.chain(self.limits().flat_map(|it| it.relations.iter().copied()))
    }
}
