//! A port that only few should reach, open to everybody.

use stack_core::Severity;

use crate::check::groups::group_rules;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "open-to-the-world",
    severity: Severity::Warning,
    page: include_str!("open_to_the_world.md"),
    run,
};

/// Where data and machines are administered.
const SENSITIVE: [(i64, &str); 16] = [
    (22, "SSH"),
    (23, "Telnet"),
    (445, "SMB"),
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (2049, "NFS"),
    (2375, "Docker"),
    (2376, "Docker"),
    (2377, "Docker Swarm"),
    (3306, "MySQL"),
    (3389, "Remote Desktop"),
    (5432, "PostgreSQL"),
    (6379, "Redis"),
    (9200, "Elasticsearch"),
    (11211, "Memcached"),
    (27017, "MongoDB"),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for rule in group_rules(stack).into_iter().filter(|it| it.ingress) {
        for name in ["CidrIp", "CidrIpv6"] {
            let range = rule.get(name);
            if !matches!(range.text(), Some("0.0.0.0/0" | "::/0")) {
                continue;
            }
            let protocol = rule.get("IpProtocol");
            let (from, to) = match protocol.text() {
                Some("-1") => (0, 65535),
                Some("tcp" | "udp" | "6" | "17") => {
                    let (from, to) = (rule.get("FromPort").int(), rule.get("ToPort").int());
                    match (from, to) {
                        (Some(-1), _) => (0, 65535),
                        (Some(from), Some(to)) => (from, to),
                        _ => continue,
                    }
                }
                _ => continue,
            };
            let open: Vec<&str> = SENSITIVE
                .iter()
                .filter(|it| (from..=to).contains(&it.0))
                .map(|it| it.1)
                .collect();
            if from <= 0 && to == 65535 {
                report.at(
                    &range,
                    "every port is open to everybody",
                    "open the ports that are needed",
                );
            } else if let Some(first) = open.first() {
                let port = if from == to {
                    format!("port {from} ({first})")
                } else {
                    format!("ports {from} to {to}, {first} among them, are")
                };
                let message = match from == to {
                    true => format!("{port} is open to everybody"),
                    false => format!("{port} open to everybody"),
                };
                report.at(
                    &range,
                    message,
                    "name the addresses or the security group that may come in",
                );
            }
        }
    }
}
