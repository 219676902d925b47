//! Which kind of identifier a reference, an attribute or a property is.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Fact, Service, fields, text, texts};
use super::names::{pascal, words};

/// The services whose references are typed: what a stack of containers is made of.
pub(crate) const CONTAINERS: &[&str] = &[
    "ApiGateway",
    "ApiGatewayV2",
    "ApplicationAutoScaling",
    "AutoScaling",
    "CertificateManager",
    "CloudFront",
    "CloudWatch",
    "CodeBuild",
    "CodeDeploy",
    "CodePipeline",
    "DynamoDB",
    "EC2",
    "ECR",
    "ECS",
    "EFS",
    "ElastiCache",
    "ElasticLoadBalancing",
    "ElasticLoadBalancingV2",
    "Events",
    "GlobalAccelerator",
    "IAM",
    "KMS",
    "Lambda",
    "Logs",
    "RDS",
    "Route53",
    "S3",
    "SNS",
    "SQS",
    "SSM",
    "Scheduler",
    "SecretsManager",
    "ServiceDiscovery",
    "WAFv2",
];

/// Whether this service, `AWS::ECS`, is one of [`CONTAINERS`].
pub(crate) fn is_container(service: &str) -> bool {
    service
        .strip_prefix("AWS::")
        .is_some_and(|it| CONTAINERS.contains(&it))
}

/// Services whose types have names that mean nothing without the service.
const PREFIXED: &[(&str, &str)] = &[
    ("AWS::ApiGateway", "ApiGateway"),
    ("AWS::ApiGatewayV2", "ApiGatewayV2"),
    ("AWS::ApplicationAutoScaling", "ApplicationAutoScaling"),
    ("AWS::CloudFront", "Cloudfront"),
    ("AWS::CodeBuild", "CodeBuild"),
    ("AWS::CodeDeploy", "CodeDeploy"),
    ("AWS::ElastiCache", "Elasticache"),
    ("AWS::ElasticLoadBalancing", "Classic"),
    ("AWS::GlobalAccelerator", "Accelerator"),
    ("AWS::KMS", "Kms"),
    ("AWS::SSM", "Ssm"),
    ("AWS::ServiceDiscovery", "ServiceDiscovery"),
    ("AWS::WAFv2", "Wafv2"),
];

/// What a type's identifiers are named after, where it is not the type's own name.
const BASES: &[(&str, &str)] = &[
    ("AWS::KMS::ReplicaKey", "KmsKey"),
    ("AWS::IAM::Group", "IamGroup"),
    ("AWS::IAM::User", "IamUser"),
    ("AWS::IAM::Policy", "InlinePolicy"),
    ("AWS::AutoScaling::ScalingPolicy", "AutoScalingPolicy"),
    (
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "ApplicationScalingPolicy",
    ),
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "ScalableTarget",
    ),
    ("AWS::CloudWatch::CompositeAlarm", "Alarm"),
    ("AWS::CloudWatch::LogAlarm", "Alarm"),
    ("AWS::CertificateManager::Account", "AcmAccount"),
    ("AWS::Events::Rule", "EventRule"),
    ("AWS::Events::Archive", "EventArchive"),
    ("AWS::Events::Connection", "EventConnection"),
    ("AWS::Events::Endpoint", "EventEndpoint"),
    ("AWS::GlobalAccelerator::Accelerator", "Accelerator"),
    ("AWS::DynamoDB::GlobalTable", "Table"),
    ("AWS::S3::AccessPoint", "S3AccessPoint"),
    ("AWS::RDS::Integration", "RdsIntegration"),
    ("AWS::RDS::DBProxyTargetGroup", "DbProxyTargetGroup"),
    ("AWS::RDS::EventSubscription", "RdsEventSubscription"),
    ("AWS::RDS::GlobalCluster", "DbGlobalCluster"),
    ("AWS::Logs::ResourcePolicy", "LogResourcePolicy"),
    ("AWS::Logs::Destination", "LogDestination"),
    ("AWS::Logs::Delivery", "LogDelivery"),
    ("AWS::Logs::Integration", "LogIntegration"),
    ("AWS::Lambda::Alias", "FunctionAlias"),
    ("AWS::Lambda::Version", "FunctionVersion"),
    ("AWS::Lambda::Url", "FunctionUrl"),
    ("AWS::Lambda::Permission", "FunctionPermission"),
    ("AWS::Lambda::CapacityProvider", "FunctionCapacityProvider"),
    (
        "AWS::SecretsManager::ResourcePolicy",
        "SecretResourcePolicy",
    ),
    // cfn-lint's name for the service.
    ("AWS::ACM::Certificate", "Certificate"),
    // No resource types, but identifiers all the same.
    ("AWS::Route53::AliasTarget", "HostedZone"),
    ("AWS::EC2::Image", "Image"),
];

/// References and attributes whose kind their names do not say: type, attribute (`Ref` for the
/// reference), kind; an empty kind means plain text.
const EXACT: &[(&str, &str, &str)] = &[
    ("AWS::EC2::EIP", "Ref", "PublicIp"),
    ("AWS::EC2::EIP", "PublicIp", "PublicIp"),
    ("AWS::EC2::EIP", "AllocationId", "AllocationId"),
    ("AWS::EC2::VPC", "DefaultSecurityGroup", "SecurityGroupId"),
    ("AWS::EC2::VPC", "DefaultNetworkAcl", "NetworkAclId"),
    ("AWS::EC2::SecurityGroup", "GroupId", "SecurityGroupId"),
    (
        "AWS::EC2::PlacementGroup",
        "GroupName",
        "PlacementGroupName",
    ),
    ("AWS::EC2::PlacementGroup", "GroupId", "PlacementGroupId"),
    ("AWS::EC2::NatGateway", "EniId", "NetworkInterfaceId"),
    ("AWS::EC2::TransitGateway", "Ref", "TransitGatewayId"),
    // `Ref` of a secret is its ARN, although the facts call it `Id`; the same for what holds one.
    ("AWS::SecretsManager::Secret", "Ref", "SecretArn"),
    ("AWS::SecretsManager::Secret", "Id", "SecretArn"),
    (
        "AWS::SecretsManager::SecretTargetAttachment",
        "Ref",
        "SecretArn",
    ),
    (
        "AWS::SecretsManager::SecretTargetAttachment",
        "Id",
        "SecretArn",
    ),
    ("AWS::SecretsManager::ResourcePolicy", "Ref", "SecretArn"),
    ("AWS::SecretsManager::RotationSchedule", "Ref", "SecretArn"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "CanonicalHostedZoneID",
        "HostedZoneId",
    ),
    (
        "AWS::ElasticLoadBalancing::LoadBalancer",
        "CanonicalHostedZoneNameID",
        "HostedZoneId",
    ),
    ("AWS::ApiGateway::DomainName", "Ref", "ApiGatewayDomainName"),
    (
        "AWS::ApiGateway::DomainName",
        "RegionalHostedZoneId",
        "HostedZoneId",
    ),
    (
        "AWS::ApiGateway::DomainName",
        "DistributionHostedZoneId",
        "HostedZoneId",
    ),
    ("AWS::ApiGateway::DomainName", "RegionalDomainName", ""),
    ("AWS::ApiGateway::DomainName", "DistributionDomainName", ""),
    (
        "AWS::ApiGatewayV2::DomainName",
        "Ref",
        "ApiGatewayV2DomainName",
    ),
    (
        "AWS::ApiGatewayV2::DomainName",
        "RegionalHostedZoneId",
        "HostedZoneId",
    ),
    ("AWS::CloudFront::Distribution", "DomainName", ""),
    ("AWS::IAM::ServiceLinkedRole", "Ref", "RoleName"),
    ("AWS::IAM::VirtualMFADevice", "Ref", "VirtualMfaDeviceArn"),
    (
        "AWS::Logs::LogAnomalyDetector",
        "Ref",
        "LogAnomalyDetectorArn",
    ),
    ("AWS::Route53::RecordSet", "Ref", ""),
    ("AWS::AutoScaling::WarmPool", "Ref", "AutoScalingGroupName"),
    (
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "Ref",
        "ClusterName",
    ),
    ("AWS::Events::EventBus", "Name", "EventBusName"),
    ("AWS::SQS::Queue", "Ref", "QueueUrl"),
    ("AWS::ECR::Repository", "RepositoryUri", ""),
    ("AWS::S3::BucketPolicy", "Ref", "BucketName"),
    (
        "AWS::RDS::DBInstance",
        "Endpoint.HostedZoneId",
        "HostedZoneId",
    ),
    ("AWS::SNS::Topic", "TopicName", "TopicName"),
    ("AWS::Lambda::Version", "Ref", "FunctionVersionArn"),
    ("AWS::Lambda::Version", "FunctionArn", "FunctionVersionArn"),
    ("AWS::Lambda::Alias", "Ref", "FunctionAliasArn"),
    ("AWS::Lambda::Alias", "AliasArn", "FunctionAliasArn"),
    ("AWS::Lambda::Url", "Ref", "FunctionArn"),
    ("AWS::Lambda::Url", "FunctionArn", "FunctionArn"),
    ("AWS::Lambda::Url", "FunctionUrl", ""),
    ("AWS::KMS::Alias", "Ref", "KmsAliasName"),
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "Ref",
        "ScalableTargetId",
    ),
    (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "Id",
        "ScalableTargetId",
    ),
    ("AWS::EC2::Route", "Ref", ""),
    ("AWS::EC2::Route", "CidrBlock", ""),
];

/// Attributes that mean the same wherever they are.
const EVERYWHERE: &[(&str, &str)] = &[
    ("VpcId", "VpcId"),
    ("SubnetId", "SubnetId"),
    ("HostedZoneId", "HostedZoneId"),
    ("SecretArn", "SecretArn"),
    ("MasterUserSecret.SecretArn", "SecretArn"),
    ("Endpoint.HostedZoneId", "HostedZoneId"),
];

/// Kinds that no resource type of the facts stands for.
const EXTRA: &[(&str, &str)] = &[
    ("ImageId", "The id of a machine image (AMI)."),
    ("SecurityGroupName", "The name of a security group."),
    (
        "AvailabilityZoneName",
        "The name of an Availability Zone, such as `eu-west-1a`.",
    ),
];

/// CloudFormation's own parameter types.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
const PARAMETER_TYPES: &[(&str, &str)] = &[
    ("AvailabilityZoneName", "AWS::EC2::AvailabilityZone::Name"),
    ("ImageId", "AWS::EC2::Image::Id"),
    ("InstanceId", "AWS::EC2::Instance::Id"),
    ("KeyPairName", "AWS::EC2::KeyPair::KeyName"),
    ("SecurityGroupName", "AWS::EC2::SecurityGroup::GroupName"),
    ("SecurityGroupId", "AWS::EC2::SecurityGroup::Id"),
    ("SubnetId", "AWS::EC2::Subnet::Id"),
    ("VolumeId", "AWS::EC2::Volume::Id"),
    ("VpcId", "AWS::EC2::VPC::Id"),
    ("HostedZoneId", "AWS::Route53::HostedZone::Id"),
];

/// `Value<From>` also fits where `To` is wanted, because AWS takes either there.
const ALSO: &[(&str, &str, &str)] = &[
    (
        "ClusterArn",
        "ClusterName",
        "Amazon ECS takes a cluster's name or ARN.",
    ),
    (
        "KmsKeyArn",
        "KmsKeyId",
        "Where a key is named by id, its ARN is accepted.",
    ),
    (
        "KmsAliasName",
        "KmsKeyId",
        "Where a key is named by id, an alias is accepted.",
    ),
    (
        "FunctionArn",
        "FunctionName",
        "Lambda takes a function's name or ARN.",
    ),
    (
        "FunctionAliasArn",
        "FunctionArn",
        "An alias is invoked like its function.",
    ),
    (
        "FunctionVersionArn",
        "FunctionArn",
        "A version is invoked like its function.",
    ),
    (
        "FunctionAliasArn",
        "FunctionName",
        "Lambda takes an alias's ARN as a function's name.",
    ),
    (
        "ServiceArn",
        "ServiceName",
        "Amazon ECS takes a service's name or ARN.",
    ),
];

/// What identifies what.
#[derive(Default)]
pub(crate) struct Kinds {
    /// (type, attribute or `Ref`) to kind.
    sources: BTreeMap<(String, String), String>,
    /// kind to what its documentation says.
    declared: BTreeMap<String, String>,
}

/// The part of an attribute's name that says how it identifies.
fn suffix(attribute: &str) -> Option<&'static str> {
    let last = words(attribute.rsplit('.').next().unwrap_or(attribute)).pop()?;
    Some(match last.as_str() {
        "id" => "Id",
        "arn" => "Arn",
        "name" => "Name",
        "url" => "Url",
        "identifier" => "Identifier",
        _ => return None,
    })
}

fn base(full: &str) -> String {
    if let Some((_, base)) = BASES.iter().find(|it| it.0 == full) {
        return (*base).to_owned();
    }
    let (service, name) = full.rsplit_once("::").unwrap_or(("", full));
    let prefix = PREFIXED
        .iter()
        .find(|it| it.0 == service)
        .map_or("", |it| it.1);
    format!("{prefix}{}", pascal(name))
}

fn exact(full: &str, attribute: &str) -> Option<&'static str> {
    EXACT
        .iter()
        .find(|it| it.0 == full && it.1 == attribute)
        .map(|it| it.2)
}

/// What `Ref` returns: the property or attribute, when it is one.
pub(crate) fn reference(facts: &Fact) -> Option<&str> {
    let key = if facts.contains_key("ref") {
        "ref"
    } else {
        "id"
    };
    let mut parts = texts(facts, key);
    match (parts.next(), parts.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

/// The attributes of a type, in CloudFormation's dotted form, with the type word of each.
pub(crate) fn attributes(facts: &Fact) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in texts(facts, "ro").filter(|it| !it.contains('*')) {
        if let Some(kind) = type_at(facts, path) {
            found.insert(path.replace('/', "."), kind);
        }
    }
    if let Some(extra) = facts.get("attrs").and_then(|it| it.as_object()) {
        for (name, kind) in extra {
            found.insert(name.clone(), kind.as_str().unwrap_or("s").to_owned());
        }
    }
    found
}

/// The type word at a path of properties.
fn type_at(facts: &Fact, path: &str) -> Option<String> {
    let mut here = facts;
    let mut word = String::new();
    for part in path.split('/') {
        let property = super::facts::field(here, "props", part)?;
        word = text(property, "t")?.to_owned();
        while let Some(name) = word.strip_prefix(':') {
            let next = super::facts::field(facts, "defs", name)?;
            match text(next, "t") {
                Some(alias) => word = alias.to_owned(),
                None => {
                    here = next;
                    break;
                }
            }
        }
    }
    Some(word)
}

impl Kinds {
    /// Names the kinds of every container type. Fails when two types would share one by accident.
    pub(crate) fn of(services: &[Service]) -> Result<Kinds, String> {
        let mut kinds = Kinds::default();
        let mut owners: BTreeMap<String, String> = BTreeMap::new();
        for (name, doc) in EXTRA {
            kinds.declared.insert((*name).into(), (*doc).into());
        }
        for service in services.iter().filter(|it| is_container(&it.name)) {
            for (name, facts) in &service.types {
                let full = format!("{}::{name}", service.name);
                let own: BTreeSet<&str> = texts(facts, "id").collect();
                let mut add = |kinds: &mut Kinds,
                               attribute: &str,
                               is_ref: bool|
                 -> Result<(), String> {
                    let label = if is_ref { "Ref" } else { attribute };
                    let kind = match exact(&full, label) {
                        Some(kind) => kind.to_owned(),
                        None => {
                            let Some(suffix) = suffix(attribute) else {
                                return Ok(());
                            };
                            let it = format!("{}{suffix}", base(&full));
                            let owner = owners
                                .entry(it.clone())
                                .or_insert_with(|| base_owner(&full));
                            if *owner != base_owner(&full) {
                                return Err(format!(
                                    "`{it}` would be an identifier of both `{owner}` and `{full}`; name one of them in kinds.rs"
                                ));
                            }
                            it
                        }
                    };
                    if !kind.is_empty() {
                        let doc = document(&kind, &full);
                        kinds.declared.entry(kind.clone()).or_insert(doc);
                    }
                    kinds.sources.insert((full.clone(), label.to_owned()), kind);
                    Ok(())
                };
                if let Some(attribute) = reference(facts) {
                    add(&mut kinds, attribute, true)?;
                    add(&mut kinds, attribute, false)?;
                } else if exact(&full, "Ref").is_some() {
                    add(&mut kinds, "Ref", true)?;
                }
                for attribute in attributes(facts).keys() {
                    let plain = pascal(attribute);
                    let identity = ["Id", "Arn"].contains(&plain.as_str())
                        || own.contains(attribute.as_str())
                        || plain == format!("{}Id", pascal(name))
                        || plain == format!("{}Arn", pascal(name))
                        || plain == format!("{}Name", pascal(name));
                    if exact(&full, attribute).is_some() || identity {
                        add(&mut kinds, attribute, false)?;
                    } else if let Some((_, kind)) = EVERYWHERE.iter().find(|it| it.0 == attribute) {
                        kinds
                            .sources
                            .insert((full.clone(), attribute.clone()), (*kind).into());
                    }
                }
                // Names that are properties, not attributes, such as a role's.
                for (property, _) in fields(facts, "props") {
                    if own.contains(property.as_str()) && own.len() == 1 {
                        add(&mut kinds, property, false)?;
                    }
                }
            }
        }
        for (from, to, _) in ALSO {
            for kind in [from, to] {
                let doc = format!("{} of Amazon ECS or Lambda.", kind);
                kinds.declared.entry((*kind).into()).or_insert(doc);
            }
        }
        Ok(kinds)
    }

    /// The kind of what `Ref` returns, or of an attribute.
    pub(crate) fn source(&self, full: &str, attribute: &str) -> Option<&str> {
        let it = self.sources.get(&(full.to_owned(), attribute.to_owned()))?;
        Some(it.as_str()).filter(|it| !it.is_empty())
    }

    /// The kind that a format or a relationship such as `AWS::EC2::VPC.VpcId` means.
    pub(crate) fn target(&self, relation: &str) -> Option<&str> {
        let (full, attribute) = relation.split_once('.')?;
        let key = (full.to_owned(), attribute.to_owned());
        if let Some(kind) = self.sources.get(&key) {
            return Some(kind.as_str()).filter(|it| !it.is_empty());
        }
        let kind = format!("{}{}", base(full), suffix(attribute)?);
        self.declared.get_key_value(&kind).map(|it| it.0.as_str())
    }

    /// Whether there is a kind of this name.
    pub(crate) fn contains(&self, kind: &str) -> bool {
        self.declared.contains_key(kind)
    }

    /// `stack-core/src/aws/kinds.rs`.
    pub(crate) fn render(&self) -> String {
        let mut out = String::from(
            "//! Kinds of identifiers: what `Ref` and attributes return and properties take.\n\
             //!\n\
             //! Generated by `cargo xtask schema generate`; do not edit.\n\n\
             use crate::value::{IntoValue, Value, kinds};\n\nkinds! {\n",
        );
        for (kind, doc) in &self.declared {
            let parameter = PARAMETER_TYPES.iter().find(|it| it.0 == kind);
            let parameter = parameter.map_or(String::new(), |it| format!(" = \"{}\"", it.1));
            out.push_str(&format!("    /// {doc}\n    {kind}{parameter};\n"));
        }
        out.push_str("}\n");
        for (from, to, why) in ALSO {
            out.push_str(&format!(
                "\n/// {why}\nimpl IntoValue<{to}> for Value<{from}> {{\n    fn into_value(self) -> Value<{to}> {{\n        Value::from_expr(self.into_expr())\n    }}\n}}\n"
            ));
        }
        out
    }
}

/// Types that share a base on purpose share their identifiers.
fn base_owner(full: &str) -> String {
    if BASES.iter().any(|it| it.0 == full) {
        base(full)
    } else {
        let shared = BASES.iter().any(|it| it.1 == base(full));
        if shared { base(full) } else { full.to_owned() }
    }
}

fn document(kind: &str, full: &str) -> String {
    let what = match words(kind).pop().as_deref() {
        Some("arn") => "The ARN",
        Some("name") => "The name",
        Some("url") => "The URL",
        Some("ip") => "The address",
        _ => "The id",
    };
    format!("{what} of an `{full}`.")
}
