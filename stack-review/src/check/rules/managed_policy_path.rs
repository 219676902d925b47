//! A managed policy of AWS that is not where the ARN says.

use stack_core::{Expr, Severity};

use crate::check::{Report, Rule};
use crate::model::{Piece, Stack, Value};

pub(super) const RULE: Rule = Rule {
    code: "managed-policy-path",
    severity: Severity::Error,
    page: include_str!("managed_policy_path.md"),
    run,
};

/// Policies for services, which stand below `service-role/`.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
const SERVICE: [&str; 31] = [
    "AWSBackupServiceRolePolicyForBackup",
    "AWSBatchServiceRole",
    "AWSCodeDeployRole",
    "AWSCodeDeployRoleForLambda",
    "AWSElasticBeanstalkService",
    "AWSGlueServiceRole",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaENIManagementAccess",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaMSKExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWS_ConfigRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonEBSCSIDriverPolicy",
    "AmazonEC2ContainerServiceAutoscaleRole",
    "AmazonEC2ContainerServiceEventsRole",
    "AmazonEC2ContainerServiceRole",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonEC2RoleforAWSCodeDeploy",
    "AmazonEC2RoleforSSM",
    "AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity",
    "AmazonECSInfrastructureRolePolicyForVolumes",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEFSCSIDriverPolicy",
    "AmazonRDSEnhancedMonitoringRole",
    "AmazonSSMAutomationRole",
    "AmazonSSMMaintenanceWindowRole",
    "AutoScalingNotificationAccessRole",
];

/// Policies that stand at the top.
const TOP: [&str; 20] = [
    "AWSCodeDeployRoleForECS",
    "AWSLambda_FullAccess",
    "AWSXRayDaemonWriteAccess",
    "AdministratorAccess",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    "AmazonECSInfrastructureRolePolicyForManagedInstances",
    "AmazonECSInfrastructureRolePolicyForVpcLattice",
    "AmazonECS_FullAccess",
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchAgentServerPolicy",
    "CloudWatchLogsFullAccess",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for kind in ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"] {
        for identity in stack.of(kind) {
            let arns = identity.get("ManagedPolicyArns");
            // Most are where they should be, as their ends show.
            let is_name = |it: &str| !it.contains('$') && is_right(it);
            let right = |it: &Expr| end(it).and_then(path).is_some_and(is_name);
            if matches!(arns.value(), Value::List(items) if items.iter().all(right)) {
                continue;
            }
            for arn in arns.items() {
                let Some(Piece::Text(text)) = arn.pieces().pop() else {
                    continue;
                };
                let Some(path) = path(&text).filter(|it| !is_right(it)) else {
                    continue;
                };
                if !text.contains(":iam::aws:policy/") {
                    continue;
                }
                let right = match path.rsplit_once('/') {
                    Some((_, name)) => name.to_owned(),
                    None => format!("service-role/{path}"),
                };
                report.at(
                    &arn,
                    format!("AWS has no policy `{path}`"),
                    format!("`policy/{right}`"),
                );
            }
        }
    }
}

/// What an ARN ends with, where that is written.
fn end(arn: &Expr) -> Option<&str> {
    match arn.intrinsic() {
        Some(("Fn::Join", argument)) => argument.as_list()?.get(1)?.as_list()?.last()?.as_str(),
        Some(("Fn::Sub", argument)) => argument.as_str(),
        _ => arn.as_str(),
    }
}

/// What follows the account in the ARN of a policy.
fn path(arn: &str) -> Option<&str> {
    arn.rsplit_once(":policy/").map(|it| it.1)
}

/// Whether AWS may have a policy there.
fn is_right(path: &str) -> bool {
    match path.rsplit_once('/') {
        None => !SERVICE.contains(&path),
        Some(("service-role", name)) => !TOP.contains(&name),
        _ => true,
    }
}
