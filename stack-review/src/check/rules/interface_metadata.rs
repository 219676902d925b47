//! Metadata for the console of another form.

use stack_core::Severity;

use crate::check::words::{did_you_mean, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;
use stack_core::Expr;

pub(super) const RULE: Rule = Rule {
    code: "interface-metadata",
    severity: Severity::Warning,
    page: include_str!("interface_metadata.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let interface = stack
        .template()
        .section("Metadata")
        .and_then(|it| it.get("AWS::CloudFormation::Interface"));
    let Some(interface) = interface.and_then(Expr::as_object) else {
        return;
    };
    let place = "Metadata.AWS::CloudFormation::Interface";
    for (name, value) in interface.iter() {
        match name {
            "ParameterGroups" | "StackSets" => (),
            "ParameterLabels" => {
                for (parameter, label) in value.as_object().into_iter().flat_map(|it| it.iter()) {
                    let fields = label.as_object().into_iter().flat_map(|it| it.keys());
                    for field in fields.filter(|it| *it != "default") {
                        report.here(
                            format!("{place}.ParameterLabels.{parameter}.{field}"),
                            format!("a label has no {}", quoted(field)),
                            "write `default`",
                        );
                    }
                }
            }
            other => report.here(
                format!("{place}.{other}"),
                format!("there is no {} here", quoted(other)),
                did_you_mean(other, ["ParameterGroups", "ParameterLabels"]),
            ),
        }
    }
}
