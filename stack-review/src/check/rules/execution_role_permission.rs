//! What starting a task needs, and its execution role may not do.

use std::cell::OnceCell;

use stack_core::Severity;

use crate::check::arns::{Named, Wanted};
use crate::check::containers::{TASK, all_containers, called, is_on_fargate};
use crate::check::permissions::Permissions;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "execution-role-permission",
    severity: Severity::Error,
    page: include_str!("execution_role_permission.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let given = task.get("ExecutionRoleArn");
        let Some(role) = given.target_of("AWS::IAM::Role") else {
            continue;
        };
        let role = &Role {
            role,
            permissions: OnceCell::new(),
        };
        let fargate = is_on_fargate(task);
        for container in all_containers(task).unwrap_or_default() {
            for secret in container.get("Secrets").items() {
                let value = secret.get("ValueFrom");
                if let Some(action) = reads(&value) {
                    want(
                        role,
                        &[action],
                        &value,
                        || format!("{} is given this", called(&container)),
                        report,
                        || Wanted::value(&value),
                    );
                }
            }
            let log = container.get("LogConfiguration");
            for secret in log.get("SecretOptions").items() {
                let value = secret.get("ValueFrom");
                if let Some(action) = reads(&value) {
                    want(
                        role,
                        &[action],
                        &value,
                        || format!("{} logs with this", called(&container)),
                        report,
                        || Wanted::value(&value),
                    );
                }
            }
            let credentials = container
                .get("RepositoryCredentials")
                .get("CredentialsParameter");
            if credentials.is_set() {
                let why = || format!("the image of {} is pulled with this", called(&container));
                want(
                    role,
                    &["secretsmanager:GetSecretValue"],
                    &credentials,
                    why,
                    report,
                    || Wanted::value(&credentials),
                );
            }
            let driver = log.get("LogDriver");
            let group = log.get("Options").get("awslogs-create-group");
            if driver.text() == Some("awslogs") && group.bool() == Some(true) {
                let why = || format!("{} makes its log group", called(&container));
                let actions = ["logs:CreateLogGroup"];
                want(role, &actions, &group, why, report, || None);
            }
            // On instances, the role of the instance can do both.
            if !fargate {
                continue;
            }
            if driver.text() == Some("awslogs") {
                let actions = ["logs:CreateLogStream", "logs:PutLogEvents"];
                want(
                    role,
                    &actions,
                    &driver,
                    || format!("{} logs with `awslogs`", called(&container)),
                    report,
                    || Wanted::log_group(&log.get("Options").get("awslogs-group")),
                );
            }
            let image = container.get("Image");
            if is_private(&image) {
                let actions = [
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ];
                want(
                    role,
                    &actions,
                    &image,
                    || format!("the image of {} is in ECR", called(&container)),
                    report,
                    || Wanted::repository(&image),
                );
            }
        }
    }
}

/// The execution role, and what it may do once that is asked for.
struct Role<'e, 'a> {
    role: Resource<'e, 'a>,
    permissions: OnceCell<Permissions<'e, 'a>>,
}

/// The role must be allowed to do this, for what stands here.
fn want<'e, 'a: 'e>(
    role: &Role<'e, 'a>,
    actions: &[&str],
    at: &View<'e, 'a>,
    why: impl FnOnce() -> String,
    report: &mut Report<'_>,
    of: impl Fn() -> Option<Wanted<'e, 'a>>,
) {
    let permissions = role.permissions.get_or_init(|| Permissions::of(role.role));
    let wanted = OnceCell::new();
    let about = |it: &Named<'_, '_>| {
        let wanted: &Option<Wanted<'e, 'a>> = wanted.get_or_init(&of);
        wanted.as_ref().is_none_or(|wanted| wanted.may_be(it))
    };
    let (mut never, mut elsewhere) = (Vec::new(), Vec::new());
    for action in actions {
        // This one is about no repository.
        let all = *action == "ecr:GetAuthorizationToken";
        if permissions.allow(action, if all { None } else { Some(&about) }) != Some(false) {
            continue;
        }
        match permissions.allow(action, None) {
            Some(false) => never.push(*action),
            _ => elsewhere.push(*action),
        }
    }
    if !never.is_empty() {
        let what = never.join(" and ");
        let message = format!(
            "{}, and the execution role `{}` may not {what}",
            why(),
            role.role.id()
        );
        report.at(at, message, format!("allow it {what}"));
    } else if !elsewhere.is_empty()
        && let Some(Some(wanted)) = wanted.get()
    {
        let message = format!(
            "{}, and the execution role `{}` may {} of others only",
            why(),
            role.role.id(),
            elsewhere.join(" and ")
        );
        let repair = match wanted.resource {
            Some(it) => format!("name `{}` in the `Resource` of its policy", it.id()),
            None => format!(
                "`Resource` of its policy must match {}",
                quoted(&wanted.arn)
            ),
        };
        report.at(at, message, repair);
    }
}

/// The action that reads a secret.
fn reads(value: &View<'_, '_>) -> Option<&'static str> {
    const SECRET: &str = "secretsmanager:GetSecretValue";
    const PARAMETER: &str = "ssm:GetParameters";
    match value.target().map(Resource::kind) {
        Some("AWS::SecretsManager::Secret") => return Some(SECRET),
        Some("AWS::SSM::Parameter") => return Some(PARAMETER),
        _ => (),
    }
    let mut whole = String::new();
    for piece in value.pieces() {
        match piece {
            Piece::Text(it) => whole.push_str(&it),
            Piece::Value(it) => {
                let secret = it.handle().is_some_and(|it| {
                    let stack = value.resource().stack().world().stack(it.stack);
                    stack
                        .resource(it.id)
                        .is_some_and(|it| it.kind() == "AWS::SecretsManager::Secret")
                });
                whole.push_str(if secret { ":secretsmanager:" } else { "?" });
            }
        }
    }
    if whole.contains(":secretsmanager:") {
        Some(SECRET)
    } else if whole.contains(":ssm:") || value.text().is_some_and(|it| !it.starts_with("arn:")) {
        Some(PARAMETER)
    } else {
        None
    }
}

/// Whether an image comes from a private repository of ECR.
fn is_private(image: &View<'_, '_>) -> bool {
    image.pieces().iter().any(|it| match it {
        Piece::Text(it) => it.contains(".dkr.ecr."),
        Piece::Value(it) => it
            .handle()
            .is_some_and(|it| it.attribute == Some("RepositoryUri")),
    })
}
