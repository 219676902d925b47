//! What an IAM role of the template may do.

use std::borrow::Cow;
use std::cell::OnceCell;

use stack_core::wildcard;

use super::arns::Named;
use crate::model::{Piece, Resource, Value, View};

/// Policies of AWS whose actions are known here: the end of the ARN, and what it allows of the
/// actions that rules ask for.
const MANAGED: [(&str, &[&str]); 12] = [
    ("/AdministratorAccess", &["*"]),
    ("/PowerUserAccess", &["*"]),
    ("/AmazonECS_FullAccess", &["ecs:*"]),
    (
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        &[
            "ec2:DescribeTags",
            "ecs:CreateCluster",
            "ecs:DeregisterContainerInstance",
            "ecs:DiscoverPollEndpoint",
            "ecs:ListTagsForResource",
            "ecs:Poll",
            "ecs:RegisterContainerInstance",
            "ecs:StartTelemetrySession",
            "ecs:Submit*",
            "ecs:TagResource",
            "ecs:UpdateContainerInstancesState",
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "service-role/AmazonECSTaskExecutionRolePolicy",
        &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "/AmazonSSMManagedInstanceCore",
        &["ssm:*", "ssmmessages:*", "ec2messages:*"],
    ),
    (
        "service-role/AmazonEC2RoleforSSM",
        &["ssm:*", "ssmmessages:*", "ec2messages:*"],
    ),
    ("/AWSXRayDaemonWriteAccess", &["xray:*"]),
    (
        "service-role/AWSLambdaBasicExecutionRole",
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "service-role/AWSLambdaVPCAccessExecutionRole",
        &[
            "ec2:*",
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    ("/CloudWatchAgentServerPolicy", &["cloudwatch:*", "logs:*"]),
    ("/AmazonS3ReadOnlyAccess", &["s3:*"]),
];

/// Whether a role may do this; `None` when a policy of it is not known.
pub(super) fn allows(role: Resource<'_, '_>, action: &str) -> Option<bool> {
    Permissions::of(role).allow(action, None)
}

/// What the policies of a role allow, read once.
#[derive(Debug)]
pub(super) struct Permissions<'e, 'a> {
    statements: Vec<Statement<'e, 'a>>,
    /// The actions of policies of AWS.
    managed: Vec<&'static [&'static str]>,
    /// Whether there is nothing else that it may do.
    is_all: bool,
}

/// What one statement allows.
#[derive(Debug)]
struct Statement<'e, 'a> {
    actions: Vec<Cow<'a, str>>,
    /// Not set when it has `NotResource`.
    resource: View<'e, 'a>,
    /// What it names, once that is asked for.
    named: OnceCell<Vec<Named<'e, 'a>>>,
}

impl<'e, 'a> Permissions<'e, 'a> {
    pub(super) fn of(role: Resource<'e, 'a>) -> Permissions<'e, 'a> {
        let managed = role.get("ManagedPolicyArns");
        let inline = role.get("Policies");
        let mut read = Permissions {
            statements: Vec::new(),
            managed: Vec::new(),
            // Items that are not known are noted one by one; a macro can add a policy.
            is_all: managed.is_known() && inline.has_known_items() && !role.stack().has_transform(),
        };
        for arn in managed.items() {
            match arn.target_of("AWS::IAM::ManagedPolicy") {
                Some(policy) => read.document(&policy.get("PolicyDocument")),
                None => match managed_policy(&arn) {
                    Some(actions) => read.managed.push(actions),
                    None => read.is_all = false,
                },
            }
        }
        for policy in inline.items() {
            read.document(&policy.get("PolicyDocument"));
        }
        for kind in [
            "AWS::IAM::Policy",
            "AWS::IAM::ManagedPolicy",
            "AWS::IAM::RolePolicy",
        ] {
            for policy in role.stack().of(kind) {
                let roles = policy.get("Roles");
                read.is_all &= roles.has_known_items();
                let is_role = |it: &View<'_, '_>| match it.value().text() {
                    Some(it) => Some(it) == role.get("RoleName").text(),
                    None => it.target().is_some_and(|it| it.handle() == role.handle()),
                };
                if roles.items().iter().any(is_role) || is_role(&policy.get("RoleName")) {
                    read.document(&policy.get("PolicyDocument"));
                }
            }
        }
        read
    }

    fn document(&mut self, document: &View<'e, 'a>) {
        let statements = document.get("Statement");
        // A document can also be given as text.
        if statements.is_absent() || !statements.has_known_items() {
            self.is_all = false;
            return;
        }
        for statement in statements.items() {
            if statement.get("Effect").text() != Some("Allow") {
                continue;
            }
            if statement.get("NotAction").is_set() {
                self.is_all = false;
                return;
            }
            let actions = statement.get("Action");
            self.is_all &= actions.has_known_items();
            let texts = actions.items().into_iter().filter_map(View::into_text);
            self.statements.push(Statement {
                actions: texts.collect(),
                resource: statement.get("Resource"),
                named: OnceCell::new(),
            });
        }
    }

    /// Whether the role may do this with one resource, as `about` tells of what a policy names, or
    /// with any; `None` when a policy of it is not known.
    pub(super) fn allow(
        &self,
        action: &str,
        about: Option<&dyn Fn(&Named<'_, '_>) -> bool>,
    ) -> Option<bool> {
        let managed = self.managed.iter().copied().flatten();
        let mut managed = managed.copied();
        let allowed = managed.any(|it| matches(it, action))
            || self.statements.iter().any(|it| {
                it.actions.iter().any(|it| matches(it, action))
                    && about.is_none_or(|about| it.is_about(about))
            });
        (allowed || self.is_all).then_some(allowed)
    }
}

impl<'e, 'a> Statement<'e, 'a> {
    /// Whether it may be about a resource, as this tells of one thing it names.
    fn is_about(&self, about: &dyn Fn(&Named<'_, '_>) -> bool) -> bool {
        let resource = &self.resource;
        match resource.value() {
            Value::Absent => true,
            Value::Text(it) if it == "*" => true,
            value => {
                let named = self.named.get_or_init(|| match value {
                    Value::List(_) | Value::Items(_) => {
                        resource.items().into_iter().map(Named::new).collect()
                    }
                    _ => vec![Named::new(resource.clone())],
                });
                named.iter().any(about)
            }
        }
    }
}

/// What a policy of AWS allows, when that is known.
fn managed_policy(arn: &View<'_, '_>) -> Option<&'static [&'static str]> {
    // `arn:${AWS::Partition}:iam::aws:policy/…`: the end tells which it is.
    let Piece::Text(text) = arn.pieces().pop()? else {
        return None;
    };
    let known = MANAGED.iter().find(|(end, _)| text.ends_with(end));
    known.map(|it| it.1)
}

/// Whether a pattern of actions has this one: `*` is any text and `?` any letter, in any case.
pub(super) fn matches(pattern: &str, action: &str) -> bool {
    let same = |pattern: u8, byte: u8| pattern == b'?' || pattern.eq_ignore_ascii_case(&byte);
    wildcard(pattern, action, same)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_have_the_actions_that_iam_gives_them() {
        for (pattern, has) in [
            ("*", true),
            ("ecs:*", true),
            ("ECS:poll", true),
            ("ecs:P*l", true),
            ("ecs:Po??", true),
            ("*:*", true),
            ("ecs:Pol", false),
            ("ecs:Poll*x", false),
            ("s3:*", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, "ecs:Poll"), has, "{pattern}");
        }
    }
}
