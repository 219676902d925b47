//! A reference to what is not in the template.

use stack_core::Severity;

use crate::check::words::{Guesses, quoted};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "unknown-reference",
    severity: Severity::Error,
    page: include_str!("unknown_reference.md"),
    run,
};

const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let template = stack.template();
    let parameters = template.section("Parameters");
    let calls = stack.calls();
    let mut guesses = Guesses::new();
    let mut said = 0;
    for mention in &calls.mentions {
        let id = mention.id;
        let Some(call) = calls.all.get(mention.call) else {
            continue;
        };
        // Functions are refused there, whatever they refer to.
        if matches!(call.owner.section, "Parameters" | "Mappings") {
            continue;
        }
        let known = mention.target.is_some()
            || mention.attribute.is_none()
                && (parameters.is_some_and(|it| it.contains(id)) || PSEUDO.contains(&id));
        if known || stack.may_make(id) || id.contains("::") && mention.attribute.is_some() {
            continue;
        }
        // Nobody reads more, and to find each place takes its time.
        said += 1;
        if said > 500 {
            break;
        }
        if call.name == "Fn::Sub"
            && !id
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b':')
        {
            let whole = match mention.attribute {
                Some(attribute) => format!("{id}.{attribute}"),
                None => id.to_owned(),
            };
            let message = format!("{} is no name that `Fn::Sub` could fill in", quoted(&whole));
            report.call(
                stack,
                call,
                message,
                format!("to have it in the text as it is, write `${{!{whole}}}`"),
            );
            continue;
        }
        let ids = template.resources().map(|it| it.0);
        let message = match mention.attribute {
            Some(_) => format!("there is no resource {}", quoted(id)),
            None => format!("there is no resource or parameter {}", quoted(id)),
        };
        let also = parameters.into_iter().flat_map(|it| it.keys());
        let repair = match mention.attribute {
            Some(_) => guesses.did_you_mean(id, ids),
            None => guesses.did_you_mean(id, ids.chain(also).chain(PSEUDO)),
        };
        report.call(stack, call, message, repair);
    }
}
