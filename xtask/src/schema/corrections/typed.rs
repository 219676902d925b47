//! Properties whose meaning the facts do not say, or say wrongly.

use serde_json::Value;

use super::find;
use crate::schema::facts::Service;

/// The property, its kind or unit, and why.
pub(super) const TYPED: &[(&str, &str, &str)] = &[
    (
        "AWS::ElasticLoadBalancingV2::ListenerRule Priority",
        "RulePriority",
        "1 to 50000",
    ),
    (
        "AWS::ECS::Service Cluster",
        "ClusterName",
        "takes the name or the ARN",
    ),
    (
        "AWS::ECS::Service TaskDefinition",
        "TaskDefinitionArn",
        "takes family, revision or ARN; in an app it is the ARN",
    ),
    (
        "AWS::ElasticLoadBalancingV2::Listener Certificate.CertificateArn",
        "CertificateArn",
        "the facts name IAM server certificates too, which Certificate Manager has replaced",
    ),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer LoadBalancerAttribute.Value",
        "String",
        "holds a bucket's name for one key only",
    ),
    (
        "AWS::ApplicationAutoScaling::ScalableTarget ResourceId",
        "String",
        "is a path such as `service/cluster/service`, never an ARN alone",
    ),
    (
        "AWS::EC2::Route GatewayId",
        "InternetGatewayId",
        "an internet gateway in nearly every use",
    ),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations Cluster",
        "ClusterName",
        "the facts have it as any text",
    ),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations CapacityProviders",
        "CapacityProviderName",
        "the facts know `FARGATE` and `FARGATE_SPOT` only",
    ),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations CapacityProviderStrategy.CapacityProvider",
        "CapacityProviderName",
        "the facts know `FARGATE` and `FARGATE_SPOT` only",
    ),
];

/// Says what the property holds.
pub(super) fn set(services: &mut [Service], place: &str, face: &str) -> Result<(), String> {
    let (shape, property) = find(services, place)?;
    let fact = shape
        .get_mut("props")
        .and_then(|it| it.get_mut(property))
        .and_then(Value::as_object_mut)
        .ok_or_else(|| format!("`{place}`: there is no such property"))?;
    match fact.insert("face".into(), Value::from(face)) {
        None => Ok(()),
        Some(_) => Err(format!("`{place}` is corrected twice")),
    }
}
