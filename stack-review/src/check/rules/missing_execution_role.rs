//! ECS has no role to fetch an image or a secret or to write logs.

use stack_core::Severity;

use crate::check::containers::{TASK, called, is_on_fargate};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "missing-execution-role",
    severity: Severity::Error,
    page: include_str!("missing_execution_role.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let role = task.get("ExecutionRoleArn");
        if role.is_set() {
            continue;
        }
        let on_fargate = is_on_fargate(task);
        for container in task.get("ContainerDefinitions").items() {
            if let Some(why) = needs(&container, on_fargate) {
                let message = format!(
                    "{} {why}, and `{}` has no execution role",
                    called(&container),
                    task.id()
                );
                report.at(
                    &role,
                    message,
                    "a role that ecs-tasks.amazonaws.com may assume, with what that \
                    takes",
                );
                break;
            }
        }
    }
}

/// What the role is needed for. On instances, theirs does for images and logs.
fn needs(container: &View<'_, '_>, fargate: bool) -> Option<&'static str> {
    let log = container.get("LogConfiguration");
    if !container.get("Secrets").items().is_empty() || !log.get("SecretOptions").items().is_empty()
    {
        return Some("is given secrets");
    }
    if container
        .get("RepositoryCredentials")
        .get("CredentialsParameter")
        .is_set()
    {
        return Some("comes from a private registry");
    }
    if !fargate {
        return None;
    }
    if log.get("LogDriver").text() == Some("awslogs") {
        return Some("logs with `awslogs`");
    }
    let image = container.get("Image");
    let pieces = image.pieces();
    let private = pieces.iter().any(|it| match it {
        crate::model::Piece::Text(text) => text.contains(".dkr.ecr."),
        crate::model::Piece::Value(value) => value
            .handle()
            .is_some_and(|it| it.attribute == Some("RepositoryUri")),
    });
    private.then_some("comes from ECR")
}
