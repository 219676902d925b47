//! A placeholder in a text that nothing fills in.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Transforms, placeholders};

pub(super) const RULE: Rule = Rule {
    code: "placeholder-without-sub",
    severity: Severity::Warning,
    page: include_str!("placeholder_without_sub.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() || stack.transforms() != Transforms::None {
        return;
    }
    let template = stack.template();
    let parameters = template.section("Parameters");
    let calls = stack.calls();
    for braced in &calls.braced {
        if braced.owner.section != "Resources"
            || braced.owner.part != "Properties"
            || !braced.text.contains("${")
        {
            continue;
        }
        // Within `Fn::Sub` it is filled in, and so it may be within functions around it.
        let mut outer = braced.outer.and_then(|it| calls.all.get(it));
        let mut filled = false;
        while let Some(call) = outer {
            filled |= matches!(call.name, "Fn::Sub" | "Fn::Transform");
            outer = calls.outer(call);
        }
        if filled {
            continue;
        }
        let kind = stack.written(braced.owner.id).map_or("", |it| it.kind());
        // These have placeholders of their own.
        let own = kind.starts_with("AWS::IoT")
            || kind == "AWS::StepFunctions::StateMachine"
            || kind.starts_with("AWS::CloudFormation::")
            || kind.starts_with("AWS::CodePipeline")
            || kind.starts_with("AWS::ImageBuilder")
            || kind.starts_with("AWS::SSM::")
            || kind.starts_with("AWS::ApiGateway")
            || kind.starts_with("AWS::AppSync");
        if own {
            continue;
        }
        for name in placeholders(braced.text) {
            let id = name.split('.').next().unwrap_or(name);
            let known = name.starts_with("AWS::")
                || stack.written(id).is_some()
                || parameters.is_some_and(|it| it.contains(id));
            if known {
                let place = stack.place_of(braced.owner, braced.expr);
                report.here(
                    place,
                    format!("`${{{name}}}` stays as it is: the text is not in `Fn::Sub`"),
                    "put `Fn::Sub` (`!Sub`) before the text",
                );
            }
        }
    }
}
