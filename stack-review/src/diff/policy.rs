//! IAM policies in one form: a value alone is a list of one, and lists have no order.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use std::borrow::Cow;

use super::node::Node;

type Fields<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// An object; when it is a policy or a statement of one, in the form of policies.
pub(super) fn normal(mut fields: Fields<'_>) -> Node<'_> {
    let has = |name: &str| fields.iter().any(|it| it.0 == name);
    if has("Statement") && (has("Version") || has("Id") || fields.len() == 1) {
        for (name, value) in &mut fields {
            if name == "Statement" && matches!(value, Node::Map(_)) {
                *value = Node::List(vec![take(value)]);
            }
        }
        return Node::Map(fields);
    }
    let acts = has("Action") || has("NotAction");
    if !(acts && has("Effect")) {
        return Node::Map(fields);
    }
    for (name, value) in &mut fields {
        match name.as_ref() {
            "Action" | "NotAction" => set(value, true),
            "Resource" | "NotResource" => set(value, false),
            // Anybody, in two spellings.
            "Principal" | "NotPrincipal" if value.text() == Some("*") => {
                let anybody = Node::List(vec![take(value)]);
                *value = Node::Map(vec![(Cow::Borrowed("AWS"), anybody)]);
            }
            "Principal" | "NotPrincipal" => sets_in(value),
            "Condition" => {
                if let Node::Map(operators) = value {
                    operators.iter_mut().for_each(|it| sets_in(&mut it.1));
                }
            }
            _ => (),
        }
    }
    Node::Map(fields)
}

fn sets_in(value: &mut Node<'_>) {
    if let Node::Map(fields) = value {
        fields.iter_mut().for_each(|it| set(&mut it.1, false));
    }
}

/// A list without order and duplicates; actions are the same in any case.
fn set(value: &mut Node<'_>, any_case: bool) {
    let mut items = match take(value) {
        Node::List(items) => items,
        one => vec![one],
    };
    if any_case {
        for item in &mut items {
            if let Node::Text(text) = item
                && let Some((service, action)) = text.split_once(':')
                && service.bytes().any(|it| it.is_ascii_uppercase())
            {
                *text = Cow::Owned(format!("{}:{action}", service.to_ascii_lowercase()));
            }
        }
    }
    items.sort_by_cached_key(Node::shown);
    items.dedup();
    *value = Node::List(items);
}

fn take<'a>(value: &mut Node<'a>) -> Node<'a> {
    std::mem::replace(value, Node::Absent)
}
