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
