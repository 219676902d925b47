//! A role that the service it is given to may not take on.

use stack_core::{Expr, Severity};

use crate::check::paths::values;
use crate::check::policies::statements;
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "role-trust",
    severity: Severity::Error,
    page: include_str!("role_trust.md"),
    run,
};

/// Who takes on the role in a property: the first labels of the service's name.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const USES: [(&str, &str, &str); 28] = [
    ("AWS::ECS::TaskDefinition", "TaskRoleArn", "ecs-tasks"),
    ("AWS::ECS::TaskDefinition", "ExecutionRoleArn", "ecs-tasks"),
    ("AWS::ECS::Service", "Role", "ecs"),
    (
        "AWS::ECS::Service",
        "LoadBalancers.*.AdvancedConfiguration.RoleArn",
        "ecs",
    ),
    (
        "AWS::ECS::Service",
        "DeploymentConfiguration.LifecycleHooks.*.RoleArn",
        "ecs",
    ),
    (
        "AWS::ECS::Service",
        "VolumeConfigurations.*.ManagedEBSVolume.RoleArn",
        "ecs",
    ),
    ("AWS::IAM::InstanceProfile", "Roles.*", "ec2"),
    ("AWS::Lambda::Function", "Role", "lambda"),
    (
        "AWS::EC2::FlowLog",
        "DeliverLogsPermissionArn",
        "vpc-flow-logs",
    ),
    ("AWS::AutoScaling::LifecycleHook", "RoleARN", "autoscaling"),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "LifecycleHookSpecificationList.*.RoleARN",
        "autoscaling",
    ),
    (
        "AWS::RDS::DBInstance",
        "MonitoringRoleArn",
        "monitoring.rds",
    ),
    ("AWS::RDS::DBCluster", "MonitoringRoleArn", "monitoring.rds"),
    ("AWS::CodeBuild::Project", "ServiceRole", "codebuild"),
    ("AWS::CodePipeline::Pipeline", "RoleArn", "codepipeline"),
    (
        "AWS::CodeDeploy::DeploymentGroup",
        "ServiceRoleArn",
        "codedeploy",
    ),
    ("AWS::Events::Rule", "RoleArn", "events"),
    ("AWS::Events::Rule", "Targets.*.RoleArn", "events"),
    ("AWS::Scheduler::Schedule", "Target.RoleArn", "scheduler"),
    ("AWS::StepFunctions::StateMachine", "RoleArn", "states"),
    (
        "AWS::ApiGateway::Account",
        "CloudWatchRoleArn",
        "apigateway",
    ),
    ("AWS::EKS::Cluster", "RoleArn", "eks"),
    ("AWS::Batch::ComputeEnvironment", "ServiceRole", "batch"),
    (
        "AWS::CloudTrail::Trail",
        "CloudWatchLogsRoleArn",
        "cloudtrail",
    ),
    ("AWS::Config::ConfigurationRecorder", "RoleARN", "config"),
    ("AWS::DLM::LifecyclePolicy", "ExecutionRoleArn", "dlm"),
    ("AWS::Logs::SubscriptionFilter", "RoleArn", "logs"),
    ("AWS::SSM::MaintenanceWindowTask", "ServiceRoleArn", "ssm"),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kind, path, service) in USES {
        for user in stack.of(kind) {
            for given in values(user, path) {
                let Some(role) = given.target_of("AWS::IAM::Role") else {
                    continue;
                };
                if role.stack().number() == stack.number() && trusts(role, service) == Some(false) {
                    let message = format!(
                        "`{}` is for `{}`, and {service}.amazonaws.com may not assume it",
                        role.id(),
                        user.id()
                    );
                    let trust = role.get("AssumeRolePolicyDocument");
                    report.at(
                        &trust,
                        message,
                        format!("allow `sts:AssumeRole` to the service {service}.amazonaws.com"),
                    );
                }
            }
        }
    }
}

/// Whether the service may take on the role; `None` when that is not known. That it may can be said
/// where it is not known: only that it may not is a mistake.
fn trusts(role: Resource<'_, '_>, service: &str) -> Option<bool> {
    let document = role.get("AssumeRolePolicyDocument");
    let list = document.get("Statement");
    // Where it is plainly so, what else stands there does not matter.
    if matches!(list.value(), Value::List(items) if items.iter().any(|it| plainly(it, service))) {
        return Some(true);
    }
    if list.is_absent() || !list.has_known_items() || role.stack().has_transform() {
        return None;
    }
    let mut known = true;
    for statement in statements(&document) {
        let effect = statement.get("Effect");
        if effect.text() == Some("Deny") || !assumes(&statement.get("Action")) {
            continue;
        }
        let principal = statement.get("Principal");
        if statement.get("NotPrincipal").is_set() || principal.text().is_some() {
            return None;
        }
        let named = principal.get("Service");
        known &= principal.is_known() && named.has_known_items() && effect.is_known();
        for one in named.items() {
            match is_service(&one, service) {
                Some(true) => return Some(true),
                Some(false) => (),
                None => known = false,
            }
        }
    }
    known.then_some(false)
}

/// Whether a statement lets the service take on the role, without any function.
fn plainly(statement: &Expr, service: &str) -> bool {
    let field = |name: &str| statement.as_object()?.get(name);
    let named = field("Principal").and_then(|it| it.as_object()?.get("Service")?.as_str());
    named.and_then(|it| it.strip_prefix(service)) == Some(".amazonaws.com")
        && field("Action").and_then(Expr::as_str) == Some("sts:AssumeRole")
        && field("Effect").and_then(Expr::as_str) == Some("Allow")
}

/// Whether the actions let somebody take on the role; what is not known does.
fn assumes(actions: &View<'_, '_>) -> bool {
    let items = actions.items();
    !actions.is_known()
        || items.iter().any(|it| {
            it.text().is_none_or(|it| {
                ["sts:assumerole", "sts:*", "*", "sts:assume*"]
                    .contains(&it.to_ascii_lowercase().as_str())
            })
        })
}

/// Whether a principal is the service, in any partition: `ec2.amazonaws.com`, `ec2.amazonaws.com.cn`.
fn is_service(principal: &View<'_, '_>, service: &str) -> Option<bool> {
    let begin = match principal.pieces().into_iter().next()? {
        Piece::Text(it) => it,
        Piece::Value(_) => return None,
    };
    match begin.strip_prefix(service) {
        Some(rest) => {
            let whole = principal.text().is_some() && rest.starts_with(".amazonaws.com");
            let right = !whole || matches!(rest, ".amazonaws.com" | ".amazonaws.com.cn");
            Some(right && (rest.is_empty() || rest.starts_with('.')))
        }
        None if begin.contains('.') => Some(false),
        None => None,
    }
}
