//! A mapping of another form than two levels of names and plain values.

use stack_core::Severity;

use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::{Expr, Object};

pub(super) const RULE: Rule = Rule {
    code: "mapping-shape",
    severity: Severity::Error,
    page: include_str!("mapping_shape.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let all = stack.template().section("Mappings").into_iter();
    for (name, map) in all.flat_map(Object::iter) {
        if name.starts_with("Fn::") {
            continue;
        }
        let Some(map) = map.as_object() else {
            report.here(
                format!("Mappings.{name}"),
                format!("mapping `{name}` is no object"),
                "",
            );
            continue;
        };
        for (first, entry) in map.iter().filter(|it| !it.0.starts_with("Fn::")) {
            let place = || format!("Mappings.{name}.{first}");
            let Some(entry) = entry.as_object() else {
                report.here(
                    place(),
                    format!("{} of mapping `{name}` is no object", quoted(first)),
                    "a mapping has two levels of names",
                );
                continue;
            };
            if entry.is_empty() {
                report.here(
                    place(),
                    format!("{} of mapping `{name}` is empty", quoted(first)),
                    "",
                );
            }
            for (second, value) in entry.iter().filter(|it| !it.0.starts_with("Fn::")) {
                let plain = match value {
                    Expr::Null | Expr::Object(_) => value.intrinsic().is_some(),
                    Expr::List(items) => items
                        .iter()
                        .all(|it| !matches!(it, Expr::List(_) | Expr::Null)),
                    _ => true,
                };
                let place = || format!("{}.{second}", place());
                if !second
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'))
                {
                    report.here(
                        place(),
                        format!(
                            "the name {} has more in it than letters, digits, `-` and `.`",
                            quoted(second)
                        ),
                        "",
                    );
                }
                if !plain {
                    report.here(
                        place(),
                        format!(
                            "{} of mapping `{name}` is no text, number or list of them",
                            quoted(second)
                        ),
                        "",
                    );
                }
            }
        }
    }
}
