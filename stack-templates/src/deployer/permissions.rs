//! What the pipeline's role may do.
//!
//! Which condition and which resource an action knows:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html>

use stack_core::aws::iam;
use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_core::sub;

use super::Deployer;

/// On a stack, without changing anything.
const READ: [&str; 16] = [
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeChangeSetHooks",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:GetStackPolicy",
    "cloudformation:GetTemplate",
    "cloudformation:GetTemplateSummary",
    "cloudformation:ListChangeSets",
    "cloudformation:ListHookResults",
    "cloudformation:ListStackResources",
];

/// On a stack, where a role cannot be asked for: change sets and updates keep the role that they were
/// begun with.
const CHANGE: [&str; 6] = [
    "cloudformation:CancelUpdateStack",
    "cloudformation:DeleteChangeSet",
    "cloudformation:ExecuteChangeSet",
    "cloudformation:TagResource",
    "cloudformation:UntagResource",
    "cloudformation:UpdateTerminationProtection",
];

/// What has no narrower resource, and changes nothing: what a diagnosis reads.
const LOOK: [&str; 15] = [
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:ListExports",
    "cloudformation:ListImports",
    "cloudformation:ListStacks",
    "ecs:DescribeClusters",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListServiceDeployments",
    "ecs:ListServices",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
];

impl Deployer {
    pub(super) fn statements(&self, cloudformation: Ref<iam::Role>) -> Vec<Statement> {
        let stacks: Vec<Value<String>> = self.prefixes.iter().map(|it| stack(it)).collect();
        let on_stacks = |sid: &str, actions: &[&'static str]| {
            Statement::allow()
                .sid(sid)
                .actions(actions.to_vec())
                .resources(stacks.clone())
        };
        let in_role = |it: Statement| {
            it.condition(
                "StringEquals",
                "cloudformation:RoleArn",
                cloudformation.arn(),
            )
        };
        let prepare = in_role(on_stacks("Prepare", &["cloudformation:CreateChangeSet"])).condition(
            "StringLikeIfExists",
            "cloudformation:TemplateUrl",
            Expr::from(self.addresses().map(Value::into_expr)),
        );
        let repair = in_role(on_stacks(
            "Repair",
            &[
                "cloudformation:ContinueUpdateRollback",
                "cloudformation:RollbackStack",
            ],
        ));
        let pass = Statement::allow()
            .sid("GiveRole")
            .actions(["iam:PassRole"])
            .resources([cloudformation.arn()])
            .condition(
                "StringEquals",
                "iam:PassedToService",
                "cloudformation.amazonaws.com",
            );
        let mut all = vec![
            prepare,
            on_stacks("Change", &CHANGE),
            repair,
            on_stacks("Read", &READ),
        ];
        if self.deletes {
            all.push(in_role(on_stacks(
                "Delete",
                &["cloudformation:DeleteStack"],
            )));
        }
        all.push(pass);
        all.extend(self.on_bucket());
        all.push(
            Statement::allow()
                .sid("Look")
                .actions(LOOK)
                .resources(["*"]),
        );
        all.extend(self.on_services());
        all.extend(self.on_images());
        all
    }

    /// Where templates may be. `us-east-1` is left out of addresses by older programs.
    fn addresses(&self) -> [Value<String>; 3] {
        let bucket = || self.templates.clone();
        [
            sub!(
                "https://s3.${AWS::Region}.${AWS::URLSuffix}/${bucket}/*",
                bucket = bucket()
            ),
            sub!(
                "https://${bucket}.s3.${AWS::Region}.${AWS::URLSuffix}/*",
                bucket = bucket()
            ),
            sub!(
                "https://s3.${AWS::URLSuffix}/${bucket}/*",
                bucket = bucket()
            ),
        ]
    }

    /// Only in a bucket of the own account: one that somebody else took the name of gets nothing.
    fn on_bucket(&self) -> [Statement; 2] {
        let bucket = self.templates.clone();
        let own = |it: Statement| {
            it.condition("StringEquals", "s3:ResourceAccount", pseudo::account_id())
        };
        let objects = Statement::allow()
            .sid("Templates")
            .actions(["s3:GetObject", "s3:PutObject"])
            .resources([sub!(
                "arn:${AWS::Partition}:s3:::${bucket}/*",
                bucket = bucket.clone()
            )]);
        // Who may not list is told `forbidden` of what is not there.
        let list = Statement::allow()
            .sid("ListTemplates")
            .actions(["s3:GetBucketLocation", "s3:ListBucket"])
            .resources([sub!(
                "arn:${AWS::Partition}:s3:::${bucket}",
                bucket = bucket
            )]);
        [own(objects), own(list)]
    }

    fn on_services(&self) -> Option<Statement> {
        let (tag, values) = self.rolls_out.as_ref()?;
        let services: [Value<String>; 2] = [
            sub!("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/*"),
            sub!("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service-deployment/*"),
        ];
        let values: Vec<Expr> = values.iter().map(|it| Expr::from(it.clone())).collect();
        Some(
            Statement::allow()
                .sid("RollOut")
                .actions(["ecs:StopServiceDeployment", "ecs:UpdateService"])
                .resources(services)
                .condition(
                    "StringEquals",
                    format!("aws:ResourceTag/{tag}"),
                    Expr::from(values),
                )
                // A shell in a task is no deployment.
                .condition(
                    "StringNotEqualsIfExists",
                    "ecs:enable-execute-command",
                    "true",
                ),
        )
    }

    fn on_images(&self) -> Vec<Statement> {
        if self.promotes.is_empty() {
            return Vec::new();
        }
        let repositories: Vec<Value<String>> = self
            .promotes
            .iter()
            .map(|it| {
                sub!(
                    "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${name}",
                    name = it.clone()
                )
            })
            .collect();
        vec![
            Statement::allow()
                .sid("Promote")
                .actions([
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:DescribeImages",
                    "ecr:DescribeRepositories",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:ListImages",
                    "ecr:PutImage",
                ])
                .resources(repositories),
            Statement::allow()
                .sid("Registry")
                .actions(["ecr:GetAuthorizationToken"])
                .resources(["*"]),
        ]
    }
}

fn stack(prefix: &str) -> Value<String> {
    sub!(
        "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${prefix}*/*",
        prefix = prefix
    )
}
