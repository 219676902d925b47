//! Where symbols stand in the properties of a resource.

use super::at::At;
use super::lists::labels;
use super::node::{Node, Symbol};

/// A value that holds symbols.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// As people read it.
    pub(super) path: String,
    /// As the facts know it.
    pub(super) facts: String,
    /// The value.
    pub(super) shown: String,
    pub(super) symbols: Vec<Symbol<'a>>,
}

/// All values of the properties that hold symbols.
pub(super) fn of<'a>(at: &At<'_, '_, 'a>) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    for (name, node) in at.fields() {
        find(
            &node,
            &mut name.to_string(),
            &mut name.to_string(),
            &mut places,
        );
    }
    places
}

fn find<'a>(node: &Node<'a>, path: &mut String, facts: &mut String, out: &mut Vec<Place<'a>>) {
    let lengths = (path.len(), facts.len());
    match node {
        Node::Map(fields) => {
            for (name, value) in fields {
                path.push('.');
                path.push_str(name);
                facts.push('.');
                facts.push_str(name);
                find(value, path, facts, out);
                path.truncate(lengths.0);
                facts.truncate(lengths.1);
            }
        }
        Node::List(items) => {
            for (label, item) in labels(items).iter().zip(items) {
                path.push_str(label);
                facts.push_str("[0]");
                find(item, path, facts, out);
                path.truncate(lengths.0);
                facts.truncate(lengths.1);
            }
        }
        other => {
            let mut symbols = Vec::new();
            other.symbols(&mut |it| symbols.push(it.clone()));
            if !symbols.is_empty() {
                out.push(Place {
                    path: path.clone(),
                    facts: facts.clone(),
                    shown: other.shown(),
                    symbols,
                });
            }
        }
    }
}
