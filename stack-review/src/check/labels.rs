//! The label by which a scaling policy names a target group whose requests it counts.

use crate::check::Report;
use crate::check::balancing::{self, BALANCER, TARGETS};
use crate::check::scaling::resource_of;
use crate::model::{Piece, Resource, View};

/// A label of requests per target, and what the policy scales: the target groups that are known to
/// be those of it, when all are.
/// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html>
pub(super) fn judge<'e, 'a>(
    label: &View<'e, 'a>,
    scaled: Option<(&str, &[Resource<'e, 'a>])>,
    report: &mut Report<'_>,
) {
    let stack = label.resource().stack();
    let mut parts = Vec::new();
    let mut between = String::new();
    for piece in label.pieces() {
        match piece {
            Piece::Text(it) => between.push_str(&it),
            Piece::Value(it) => match resource_of(stack, &it) {
                Some((resource, handle)) => {
                    let wanted = match resource.kind() {
                        BALANCER => "LoadBalancerFullName",
                        TARGETS => "TargetGroupFullName",
                        _ => return,
                    };
                    if handle.attribute != Some(wanted) {
                        let message =
                            format!("of `{}` its `{wanted}` is wanted here", resource.id());
                        report.at(label, message, format!("`${{{}.{wanted}}}`", resource.id()));
                        return;
                    }
                    parts.push(resource);
                }
                None => return,
            },
        }
    }
    let [first, second] = parts.as_slice() else {
        return;
    };
    let repair = "`LoadBalancerFullName` of the load balancer, `/`, `TargetGroupFullName` of the \
        group";
    if first.kind() == TARGETS && second.kind() == BALANCER {
        report.at(
            label,
            "first comes the load balancer, then the target group",
            repair,
        );
        return;
    }
    if first.kind() != BALANCER || second.kind() != TARGETS {
        return;
    }
    if between != "/" {
        report.at(label, "between the two names stands one `/`", repair);
        return;
    }
    let (balancer, targets) = (*first, *second);
    let protocol = targets.get("Protocol");
    if protocol
        .text()
        .is_some_and(|it| !matches!(it, "HTTP" | "HTTPS"))
    {
        let message = format!("no requests are counted for `{}`", targets.id());
        report.at(label, message, "a target group for HTTP or HTTPS");
        return;
    }
    if let Some(other) = sent_by(targets).filter(|it| it.handle() != balancer.handle()) {
        let message = format!(
            "`{}` is a target group of `{}`, not of `{}`",
            targets.id(),
            other.id(),
            balancer.id()
        );
        report.at(
            label,
            message,
            format!("`${{{}.LoadBalancerFullName}}`", other.id()),
        );
        return;
    }
    if let Some((id, own)) = scaled
        && !own.is_empty()
        && own.iter().all(|it| it.handle() != targets.handle())
    {
        let message = format!(
            "`{id}` is scaled, and `{}` is none of its target groups",
            targets.id()
        );
        report.at(label, message, format!("name `{}`", own[0].id()));
    }
}

/// The one load balancer that sends to a target group.
fn sent_by<'e, 'a>(targets: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    let mut found: Option<Resource<'e, 'a>> = None;
    for sender in balancing::senders(targets.stack()) {
        let actions = balancing::actions(sender);
        let mut all = actions.iter().flat_map(balancing::forwards);
        if !all.any(|it| {
            it.target()
                .is_some_and(|it| it.handle() == targets.handle())
        }) {
            continue;
        }
        let listener = match sender.kind() {
            balancing::LISTENER => sender,
            _ => sender.get("ListenerArn").target_of(balancing::LISTENER)?,
        };
        let balancer = balancing::balancer_of(listener)?;
        if found.is_some_and(|it| it.handle() != balancer.handle()) {
            return None;
        }
        found = Some(balancer);
    }
    found
}
