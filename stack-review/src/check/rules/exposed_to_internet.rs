//! The internet reaches what hardly is meant for it.

use stack_core::Severity;

use crate::check::groups::{GroupRule, group_rules};
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::network::{Answer, Wanted, has_public_addresses, wanted};

pub(super) const RULE: Rule = Rule {
    code: "exposed-to-internet",
    severity: Severity::Warning,
    page: include_str!("exposed_to_internet.md"),
    run,
};

/// What can be public, and is not for everybody.
const KINDS: [&str; 5] = [
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::Redshift::Cluster",
    "AWS::EC2::Instance",
    "AWS::AutoScaling::AutoScalingGroup",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if KINDS.iter().all(|it| stack.of(it).next().is_none()) {
        return;
    }
    // The groups of other stacks are seen when these are read.
    if stack.is_alone() && !group_rules(stack).iter().any(lets_the_internet_in) {
        return;
    }
    wanted(stack, |wanted| judge(stack, wanted, report));
}

/// Whether a rule may let public addresses in, and to more than a web server.
fn lets_the_internet_in(rule: &GroupRule<'_, '_>) -> bool {
    let is_public = |name| rule.get(name).text().is_some_and(has_public_addresses);
    let is_web = || {
        let (from, to) = (rule.get("FromPort").int(), rule.get("ToPort").int());
        from == to && matches!(from, Some(80 | 443)) && rule.get("IpProtocol").text() == Some("tcp")
    };
    rule.ingress
        && (is_public("CidrIp") || is_public("CidrIpv6") || rule.get("SourcePrefixListId").is_set())
        && !is_web()
}

fn judge(stack: Stack<'_, '_>, wanted: &Wanted, report: &mut Report<'_>) {
    for (intent, answer) in wanted.unmet(false) {
        let (Answer::Reachable(path) | Answer::Sometimes { works: path, .. }) = answer else {
            continue;
        };
        let Some(resource) = stack.resource(&intent.resource) else {
            continue;
        };
        let port = intent
            .question
            .port
            .map_or_else(String::new, |it| it.to_string());
        let six = match intent.question.family {
            crate::network::Family::V4 => "",
            crate::network::Family::V6 => " over IPv6",
        };
        let message = format!(
            "the internet reaches `{}` on port {port}{six}, though {}",
            intent.resource, intent.why
        );
        let repair = "let its security group admit other security groups or known ranges, or take away its public address";
        report.with_witness(&resource.get(""), vec![path.packet], message, repair);
    }
}
