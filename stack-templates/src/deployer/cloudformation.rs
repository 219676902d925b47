//! What CloudFormation may do with roles: make those of the stacks, and hand them to services.

use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_core::sub;

use super::Deployer;

/// The services that take on roles of the patterns.
const TAKE_ROLES: [&str; 8] = [
    "chatbot.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
    "lambda.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "scheduler.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
];

impl Deployer {
    pub(super) fn roles(&self) -> Vec<Statement> {
        let named = |make: fn(&str) -> Value<String>| -> Vec<Value<String>> {
            self.prefixes.iter().map(|it| make(it)).collect()
        };
        let roles = named(|it| {
            sub!(
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${prefix}*",
                prefix = it
            )
        });
        let profiles = named(|it| {
            sub!(
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:instance-profile/${prefix}*",
                prefix = it
            )
        });
        let make = Statement::allow()
            .sid("Make")
            .actions([
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ])
            .resources(roles.clone());
        let make = match &self.boundary {
            Some(it) => make.condition("StringEquals", "iam:PermissionsBoundary", it.clone()),
            None => make,
        };
        let keep = Statement::allow()
            .sid("Keep")
            .actions([
                "iam:DeleteRole",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
                "iam:ListRoleTags",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ])
            .resources(roles.clone());
        let give = Statement::allow()
            .sid("Give")
            .actions(["iam:PassRole"])
            .resources(roles.clone())
            .condition(
                "StringEquals",
                "iam:PassedToService",
                Expr::from(TAKE_ROLES.map(Expr::from)),
            );
        let profile = Statement::allow()
            .sid("Profiles")
            .actions([
                "iam:AddRoleToInstanceProfile",
                "iam:CreateInstanceProfile",
                "iam:DeleteInstanceProfile",
                "iam:GetInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
            ])
            .resources(profiles.into_iter().chain(roles).collect::<Vec<_>>());
        // A service's own role, made when the service is first used.
        let linked = Statement::allow()
            .sid("ServiceRoles")
            .actions(["iam:CreateServiceLinkedRole"])
            .resources([sub!(
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role/*"
            )]);
        vec![make, keep, give, profile, linked]
    }
}
