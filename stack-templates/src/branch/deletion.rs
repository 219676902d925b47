//! What CloudFormation may do to delete an environment, and nothing else.

use stack_core::aws::iam;
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::prelude::*;
use stack_core::sub;

use super::base::{SYSTEM_CONDITION, SharedBase};

/// The role that CloudFormation takes on to delete environments of a base: their services, target
/// groups, rules, log groups and records. What can be named is named by the prefix; whatever has tags
/// must carry that of the system.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html>
pub(super) fn role(base: SharedBase) -> iam::Role {
    let prefix = base.naming.prefix();
    let cluster = base.capacity.cluster.cluster;
    let zone = base.parts.zone.id.clone();
    let ours = |it: Statement| it.condition("StringEquals", SYSTEM_CONDITION, prefix);
    let services: Value<String> = sub!(
        "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${cluster}/${prefix}-*",
        cluster = cluster.reference(),
        prefix = prefix
    );
    let stop = ours(
        Statement::allow()
            .actions(["ecs:DeleteService", "ecs:UpdateService"])
            .resources([services.clone()]),
    );
    let watch = Statement::allow()
        .actions(["ecs:DescribeServices"])
        .resources([services]);
    let behind = ours(
        Statement::allow()
            .actions([
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:DeleteTargetGroup",
            ])
            .resources([
                sub!("arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:listener-rule/app/*"),
                sub!("arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:targetgroup/*"),
            ]),
    );
    let logs = ours(
        Statement::allow()
            .actions(["logs:DeleteLogGroup"])
            .resources([sub!(
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/${prefix}/*",
                prefix = prefix
            )]),
    );
    let zone: Value<String> = sub!(
        "arn:${AWS::Partition}:route53:::hostedzone/${zone}",
        zone = zone
    );
    // The wildcard is the base's: in policies `*` is written `\052`, its code in octal.
    // https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html
    let wildcard = format!("\\052.{}", base.parts.zone.domain);
    let records = Statement::allow()
        .actions(["route53:ChangeResourceRecordSets"])
        .resources([zone.clone()])
        .condition(
            "ForAllValues:StringEquals",
            "route53:ChangeResourceRecordSetsActions",
            "DELETE",
        )
        .condition(
            "ForAllValues:StringEquals",
            "route53:ChangeResourceRecordSetsRecordTypes",
            "A",
        )
        .condition(
            "ForAllValues:StringNotEquals",
            "route53:ChangeResourceRecordSetsNormalizedRecordNames",
            wildcard,
        );
    let look = Statement::allow()
        .actions(["route53:GetHostedZone", "route53:ListResourceRecordSets"])
        .resources([zone]);
    let changes = Statement::allow()
        .actions(["route53:GetChange"])
        .resources([sub!("arn:${AWS::Partition}:route53:::change/*")]);
    // These have no narrower resource. A revision that is deregistered runs on where it runs.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    let anything = Statement::allow()
        .actions([
            "ecs:DeregisterTaskDefinition",
            "ecs:DescribeTaskDefinition",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroups",
            "logs:DescribeLogGroups",
        ])
        .resources(["*"]);
    iam::Role::new()
        .assume_role_policy_document(PolicyDocument::new([Statement::allow()
            .principal(Principal::service("cloudformation.amazonaws.com"))
            .actions(["sts:AssumeRole"])
            .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
        .policies([iam::role::Policy::new()
            .policy_name("DeleteEnvironments")
            .policy_document(PolicyDocument::new([
                stop, watch, behind, logs, records, look, changes, anything,
            ]))])
}
