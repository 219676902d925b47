//! The name of an import that is only known once a resource is made.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "import-of-resource",
    severity: Severity::Error,
    page: include_str!("import_of_resource.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let calls = stack.calls();
    for mention in calls.mentions.iter().filter(|it| it.target.is_some()) {
        let mut call = calls.all.get(mention.call);
        while let Some(it) = call {
            if it.name == "Fn::ImportValue" {
                report.call(
                    stack,
                    it,
                    format!(
                        "the name of an import cannot depend on `{}`, a resource",
                        mention.id
                    ),
                    "a text, parameters and pseudo parameters",
                );
            }
            call = calls.outer(it);
        }
    }
}
