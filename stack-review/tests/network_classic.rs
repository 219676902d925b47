//! Classic Load Balancers, case by case, and ICMP, as AWS's documentation says.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::Template;
use stack_review::Estate;
use stack_review::network::{Answer, Endpoint, Network, Protocol, Question, exposure, intents};

const BASE: &str = "
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Igw: { Type: AWS::EC2::InternetGateway }
  Attach: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw } }
  Open: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: eu-west-1a } }
  Inner: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-west-1a } }
  InnerB: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: eu-west-1b } }
  Outer: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Use: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Open, RouteTableId: !Ref Outer } }
  Default: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Outer, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw } }
  EdgeGroup: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: e, VpcId: !Ref Vpc, SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0 }] } }
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: g, VpcId: !Ref Vpc } }
  Host: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Inner, SecurityGroupIds: [!Ref Group] } }
";
const EDGE: &str = "
  Edge:
    Type: AWS::ElasticLoadBalancing::LoadBalancer
    Properties:
      Subnets: [!Ref Open]
      SecurityGroups: [!Ref EdgeGroup]
      Instances: [!Ref Host]
      Listeners: [{ LoadBalancerPort: '80', InstancePort: '8080', Protocol: HTTP }]
      HealthCheck: { Target: 'HTTP:9000/healthy', HealthyThreshold: '2', Interval: '10', Timeout: '5', UnhealthyThreshold: '2' }";
const ADMITS: &str = "
  Admits: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref Group, IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref EdgeGroup } }";
const CHECKS: &str = "
  Checks: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref Group, IpProtocol: tcp, FromPort: 9000, ToPort: 9000, SourceSecurityGroupId: !Ref EdgeGroup } }";

fn with<T>(more: &[&str], look: impl FnOnce(&Network, &Estate<'_>) -> T) -> T {
    let text = format!("{BASE}{}", more.concat());
    let template = Template::parse(&text).unwrap_or_else(|it| panic!("{}\n{text}", it[0]));
    let estate = Estate::of(&template);
    let network = Network::of(estate.world());
    look(&network, &estate)
}

fn ask(from: &str, to: &str, port: impl Into<Option<u16>>) -> Question {
    Question::new(Endpoint::parse(from), Endpoint::parse(to), port)
}

fn said(more: &[&str], question: &Question) -> String {
    with(more, |network, _| {
        let answer = network.can(question);
        let missing = answer.missing();
        if !missing.is_empty() {
            let mended = network.with(missing).can(question);
            assert!(matches!(mended, Answer::Reachable(_)), "{answer}\n{mended}");
        }
        let codes = missing
            .iter()
            .map(|it| format!("{} {}", it.code, it.resource));
        format!("{} {}", answer.word(), Vec::from_iter(codes).join(", "))
            .trim_end()
            .to_owned()
    })
}

#[test]
fn classic_load_balancers_behave_as_aws_says() {
    let of_name = "
  ByName: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref Group, IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupName: !GetAtt Edge.SourceSecurityGroup.GroupName } }";
    let far = "
  FarHost: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref InnerB, SecurityGroupIds: [!Ref Group] } }
  Edge: { Type: AWS::ElasticLoadBalancing::LoadBalancer, Properties: { Subnets: [!Ref Open], SecurityGroups: [!Ref EdgeGroup], Instances: [!Ref FarHost], Listeners: [{ LoadBalancerPort: '80', InstancePort: '8080', Protocol: TCP }] } }";
    let default = "
  Edge: { Type: AWS::ElasticLoadBalancing::LoadBalancer, Properties: { Subnets: [!Ref Open], Instances: [!Ref Host], Listeners: [{ LoadBalancerPort: '80', InstancePort: '8080', Protocol: TCP }] } }";
    let hidden = "
  Edge: { Type: AWS::ElasticLoadBalancing::LoadBalancer, Properties: { Scheme: internal, Subnets: [!Ref Open], SecurityGroups: [!Ref EdgeGroup], Instances: [!Ref Host], Listeners: [{ LoadBalancerPort: '80', InstancePort: '8080', Protocol: TCP }] } }";
    let old = "
  Edge: { Type: AWS::ElasticLoadBalancing::LoadBalancer, Properties: { AvailabilityZones: !GetAZs '', Instances: [!Ref Host], Listeners: [{ LoadBalancerPort: '80', InstancePort: '8080', Protocol: TCP }] } }";
    let together = "
  Edge: { Type: AWS::ElasticLoadBalancing::LoadBalancer, Properties: { Scheme: internal, Subnets: [!Ref Inner], SecurityGroups: [!Ref EdgeGroup], Instances: [!Ref Host], Listeners: [{ LoadBalancerPort: '80', InstancePort: '8080', Protocol: TCP }] } }
  Acl: { Type: AWS::EC2::NetworkAcl, Properties: { VpcId: !Ref Vpc } }
  Filters: { Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: { SubnetId: !Ref Inner, NetworkAclId: !Ref Acl } }";
    let fleet = "
  Launch: { Type: AWS::EC2::LaunchTemplate, Properties: { LaunchTemplateData: { SecurityGroupIds: [!Ref Group] } } }
  Fleet: { Type: AWS::AutoScaling::AutoScalingGroup, Properties: { VPCZoneIdentifier: [!Ref Inner], LaunchTemplate: { LaunchTemplateId: !Ref Launch, Version: '1' }, LoadBalancerNames: [!Ref Edge] } }";
    let service = "
  Task: { Type: AWS::ECS::TaskDefinition, Properties: { ContainerDefinitions: [{ Name: web, Image: nginx, PortMappings: [{ ContainerPort: 80, HostPort: 8080 }] }] } }
  Capacity: { Type: AWS::ECS::CapacityProvider, Properties: { AutoScalingGroupProvider: { AutoScalingGroupArn: !Ref Fleet } } }
  Web: { Type: AWS::ECS::Service, Properties: { TaskDefinition: !Ref Task, CapacityProviderStrategy: [{ CapacityProvider: !Ref Capacity }], LoadBalancers: [{ ContainerName: web, ContainerPort: 80, LoadBalancerName: !Ref Edge }] } }";
    let cases: Vec<(&str, Vec<&str>, Question, &str)> = vec![
        (
            "the internet reaches its listener",
            vec![EDGE],
            ask("internet", "Edge", 80),
            "reachable",
        ),
        (
            "nothing listens on the port",
            vec![EDGE],
            ask("internet", "Edge", 443),
            "blocked ELB_LISTENERS_MISMATCH Edge, ENI_SG_RULES_MISMATCH EdgeGroup",
        ),
        (
            "an internal one is not for the internet",
            vec![hidden],
            ask("internet", "Edge", 80),
            "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS Edge",
        ),
        (
            "its instances must admit it",
            vec![EDGE],
            ask("Edge", "Host", None),
            "blocked ENI_SG_RULES_MISMATCH Group",
        ),
        (
            "they do, on the instance port",
            vec![EDGE, ADMITS],
            ask("Edge", "Host", None),
            "reachable",
        ),
        (
            "by the name of its group",
            vec![EDGE, of_name],
            ask("Edge", "Host", None),
            "reachable",
        ),
        (
            "the health check has its own port",
            vec![EDGE, ADMITS],
            ask("Edge", "Host", None).health_check(),
            "blocked ENI_SG_RULES_MISMATCH Group",
        ),
        (
            "which is admitted too",
            vec![EDGE, ADMITS, CHECKS],
            ask("Edge", "Host", None).health_check(),
            "reachable",
        ),
        (
            "the internet reaches its instances by it",
            vec![EDGE, ADMITS],
            ask("internet", "Host", 80),
            "reachable",
        ),
        (
            "instances in a zone that it has no subnet in",
            vec![far, ADMITS],
            ask("Edge", "FarHost", None),
            "blocked ELB_INSTALLED_AZ_RESTRICTION Edge",
        ),
        (
            "without groups it has the default one, which admits nobody",
            vec![default],
            ask("internet", "Edge", 80),
            "blocked ENI_SG_RULES_MISMATCH ",
        ),
        (
            "where one without subnets is, is not known",
            vec![old],
            ask("internet", "Edge", 80),
            "unknown",
        ),
        (
            "ELB_ACL_RESTRICTION: network ACLs are asked within its subnet too",
            vec![together, ADMITS],
            ask("Edge", "Host", None),
            "blocked SUBNET_ACL_RESTRICTION Acl",
        ),
        (
            "an Auto Scaling group names it",
            vec![EDGE, fleet],
            ask("Edge", "Fleet", None),
            "blocked ENI_SG_RULES_MISMATCH Group",
        ),
        (
            "a service names it",
            vec![EDGE, ADMITS, fleet, service],
            ask("Edge", "Web", None),
            "reachable",
        ),
    ];
    let mut wrong = Vec::new();
    for (says, more, question, expected) in cases {
        let said = said(&more, &question);
        if said != expected.trim_end() {
            wrong.push(format!("{says}\n  expected {expected}\n  {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_it_wants_is_what_an_application_load_balancer_wants() {
    let wanted: Vec<String> = with(&[EDGE], |network, estate| {
        let all = intents(estate.world(), network);
        let told = all.iter().filter(|it| it.must);
        told.map(|it| format!("{}.{} {}", it.resource, it.property, it.question))
            .collect()
    });
    assert_eq!(
        wanted,
        [
            "Edge.Instances `Edge` -> `Host`",
            "Edge.Instances `Edge` -> `Host` (health check)",
            "Edge.Listeners the internet -> `Edge` tcp/80",
        ]
    );
}

#[test]
fn what_is_open_by_it_is_listed() {
    let open: Vec<String> = with(&[EDGE, ADMITS], |network, _| {
        let all = exposure(network);
        all.iter()
            .map(|it| format!("{} {}", it.to, it.ports.0))
            .collect()
    });
    assert_eq!(open, ["`Edge` 80", "`Host` 80"]);
}

#[test]
fn rules_for_icmp_are_no_rules_for_ports() {
    for (protocol, ports) in [
        ("icmp", "FromPort: 8, ToPort: 0"),
        ("icmp", "FromPort: -1, ToPort: -1"),
        ("icmp", "FromPort: 8, ToPort: -1"),
        ("1", "FromPort: 22, ToPort: 22"),
        ("icmpv6", "FromPort: -1, ToPort: -1"),
    ] {
        let rule = format!("
  R: {{ Type: AWS::EC2::SecurityGroupIngress, Properties: {{ GroupId: !Ref Group, IpProtocol: '{protocol}', {ports}, CidrIp: 0.0.0.0/0 }} }}
  Other: {{ Type: AWS::EC2::Instance, Properties: {{ SubnetId: !Ref InnerB, SecurityGroupIds: [!Ref EdgeGroup] }} }}");
        for spoken in [Protocol::Tcp, Protocol::Udp] {
            for port in [0, 8, 22] {
                let question = ask("Other", "Host", port).protocol(spoken);
                assert_eq!(
                    said(&[&rule], &question),
                    "blocked ENI_SG_RULES_MISMATCH Group"
                );
            }
        }
        let open = with(&[&rule], |network, _| exposure(network));
        assert_eq!(open, []);
    }
}
