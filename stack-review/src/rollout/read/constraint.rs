//! Placement constraints, as far as the instance type decides them.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html>

use crate::model::Resource;
use crate::rollout::instance_types::InstanceType;

use super::{Notes, task};

/// Whether the constraints of the service and its task definition allow an instance of this type;
/// `None` when that is only known at deployment.
pub(super) fn allows(
    service: Resource<'_, '_>,
    name: &str,
    of: &InstanceType,
    notes: &mut Notes,
) -> Option<bool> {
    let definition = task::definition(service);
    let views = [
        Some(service.get("PlacementConstraints")),
        definition.map(|it| it.get("PlacementConstraints")),
    ];
    let mut all = Some(true);
    for constraint in views.iter().flatten().flat_map(|it| it.items()) {
        if constraint.get("Type").text() != Some("memberOf") {
            continue;
        }
        let expression = constraint.get("Expression");
        let said = expression.text().and_then(|it| holds(it, name, of));
        if said.is_none() {
            notes.because(format!(
                "`{}` turns on attributes of the instances that are only known at deployment",
                expression.place()
            ));
        }
        all = match (all, said) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), it) => it,
            (None, _) => None,
        };
    }
    all
}

/// One comparison of an attribute that every instance of a type shares.
fn holds(expression: &str, name: &str, of: &InstanceType) -> Option<bool> {
    let expression = expression.trim();
    let rest = expression.strip_prefix("attribute:")?;
    let (attribute, rest) = rest.split_once(char::is_whitespace)?;
    let (operator, wanted) = rest.trim().split_once(char::is_whitespace)?;
    let wanted = wanted.trim().trim_matches('\'').trim_matches('"');
    if wanted.contains(" and ")
        || wanted.contains(" or ")
        || wanted.contains("&&")
        || wanted.contains("||")
    {
        return None;
    }
    let value = match attribute {
        "ecs.instance-type" => name,
        "ecs.os-type" => "linux",
        "ecs.cpu-architecture" if of.arm => "arm64",
        "ecs.cpu-architecture" => "x86_64",
        _ => return None,
    };
    match operator {
        "==" | "equals" => Some(value == wanted),
        "!=" | "not_equals" => Some(value != wanted),
        "=~" | "matches" => {
            // Only what begins or ends with `*` or `.*`.
            let plain = |it: &str| {
                it.chars()
                    .all(|it| it.is_ascii_alphanumeric() || ".-_".contains(it))
            };
            match wanted.strip_suffix('*') {
                Some(prefix) => {
                    let prefix = prefix.strip_suffix('.').unwrap_or(prefix);
                    plain(prefix).then(|| value.starts_with(prefix))
                }
                None => plain(wanted).then(|| value == wanted),
            }
        }
        "in" => {
            let list = wanted.trim_start_matches('[').trim_end_matches(']');
            Some(list.split(',').any(|it| it.trim() == value))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::holds;
    use crate::rollout::instance_type;

    #[test]
    fn what_the_instance_type_decides_is_decided() {
        let it = instance_type("t3.medium").unwrap();
        for (expression, expected) in [
            ("attribute:ecs.instance-type == t3.medium", Some(true)),
            ("attribute:ecs.instance-type == t2.micro", Some(false)),
            ("attribute:ecs.instance-type =~ t3.*", Some(true)),
            ("attribute:ecs.instance-type =~ g2.*", Some(false)),
            (
                "attribute:ecs.instance-type in [t3.small, t3.medium]",
                Some(true),
            ),
            ("attribute:ecs.os-type == linux", Some(true)),
            ("attribute:ecs.cpu-architecture == arm64", Some(false)),
            ("attribute:stack == prod", None),
            ("task:group == service:production", None),
        ] {
            assert_eq!(
                holds(expression, "t3.medium", &it),
                expected,
                "{expression}"
            );
        }
    }
}
