//! A public address for tasks that cannot have one.

use stack_core::Severity;

use crate::check::containers::{Launch, SERVICE, launch_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "public-ip-on-instances",
    severity: Severity::Error,
    page: include_str!("public_ip_on_instances.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let assign = service.get("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp");
        let launch = launch_of(service);
        if assign.text() == Some("ENABLED")
            && matches!(launch, Launch::Instances | Launch::External)
        {
            report.at(
                &assign,
                "tasks on instances get no public addresses",
                "DISABLED, and a way out through NAT or endpoints",
            );
        }
    }
}
