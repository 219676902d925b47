//! A deployment that shifts traffic and does not know how.

use stack_core::Severity;

use crate::check::balancing::{LISTENER, TARGETS};
use crate::check::containers::SERVICE;
use crate::check::listeners::{attachments, is_handed_on};
use crate::check::permissions::allows;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "blue-green-deployment",
    severity: Severity::Error,
    page: include_str!("blue_green_deployment.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        elsewhere(service, report);
        let strategy = service.get("DeploymentConfiguration.Strategy");
        let Some(name @ ("BLUE_GREEN" | "LINEAR" | "CANARY")) = strategy.text() else {
            continue;
        };
        let controller = service.get("DeploymentController.Type");
        if let Some(kind @ ("CODE_DEPLOY" | "EXTERNAL")) = controller.text() {
            report.at(
                &controller,
                format!("`{kind}` knows no strategy `{name}`"),
                "ECS",
            );
        }
        let own = match name {
            "LINEAR" => "LinearConfiguration",
            "CANARY" => "CanaryConfiguration",
            _ => "",
        };
        for other in ["LinearConfiguration", "CanaryConfiguration"] {
            let view = service.get("DeploymentConfiguration").get(other);
            if other != own && view.is_set() && view.is_known() {
                report.at(
                    &view,
                    format!("a deployment `{name}` has no `{other}`"),
                    "leave it out",
                );
            }
        }
        for balancer in service.get("LoadBalancers").items() {
            let more = balancer.get("AdvancedConfiguration");
            if !more.is_known() {
                continue;
            }
            for (field, what) in [
                ("AlternateTargetGroupArn", "a second target group"),
                (
                    "ProductionListenerRule",
                    "the listener rule whose traffic it shifts",
                ),
                ("RoleArn", "a role that may change listener rules"),
            ] {
                let view = more.get(field);
                if view.is_absent() {
                    report.at(
                        &view,
                        format!("`{name}` needs {what}"),
                        format!("set `{field}`"),
                    );
                }
            }
            let role = more.get("RoleArn");
            if let Some(it) = role.target_of("AWS::IAM::Role")
                && allows(it, "elasticloadbalancing:ModifyRule") == Some(false)
                && allows(it, "elasticloadbalancing:ModifyListener") == Some(false)
            {
                let message = format!("`{}` may not change listener rules", it.id());
                report.at(
                    &role,
                    message,
                    "the policy AmazonECSInfrastructureRolePolicyForLoadBalancers",
                );
            }
            rules(&more, report);
            let (blue, green) = (
                balancer.get("TargetGroupArn"),
                more.get("AlternateTargetGroupArn"),
            );
            if green.is_set() && blue.same(&green) == Some(true) {
                report.at(
                    &green,
                    "both revisions would be in one target group",
                    "another target group",
                );
            }
        }
    }
}

/// What only ECS's own deployments have.
fn elsewhere(service: Resource<'_, '_>, report: &mut Report<'_>) {
    let controller = service.get("DeploymentController.Type");
    let Some(kind @ ("CODE_DEPLOY" | "EXTERNAL")) = controller.text() else {
        return;
    };
    let breaker = service.get("DeploymentConfiguration.DeploymentCircuitBreaker");
    let alarms = service.get("DeploymentConfiguration.Alarms");
    for (view, enabled, name) in [
        (&breaker, breaker.get("Enable"), "DeploymentCircuitBreaker"),
        (&alarms, alarms.get("Enable"), "Alarms"),
    ] {
        if enabled.bool() == Some(true) {
            let message = format!("deployments by `{kind}` have no `{name}`");
            report.at(view, message, "leave it out, or let ECS deploy");
        }
    }
    let connect = service.get("ServiceConnectConfiguration.Enabled");
    if connect.bool() == Some(true) {
        let message = format!("services that `{kind}` deploys take no part in Service Connect");
        report.at(&connect, message, "let ECS deploy");
    }
}

/// The rule whose traffic is shifted, and another one to try what is new.
fn rules(more: &View<'_, '_>, report: &mut Report<'_>) {
    let (production, test) = (
        more.get("ProductionListenerRule"),
        more.get("TestListenerRule"),
    );
    for rule in [&production, &test] {
        // Network load balancers have no rules, and the listener stands here.
        if let Some(it) = rule.target_of(LISTENER)
            && matches!(it.get("Protocol").text(), Some("HTTP" | "HTTPS"))
        {
            let message = format!(
                "`{}` is a listener, and the traffic of a rule is shifted",
                it.id()
            );
            report.at(rule, message, "a rule of it");
        }
    }
    if test.is_set() && test.same(&production) == Some(true) {
        report.at(
            &test,
            "whoever tries what is new would be among the others",
            "another rule",
        );
    }
    let green = more.get("AlternateTargetGroupArn");
    if let Some(it) = green.target_of(TARGETS)
        && it.stack().number() == more.resource().stack().number()
        && !it.stack().has_transform()
        && !attachments(it.stack()).contains_key(it.id())
        && !is_handed_on(it.stack(), it.id())
    {
        let message = format!("`{}` has no load balancer", it.id());
        report.at(&green, message, "name it in the rule, with weight 0");
    }
}
