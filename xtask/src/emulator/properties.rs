//! What services themselves say of what a template asked for: plain values of the template beside
//! those of the answer.

use std::collections::BTreeSet;

use serde_json::Value;

/// How a type is asked for: the command, whose last word is followed by the physical id, where the
/// resource is in the answer, and whether its keys begin with a small letter.
const ASKED: [(&str, &[&str], &str, bool); 3] = [
    (
        "AWS::ECS::TaskDefinition",
        &["ecs", "describe-task-definition", "--task-definition"],
        "/taskDefinition",
        true,
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        &["elbv2", "describe-target-groups", "--target-group-arns"],
        "/TargetGroups/0",
        false,
    ),
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        &["elbv2", "describe-rules", "--rule-arns"],
        "/Rules/0",
        false,
    ),
];

/// What other calls tell.
const ELSEWHERE: [&str; 2] = ["Tags", "TargetGroupAttributes"];

const SERVICE: &str = "AWS::ECS::Service";

/// The command that asks for a resource, and where the answer has it; nothing for other types.
pub(super) fn asked(type_name: &str, physical: &str) -> Option<(Vec<String>, &'static str, bool)> {
    if type_name == SERVICE {
        let cluster = physical.split_once(":service/")?.1.split('/').next()?;
        let words = ["ecs", "describe-services", "--cluster", cluster];
        let words = words.into_iter().chain(["--services", physical]);
        return Some((words.map(str::to_owned).collect(), "/services/0", true));
    }
    let found = ASKED.iter().find(|it| it.0 == type_name)?;
    let words = found.1.iter().chain([&physical]);
    let words = words.map(|it| (*it).to_owned()).collect();
    Some((words, found.2, found.3))
}

/// How many plain values were read back, and the paths of those that are not there or others. Values
/// that only the deployment knows are left out.
pub(super) fn compare(asked: &Value, said: &Value, small: bool) -> (usize, BTreeSet<String>) {
    let mut differing = BTreeSet::new();
    let same = walk(asked, Some(said), small, "", &mut differing);
    (same, differing)
}

fn walk(
    asked: &Value,
    said: Option<&Value>,
    small: bool,
    path: &str,
    differing: &mut BTreeSet<String>,
) -> usize {
    match asked {
        Value::Object(members)
            if members
                .keys()
                .any(|it| it == "Ref" || it.starts_with("Fn::")) =>
        {
            0
        }
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| !(path.is_empty() && ELSEWHERE.contains(&key.as_str())))
            .map(|(key, it)| {
                let name = match small {
                    true => key[..1].to_lowercase() + &key[1..],
                    false => key.clone(),
                };
                // Keys that a user chose stay as they are.
                let said = said.and_then(|said| said.get(&name).or_else(|| said.get(key)));
                walk(it, said, small, &format!("{path}.{key}"), differing)
            })
            .sum(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(n, it)| {
                let said = said.and_then(|said| said.get(n));
                walk(it, said, small, path, differing)
            })
            .sum(),
        plain => {
            if said.is_some_and(|it| text(it) == text(plain)) {
                return 1;
            }
            differing.insert(path.trim_start_matches('.').to_owned());
            0
        }
    }
}

/// A template may say a number as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_values_are_compared_and_others_left_out() {
        let asked = json!({
            "Cpu": "256", "Memory": { "Ref": "Memory" },
            "Containers": [{ "Name": "app", "Ports": [{ "ContainerPort": 80 }], "Stop": 30 }],
        });
        let said = json!({
            "cpu": 256, "containers": [{ "name": "app", "ports": [{ "containerPort": 81 }] }],
        });
        let (same, differing) = compare(&asked, &said, true);
        assert_eq!(same, 2);
        let expected = ["Containers.Ports.ContainerPort", "Containers.Stop"];
        assert_eq!(differing, BTreeSet::from(expected.map(str::to_owned)));
    }

    #[test]
    fn a_service_is_asked_for_in_its_cluster() {
        let arn = "arn:aws:ecs:eu-west-1:111122223333:service/Shop/Api";
        let (words, ..) = asked(SERVICE, arn).unwrap();
        assert_eq!(words[3..], ["Shop", "--services", arn]);
        assert!(asked("AWS::EC2::VPC", "vpc-1").is_none());
    }
}
