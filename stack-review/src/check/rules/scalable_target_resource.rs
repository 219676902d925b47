//! A scalable target that does not name its service.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, SERVICE};
use crate::check::scaling::{TARGET, resource_of};
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "scalable-target-resource",
    severity: Severity::Error,
    page: include_str!("scalable_target_resource.md"),
    run,
};

const DIMENSION: &str = "ecs:service:DesiredCount";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for target in stack.of(TARGET) {
        let dimension = target.get("ScalableDimension");
        let namespace = target.get("ServiceNamespace");
        if let (Some(of), Some((begin, _))) = (
            namespace.text(),
            dimension.text().and_then(|it| it.split_once(':')),
        ) && of != begin
            && of != "ecs"
        {
            report.at(
                &namespace,
                format!("the dimension is one of `{begin}`, not of `{of}`"),
                format!("`ServiceNamespace: {begin}`"),
            );
        }
        if namespace.text() != Some("ecs") {
            continue;
        }
        if let Some(text) = dimension.text().filter(|it| *it != DIMENSION) {
            report.at(
                &dimension,
                format!("an ECS service has no dimension `{text}`"),
                DIMENSION,
            );
        }
        let id = target.get("ResourceId");
        if let Some(text) = id.text() {
            let parts: Vec<&str> = text.split('/').collect();
            if parts.len() != 3
                || parts[0] != "service"
                || parts[1..].iter().any(|it| it.is_empty())
            {
                report.at(
                    &id,
                    format!("`{text}` names no service"),
                    "service/<cluster>/<service>",
                );
            }
            continue;
        }
        made(&id, report);
    }
}

/// What is put together at deployment.
fn made(id: &View<'_, '_>, report: &mut Report<'_>) {
    let stack = id.resource().stack();
    let mut cluster = None;
    let mut service = None;
    let mut kinds = Vec::new();
    let mut slashes = 0;
    for piece in id.pieces() {
        let value = match piece {
            Piece::Value(it) => it,
            Piece::Text(it) => {
                slashes += it.matches('/').count();
                continue;
            }
        };
        let Some((resource, handle)) = resource_of(stack, &value) else {
            kinds.push("");
            continue;
        };
        kinds.push(resource.kind());
        match (resource.kind(), handle.attribute) {
            (SERVICE, None | Some("ServiceArn")) => {
                let message = format!(
                    "here stands the ARN of `{}`, and its name is wanted",
                    resource.id()
                );
                report.at(id, message, format!("`!GetAtt {}.Name`", resource.id()));
            }
            (SERVICE, _) => service = Some(resource),
            (CLUSTER, Some("Arn")) => {
                let message = format!(
                    "here stands the ARN of `{}`, and its name is wanted",
                    resource.id()
                );
                report.at(id, message, format!("`!Ref {}`", resource.id()));
            }
            (CLUSTER, _) => cluster = Some(resource),
            _ => (),
        }
    }
    let arn = kinds == [SERVICE] && slashes == 0;
    if kinds == [SERVICE, CLUSTER] && slashes == 2 {
        let message = "first comes the cluster, then the service";
        report.at(id, message, "service/<cluster>/<service>");
        return;
    } else if kinds == [SERVICE] && slashes == 1 && !arn {
        let message = "the cluster of the service is not named";
        report.at(id, message, "service/<cluster>/<service>");
        return;
    }
    let mut first = String::new();
    for piece in id.pieces() {
        match piece {
            Piece::Text(it) => first.push_str(&it),
            Piece::Value(_) => break,
        }
    }
    if first.is_empty() && kinds == [CLUSTER, SERVICE] {
        report.at(
            id,
            "it begins with `service/`",
            "service/<cluster>/<service>",
        );
        return;
    }
    if let (None, Some(service)) = (cluster, service) {
        written(id, service, &first, report);
    }
    let (Some(cluster), Some(service)) = (cluster, service) else {
        return;
    };
    if let Some(home) = service.get("Cluster").target_of(CLUSTER)
        && home.handle() != cluster.handle()
    {
        let message = format!(
            "`{}` runs in `{}`, not in `{}`",
            service.id(),
            home.id(),
            cluster.id()
        );
        report.at(id, message, format!("name `{}`", home.id()));
    }
}

/// The name of the cluster is written out: `service/shop/${Service.Name}`.
fn written(id: &View<'_, '_>, service: Resource<'_, '_>, text: &str, report: &mut Report<'_>) {
    let named = text
        .strip_prefix("service/")
        .and_then(|it| it.strip_suffix('/'));
    let (Some(named), Some(home)) = (named, service.get("Cluster").target_of(CLUSTER)) else {
        return;
    };
    let own = home.get("ClusterName");
    let is = match own.text() {
        Some(it) => it == named,
        None => !own.is_absent(),
    };
    if !is {
        let message = format!(
            "`{}` runs in `{}`, whose name is not `{named}`",
            service.id(),
            home.id()
        );
        report.at(id, message, format!("`service/${{{}}}/…`", home.id()));
    }
}
