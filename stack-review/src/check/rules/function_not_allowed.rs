//! A function where CloudFormation does not take one.

use stack_core::Severity;

use crate::check::words::did_you_mean;
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::{Call, Transforms};

pub(super) const RULE: Rule = Rule {
    code: "function-not-allowed",
    severity: Severity::Error,
    page: include_str!("function_not_allowed.md"),
    run,
};

/// Functions that conditions can be made of.
const IN_CONDITIONS: [&str; 14] = [
    "Condition",
    "Fn::And",
    "Fn::Contains",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Ref",
];

/// Functions that stand in resources and outputs.
const ELSEWHERE: [&str; 20] = [
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Ref",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() || stack.transforms() == Transforms::Any {
        return;
    }
    let template = stack.template();
    let is_resource = |call: &Call<'_>| {
        let refers = call.expr.refers_to().map(|it| it.0);
        refers.is_some_and(|it| template.resource(it).is_some())
    };
    for call in &stack.calls().all {
        let name = call.name;
        match call.owner.section {
            "Parameters" => {
                let message =
                    format!("parameters are what they are, without functions such as `{name}`");
                report.call(stack, call, message, "write the value itself");
            }
            "Mappings" if name != "Fn::Transform" => {
                let message = format!("mappings hold plain values, no functions such as `{name}`");
                report.call(stack, call, message, "");
            }
            "Conditions"
                if !IN_CONDITIONS.contains(&name)
                    && name != "Fn::Transform"
                    && name != "Fn::If" =>
            {
                let message =
                    format!("conditions are decided before anything is made, without `{name}`");
                report.call(stack, call, message, "");
            }
            "Conditions" if is_resource(call) => {
                let message = "conditions are decided before anything is made, so they cannot refer to a resource";
                report.call(stack, call, message, "");
            }
            "Resources" | "Outputs" if !ELSEWHERE.contains(&name) => {
                let message = format!("there is no function `{name}` here");
                report.call(stack, call, message, did_you_mean(name, ELSEWHERE));
            }
            "Resources" if matches!(call.owner.part, "Type" | "Condition" | "DependsOn") => {
                let message = format!("`{}` takes no functions", call.owner.part);
                report.call(stack, call, message, "");
            }
            _ => (),
        }
    }
}
