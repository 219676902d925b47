//! A failed deployment goes on for hours.

use stack_core::Severity;

use crate::check::containers::SERVICE;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "missing-circuit-breaker",
    severity: Severity::Warning,
    page: include_str!("missing_circuit_breaker.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let controller = service.get("DeploymentController.Type");
        if controller.is_set() && controller.text() != Some("ECS") {
            continue;
        }
        // A deployment that shifts traffic goes back by itself.
        let strategy = service.get("DeploymentConfiguration.Strategy");
        if strategy.is_set() && strategy.text() != Some("ROLLING") {
            continue;
        }
        let breaker = service.get("DeploymentConfiguration.DeploymentCircuitBreaker");
        let enabled = breaker.get("Enable");
        let off = enabled.is_absent() || enabled.bool() == Some(false);
        if off {
            let message = format!(
                "when new tasks of `{}` fail, nothing ends the deployment for three \
                hours",
                service.id()
            );
            report.at(&breaker, message, "{ Enable: true, Rollback: true }");
        }
    }
}
