//! One fault planted into a stack that has none: the rule that knows it says so, at its place.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use stack_core::{Expr, Template};
use stack_review::{Estate, check};

/// A stack that is right: what synth writes for the examples and the patterns.
fn right(name: &str) -> Template {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    Template::parse(&text).unwrap()
}

/// Sets what stands at a place, such as `Api.LoadBalancers[0].ContainerPort` or `Api/DependsOn`;
/// nothing to set takes it away.
fn set(template: Template, place: &str, value: &str) -> Template {
    let mut root = template.into_root();
    let at = place.find(['.', '/']).unwrap();
    let (id, path) = (&place[..at], &place[at..]);
    let resources = root.get_mut("Resources").unwrap();
    let resource = field(resources, id);
    let (mut here, path) = match path.strip_prefix('/') {
        Some(attribute) => (resource, attribute),
        None => (field(resource, "Properties"), &path[1..]),
    };
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, Some(index.trim_end_matches(']'))),
            None => (step, None),
        };
        if steps.peek().is_none() && index.is_none() {
            let Expr::Object(object) = here else {
                panic!("{place}")
            };
            if value.is_empty() {
                object.remove(name).unwrap();
            } else {
                object.set(name.to_owned(), parsed(value));
            }
            break;
        }
        here = field(here, name);
        if let Some(index) = index {
            let Expr::List(items) = here else {
                panic!("{place}")
            };
            here = &mut items[index.parse::<usize>().unwrap()];
        }
    }
    Template::from_object(root)
}

fn field<'a>(expr: &'a mut Expr, name: &str) -> &'a mut Expr {
    match expr {
        Expr::Object(object) => object.get_mut(name).unwrap_or_else(|| panic!("{name}")),
        _ => panic!("{name}"),
    }
}

fn parsed(value: &str) -> Expr {
    let template = Template::parse(&format!("Value: {value}")).unwrap();
    template.root().get("Value").unwrap().clone()
}

/// The stack, the place that is changed, what is put there, and what is said then.
type Case = (&'static str, &'static str, &'static str, &'static str);

/// A rolling deployment on Fargate, with scaling, a secret and a scratch folder.
const FARGATE: &str = "../stack-review/tests/right/fargate";
const LARAVEL: &str = "laravel/LaravelProduction";
const FULLEST: &str = "patterns/fargate-service-fullest";
const EC2: &str = "patterns/ec2-service-fullest";
const CANARY: &str = "patterns/fargate-service-canary";
const PREVIEWS: &str = "branches/PreviewBase";
const PRODUCTION: &str = "fargate/FargateProduction";
const FAILOVER: &str = "patterns/failover-fullest";
const SPOT: &str = "patterns/ec2-capacity-spot";

// One case a line.
#[rustfmt::skip]
const CASES: &[Case] = &[
    (FARGATE, "ApiService.LoadBalancers[0].ContainerName", "web", "unexposed-target-port"),
    (FARGATE, "ApiService.LoadBalancers[0].ContainerPort", "80", "unexposed-target-port"),
    (FARGATE, "ApiService/DependsOn", "", "missing-listener-dependency"),
    (FARGATE, "ApiRule.Actions", "[]", "service-without-listener"),
    (FARGATE, "ApiTargetGroup.TargetType", "instance", "target-type"),
    (FARGATE, "ApiTargetGroup.TargetType", "", "target-type"),
    (FARGATE, "ApiTaskDefinition.ExecutionRoleArn", "", "missing-execution-role"),
    (FARGATE, "ApiTaskDefinition.NetworkMode", "bridge", "fargate-network-mode"),
    (FARGATE, "ApiTaskDefinition.NetworkMode", "", "fargate-network-mode"),
    (FARGATE, "ApiTaskDefinition.Memory", "\"600\"", "fargate-size"),
    (FARGATE, "ApiTaskDefinition.Cpu", "", "fargate-size"),
    (FARGATE, "ApiTaskDefinition.EphemeralStorage", "{ SizeInGiB: 500 }", "ephemeral-storage-range"),
    (FARGATE, "ApiTaskDefinition.PlacementConstraints", "[{ Type: distinctInstance }]", "fargate-unsupported"),
    (FARGATE, "ApiTaskDefinition.Volumes", "[{ Name: scratch-0, Host: { SourcePath: /tmp } }]", "fargate-unsupported"),
    (FARGATE, "ApiTaskDefinition.Volumes", "[]", "undeclared-volume"),
    (FARGATE, "ApiTaskDefinition.RequiresCompatibilities", "[EC2]", "incompatible-launch-type"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Privileged", "true", "fargate-unsupported"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].StopTimeout", "600", "fargate-unsupported"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].LogConfiguration.LogDriver", "journald", "fargate-unsupported"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].LogConfiguration.LogDriver", "awsfirelens", "firelens-router"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].LogConfiguration.Options.awslogs-region", "", "awslogs-options"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].LogConfiguration.Options.awslogs-stream-prefix", "", "awslogs-options"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Essential", "false", "no-essential-container"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].PortMappings[0].HostPort", "80", "host-port-mismatch"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].HealthCheck", "{ Command: [curl, localhost] }", "health-check-command"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].HealthCheck", "{ Command: [CMD, check], Interval: 1 }", "container-health-check"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].DependsOn", "[{ ContainerName: db, Condition: START }]", "container-dependency"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].DependsOn", "[{ ContainerName: app, Condition: START }]", "container-dependency"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Environment[0].Name", "DATABASE_URL", "duplicate-secret"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Environment", "[{ Name: DB_PASSWORD, Value: hunter2 }]", "plain-secret"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Image", "api:latest", "unpinned-image"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].MountPoints", "[]", "unused-volume"),
    (FARGATE, "ApiTaskDefinition.TaskRoleArn", "!GetAtt ApiExecutionRole.Arn", "shared-role"),
    (FARGATE, "ApiService.NetworkConfiguration", "", "network-configuration"),
    (FARGATE, "ApiService.PlacementStrategies", "[{ Type: random }]", "fargate-placement"),
    (FARGATE, "ApiService.SchedulingStrategy", "DAEMON", "daemon-service"),
    (FARGATE, "ApiService.DesiredCount", "2", "scaled-desired-count"),
    (FARGATE, "ApiService.DeploymentConfiguration.MaximumPercent", "100", "rollout-deadlock"),
    (FARGATE, "ApiService.DeploymentConfiguration.MaximumPercent", "100", "zone-rebalancing"),
    (FARGATE, "ApiService.DeploymentConfiguration.DeploymentCircuitBreaker", "", "missing-circuit-breaker"),
    (FARGATE, "ApiService.DeploymentConfiguration.DeploymentCircuitBreaker.Rollback", "false", "circuit-breaker-without-rollback"),
    (FARGATE, "ApiService.DeploymentConfiguration.Strategy", "BLUE_GREEN", "blue-green-deployment"),
    (FARGATE, "ApiService.CapacityProviderStrategy", "[{ CapacityProvider: FARGATE_SPOT }]", "launch-type-with-strategy"),
    (FARGATE, "ApiService.ServiceName", "api", "fixed-service-name"),
    (FARGATE, "ApiService.Role", "ecs", "service-role"),
    (FARGATE, "ApiService.EnableExecuteCommand", "true", "exec-without-permission"),
    (FARGATE, "ApiService.EnableExecuteCommand", "true", "exec-read-only"),
    (FARGATE, "ApiService.LaunchType", "EC2", "platform-version"),
    (FARGATE, "ApiService.LaunchType", "", "no-capacity"),
    (FULLEST, "ApiTaskDefinition.TaskRoleArn", "", "exec-without-task-role"),
    (EC2, "WebService.DesiredCount", "9999", "desired-count-outside-scaling"),
    (EC2, "WebScalableTarget.MinCapacity", "1000", "scaling-range"),
    (FARGATE, "ApiService.ServiceConnectConfiguration", "{ Enabled: true, Services: [{ PortName: http }] }", "service-connect-port"),
    (FARGATE, "ApiService.ServiceConnectConfiguration", "{ Enabled: true }", "service-connect-namespace"),
    (FARGATE, "ApiScalableTarget.ResourceId", "!Sub \"service/${Cluster}/${ApiService}\"", "scalable-target-resource"),
    (FARGATE, "ApiCpuScaling.TargetTrackingScalingPolicyConfiguration", "", "scaling-policy"),
    (FARGATE, "ApiLogGroup.RetentionInDays", "", "log-group-without-retention"),
    (LARAVEL, "PhpService/DependsOn", "[PhpCapacityAssociation]", "listener-race"),
    (LARAVEL, "PhpService/DependsOn", "[PhpListener]", "missing-capacity-dependency"),
    (LARAVEL, "PhpService.CapacityProviderStrategy[0].CapacityProvider", "FARGATE", "capacity-provider-not-in-cluster"),
    (LARAVEL, "PhpService.CapacityProviderStrategy[0].CapacityProvider", "!Ref NginxCapacityProvider", "capacity-provider-not-in-cluster"),
    (LARAVEL, "PhpService.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", "ENABLED", "public-ip-on-instances"),
    (LARAVEL, "PhpService.PlacementStrategies", "[{ Type: binpack, Field: memory }]", "zone-rebalancing"),
    (LARAVEL, "PhpTaskDefinition.Memory", "\"1024\"", "task-smaller-than-containers"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[1].Name", "app", "duplicate-container-name"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[1].Essential", "true", "container-dependency"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[1].PortMappings", "[{ ContainerPort: 9000 }]", "port-taken-twice"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[0].Links", "[config]", "network-mode-unsupported"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[0].MemoryReservation", "4096", "memory-reservation-above-limit"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[0].HealthCheck", "{ Command: [CMD, check], StartPeriod: 300 }", "restart-loop"),
    (LARAVEL, "PhpTaskDefinition.ContainerDefinitions[0].Ulimits", "[{ Name: nofile, SoftLimit: 9, HardLimit: 4 }]", "ulimit-range"),
    (LARAVEL, "PhpTaskDefinition.RuntimePlatform", "{ OperatingSystemFamily: WINDOWS_SERVER_2022_CORE }", "windows-unsupported"),
    (LARAVEL, "QueueService.HealthCheckGracePeriodSeconds", "60", "idle-grace-period"),
    (EC2, "WebService/DependsOn", "", "listener-race"),
    (SPOT, "CapacityInstanceRole.ManagedPolicyArns", "[]", "instance-cannot-register"),
    (SPOT, "CapacityLaunchTemplate.LaunchTemplateData.IamInstanceProfile", "", "instance-cannot-register"),
    (SPOT, "CapacityLaunchTemplate.LaunchTemplateData.UserData", "{ \"Fn::Base64\": \"echo ECS_CLUSTER=x >> /etc/ecs/ecs.config\" }", "spot-without-draining"),
    (LARAVEL, "PhpCapacityLaunchTemplate.LaunchTemplateData.UserData", "", "instance-in-another-cluster"),
    (LARAVEL, "PhpCapacityLaunchTemplate.LaunchTemplateData.UserData", "{ \"Fn::Base64\": { \"Fn::Sub\": \"echo ECS_CLUSTER=${NginxCluster} >> /etc/ecs/ecs.config\" } }", "instance-in-another-cluster"),
    (LARAVEL, "PhpCapacityAutoScalingGroup.NewInstancesProtectedFromScaleIn", "", "managed-termination-protection"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].PortMappings[0].Protocol", "udp", "unexposed-target-port"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Image", "!Sub \"https://${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1\"", "image-reference"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].Image", "!Sub \"${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1\"", "execution-role-permission"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].LogConfiguration.Options.awslogs-group", "/shop/other", "execution-role-permission"),
    (FARGATE, "ApiTaskDefinition.ContainerDefinitions[0].LogConfiguration.Options.awslogs-region", "eu-west", "awslogs-options"),
    (FARGATE, "ApiService.ServiceRegistries", "[{ RegistryArn: a }, { RegistryArn: b }]", "service-registry"),
    (FARGATE, "ApiService.DeploymentController", "{ Type: CODE_DEPLOY }", "blue-green-deployment"),
    (FARGATE, "ApiScalableTarget.ResourceId", "!Sub \"${Cluster}/${ApiService.Name}\"", "scalable-target-resource"),
    (FARGATE, "ApiTargetGroup.HealthCheckPort", "traffic_port", "target-health-check"),
    (FARGATE, "EdgeLoadBalancer.IpAddressType", "dualstack", "address-type"),
    (FARGATE, "ApiName.AliasTarget", "{ DNSName: d1.cloudfront.net, HostedZoneId: Z1 }", "alias-record"),
    (PRODUCTION, "ApiTaskDefinition.ContainerDefinitions[0].Secrets[0].ValueFrom", "!Sub \"arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/shop/api/other\"", "execution-role-permission"),
    (PRODUCTION, "ApiAlternateTargetGroup.TargetType", "instance", "target-type"),
    (PRODUCTION, "ApiService.LoadBalancers[0].AdvancedConfiguration.ProductionListenerRule", "!Ref EdgeListener", "blue-green-deployment"),
    (PRODUCTION, "ApiRule.Actions[0].ForwardConfig.TargetGroups[1].TargetGroupArn", "!Ref ApiTargetGroup", "listener-actions"),
    (CANARY, "ApiHookRole.AssumeRolePolicyDocument.Statement[0].Principal.Service", "ecs-tasks.amazonaws.com", "role-trust"),
    (FAILOVER, "QueuePrimary1.HealthCheckId", "!Ref AAlarm", "record-routing"),
    (LARAVEL, "NginxTaskDefinition.RuntimePlatform", "{ CpuArchitecture: ARM64 }", "other-platform"),
    (LARAVEL, "NginxTaskDefinition.RuntimePlatform", "{ OperatingSystemFamily: WINDOWS_SERVER_2022_CORE }", "other-platform"),
    (LARAVEL, "PhpCapacityAutoScalingGroup.LaunchTemplate", "{ LaunchTemplateId: !Ref NginxCapacityLaunchTemplate, Version: \"1\" }", "instance-in-another-cluster"),
    (LARAVEL, "PhpCapacityInstanceProfile.Roles", "[]", "instance-cannot-register"),
    (LARAVEL, "PhpCapacityAutoScalingGroup.TargetGroupARNs", "[!Ref PhpTargetGroup]", "target-type"),
    (LARAVEL, "PhpTargetGroup.HealthCheckProtocol", "UDP", "target-health-check"),
    (LARAVEL, "PhpTargetGroup.IpAddressType", "ipv6", "target-group-protocol"),
    (PREVIEWS, "PreviewsCapacityAutoScalingGroup.MixedInstancesPolicy.LaunchTemplate.Overrides", "[{ InstanceType: m6g.large }]", "launch-template"),
    (PREVIEWS, "PreviewsCapacityLaunchTemplate.LaunchTemplateData.ImageId", "\"{{resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended}}\"", "launch-template"),
    (PREVIEWS, "PreviewsCapacityLaunchTemplate.LaunchTemplateData.MetadataOptions.HttpEndpoint", "disabled", "instance-cannot-register"),
    (PREVIEWS, "PreviewsCapacityAutoScalingGroup.HealthCheckType", "ELB", "classic-balancer"),
    (PREVIEWS, "PreviewsCapacityAutoScalingGroup.LoadBalancerNames", "[!Ref PreviewsEdgeLoadBalancer]", "classic-balancer"),
    (PREVIEWS, "PreviewsCapacityProvider.AutoScalingGroupProvider.ManagedScaling.MinimumScalingStepSize", "9", "capacity-provider"),
    (PREVIEWS, "PreviewsCertificate.DomainValidationOptions[0].DomainName", "www.shop-dev.example", "certificate-validation"),
    (PREVIEWS, "PreviewsEdgeListener.AlpnPolicy", "[HTTP2Preferred]", "listener-protocol"),
];

#[test]
fn a_planted_fault_is_found() {
    let mut missed = Vec::new();
    for (name, place, value, code) in CASES {
        let before = right(name);
        let after = set(right(name), place, value);
        let said = |template: &Template| {
            let found = check(&Estate::of(template));
            found.iter().filter(|it| it.code == *code).count()
        };
        if said(&after) <= said(&before) {
            missed.push(format!("{code}: {name}, {place} = {value}"));
        }
    }
    assert!(missed.is_empty(), "missed:\n{}", missed.join("\n"));
}
