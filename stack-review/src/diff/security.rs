//! What is allowed that was not: rules of security groups, statements of policies.
//!
//! What the internet reaches in the end is a question for reachability; here are the rules and
//! statements themselves.

use std::collections::BTreeSet;

use super::at::At;
use super::changes::{Direction, ResourceChange, SecurityChange};
use super::node::Node;

/// Everything that a new resource allows.
pub(super) fn made(new: &At<'_, '_, '_>, change: &mut ResourceChange) {
    let mut grants = Grants::of(new);
    grants.allowed.remove(EVERYTHING_OUT);
    told(&Grants::default(), &grants, change);
}

/// Everything that a resource allowed which leaves the stack.
pub(super) fn gone(old: &At<'_, '_, '_>, change: &mut ResourceChange) {
    let mut grants = Grants::of(old);
    grants.allowed.remove(EVERYTHING_OUT);
    told(&grants, &Grants::default(), change);
}

/// What a resource allows now and did not, and the other way round.
pub(super) fn changed(old: &At<'_, '_, '_>, new: &At<'_, '_, '_>, change: &mut ResourceChange) {
    let changes = |it: &str| {
        change
            .properties
            .iter()
            .any(|change| change.path.starts_with(it))
    };
    let concerns = RULES.iter().any(|it| changes(it))
        || change.properties.iter().any(|it| it.path.contains("Polic"))
        || new.view.kind().starts_with("AWS::EC2::SecurityGroup");
    if concerns {
        told(&Grants::of(old), &Grants::of(new), change);
    }
}

/// What a group allows that says nothing of egress. Of a new one it goes without saying.
const EVERYTHING_OUT: &str = "egress everything to 0.0.0.0/0";

const RULES: [&str; 2] = ["SecurityGroupIngress", "SecurityGroupEgress"];

/// What a resource allows, in words.
#[derive(Default)]
struct Grants {
    allowed: BTreeSet<String>,
    denied: BTreeSet<String>,
}

fn told(old: &Grants, new: &Grants, change: &mut ResourceChange) {
    let mut add =
        |direction, what: String| change.security.push(SecurityChange { direction, what });
    for it in new.allowed.difference(&old.allowed) {
        add(Direction::Broadened, it.clone());
    }
    for it in old.denied.difference(&new.denied) {
        add(Direction::Broadened, format!("what `{it}` forbade"));
    }
    for it in old.allowed.difference(&new.allowed) {
        add(Direction::Narrowed, it.clone());
    }
    for it in new.denied.difference(&old.denied) {
        add(Direction::Narrowed, format!("what `{it}` forbids"));
    }
    change.security.sort();
    change.security.dedup();
}

impl Grants {
    fn of(at: &At<'_, '_, '_>) -> Grants {
        let mut grants = Grants::default();
        let kind = at.view.kind();
        match kind {
            "AWS::EC2::SecurityGroup" => {
                for (property, way) in [(RULES[0], "ingress"), (RULES[1], "egress")] {
                    for rule in at.property(property).items() {
                        grants.allowed.insert(rule_in_words(way, rule));
                    }
                }
                // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html>
                if at.property(RULES[1]).is_absent() {
                    grants.allowed.insert(EVERYTHING_OUT.to_owned());
                }
            }
            "AWS::EC2::SecurityGroupIngress" => {
                grants
                    .allowed
                    .insert(rule_in_words("ingress", &at.properties()));
            }
            "AWS::EC2::SecurityGroupEgress" => {
                grants
                    .allowed
                    .insert(rule_in_words("egress", &at.properties()));
            }
            // Templates of policies for others are no grants.
            "AWS::CloudFormation::Stack" => (),
            _ => {
                let kind = kind.strip_prefix("AWS::").unwrap_or_default();
                let managed = ["ManagedPolicyArns", "ManagedPolicies"];
                if kind.starts_with("IAM::") {
                    for arn in managed
                        .iter()
                        .flat_map(|it| at.property(it).items().to_vec())
                    {
                        grants
                            .allowed
                            .insert(format!("managed policy {}", arn.shown()));
                    }
                }
                grants.statements(&at.properties());
            }
        }
        grants
    }

    /// The statements of every policy in a value.
    fn statements(&mut self, node: &Node<'_>) {
        match node {
            Node::Map(fields) => {
                let statement = node.get("Statement");
                for it in statement.items() {
                    self.statement(it);
                }
                fields.iter().for_each(|it| self.statements(&it.1));
            }
            Node::List(items) => items.iter().for_each(|it| self.statements(it)),
            Node::Choice(it) => {
                self.statements(&it.then);
                self.statements(&it.otherwise);
            }
            _ => (),
        }
    }

    /// One line for each action on each resource by each principal, so that what is new shows.
    fn statement(&mut self, statement: &Node<'_>) {
        let Some(effect) = statement.get("Effect").text() else {
            return;
        };
        let all = |names: [&str; 2]| -> Vec<String> {
            let mut out = Vec::new();
            for (n, name) in names.iter().enumerate() {
                let except = if n == 1 { "all but " } else { "" };
                let items = statement.get(name).items().iter();
                out.extend(items.map(|it| format!("{except}{}", it.shown())));
            }
            out
        };
        let mut principals = Vec::new();
        for (name, except) in [("Principal", ""), ("NotPrincipal", "all but ")] {
            if let Node::Map(kinds) = statement.get(name) {
                for (kind, who) in kinds {
                    let who = who.items().iter().map(Node::shown);
                    principals.extend(who.map(|it| match kind.as_ref() {
                        "AWS" if it == "*" => format!(" for {except}anybody"),
                        "AWS" | "Service" => format!(" for {except}{it}"),
                        kind => format!(" for {except}{kind} {it}"),
                    }));
                }
            }
        }
        if principals.is_empty() {
            principals.push(String::new());
        }
        let mut resources = all(["Resource", "NotResource"]);
        if resources.is_empty() {
            resources.push(String::new());
        }
        let condition = match statement.get("Condition") {
            Node::Absent => String::new(),
            other => format!(" if {}", other.shown()),
        };
        let into = match effect {
            "Deny" => &mut self.denied,
            _ => &mut self.allowed,
        };
        for action in all(["Action", "NotAction"]) {
            for resource in &resources {
                let on = if resource.is_empty() { "" } else { " on " };
                for who in &principals {
                    into.insert(format!("{effect} {action}{on}{resource}{who}{condition}"));
                }
            }
        }
    }
}

/// `ingress tcp 443 from 0.0.0.0/0`
fn rule_in_words(way: &str, rule: &Node<'_>) -> String {
    if let Node::Choice(it) = rule {
        let condition = it.condition.shown();
        let arm = match (it.then.is_absent(), it.otherwise.is_absent()) {
            (false, true) => Some((&it.then, condition)),
            (true, false) => Some((&it.otherwise, format!("not ({condition})"))),
            _ => None,
        };
        if let Some((rule, condition)) = arm {
            return format!("{} if {condition}", rule_in_words(way, rule));
        }
    }
    let protocol = rule.get("IpProtocol");
    let (from, to) = (rule.get("FromPort"), rule.get("ToPort"));
    let ports = match (protocol.text(), from, to) {
        (Some("-1"), ..) => "everything".to_owned(),
        (_, Node::Absent, Node::Absent) => protocol.shown(),
        (_, from, to) if from == to => format!("{} {}", name(protocol), from.shown()),
        (_, from, to) => format!("{} {}-{}", name(protocol), from.shown(), to.shown()),
    };
    let peers = [
        "CidrIp",
        "CidrIpv6",
        "SourceSecurityGroupId",
        "SourceSecurityGroupName",
        "SourcePrefixListId",
        "DestinationSecurityGroupId",
        "DestinationPrefixListId",
    ];
    let peer = peers
        .iter()
        .map(|it| rule.get(it))
        .find(|it| !it.is_absent());
    let peer = peer.map_or_else(|| rule.shown(), Node::shown);
    let of = match rule.get("GroupId") {
        Node::Absent => String::new(),
        group => format!(" for {}", group.shown()),
    };
    let word = if way == "ingress" { "from" } else { "to" };
    format!("{way} {ports} {word} {peer}{of}")
}

fn name(protocol: &Node<'_>) -> String {
    match protocol.text() {
        Some("6") => "tcp".to_owned(),
        Some("17") => "udp".to_owned(),
        _ => protocol.shown(),
    }
}
