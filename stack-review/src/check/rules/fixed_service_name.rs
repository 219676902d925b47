//! A service that cannot be replaced because of its name.

use stack_core::Severity;

use crate::check::containers::SERVICE;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "fixed-service-name",
    severity: Severity::Note,
    page: include_str!("fixed_service_name.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let name = service.get("ServiceName");
        if name.is_set() {
            let message = format!(
                "`{}` has a fixed name: a change that replaces it fails, for the name is \
                taken",
                service.id()
            );
            report.at(&name, message, "leave it out; CloudFormation finds one");
        }
    }
}
