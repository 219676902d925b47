//! How long a template's JSON is at most, without writing it.

use crate::value::{Expr, Object, has_escapes};

/// Whether [`Template::to_json`](crate::Template::to_json) surely comes to no more bytes. Most
/// templates are small enough whatever stands in their texts.
pub(super) fn is_at_most(root: &Object, bytes: usize) -> bool {
    at_most::<false>(root) <= bytes || at_most::<true>(root) <= bytes
}

/// Never less than the bytes that it comes to; a lot closer when it looks into the texts.
fn at_most<const LOOK: bool>(root: &Object) -> usize {
    object::<LOOK>(root, 0).saturating_add(1)
}

fn value<const LOOK: bool>(expr: &Expr, depth: usize) -> usize {
    match expr {
        Expr::Null | Expr::Bool(_) => 5,
        Expr::Int(_) => 20,
        Expr::Decimal(it) => it.len(),
        Expr::String(it) | Expr::Dynamic(it) => text::<LOOK>(it),
        Expr::List(items) => items
            .iter()
            .map(|it| value::<LOOK>(it, depth + 1))
            .fold(line(depth), |sum, it| {
                sum.saturating_add(line(depth + 1)).saturating_add(it)
            }),
        Expr::Object(it) => object::<LOOK>(it, depth),
        // Of a finished template nothing is.
        Expr::Reference(_) => usize::MAX,
    }
}

fn object<const LOOK: bool>(fields: &Object, depth: usize) -> usize {
    fields.iter().fold(line(depth), |sum, (name, it)| {
        let field = line(depth + 1) + text::<LOOK>(name) + 2;
        sum.saturating_add(field)
            .saturating_add(value::<LOOK>(it, depth + 1))
    })
}

/// A line break with its indentation and two signs: brackets, or a comma. What stands on one line
/// has less between its parts.
fn line(depth: usize) -> usize {
    depth * 2 + 4
}

fn text<const LOOK: bool>(it: &str) -> usize {
    // A sign is written as six at most.
    it.len() * if !LOOK || has_escapes(it) { 6 } else { 1 } + 2
}

#[cfg(test)]
mod tests {
    use super::at_most;
    use crate::Template;

    #[test]
    fn no_text_is_longer_than_measured_and_none_a_lot_shorter() {
        for text in [
            "{}",
            r#"{"A": {}, "B": [], "C": [[[1, 2], {"Ref": "x"}]]}"#,
            r#"{"A": "\u0001\u0001\u007f\n", "B": {"C": {"D": [null, true, -9223372036854775808, 1.50]}}}"#,
            r#"{"Resources": {"Api": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "a-${b}"}, "Tags": [{"Key": "a", "Value": "b"}]}}}}"#,
        ] {
            let template = Template::parse(text).unwrap();
            let (written, measured) = (template.to_json().len(), at_most::<true>(template.root()));
            assert!(written <= measured, "{text}: {written}, {measured}");
            assert!(measured <= 4 * written, "{text}: {written}, {measured}");
            assert!(measured <= at_most::<false>(template.root()), "{text}");
        }
    }
}
