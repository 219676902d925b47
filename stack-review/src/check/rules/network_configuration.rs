//! A service whose subnets are missing, or are there in vain.

use stack_core::Severity;

use crate::check::containers::{Launch, Mode, SERVICE, launch_of, mode_of, task_of};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "network-configuration",
    severity: Severity::Error,
    page: include_str!("network_configuration.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let network = service.get("NetworkConfiguration");
        let configuration = network.get("AwsvpcConfiguration");
        if !network.is_known() || !configuration.is_known() {
            continue;
        }
        let mode = task_of(service).and_then(mode_of);
        let fargate = launch_of(service) == Launch::Fargate;
        let message = match mode {
            Some(Mode::Awsvpc) if configuration.is_absent() => {
                format!(
                    "tasks of `{}` have network interfaces, and nothing says in which \
                    subnets",
                    service.id()
                )
            }
            _ if fargate && configuration.is_absent() => {
                format!(
                    "`{}` runs on Fargate, and nothing says in which subnets",
                    service.id()
                )
            }
            Some(Mode::Bridge | Mode::Host | Mode::None) if configuration.is_set() && !fargate => {
                format!(
                    "tasks of `{}` have no network interfaces of their own to put into \
                    subnets",
                    service.id()
                )
            }
            _ => continue,
        };
        let repair = match configuration.is_absent() {
            true => "set `Subnets` and `SecurityGroups`",
            false => "leave it out, or set `NetworkMode` of the task definition to awsvpc",
        };
        report.at(&configuration, message, repair);
    }
}
