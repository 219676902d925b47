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
    own(stack, report);
}

/// What a stack exports is there after it is deployed, and imports are looked up before.
fn own(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut imports = stack
        .calls()
        .all
        .iter()
        .filter(|it| it.name == "Fn::ImportValue")
        .peekable();
    if imports.peek().is_none() {
        return;
    }
    let outputs = stack
        .template()
        .section("Outputs")
        .into_iter()
        .flat_map(|it| it.iter());
    let exports: Vec<(&str, String)> = outputs
        .filter_map(|(id, it)| {
            let name = it.as_object()?.get("Export")?.as_object()?.get("Name")?;
            Some((id, stack.evaluate(name).text()?.to_owned()))
        })
        .collect();
    for import in imports {
        let name = stack.evaluate(import.argument);
        let export = exports.iter().find(|it| Some(it.1.as_str()) == name.text());
        if let Some((output, _)) = export {
            let message = format!("output `{output}` of the stack itself is exported by this name");
            report.call(stack, import, message, "refer to what it exports");
        }
    }
}
