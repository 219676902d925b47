//! How long the schema check takes for an app of 501 stacks and 5,050 resources: one shared stack
//! and 500 branch stacks of ten resources. Run with `cargo bench -p stack-core --bench validate`.

use std::time::{Duration, Instant};

use stack_core::{Expr, Object, Template, schema};

/// What every branch has: a service behind a load balancer that others share.
const BRANCH: &str = r#"{"Resources": {
"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {
  "LogGroupName": "/shop/branch", "RetentionInDays": 14, "Tags": [{"Key": "branch", "Value": "feature-1"}]}},
"TaskRole": {"Type": "AWS::IAM::Role", "Properties": {
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]},
  "Description": "What the branch may do", "MaxSessionDuration": 3600, "Tags": [{"Key": "branch", "Value": "feature-1"}]}},
"ExecutionRole": {"Type": "AWS::IAM::Role", "Properties": {
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]},
  "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
  "Policies": [{"PolicyName": "logs", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}]}},
"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
  "Family": "shop-branch", "Cpu": "256", "Memory": "512", "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"],
  "ExecutionRoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]}, "TaskRoleArn": {"Fn::GetAtt": ["TaskRole", "Arn"]},
  "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
  "ContainerDefinitions": [{"Name": "web", "Image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop:feature-1", "Essential": true,
    "PortMappings": [{"ContainerPort": 8080, "Protocol": "tcp"}],
    "Environment": [{"Name": "BRANCH", "Value": "feature-1"}, {"Name": "LEVEL", "Value": "debug"}],
    "HealthCheck": {"Command": ["CMD-SHELL", "curl -f http://localhost:8080/healthz"], "Interval": 30, "Retries": 3, "Timeout": 5},
    "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": {"Ref": "Logs"}, "awslogs-region": {"Ref": "AWS::Region"}, "awslogs-stream-prefix": "web"}}}],
  "Tags": [{"Key": "branch", "Value": "feature-1"}]}},
"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
  "GroupDescription": "Tasks of the branch", "VpcId": {"Ref": "Vpc"},
  "SecurityGroupEgress": [{"CidrIp": "0.0.0.0/0", "IpProtocol": "-1", "Description": "anywhere"}], "Tags": [{"Key": "Name", "Value": "branch"}]}},
"FromBalancer": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
  "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, "SourceSecurityGroupId": {"Ref": "BalancerGroup"}, "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "Description": "from the load balancer"}},
"Targets": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {
  "VpcId": {"Ref": "Vpc"}, "Port": 8080, "Protocol": "HTTP", "TargetType": "ip", "HealthCheckPath": "/healthz", "HealthCheckIntervalSeconds": 15,
  "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 3, "Matcher": {"HttpCode": "200-299"},
  "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}], "Tags": [{"Key": "branch", "Value": "feature-1"}]}},
"Rule": {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": {
  "ListenerArn": {"Ref": "Listener"}, "Priority": 100, "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
  "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["feature-1.preview.example.com"]}}]}},
"Service": {"Type": "AWS::ECS::Service", "Properties": {
  "Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 1, "LaunchType": "FARGATE", "PlatformVersion": "LATEST", "PropagateTags": "SERVICE",
  "DeploymentConfiguration": {"MinimumHealthyPercent": 100, "MaximumPercent": 200, "DeploymentCircuitBreaker": {"Enable": true, "Rollback": true}},
  "HealthCheckGracePeriodSeconds": 60, "EnableExecuteCommand": true,
  "LoadBalancers": [{"ContainerName": "web", "ContainerPort": 8080, "TargetGroupArn": {"Ref": "Targets"}}],
  "NetworkConfiguration": {"AwsvpcConfiguration": {"AssignPublicIp": "DISABLED", "SecurityGroups": [{"Fn::GetAtt": ["Group", "GroupId"]}], "Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]}},
  "Tags": [{"Key": "branch", "Value": "feature-1"}]}},
"Name": {"Type": "AWS::Route53::RecordSet", "Properties": {
  "Name": "feature-1.preview.example.com", "Type": "A", "HostedZoneId": {"Ref": "Zone"},
  "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Balancer", "DNSName"]}, "HostedZoneId": {"Fn::GetAtt": ["Balancer", "CanonicalHostedZoneID"]}, "EvaluateTargetHealth": false}}}
}}"#;

/// What all branches share, five times: fifty resources.
const SHARED: &str = r#"{"Resources": {
"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.40.0.0/16", "EnableDnsHostnames": true, "EnableDnsSupport": true}},
"SubnetA": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.40.0.0/20", "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}}},
"SubnetB": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.40.16.0/20", "AvailabilityZone": {"Fn::Select": [1, {"Fn::GetAZs": ""}]}}},
"Gateway": {"Type": "AWS::EC2::InternetGateway", "Properties": {}},
"Route": {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": {"Ref": "Gateway"}}},
"Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
"Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {"ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]}},
"Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Scheme": "internet-facing", "Type": "application", "Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]}},
"Listener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": {"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 443, "Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "Certificates": [{"CertificateArn": {"Ref": "Certificate"}}], "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}]}},
"Certificate": {"Type": "AWS::CertificateManager::Certificate", "Properties": {"DomainName": "*.preview.example.com", "ValidationMethod": "DNS"}}
}}"#;

/// Type and properties of every resource of a template.
fn resources(template: &str) -> Vec<(String, Object)> {
    let json: serde_json::Value = serde_json::from_str(template).unwrap_or_default();
    let Expr::Object(root) = Expr::from(json) else {
        return Vec::new();
    };
    let resources = root.get("Resources").and_then(Expr::as_object).cloned();
    let each = |(_, resource): (_, Expr)| {
        let resource = resource.as_object()?;
        let kind = resource.get("Type")?.as_str()?.to_owned();
        Some((kind, resource.get("Properties")?.as_object()?.clone()))
    };
    resources.into_iter().flatten().filter_map(each).collect()
}

fn check(resources: &[(String, Object)]) -> (Duration, usize) {
    let mut findings = 0;
    let started = Instant::now();
    for (kind, properties) in resources {
        schema::validate(kind, properties, &mut |it| {
            findings += 1;
            if findings <= 5 {
                println!("{kind} {}: {}", it.place, it.message);
            }
        });
    }
    (started.elapsed(), findings)
}

fn main() {
    let mut all: Vec<(String, Object)> = Vec::new();
    for _ in 0..5 {
        all.extend(resources(SHARED));
    }
    let branch = resources(BRANCH);
    // Each branch has its own copy, as in an app.
    for _ in 0..500 {
        all.extend(branch.iter().cloned());
    }
    let (cold, findings) = check(&all);
    let warm = (0..20).map(|_| check(&all).0).min().unwrap_or_default();
    println!("{} resources, {findings} findings", all.len());
    println!("first time, decoding the facts and compiling the patterns: {cold:?}");
    println!("again: {warm:?}, {:?} a resource", warm / all.len() as u32);

    let mut worst = ("", Duration::ZERO);
    let started = Instant::now();
    let mut count = 0;
    for name in schema::resource_types() {
        let began = Instant::now();
        schema::validate(name, &Object::new(), &mut |_| ());
        if began.elapsed() > worst.1 {
            worst = (name, began.elapsed());
        }
        count += 1;
    }
    let took = started.elapsed();
    println!(
        "decoding all {count} types: {took:?}; slowest {} {:?}",
        worst.0, worst.1
    );
    let parsed = Template::parse(BRANCH).is_ok();
    println!("reads as a template: {parsed}");
}
