//! A deployment that is given up and left as it is.

use stack_core::Severity;

use crate::check::containers::SERVICE;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "circuit-breaker-without-rollback",
    severity: Severity::Warning,
    page: include_str!("circuit_breaker_without_rollback.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let breaker = service.get("DeploymentConfiguration.DeploymentCircuitBreaker");
        let rollback = breaker.get("Rollback");
        let off = rollback.is_absent() || rollback.bool() == Some(false);
        if breaker.get("Enable").bool() == Some(true) && off {
            let message = format!(
                "a failed deployment of `{}` is given up, and the former one does not \
                come back",
                service.id()
            );
            report.at(&rollback, message, "true");
        }
    }
}
