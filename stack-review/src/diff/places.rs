//! Where a symbol stands in a value.

use super::lists::labels;
use super::node::{Node, Symbol};

/// Places, as people read them and as the facts know them, and the value there.
pub(super) type Places = Vec<(String, String, String)>;

/// Where a wanted symbol stands; `path` and `facts` are the way so far.
pub(super) fn find<'a>(
    node: &Node<'a>,
    path: &mut String,
    facts: &mut String,
    wanted: &dyn Fn(&Symbol<'a>) -> bool,
    out: &mut Places,
) {
    let lengths = (path.len(), facts.len());
    match node {
        Node::Map(fields) => {
            for (name, value) in fields {
                path.push('.');
                path.push_str(name);
                facts.push('.');
                facts.push_str(name);
                find(value, path, facts, wanted, out);
                path.truncate(lengths.0);
                facts.truncate(lengths.1);
            }
        }
        Node::List(items) => {
            for (label, item) in labels(items).iter().zip(items) {
                path.push_str(label);
                facts.push_str("[0]");
                find(item, path, facts, wanted, out);
                path.truncate(lengths.0);
                facts.truncate(lengths.1);
            }
        }
        other => {
            let mut any = false;
            other.symbols(&mut |it| any |= wanted(it));
            if any {
                out.push((path.clone(), facts.clone(), other.shown()));
            }
        }
    }
}
