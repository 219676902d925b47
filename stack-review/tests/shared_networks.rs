//! What is said of a stack does not turn on how many others stand on the same network.

#![allow(missing_docs, clippy::unwrap_used)]

use stack_core::Template;
use stack_review::{Estate, Finding, StackInput, check};

const BASE: &str = "
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Inner: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24 } }
  Outer: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24 } }
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attached:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway }
  Routes: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  OuterRoutes:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { SubnetId: !Ref Outer, RouteTableId: !Ref Routes }
  Out:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Routes, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway }
  Edge:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: edge
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0 }]
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: { Subnets: [!Ref Outer, !Ref Inner], SecurityGroups: [!Ref Edge] }
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 80
      Protocol: HTTP
      DefaultActions: [{ Type: fixed-response, FixedResponseConfig: { StatusCode: '404' } }]
Outputs:
  Vpc: { Value: !Ref Vpc }
  Inner: { Value: !Ref Inner }
  Edge: { Value: !Ref Edge }
  Listener: { Value: !Ref Listener }
";

/// Instances behind the listener of the base, whose group has these rules; and what else there is.
fn above(rules: &str, more: &str) -> String {
    format!(
        "
Parameters:
  Vpc: {{ Type: AWS::EC2::VPC::Id }}
  Inner: {{ Type: AWS::EC2::Subnet::Id }}
  Edge: {{ Type: AWS::EC2::SecurityGroup::Id }}
  Listener: {{ Type: String }}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {{ GroupDescription: web, VpcId: !Ref Vpc, SecurityGroupIngress: {rules} }}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {{ VpcId: !Ref Vpc, Port: 8080, Protocol: HTTP, Targets: [{{ Id: !Ref Web }}] }}
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Listener
      Priority: 1
      Conditions: [{{ Field: path-pattern, Values: [/*] }}]
      Actions: [{{ Type: forward, TargetGroupArn: !Ref Targets }}]
  Web:
    Type: AWS::EC2::Instance
    Properties: {{ ImageId: ami-1, SubnetId: !Ref Inner, SecurityGroupIds: [!Ref Group] }}
{more}"
    )
}

const OPEN: &str =
    "[{ IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref Edge }]";
const OTHER_PORT: &str =
    "[{ IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupId: !Ref Edge }]";
const OWN_SUBNET: &str = "
  Own: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.3.0/24 } }
";

fn judge(stacks: &[(&str, &Template)]) -> Vec<Finding> {
    let inputs = stacks.iter().map(|(name, template)| {
        let wired = ["Vpc", "Inner", "Edge", "Listener"].into_iter();
        let wired = wired.filter(|_| *name != "Base");
        StackInput {
            wires: wired.map(|it| (it, ("Base", it))).collect(),
            ..StackInput::new(name, template)
        }
    });
    check(&Estate::new(inputs))
}

#[test]
fn a_stack_is_judged_alike_however_many_stand_beside_it() {
    let base = Template::parse(BASE).unwrap();
    let kinds = [
        above(OPEN, ""),
        above("[]", ""),
        above(OTHER_PORT, ""),
        above("[]", OWN_SUBNET),
    ];
    let kinds: Vec<Template> = kinds
        .iter()
        .map(|it| Template::parse(it).unwrap())
        .collect();
    // One comes before the base.
    let names = [
        "Alpha", "Branch1", "Branch2", "Branch3", "Branch4", "Branch5", "Branch6", "Branch7",
        "Branch8", "Branch9",
    ];
    let mut all = vec![("Base", &base)];
    all.extend(
        names
            .iter()
            .zip(kinds.iter().cycle())
            .map(|(name, it)| (*name, it)),
    );
    let together = judge(&all);
    let mut blocked = Vec::new();
    for &(name, template) in &all[1..] {
        let of = |it: &&Finding| it.stack == name;
        let here: Vec<&Finding> = together.iter().filter(of).collect();
        let alone = judge(&[("Base", &base), (name, template)]);
        assert_eq!(here, alone.iter().filter(of).collect::<Vec<_>>(), "{name}");
        if here.iter().any(|it| it.code == "blocked-path") {
            blocked.push(name);
        }
    }
    let wanted = [
        "Branch1", "Branch2", "Branch3", "Branch5", "Branch6", "Branch7", "Branch9",
    ];
    assert_eq!(blocked, wanted);
}
