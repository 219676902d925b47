//! Words that stand in templates over and over: they need no memory of their own.

use std::borrow::Cow;

use crate::value::{Text, ends, same};

/// The text, to keep.
#[inline]
pub(super) fn text(text: Cow<'_, str>) -> Text {
    match known(&text) {
        Some(known) => Cow::Borrowed(known),
        None => Cow::Owned(text.into_owned()),
    }
}

fn known(text: &str) -> Option<&'static str> {
    let mut at = slot(text.as_bytes());
    loop {
        let word = TABLE[at];
        if word.is_empty() {
            return None;
        }
        if same(word, text) {
            return Some(word);
        }
        at = (at + 1) % SLOTS;
    }
}

/// Where the search for a word begins.
const fn slot(word: &[u8]) -> usize {
    let (first, last) = ends(word);
    let mixed = first ^ last.rotate_left(29) ^ word.len() as u64;
    let mixed = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> (u64::BITS - SLOTS.ilog2())) as usize
}

/// Some times as many as there are words, so that few begin in one slot; a power of two.
const SLOTS: usize = 1024;

/// Each word in the first free slot from where its search begins; the others are empty.
static TABLE: [&str; SLOTS] = {
    let mut table = [""; SLOTS];
    let mut next = 0;
    while next < WORDS.len() {
        let mut at = slot(WORDS[next].as_bytes());
        while !table[at].is_empty() {
            at = (at + 1) % SLOTS;
        }
        table[at] = WORDS[next];
        next += 1;
    }
    table
};

macro_rules! words {
    ($($word:literal)*) => {
        const WORDS: &[&str] = &[$($word),*];
    };
}

words! {
    "*" "," "-" "-1" "." "/" "/*" "0" "0.0.0.0/0" "1" "10.0.0.0/16" "2" "2010-09-09" "2012-10-17"
    "256" "3" "30" "4" "5" "512" "80" ":" "AWS" "AWS::AccountId"
    "AWS::AutoScaling::AutoScalingGroup" "AWS::CloudWatch::Alarm" "AWS::EC2::EIP"
    "AWS::EC2::Instance" "AWS::EC2::InternetGateway" "AWS::EC2::NatGateway" "AWS::EC2::Route"
    "AWS::EC2::RouteTable" "AWS::EC2::SecurityGroup" "AWS::EC2::SecurityGroupIngress"
    "AWS::EC2::Subnet" "AWS::EC2::Subnet::Id" "AWS::EC2::SubnetRouteTableAssociation"
    "AWS::EC2::VPC" "AWS::EC2::VPC::Id" "AWS::EC2::VPCEndpoint" "AWS::EC2::VPCGatewayAttachment"
    "AWS::ECS::Cluster" "AWS::ECS::Service" "AWS::ECS::TaskDefinition"
    "AWS::ElasticLoadBalancingV2::Listener" "AWS::ElasticLoadBalancingV2::ListenerRule"
    "AWS::ElasticLoadBalancingV2::LoadBalancer" "AWS::ElasticLoadBalancingV2::TargetGroup"
    "AWS::IAM::InstanceProfile" "AWS::IAM::Policy" "AWS::IAM::Role" "AWS::Lambda::Function"
    "AWS::Logs::LogGroup" "AWS::NoValue" "AWS::Partition" "AWS::Region" "AWS::Route53::RecordSet"
    "AWS::S3::Bucket" "AWS::SSM::Parameter::Value<String>" "AWS::StackName" "AWS::URLSuffix"
    "AWSTemplateFormatVersion" "Action" "AlarmActions" "AlarmDescription" "AllocationId" "Allow"
    "AllowedPattern" "AllowedValues" "Arn" "Assert" "AssertDescription" "Assertions"
    "AssignPublicIp" "AssumeRolePolicyDocument" "AutoScalingGroupName" "AvailabilityZone"
    "AwsvpcConfiguration" "Bucket" "CidrBlock" "CidrIp" "Cluster" "ClusterName" "Code"
    "ComparisonOperator" "Condition" "Conditions" "ConstraintDescription" "ContainerDefinitions"
    "ContainerName" "ContainerPort" "Cpu" "DISABLED" "DNSName" "Default" "DefaultActions" "Delete"
    "DeletionPolicy" "DependsOn" "DeploymentConfiguration" "Description" "DesiredCapacity"
    "DesiredCount" "DestinationCidrBlock" "Dimensions" "Domain" "DomainName" "EC2" "ENABLED"
    "Effect" "EnableDnsHostnames" "EnableDnsSupport" "Enabled" "Environment" "Essential"
    "EvaluationPeriods" "ExecutionRoleArn" "Export" "FARGATE" "Family" "Field" "Fn::Base64"
    "Fn::Contains" "Fn::Equals" "Fn::FindInMap" "Fn::GetAZs" "Fn::GetAtt" "Fn::If"
    "Fn::ImportValue" "Fn::Join" "Fn::Not" "Fn::Select" "Fn::Split" "Fn::Sub" "FromPort"
    "FunctionName" "GatewayId" "GreaterThanOrEqualToThreshold" "GroupDescription" "GroupId" "HTTP"
    "HTTPS" "Handler" "HealthCheck" "HealthCheckIntervalSeconds" "HealthCheckPath"
    "HealthCheckProtocol" "HealthCheckTimeoutSeconds" "HealthyThresholdCount" "HostedZoneId"
    "IamInstanceProfile" "Id" "Image" "ImageId" "InstanceTenancy" "InstanceType" "Interface"
    "InternetGatewayId" "IpProtocol" "Key" "KeyName" "Label" "LaunchTemplate" "LaunchType"
    "ListenerArn" "LoadBalancerArn" "LoadBalancerAttributes" "LoadBalancers" "LogConfiguration"
    "LogDriver" "LogGroupName" "ManagedPolicyArns" "MapPublicIpOnLaunch" "Mappings" "MaxCapacity"
    "MaxLength" "MaxSize" "MaximumPercent" "Memory" "MemorySize" "Metadata" "MetricName"
    "MinCapacity" "MinLength" "MinSize" "MinimumHealthyPercent" "Name" "Namespace" "NatGatewayId"
    "NetworkConfiguration" "NetworkMode" "Number" "Options" "Outputs" "Parameters" "Path" "Period"
    "Policies" "PolicyDocument" "PolicyName" "Port" "PortMappings" "Principal" "Priority"
    "PrivateDnsEnabled" "PropagateAtLaunch" "Properties" "Protocol" "Ref" "RequiresCompatibilities"
    "Resource" "ResourceType" "Resources" "Retain" "RetentionInDays" "Role" "RoleArn" "Roles"
    "RouteTableId" "Rules" "Runtime" "S3Bucket" "S3Key" "Scheme" "SecurityGroupEgress"
    "SecurityGroupIds" "SecurityGroupIngress" "SecurityGroups" "Service" "ServiceName"
    "ServiceToken" "Sid" "SourceSecurityGroupId" "StackName" "Statement" "Statistic" "String"
    "StringEquals" "SubnetId" "SubnetIds" "Subnets" "TCP" "TTL" "TagSpecifications" "Tags"
    "TargetGroupArn" "TargetGroupAttributes" "TargetType" "TaskDefinition" "TaskRoleArn"
    "Threshold" "Timeout" "ToPort" "Type" "UnhealthyThresholdCount" "UpdatePolicy"
    "UpdateReplacePolicy" "UserData" "VPCZoneIdentifier" "Value" "Values" "Version" "VpcConfig"
    "VpcEndpointType" "VpcId" "VpcSecurityGroupIds" "ZipFile" "arn:" "aws-cdk:subnet-name"
    "aws-cdk:subnet-type" "aws:cdk:path" "awslogs" "awslogs-group" "awslogs-region"
    "awslogs-stream-prefix" "awsvpc" "default" "ec2.amazonaws.com" "ecr:GetAuthorizationToken"
    "ecs-tasks.amazonaws.com" "eu-central-1" "eu-west-1" "false" "forward" "iam:PassRole" "id"
    "internet-facing" "ip" "lambda.amazonaws.com" "lambda:InvokeFunction" "logs:CreateLogGroup"
    "logs:CreateLogStream" "logs:PutLogEvents" "path-pattern" "sts:AssumeRole" "t2.micro" "tcp"
    "true" "us-east-1" "us-east-2" "us-west-2"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_what_it_is_whether_it_is_frequent_or_not() {
        let others = ["Types", "type", "", "T", "Propertied", "\u{e4}\u{f6}\u{fc}"];
        for it in WORDS.iter().chain(&others) {
            assert_eq!(text(Cow::Borrowed(it)), *it);
            assert_eq!(text(Cow::Owned((*it).to_owned())), *it);
        }
    }

    #[test]
    fn what_is_frequent_needs_no_memory() {
        for it in WORDS {
            assert!(matches!(text(Cow::Borrowed(it)), Cow::Borrowed(_)), "{it}");
        }
        assert!(matches!(text(Cow::Borrowed("Types")), Cow::Owned(_)));
    }
}
