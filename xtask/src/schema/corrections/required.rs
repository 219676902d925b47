//! Properties that AWS calls optional and a resource cannot do without.

use serde_json::Value;

use super::find;
use crate::schema::facts::{Service, texts};

/// The property, and why there is no resource without it.
pub(super) const RAISED: &[(&str, &str)] = &[
    (
        "AWS::ECS::Service TaskDefinition",
        "the rolling and CodeDeploy controllers need one; only an external controller does without, and that is `.raw`",
    ),
    (
        "AWS::ECS::TaskDefinition ContainerDefinitions",
        "a task without a container is refused by Amazon ECS",
    ),
    (
        "AWS::ECS::Service AwsVpcConfiguration.Subnets",
        "a task with its own network interface has a subnet",
    ),
    (
        "AWS::EC2::SecurityGroup VpcId",
        "without it the group lands in the default VPC, where nothing of ours is",
    ),
];

/// Marks the property as required in the typed face.
pub(super) fn raise(services: &mut [Service], place: &str) -> Result<(), String> {
    let (shape, property) = find(services, place)?;
    if texts(shape, "req").any(|it| it == property) {
        return Err(format!("`{place}` is required by the facts"));
    }
    let list = shape
        .entry("faceReq")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = list {
        items.push(Value::from(property));
    }
    Ok(())
}
