//! A deployment group of CodeDeploy that cannot deploy its ECS service.

use stack_core::Severity;

use crate::check::balancing::{LISTENER, TARGETS};
use crate::check::containers::{CLUSTER, SERVICE};
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "codedeploy-group",
    severity: Severity::Error,
    page: include_str!("codedeploy_group.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for group in stack.of("AWS::CodeDeploy::DeploymentGroup") {
        let services = group.get("ECSServices").items();
        if services.is_empty() {
            continue;
        }
        for service in &services {
            service_of(group, service, report);
        }
        style(group, report);
        platform(group, report);
        let info = group.get("LoadBalancerInfo");
        let pairs = info.get("TargetGroupPairInfoList");
        if pairs.is_absent() && info.is_known() {
            let message = "nothing says between which target groups the traffic moves";
            report.at(
                &pairs,
                message,
                "two target groups and the listener that sends to them",
            );
        }
        for pair in pairs.items() {
            targets(&pair.get("TargetGroups"), report);
            listeners(&pair, report);
        }
    }
}

/// The service and its cluster go by their names, and the service leaves deployments to CodeDeploy.
fn service_of(group: Resource<'_, '_>, names: &View<'_, '_>, report: &mut Report<'_>) {
    let (service, cluster) = (names.get("ServiceName"), names.get("ClusterName"));
    for (view, kind, arn) in [
        (&service, SERVICE, "ServiceArn"),
        (&cluster, CLUSTER, "Arn"),
    ] {
        let Some(target) = view.target_of(kind) else {
            continue;
        };
        let given = view.value().handle().and_then(|it| it.attribute);
        // `Ref` of a service gives its ARN.
        if given == Some(arn) || given.is_none() && kind == SERVICE {
            let message = format!(
                "here stands the ARN of `{}`, and its name is wanted",
                target.id()
            );
            let repair = match kind {
                SERVICE => format!("`!GetAtt {}.Name`", target.id()),
                _ => format!("`!Ref {}`", target.id()),
            };
            report.at(view, message, repair);
        }
    }
    let Some(it) = service.target_of(SERVICE) else {
        return;
    };
    let controller = it.get("DeploymentController.Type");
    if controller.is_absent() || controller.text() == Some("ECS") {
        let message = format!(
            "ECS deploys `{}`, and `{}` is to do it",
            it.id(),
            group.id()
        );
        report.at(&controller, message, "CODE_DEPLOY");
    }
}

fn style(group: Resource<'_, '_>, report: &mut Report<'_>) {
    let style = group.get("DeploymentStyle");
    for (name, wanted) in [
        ("DeploymentType", "BLUE_GREEN"),
        ("DeploymentOption", "WITH_TRAFFIC_CONTROL"),
    ] {
        let view = style.get(name);
        if let Some(it) = view.text().filter(|it| *it != wanted) {
            report.at(
                &view,
                format!("ECS services are not deployed {}", quoted(it)),
                wanted,
            );
        }
    }
}

/// Application and configuration are those for ECS.
fn platform(group: Resource<'_, '_>, report: &mut Report<'_>) {
    let (application, configuration) = (
        group.get("ApplicationName"),
        group.get("DeploymentConfigName"),
    );
    for (view, kind) in [
        (&application, "AWS::CodeDeploy::Application"),
        (&configuration, "AWS::CodeDeploy::DeploymentConfig"),
    ] {
        let Some(it) = view.target_of(kind) else {
            continue;
        };
        let platform = it.get("ComputePlatform");
        let other = platform.text().is_some_and(|it| it != "ECS");
        if other || platform.is_absent() {
            let what = platform.text().unwrap_or("Server");
            report.at(
                view,
                format!("`{}` is for {what}", it.id()),
                "`ComputePlatform: ECS`",
            );
        }
    }
    if let Some(it) = configuration.text()
        && it.starts_with("CodeDeployDefault.")
        && !it.starts_with("CodeDeployDefault.ECS")
    {
        let message = format!("{} is not for ECS", quoted(it));
        report.at(&configuration, message, "`CodeDeployDefault.ECSAllAtOnce`");
    }
}

/// Two target groups, by their names.
fn targets(list: &View<'_, '_>, report: &mut Report<'_>) {
    let all = list.items();
    if all.len() != 2 && list.has_known_items() {
        let message = format!(
            "{} target groups, and the traffic moves between two",
            all.len()
        );
        report.at(list, message, "");
        return;
    }
    let names: Vec<View<'_, '_>> = all.iter().map(|it| it.get("Name")).collect();
    for name in &names {
        if let Some(it) = name.target_of(TARGETS)
            && name.value().handle().and_then(|it| it.attribute) != Some("TargetGroupName")
        {
            let message = format!("of `{}` its name is wanted here", it.id());
            report.at(
                name,
                message,
                format!("`!GetAtt {}.TargetGroupName`", it.id()),
            );
        }
    }
    let [one, other] = names.as_slice() else {
        return;
    };
    if one.same(other) == Some(true) {
        report.at(
            other,
            "both revisions would be in one target group",
            "another target group",
        );
    } else if let (Some(a), Some(b)) = (one.target_of(TARGETS), other.target_of(TARGETS))
        && a.get("TargetType").same(&b.get("TargetType")) == Some(false)
    {
        let message = format!(
            "`{}` and `{}` register targets of two types",
            a.id(),
            b.id()
        );
        report.at(other, message, "one `TargetType` for both");
    }
}

/// A listener for what is new, and another one to try it.
fn listeners(pair: &View<'_, '_>, report: &mut Report<'_>) {
    let [production, test] =
        ["ProdTrafficRoute", "TestTrafficRoute"].map(|it| pair.get(it).get("ListenerArns").items());
    for listener in production.iter().chain(&test) {
        if let Some(it) = listener.target()
            && it.kind() != LISTENER
            && it.kind().starts_with("AWS::ElasticLoadBalancing")
        {
            let message = format!("`{}` is no listener", it.id());
            report.at(listener, message, "the ARN of a listener");
        }
    }
    for listener in &test {
        if production.iter().any(|it| it.same(listener) == Some(true)) {
            // It is not said to be refused.
            report.judged(
                Severity::Warning,
                listener.place(),
                "whoever tries what is new would be among the others".to_owned(),
                "a listener at another port".to_owned(),
            );
        }
    }
}
