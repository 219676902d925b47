//! A managed policy of AWS that is not where the ARN says.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Piece, Stack};

pub(super) const RULE: Rule = Rule {
    code: "managed-policy-path",
    severity: Severity::Error,
    page: include_str!("managed_policy_path.md"),
    run,
};

/// Policies for services, which stand below `service-role/`.
const SERVICE: [&str; 24] = [
    "AWSBackupServiceRolePolicyForBackup",
    "AWSBatchServiceRole",
    "AWSCodeDeployRole",
    "AWSElasticBeanstalkService",
    "AWSGlueServiceRole",
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaDynamoDBExecutionRole",
    "AWSLambdaKinesisExecutionRole",
    "AWSLambdaRole",
    "AWSLambdaSQSQueueExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWS_ConfigRole",
    "AmazonAPIGatewayPushToCloudWatchLogs",
    "AmazonEC2ContainerServiceAutoscaleRole",
    "AmazonEC2ContainerServiceEventsRole",
    "AmazonEC2ContainerServiceRole",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonEC2RoleforAWSCodeDeploy",
    "AmazonEC2RoleforSSM",
    "AmazonECSInfrastructureRolePolicyForVolumes",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonEBSCSIDriverPolicy",
    "AmazonRDSEnhancedMonitoringRole",
    "AmazonSSMMaintenanceWindowRole",
];

/// Policies that stand at the top.
const TOP: [&str; 12] = [
    "AdministratorAccess",
    "AmazonEC2ContainerRegistryPowerUser",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    "AmazonECS_FullAccess",
    "AmazonEKSClusterPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "CloudWatchAgentServerPolicy",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for kind in ["AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"] {
        for identity in stack.of(kind) {
            for arn in identity.get("ManagedPolicyArns").items() {
                let Some(Piece::Text(text)) = arn.pieces().pop() else {
                    continue;
                };
                let Some((_, path)) = text.rsplit_once(":policy/") else {
                    continue;
                };
                let ours = text.contains(":iam::aws:policy/");
                if !ours {
                    continue;
                }
                let right = match path.rsplit_once('/') {
                    None if SERVICE.contains(&path) => {
                        format!("service-role/{path}")
                    }
                    Some(("service-role", name)) if TOP.contains(&name) => name.to_owned(),
                    _ => continue,
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
