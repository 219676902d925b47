//! A function in a network whose role may not make network interfaces.

use stack_core::Severity;

use crate::check::permissions;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "function-network",
    severity: Severity::Error,
    page: include_str!("function_network.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for function in stack.of("AWS::Lambda::Function") {
        let subnets = function.get("VpcConfig.SubnetIds");
        if subnets.is_absent() || subnets.is_known() && subnets.items().is_empty() {
            continue;
        }
        let given = function.get("Role");
        let Some(role) = given.target_of("AWS::IAM::Role") else {
            continue;
        };
        if role.stack().number() == stack.number()
            && permissions::allows(role, "ec2:CreateNetworkInterface") == Some(false)
        {
            let message = format!(
                "`{}` may not make network interfaces, and `{}` is in a network",
                role.id(),
                function.id()
            );
            report.at(
                &given,
                message,
                "the policy service-role/AWSLambdaVPCAccessExecutionRole",
            );
        }
    }
}
