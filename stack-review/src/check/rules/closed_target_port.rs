//! Security groups that keep a load balancer from its tasks, in a network that is not known.

use stack_core::Severity;

use crate::check::balancing::{BALANCER, LISTENER, actions, forwards, senders};
use crate::check::containers::{SERVICE, target_groups};
use crate::check::groups::{GROUP, group_rules};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "closed-target-port",
    severity: Severity::Error,
    page: include_str!("closed_target_port.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.of(SERVICE).next().is_none()
        || stack.of(BALANCER).next().is_none()
        || stack.has_transform()
    {
        return;
    }
    for service in stack.of(SERVICE) {
        let network = service.get("NetworkConfiguration.AwsvpcConfiguration");
        let subnets = network.get("Subnets");
        // Where the subnets are known, the whole way is looked at.
        if subnets.items().iter().any(|it| it.target().is_some()) {
            continue;
        }
        let Some(theirs) = groups_of(&network.get("SecurityGroups")) else {
            continue;
        };
        for (place, targets) in target_groups(service) {
            let Some(balancer) = balancer_of(stack, targets) else {
                continue;
            };
            let Some(ours) = groups_of(&balancer.get("SecurityGroups")) else {
                continue;
            };
            let item = service.get("LoadBalancers").items();
            let port = item
                .iter()
                .find(|it| it.get("TargetGroupArn").same(&place) == Some(true))
                .and_then(|it| it.get("ContainerPort").int());
            let Some(port) = port else { continue };
            for protocol in protocols(targets) {
                let way = (port, *protocol);
                if admits(stack, &theirs, &ours, way, true) == Some(false) {
                    let message = format!(
                        "no rule of {} lets `{}` in on {protocol} {port}",
                        named(&theirs),
                        balancer.id()
                    );
                    report.at(&network.get("SecurityGroups"), message, repair(&ours, way));
                } else if admits(stack, &ours, &theirs, way, false) == Some(false) {
                    let message = format!(
                        "no rule of {} lets `{}` out to `{}` on {protocol} {port}",
                        named(&ours),
                        balancer.id(),
                        service.id()
                    );
                    report.at(
                        &balancer.get("SecurityGroups"),
                        message,
                        repair(&theirs, way),
                    );
                }
            }
        }
    }
}

/// What a target group sends; nothing when that is not known.
fn protocols(targets: Resource<'_, '_>) -> &'static [&'static str] {
    let protocol = targets.get("Protocol");
    match protocol.text() {
        Some("UDP" | "QUIC") => &["udp"],
        Some("TCP_UDP" | "TCP_QUIC") => &["tcp", "udp"],
        Some(_) => &["tcp"],
        None if protocol.is_absent() => &["tcp"],
        None => &[],
    }
}

fn repair(groups: &[Resource<'_, '_>], (port, protocol): (i64, &str)) -> String {
    format!("a rule for {protocol} {port} and {}", named(groups))
}

fn named(groups: &[Resource<'_, '_>]) -> String {
    crate::check::words::either(groups.iter().map(|it| it.id()))
}

/// The groups, when all of them are in this stack and nobody else can add rules.
fn groups_of<'e, 'a>(list: &View<'e, 'a>) -> Option<Vec<Resource<'e, 'a>>> {
    let stack = list.resource().stack();
    let all: Option<Vec<Resource<'e, 'a>>> = list
        .items()
        .iter()
        .map(|it| {
            it.target_of(GROUP)
                .filter(|it| it.stack().number() == stack.number())
        })
        .collect();
    let exported = |id: &str| {
        let calls = stack.calls();
        calls.mentions.iter().filter(|it| it.id == id).any(|it| {
            let call = calls.all.get(it.call);
            call.is_some_and(|it| it.owner.section == "Outputs")
        })
    };
    all.filter(|it| !it.is_empty() && !it.iter().any(|it| exported(it.id())))
}

/// The one load balancer that sends to a target group.
fn balancer_of<'e, 'a>(
    stack: Stack<'e, 'a>,
    targets: Resource<'e, 'a>,
) -> Option<Resource<'e, 'a>> {
    let sender = senders(stack).find(|it| {
        let all = actions(*it);
        all.iter().flat_map(forwards).any(|it| {
            it.target()
                .is_some_and(|it| it.handle() == targets.handle())
        })
    })?;
    let listener = match sender.kind() {
        LISTENER => sender,
        _ => sender.get("ListenerArn").target_of(LISTENER)?,
    };
    listener.get("LoadBalancerArn").target_of(BALANCER)
}

/// Whether the rules of some groups let this through; `None` when that is not known.
fn admits(
    stack: Stack<'_, '_>,
    groups: &[Resource<'_, '_>],
    peers: &[Resource<'_, '_>],
    (port, spoken): (i64, &str),
    ingress: bool,
) -> Option<bool> {
    let (list, peer) = match ingress {
        true => ("SecurityGroupIngress", "SourceSecurityGroupId"),
        false => ("SecurityGroupEgress", "DestinationSecurityGroupId"),
    };
    let mut any = false;
    for group in groups {
        if !group.get(list).is_known() {
            return None;
        }
    }
    for rule in group_rules(stack) {
        if rule.ingress != ingress {
            continue;
        }
        let group = rule.group()?;
        if !groups.iter().any(|it| it.handle() == group.handle()) {
            continue;
        }
        any = true;
        let protocol = rule.get("IpProtocol");
        let all = match protocol.text() {
            Some("-1") => true,
            Some("tcp" | "6") if spoken == "tcp" => false,
            Some("udp" | "17") if spoken == "udp" => false,
            Some(_) => continue,
            None => return None,
        };
        if !all {
            let (from, to) = (rule.get("FromPort").int()?, rule.get("ToPort").int()?);
            if !(from..=to).contains(&port) {
                continue;
            }
        }
        let other = rule.get(peer);
        match other.value() {
            // A range, a prefix list: who is in it is not known here.
            Value::Absent => {
                let nobody = matches!(
                    rule.get("CidrIp").text(),
                    Some("127.0.0.1/32" | "255.255.255.255/32")
                );
                if !nobody {
                    return Some(true);
                }
            }
            Value::Handle(_) => {
                let target = other.target()?;
                if peers.iter().any(|it| it.handle() == target.handle()) {
                    return Some(true);
                }
            }
            _ => return None,
        }
    }
    // Without any rule everything is let out.
    Some(!ingress && !any)
}
