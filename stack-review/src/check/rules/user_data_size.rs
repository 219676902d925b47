//! User data that is larger than an instance takes.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Value, placeholders};
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "user-data-size",
    severity: Severity::Error,
    page: include_str!("user_data_size.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kind, path) in [
        ("AWS::EC2::Instance", "UserData"),
        ("AWS::EC2::LaunchTemplate", "LaunchTemplateData.UserData"),
        ("AWS::AutoScaling::LaunchConfiguration", "UserData"),
    ] {
        for resource in stack.of(kind) {
            let data = resource.get(path);
            let (bytes, encoded) = match data.value() {
                Value::Unknown(it) => match it.expr.intrinsic() {
                    Some(("Fn::Base64", inner)) => (known_bytes(stack, inner), false),
                    _ => continue,
                },
                Value::Text(it) => (it.len(), true),
                _ => continue,
            };
            // Base64 makes four letters of three bytes.
            let bytes = if encoded { bytes / 4 * 3 } else { bytes };
            if bytes > 16 * 1024 {
                report.at(
                    &data,
                    format!("the user data has {bytes} bytes; an instance takes 16,384"),
                    "fetch the rest from S3 when the instance starts",
                );
            }
        }
    }
}

/// At least so many bytes.
fn known_bytes<'a>(stack: Stack<'_, 'a>, expr: &'a Expr) -> usize {
    if let Some(text) = stack.evaluate(expr).text() {
        return text.len();
    }
    match expr.intrinsic() {
        Some(("Fn::Sub", Expr::String(text))) => without_placeholders(text),
        Some(("Fn::Sub", Expr::List(parts))) => parts
            .first()
            .and_then(Expr::as_str)
            .map_or(0, without_placeholders),
        Some(("Fn::Join", Expr::List(parts))) => {
            let items = parts.get(1).and_then(Expr::as_list).unwrap_or_default();
            items.iter().filter_map(Expr::as_str).map(str::len).sum()
        }
        _ => 0,
    }
}

fn without_placeholders(text: &str) -> usize {
    let names: usize = placeholders(text).map(|it| it.len() + 3).sum();
    text.len() - names.min(text.len())
}
