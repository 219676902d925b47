//! What AWS's documentation says of networks, case by case: each names its page, and is a small
//! network with a question and the answer. Codes are those of the Reachability Analyzer where it has
//! one: <https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html>

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::Template;
use stack_review::network::{
    Answer, Endpoint, Family, Network, Protocol, Question, compare, exposure, intents,
};
use stack_review::{Estate, StackInput};

/// Two public subnets and two private ones in two zones, a NAT gateway, two hosts with a group each.
const BASE: &str = "
Parameters:
  Given: { Type: String }
  GivenGroup: { Type: String }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true } }
  Igw: { Type: AWS::EC2::InternetGateway }
  Attach: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw } }
  PublicA: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: eu-west-1a } }
  PublicB: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-west-1b } }
  PrivateA: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: eu-west-1a } }
  PrivateB: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.3.0/24, AvailabilityZone: eu-west-1b } }
  Bare: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.9.0/24, AvailabilityZone: eu-west-1c } }
  Outer: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Inner: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  OuterDefault: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Outer, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw } }
  InnerDefault: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat } }
  UseA: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref PublicA, RouteTableId: !Ref Outer } }
  UseB: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref PublicB, RouteTableId: !Ref Outer } }
  UseC: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref PrivateA, RouteTableId: !Ref Inner } }
  UseD: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref PrivateB, RouteTableId: !Ref Inner } }
  Nat: { Type: AWS::EC2::NatGateway, Properties: { SubnetId: !Ref PublicA } }
  GroupA: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: a, VpcId: !Ref Vpc } }
  GroupB: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: b, VpcId: !Ref Vpc } }
  A: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateA, SecurityGroupIds: [!Ref GroupA] } }
  B: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateB, SecurityGroupIds: [!Ref GroupB] } }
";

const OPEN_B: &str = "
  OpenB: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: -1, CidrIp: 0.0.0.0/0 } }";
const PUBLIC: &str = "
  P:
    Type: AWS::EC2::Instance
    Properties:
      NetworkInterfaces: [{ DeviceIndex: '0', SubnetId: !Ref PublicA, GroupSet: [!Ref GroupB], AssociatePublicIpAddress: true }]";
const ALB: &str = "
  EdgeGroup: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: e, VpcId: !Ref Vpc, SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0 }] } }
  Edge: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Subnets: [!Ref PublicA, !Ref PublicB], SecurityGroups: [!Ref EdgeGroup] } }
  Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Edge, Port: 443, Protocol: HTTPS, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Targets }] } }";
const TASK: &str = "
  Task: { Type: AWS::ECS::TaskDefinition, Properties: { NetworkMode: awsvpc, ContainerDefinitions: [{ Name: web, Image: nginx, PortMappings: [{ ContainerPort: 8080 }] }] } }
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [!Ref PrivateA, !Ref PrivateB], SecurityGroups: [!Ref GroupB] } }
      LoadBalancers: [{ ContainerName: web, ContainerPort: 8080, TargetGroupArn: !Ref Targets }]
  Targets: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 8080, Protocol: HTTP, TargetType: ip, VpcId: !Ref Vpc } }";
const FROM_EDGE: &str = "
  FromEdge: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref EdgeGroup } }";
const ACL: &str = "
  Acl: { Type: AWS::EC2::NetworkAcl, Properties: { VpcId: !Ref Vpc } }
  Filters: { Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: { SubnetId: !Ref PrivateB, NetworkAclId: !Ref Acl } }";
const SIX: &str = "
  Block: { Type: AWS::EC2::VPCCidrBlock, Properties: { VpcId: !Ref Vpc, AmazonProvidedIpv6CidrBlock: true } }
  Six: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.4.0/24, AssignIpv6AddressOnCreation: true, Ipv6CidrBlock: !Select [0, !Cidr [!Select [0, !GetAtt Vpc.Ipv6CidrBlocks], 4, 64]] } }
  SixTable: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  SixUses: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Six, RouteTableId: !Ref SixTable } }
  S: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Six, SecurityGroupIds: [!Ref GroupB] } }";
const PEER: &str = "
  Other: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.1.0.0/16 } }
  OtherSubnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Other, CidrBlock: 10.1.0.0/24 } }
  OtherTable: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Other } }
  OtherUses: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref OtherSubnet, RouteTableId: !Ref OtherTable } }
  OtherGroup: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: o, VpcId: !Ref Other, SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: !Ref GroupA }] } }
  O: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref OtherSubnet, SecurityGroupIds: [!Ref OtherGroup] } }";
const NLB: &str = "
  Net: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref PrivateA, !Ref PrivateB] } }
  NetListener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 5000, Protocol: TCP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Hosts }] } }";

/// One task behind a load balancer by two target groups: UDP, checked at the port of the other, and
/// TCP.
const TWO: &str = "
  NetGroup: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: n, VpcId: !Ref Vpc, SecurityGroupIngress: [{ IpProtocol: -1, CidrIp: 10.0.0.0/16 }] } }
  Net: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref PrivateA, !Ref PrivateB], SecurityGroups: [!Ref NetGroup] } }
  NetUdp: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 53, Protocol: UDP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Names }] } }
  NetTcp: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 9001, Protocol: TCP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Data }] } }
  Names: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 5353, Protocol: UDP, TargetType: ip, VpcId: !Ref Vpc, HealthCheckProtocol: TCP, HealthCheckPort: '9000' } }
  Data: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 9000, Protocol: TCP, TargetType: ip, VpcId: !Ref Vpc } }
  Task: { Type: AWS::ECS::TaskDefinition, Properties: { NetworkMode: awsvpc, ContainerDefinitions: [{ Name: web, Image: nginx, PortMappings: [{ ContainerPort: 5353, Protocol: udp }, { ContainerPort: 9000 }] }] } }
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [!Ref PrivateA, !Ref PrivateB], SecurityGroups: [!Ref GroupB] } }
      LoadBalancers: [{ ContainerName: web, ContainerPort: 5353, TargetGroupArn: !Ref Names }, { ContainerName: web, ContainerPort: 9000, TargetGroupArn: !Ref Data }]
  AdmitUdp: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: udp, FromPort: 5353, ToPort: 5353, CidrIp: 10.0.0.0/16 } }
  AdmitTcp: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 9000, ToPort: 9000, SourceSecurityGroupId: !Ref NetGroup } }";
/// One target group for both protocols, whose task takes UDP alone.
const BOTH: &str = "
  Net: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref PrivateA, !Ref PrivateB] } }
  NetBoth: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 53, Protocol: TCP_UDP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Names }] } }
  Names: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 53, Protocol: TCP_UDP, TargetType: ip, VpcId: !Ref Vpc } }
  Task: { Type: AWS::ECS::TaskDefinition, Properties: { NetworkMode: awsvpc, ContainerDefinitions: [{ Name: web, Image: nginx, PortMappings: [{ ContainerPort: 53, Protocol: udp }] }] } }
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [!Ref PrivateA, !Ref PrivateB], SecurityGroups: [!Ref GroupB] } }
      LoadBalancers: [{ ContainerName: web, ContainerPort: 53, TargetGroupArn: !Ref Names }]
  AdmitUdp: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: udp, FromPort: 53, ToPort: 53, CidrIp: 10.0.0.0/16 } }";

struct Case {
    says: &'static str,
    page: &'static str,
    more: Vec<&'static str>,
    ask: Question,
    expected: &'static str,
}

fn ask(from: &str, to: &str, port: impl Into<Option<u16>>) -> Question {
    Question::new(Endpoint::parse(from), Endpoint::parse(to), port)
}

fn case(
    says: &'static str,
    page: &'static str,
    more: &[&'static str],
    ask: Question,
    expected: &'static str,
) -> Case {
    Case {
        says,
        page,
        more: more.to_vec(),
        ask,
        expected,
    }
}

const CODES: &str = "vpc/latest/reachability/explanation-codes.html";
const GROUPS: &str = "vpc/latest/userguide/security-group-rules.html";
const ACLS: &str = "vpc/latest/userguide/nacl-rules.html";
const PORTS: &str = "vpc/latest/userguide/nacl-ephemeral-ports.html";
const ROUTES: &str = "vpc/latest/userguide/route-tables-priority.html";
const GATEWAYS: &str = "vpc/latest/userguide/VPC_Internet_Gateway.html";
const NATS: &str = "vpc/latest/userguide/vpc-nat-gateway.html";
const PEERINGS: &str = "vpc/latest/peering/vpc-peering-security-groups.html";
const ALBS: &str =
    "elasticloadbalancing/latest/application/load-balancer-update-security-groups.html";
const NLBS: &str = "elasticloadbalancing/latest/network/load-balancer-security-groups.html";
const CLIENTS: &str = "elasticloadbalancing/latest/network/edit-target-group-attributes.html";
const MAPPINGS: &str = "AmazonECS/latest/APIReference/API_PortMapping.html";
const ENDPOINTS: &str = "vpc/latest/privatelink/privatelink-access-aws-services.html";
const GATEWAY_ENDPOINTS: &str = "vpc/latest/privatelink/gateway-endpoints.html";

fn cases() -> Vec<Case> {
    let mut all = vec![
        case("ENI_SG_RULES_MISMATCH: a group without a rule admits nobody", CODES, &[], ask("A", "B", 22), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("a range admits who is in it", GROUPS, &["
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 20, ToPort: 22, CidrIp: 10.0.2.0/24 } }"], ask("A", "B", 22), "reachable"),
        case("a range admits half of a subnet: it works sometimes", GROUPS, &["
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.2.0/25 } }"], ask("A", "B", 22), "sometimes ENI_SG_RULES_MISMATCH GroupB"),
        case("a group admits its members by their private addresses", GROUPS, &["
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: !GetAtt GroupA.GroupId } }"], ask("A", "B", 22), "reachable"),
        case("protocol -1 takes every port in", GROUPS, &[OPEN_B], ask("A", "B", 22).protocol(Protocol::Udp), "reachable"),
        case("a rule for TCP says nothing of UDP", GROUPS, &["
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 0, ToPort: 65535, CidrIp: 0.0.0.0/0 } }"], ask("A", "B", 53).protocol(Protocol::Udp), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("one rule out, also in a resource of its own, leaves the default one", "AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html", &[OPEN_B, "
  E: { Type: AWS::EC2::SecurityGroupEgress, Properties: { GroupId: !Ref GroupA, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.9.0.0/16 } }"], ask("A", "B", 22), "reachable"),
        case("rules out in the group take the default one away", "AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html", &[OPEN_B, "
  Shut: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: s, VpcId: !Ref Vpc, SecurityGroupEgress: [{ IpProtocol: icmp, FromPort: 252, ToPort: 86, CidrIp: 255.255.255.255/32 }] } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateA, SecurityGroupIds: [!Ref Shut] } }"], ask("C", "B", 22), "blocked ENI_SG_RULES_MISMATCH Shut"),
        case("what has no group of its own is in the default one, whose members reach each other", "vpc/latest/userguide/default-security-group.html", &["
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateA } }
  D: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateB } }"], ask("C", "D", 22), "reachable"),
        case("the default group admits no others", "vpc/latest/userguide/default-security-group.html", &["
  D: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateB } }"], ask("A", "D", 22), "blocked ENI_SG_RULES_MISMATCH "),
        case("a prefix list admits its entries", "vpc/latest/userguide/managed-prefix-lists.html", &["
  List: { Type: AWS::EC2::PrefixList, Properties: { PrefixListName: l, AddressFamily: IPv4, MaxEntries: 2, Entries: [{ Cidr: 10.0.2.0/24 }] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, SourcePrefixListId: !Ref List } }"], ask("A", "B", 22), "reachable"),
        case("whom AWS's own prefix list holds is not known", "vpc/latest/userguide/working-with-aws-managed-prefix-lists.html", &[PUBLIC, "
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 443, ToPort: 443, SourcePrefixListId: pl-4fa04526 } }"], ask("internet", "P", 443), "unknown"),
        case("a range that is a parameter is not known", GROUPS, &["
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Given } }"], ask("A", "B", 22), "unknown"),
        case("a parameter does not matter where another rule admits", GROUPS, &[OPEN_B, "
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Given } }"], ask("A", "B", 22), "reachable"),
        case("the VPC's own range holds its subnets", GROUPS, &["
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !GetAtt Vpc.CidrBlock } }"], ask("A", "B", 22), "reachable"),
        case("a group that is made elsewhere may have further rules", GROUPS, &["
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateB, SecurityGroupIds: [!Ref GivenGroup] } }"], ask("A", "C", 22), "unknown"),
        case("SUBNET_ACL_RESTRICTION: a network ACL of its own denies what no entry allows", CODES, &[OPEN_B, ACL], ask("A", "B", 22), "blocked SUBNET_ACL_RESTRICTION Acl, SUBNET_ACL_RESTRICTION Acl"),
        case("the entry with the lowest number decides", ACLS, &[OPEN_B, ACL, "
  E1: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 200, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0 } }
  E2: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, PortRange: { From: 22, To: 22 }, RuleAction: deny, CidrBlock: 10.0.2.0/24 } }
  E3: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Egress: true, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0 } }"], ask("A", "B", 22), "blocked SUBNET_ACL_RESTRICTION Acl"),
        case("network ACLs keep no state: answers need an entry", PORTS, &[OPEN_B, ACL, "
  E1: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0 } }"], ask("A", "B", 22), "blocked SUBNET_ACL_RESTRICTION Acl"),
        case("answers to some of the ports that clients use: it works sometimes", PORTS, &[OPEN_B, ACL, "
  E1: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0 } }
  E2: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Egress: true, Protocol: 6, PortRange: { From: 49152, To: 65535 }, RuleAction: allow, CidrBlock: 0.0.0.0/0 } }"], ask("A", "B", 22), "sometimes SUBNET_ACL_RESTRICTION Acl"),
        case("within a subnet no network ACL is asked", "vpc/latest/userguide/vpc-network-acls.html", &[ACL, OPEN_B, "
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PrivateB, SecurityGroupIds: [!Ref GroupA] } }"], ask("C", "B", 22), "reachable"),
        case("NO_ROUTE_TO_DESTINATION: a subnet without a route out", CODES, &["
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Bare, SecurityGroupIds: [!Ref GroupA] } }"], ask("C", "internet", 443), "blocked NO_ROUTE_TO_DESTINATION "),
        case("a NAT gateway in a public subnet leads out", NATS, &[], ask("A", "internet", 443), "reachable"),
        case("a NAT gateway in a private subnet leads nowhere", NATS, &["
  Nat2: { Type: AWS::EC2::NatGateway, Properties: { SubnetId: !Ref Bare } }
  T: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  TD: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref T, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat2 } }
  Far: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.8.0/24 } }
  U: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Far, RouteTableId: !Ref T } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Far, SecurityGroupIds: [!Ref GroupA] } }"], ask("C", "internet", 443), "blocked NO_ROUTE_TO_DESTINATION "),
        case("a private NAT gateway leads to no internet", NATS, &["
  Nat2: { Type: AWS::EC2::NatGateway, Properties: { SubnetId: !Ref PublicA, ConnectivityType: private } }
  T: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 1.0.0.0/8, NatGatewayId: !Ref Nat2 } }"], ask("A", "1.1.1.0/24", 443), "blocked UNASSOCIATED_COMPONENT "),
        case("IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS: out by an internet gateway needs a public address", CODES, &["
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref PublicA, SecurityGroupIds: [!Ref GroupA] } }"], ask("C", "internet", 443), "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS C"),
        case("IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS: nobody comes in without one", CODES, &[OPEN_B], ask("internet", "B", 22), "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_INGRESS B, NO_ROUTE_TO_DESTINATION Inner"),
        case("a public address, a route and a rule: the internet comes in", GATEWAYS, &[PUBLIC, OPEN_B], ask("internet", "P", 22), "reachable"),
        case("UNASSOCIATED_COMPONENT: a gateway that is not attached", CODES, &["
  Alone: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.5.0.0/16 } }
  Igw2: { Type: AWS::EC2::InternetGateway }
  Sub: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Alone, CidrBlock: 10.5.0.0/24, MapPublicIpOnLaunch: true } }
  T: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Alone } }
  TD: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref T, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw2 } }
  U: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Sub, RouteTableId: !Ref T } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Sub } }"], ask("C", "internet", 443), "blocked UNASSOCIATED_COMPONENT "),
        case("BAD_STATE_ROUTE: a route without a target", CODES, &["
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 1.0.0.0/8 } }"], ask("A", "1.1.1.0/24", 443), "blocked BAD_STATE_ROUTE Inner"),
        case("MORE_SPECIFIC_ROUTE: the longest prefix wins", ROUTES, &["
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 10.0.3.0/24, NatGatewayId: !Ref Nat } }", OPEN_B], ask("A", "B", 22), "blocked MORE_SPECIFIC_ROUTE Inner"),
        case("the local route wins against a wider one", ROUTES, &[OPEN_B], ask("A", "B", 22), "reachable"),
        case("where a transit gateway leads is not seen", "vpc/latest/tgw/how-transit-gateways-work.html", &["
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 192.168.0.0/16, TransitGatewayId: tgw-1 } }"], ask("A", "192.168.1.0/24", 443), "unknown"),
        case("IGW drops private addresses that no VPC has", GATEWAYS, &[], ask("A", "192.168.1.0/24", 443), "blocked"),
        case("NO_PATH: two VPCs that nothing connects", CODES, &[PEER], ask("A", "O", 22), "blocked NO_PATH , NO_ROUTE_TO_DESTINATION Inner, NO_ROUTE_TO_DESTINATION OtherTable"),
        case("a peering connection needs routes on both sides", "vpc/latest/peering/vpc-peering-routing.html", &[PEER, "
  Px: { Type: AWS::EC2::VPCPeeringConnection, Properties: { VpcId: !Ref Vpc, PeerVpcId: !Ref Other } }
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 10.1.0.0/16, VpcPeeringConnectionId: !Ref Px } }"], ask("A", "O", 22), "blocked NO_ROUTE_TO_DESTINATION OtherTable"),
        case("over a peering connection groups know each other", PEERINGS, &[PEER, "
  Px: { Type: AWS::EC2::VPCPeeringConnection, Properties: { VpcId: !Ref Vpc, PeerVpcId: !Ref Other } }
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 10.1.0.0/16, VpcPeeringConnectionId: !Ref Px } }
  R2: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref OtherTable, DestinationCidrBlock: 10.0.0.0/16, VpcPeeringConnectionId: !Ref Px } }"], ask("A", "O", 22), "reachable"),
        case("ELBV2_LISTENERS_MISMATCH: nothing listens on the port", CODES, &[ALB, TASK], ask("internet", "Edge", 80), "blocked ELBV2_LISTENERS_MISMATCH Edge, ENI_SG_RULES_MISMATCH EdgeGroup"),
        case("a public load balancer takes the internet's connections", ALBS, &[ALB, TASK], ask("internet", "Edge", 443), "reachable"),
        case("a load balancer's targets must admit it", ALBS, &[ALB, TASK], ask("Edge", "Web", None), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("targets admit a load balancer by its group", ALBS, &[ALB, TASK, FROM_EDGE], ask("Edge", "Targets", None), "reachable"),
        case("the internet reaches a service by its load balancer", ALBS, &[ALB, TASK, FROM_EDGE], ask("internet", "Web", 443), "reachable"),
        case("the health check has a port of its own", ALBS, &[ALB, TASK_HEALTH, FROM_EDGE], ask("Edge", "Web", None).health_check(), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("from its own VPC a public load balancer is met by public addresses: groups do not count", GROUPS, &["
  EdgeGroup: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: e, VpcId: !Ref Vpc, SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !Ref GroupA }] } }
  Edge: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Subnets: [!Ref PublicA, !Ref PublicB], SecurityGroups: [!Ref EdgeGroup] } }
  Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Edge, Port: 443, Protocol: HTTPS, DefaultActions: [{ Type: fixed-response }] } }"], ask("A", "Edge", 443), "blocked ENI_SG_RULES_MISMATCH EdgeGroup"),
        case("an internet-facing load balancer in subnets without a gateway", GATEWAYS, &["
  Edge: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Subnets: [!Ref PrivateA] } }
  Listener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Edge, Port: 443, Protocol: TCP, DefaultActions: [{ Type: forward, TargetGroupArn: x }] } }"], ask("internet", "Edge", 443), "blocked NO_ROUTE_TO_DESTINATION Inner"),
        case("ELBV2_LISTENER_HAS_NO_TG: a target group without targets", CODES, &[ALB, "
  Targets: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 8080, Protocol: HTTP, TargetType: ip, VpcId: !Ref Vpc } }"], ask("Edge", "Targets", None), "blocked"),
        case("ELBV2_LISTENER_REQUIRES_TG_ACCEPT: no listener sends there", CODES, &[ALB, TASK, "
  Idle: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 8080, Protocol: HTTP, TargetType: ip, VpcId: !Ref Vpc } }"], ask("Edge", "Idle", None), "blocked"),
        case("ELB_INSTALLED_AZ_RESTRICTION: targets in a zone that is not enabled", CODES, &["
  Net: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref PrivateA] } }
  NetListener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 5000, Protocol: TCP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Hosts }] } }
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 22, Protocol: TCP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }] } }", OPEN_B], ask("Net", "B", None), "blocked ELB_INSTALLED_AZ_RESTRICTION Net"),
        case("a Network Load Balancer without groups lets everything to its listeners", NLBS, &[NLB, "
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 22, Protocol: TCP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }] } }"], ask("A", "Net", 5000), "reachable"),
        case("ASSUMPTION_PRESERVE_CLIENT_IP_IS_ENABLED: instances see clients, so the balancer's subnets are not enough", CLIENTS, &[NLB, "
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 22, Protocol: TCP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.2.0/23 } }"], ask("Net", "B", None), "sometimes ENI_SG_RULES_MISMATCH GroupB"),
        case("ASSUMPTION_PRESERVE_CLIENT_IP_IS_DISABLED: the balancer's subnets are enough", CLIENTS, &[NLB, "
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 22, Protocol: TCP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }], TargetGroupAttributes: [{ Key: preserve_client_ip.enabled, Value: 'false' }] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.2.0/23 } }"], ask("Net", "B", None), "reachable"),
        case("a health check comes from the balancer also where clients are preserved", CLIENTS, &[NLB, "
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 22, Protocol: TCP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.2.0/23 } }"], ask("Net", "B", None).health_check(), "reachable"),
        case("a reference to a Network Load Balancer's group counts also with preserved clients", NLBS, &["
  NetGroup: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: n, VpcId: !Ref Vpc } }
  Net: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref PrivateA, !Ref PrivateB], SecurityGroups: [!Ref NetGroup] } }
  NetListener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 5000, Protocol: TCP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Hosts }] } }
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 22, Protocol: TCP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: !Ref NetGroup } }"], ask("Net", "B", None), "reachable"),
        case("UDP preserves clients whatever the attribute says", CLIENTS, &["
  Net: { Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: { Type: network, Scheme: internal, Subnets: [!Ref PrivateA, !Ref PrivateB] } }
  NetListener: { Type: AWS::ElasticLoadBalancingV2::Listener, Properties: { LoadBalancerArn: !Ref Net, Port: 53, Protocol: UDP, DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Hosts }] } }
  Hosts: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 53, Protocol: UDP, VpcId: !Ref Vpc, Targets: [{ Id: !Ref B }], TargetGroupAttributes: [{ Key: preserve_client_ip.enabled, Value: 'false' }] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: udp, FromPort: 53, ToPort: 53, CidrIp: 10.0.2.0/23 } }"], ask("Net", "B", None).protocol(Protocol::Udp), "sometimes ENI_SG_RULES_MISMATCH GroupB"),
        case("each target group has a port and a protocol of its own: UDP", CLIENTS, &[TWO], ask("Net", "Web", None).protocol(Protocol::Udp), "reachable"),
        case("each target group has a port and a protocol of its own: TCP", CLIENTS, &[TWO], ask("Net", "Web", None), "reachable"),
        case("a target group is asked about for itself", CLIENTS, &[TWO], ask("Net", "Web", None).protocol(Protocol::Udp).by(Endpoint::parse("Names")), "reachable"),
        case("a health check has the protocol and the port of its target group", CLIENTS, &[TWO], ask("Net", "Web", None).health_check().by(Endpoint::parse("Names")), "reachable"),
        case("a health check on the traffic's port of a target group for TCP", CLIENTS, &[TWO], ask("Net", "Web", None).health_check().by(Endpoint::parse("Data")), "reachable"),
        case("a port is one of a target group", CLIENTS, &[TWO], ask("Net", "Web", 9000), "reachable"),
        case("a client comes by the listener that it asks for: UDP", CLIENTS, &[TWO], ask("A", "Web", 53).protocol(Protocol::Udp), "reachable"),
        case("a target group for both protocols needs both", CLIENTS, &[BOTH], ask("Net", "Web", None), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("a target group for both protocols has UDP", CLIENTS, &[BOTH], ask("Net", "Web", None).protocol(Protocol::Udp), "reachable"),
        case("an interface endpoint with private DNS takes the service's connections", ENDPOINTS, &["
  Ep: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Interface, VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.ecr.api, PrivateDnsEnabled: true, SubnetIds: [!Ref PrivateA], SecurityGroupIds: [!Ref GroupB] } }"], ask("A", "ecr.api", None), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("a subnet without a way out reaches a service by its endpoint", ENDPOINTS, &["
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Bare, SecurityGroupIds: [!Ref GroupA] } }
  Ep: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Interface, VpcId: !Ref Vpc, ServiceName: !Sub 'com.amazonaws.${AWS::Region}.logs', PrivateDnsEnabled: true, SubnetIds: [!Ref PrivateA], SecurityGroupIds: [!Ref GroupB] } }", OPEN_B], ask("C", "logs", 443), "reachable"),
        case("without private DNS the service's name does not lead to the endpoint", ENDPOINTS, &["
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Bare, SecurityGroupIds: [!Ref GroupA] } }
  Ep: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Interface, VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.logs, PrivateDnsEnabled: false, SubnetIds: [!Ref PrivateA], SecurityGroupIds: [!Ref GroupB] } }", OPEN_B], ask("C", "logs", 443), "blocked NO_ROUTE_TO_DESTINATION "),
        case("a gateway endpoint is a route of the tables that it names", GATEWAY_ENDPOINTS, &["
  T: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  U: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Bare, RouteTableId: !Ref T } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Bare, SecurityGroupIds: [!Ref GroupA] } }
  Ep: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.s3, RouteTableIds: [!Ref T] } }"], ask("C", "s3", 443), "reachable"),
        case("a gateway endpoint serves its own service alone", GATEWAY_ENDPOINTS, &["
  T: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  U: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Bare, RouteTableId: !Ref T } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Bare, SecurityGroupIds: [!Ref GroupA] } }
  Ep: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcId: !Ref Vpc, ServiceName: com.amazonaws.eu-west-1.s3, RouteTableIds: [!Ref T] } }"], ask("C", "dynamodb", 443), "blocked NO_ROUTE_TO_DESTINATION T"),
        case("a task without a public address in a public subnet pulls nothing", "AmazonECS/latest/developerguide/fargate-tasks-pulling.html", &[TASK, "
  Bad:
    Type: AWS::ECS::Service
    Properties: { TaskDefinition: !Ref Task, LaunchType: FARGATE, NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [!Ref PublicA], SecurityGroups: [!Ref GroupA] } } }"], ask("Bad", "ecr.api", None), "blocked IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS Bad"),
        case("a rule for IPv4 says nothing of IPv6", GROUPS, &[SIX, OPEN_B], ask("S", "S", 22).family(Family::V6), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("a subnet without IPv6 has none", "vpc/latest/userguide/vpc-ip-addressing.html", &[SIX], ask("A", "S", 22).family(Family::V6), "blocked"),
        case("an egress-only gateway lets IPv6 out", "vpc/latest/userguide/egress-only-internet-gateway.html", &[SIX, "
  Eo: { Type: AWS::EC2::EgressOnlyInternetGateway, Properties: { VpcId: !Ref Vpc } }
  EoR: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref SixTable, DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: !Ref Eo } }"], ask("S", "internet-ipv6", 443), "reachable"),
        case("an egress-only gateway lets nobody in", "vpc/latest/userguide/egress-only-internet-gateway.html", &[SIX, "
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIpv6: '::/0' } }
  Eo: { Type: AWS::EC2::EgressOnlyInternetGateway, Properties: { VpcId: !Ref Vpc } }
  EoR: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref SixTable, DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: !Ref Eo } }"], ask("internet-ipv6", "S", 443), "blocked NO_ROUTE_TO_DESTINATION SixTable"),
        case("a database is asked on its engine's port", "AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html", &["
  Subnets: { Type: AWS::RDS::DBSubnetGroup, Properties: { DBSubnetGroupDescription: s, SubnetIds: [!Ref PrivateA, !Ref PrivateB] } }
  Db: { Type: AWS::RDS::DBInstance, Properties: { Engine: postgres, DBSubnetGroupName: !Ref Subnets, VPCSecurityGroups: [!Ref GroupB] } }
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref GroupA } }"], ask("A", "Db", None), "reachable"),
        case("a group stands for each of its members", GROUPS, &[OPEN_B], ask("GroupA", "GroupB", 22), "reachable"),
        case("what is not there cannot be asked", CODES, &[], ask("A", "Nobody", 22), "blocked"),
        case("AWS opens no connections into a VPC", CODES, &[OPEN_B], ask("s3", "B", 443), "blocked"),
    ];
    for (says, rule, expected) in [
        (
            "a dynamic host port may be anywhere from 32768 to 65535",
            "FromPort: 32768, ToPort: 65535",
            "reachable",
        ),
        (
            "a rule for a part of the dynamic host ports works sometimes",
            "FromPort: 32768, ToPort: 61000",
            "sometimes ENI_SG_RULES_MISMATCH GroupB",
        ),
        (
            "the container's port is not the host's",
            "FromPort: 8080, ToPort: 8080",
            "blocked ENI_SG_RULES_MISMATCH GroupB",
        ),
    ] {
        let more: &'static str = Box::leak(
            format!(
                "
  Task: {{ Type: AWS::ECS::TaskDefinition, Properties: {{ ContainerDefinitions: [{{ Name: web, Image: nginx, PortMappings: [{{ ContainerPort: 8080 }}] }}] }} }}
  Launch: {{ Type: AWS::EC2::LaunchTemplate, Properties: {{ LaunchTemplateData: {{ SecurityGroupIds: [!Ref GroupB], UserData: !Sub 'ECS_CLUSTER=${{Cluster}}' }} }} }}
  Fleet: {{ Type: AWS::AutoScaling::AutoScalingGroup, Properties: {{ VPCZoneIdentifier: [!Ref PrivateA, !Ref PrivateB], LaunchTemplate: {{ LaunchTemplateId: !Ref Launch, Version: '1' }} }} }}
  Cluster: {{ Type: AWS::ECS::Cluster }}
  Web: {{ Type: AWS::ECS::Service, Properties: {{ Cluster: !Ref Cluster, TaskDefinition: !Ref Task, LoadBalancers: [{{ ContainerName: web, ContainerPort: 8080, TargetGroupArn: !Ref Targets }}] }} }}
  Targets: {{ Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {{ Port: 80, Protocol: HTTP, VpcId: !Ref Vpc }} }}
  FromEdge: {{ Type: AWS::EC2::SecurityGroupIngress, Properties: {{ GroupId: !Ref GroupB, IpProtocol: tcp, {rule}, SourceSecurityGroupId: !Ref EdgeGroup }} }}"
            )
            .into_boxed_str(),
        );
        all.push(case(
            says,
            MAPPINGS,
            &[ALB, more],
            ask("Edge", "Web", None),
            expected,
        ));
    }
    all
}

const TASK_HEALTH: &str = "
  Task: { Type: AWS::ECS::TaskDefinition, Properties: { NetworkMode: awsvpc, ContainerDefinitions: [{ Name: web, Image: nginx, PortMappings: [{ ContainerPort: 8080 }] }] } }
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [!Ref PrivateA], SecurityGroups: [!Ref GroupB] } }
      LoadBalancers: [{ ContainerName: web, ContainerPort: 8080, TargetGroupArn: !Ref Targets }]
  Targets: { Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: { Port: 8080, Protocol: HTTP, TargetType: ip, VpcId: !Ref Vpc, HealthCheckPort: '9000' } }";

fn with<T>(more: &[&str], look: impl FnOnce(&Network) -> T) -> T {
    let text = format!("{BASE}{}", more.concat());
    let template = Template::parse(&text).unwrap_or_else(|it| panic!("{}\n{text}", it[0]));
    let estate = Estate::of(&template);
    look(&Network::of(estate.world()))
}

#[test]
fn networks_behave_as_aws_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let said = with(&case.more, |network| {
            let answer = network.can(&case.ask);
            let codes: Vec<String> = answer
                .missing()
                .iter()
                .map(|it| format!("{} {}", it.code, it.resource))
                .collect();
            if !codes.is_empty() {
                let mended = network.with(answer.missing());
                assert!(
                    matches!(mended.can(&case.ask), Answer::Reachable(_)),
                    "{}: {answer}",
                    case.says
                );
            }
            (
                format!("{} {}", answer.word(), codes.join(", "))
                    .trim_end_matches(' ')
                    .to_owned(),
                answer.to_string(),
            )
        });
        if said.0 != case.expected.trim_end() {
            wrong.push(format!(
                "{} <https://docs.aws.amazon.com/{}>\n  expected {}\n  {}",
                case.says, case.page, case.expected, said.1
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases().len() >= 60, "{}", cases().len());
}

#[test]
fn each_target_group_is_wanted_for_itself() {
    let text = format!("{BASE}{TWO}");
    let template = Template::parse(&text).unwrap();
    let estate = Estate::of(&template);
    let network = Network::of(estate.world());
    let wanted = intents(estate.world(), &network);
    let text: Vec<String> = wanted
        .iter()
        .filter(|it| it.property == "LoadBalancers")
        .map(|it| {
            let answer = network.can(&it.question);
            format!("{} {} {}", it.question.protocol, it.question, answer.word())
        })
        .collect();
    assert_eq!(
        text,
        [
            "tcp `Net` -> `Web` by `Data` reachable",
            "tcp `Net` -> `Web` by `Data` (health check) reachable",
            "tcp `Net` -> `Web` by `Names` (health check) reachable",
            "udp `Net` -> `Web` by `Names` reachable",
        ]
    );
}

#[test]
fn what_the_internet_reaches_is_listed_with_its_load_balancer() {
    let found = with(&[ALB, TASK, FROM_EDGE], exposure);
    let text: Vec<String> = found
        .iter()
        .map(|it| {
            let by = it
                .by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {by}"));
            format!(
                "{}{by} {}/{}-{}",
                it.to, it.protocol, it.ports.0, it.ports.1
            )
        })
        .collect();
    assert_eq!(text, ["`Edge` tcp/443-443", "`Web` by `Edge` tcp/443-443"]);
}

#[test]
fn a_range_of_open_ports_is_one_line() {
    let rule = "
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 20, ToPort: 30, CidrIp: 0.0.0.0/0 } }
  R2: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 31, ToPort: 40, CidrIp: 0.0.0.0/0 } }";
    let found = with(&[PUBLIC, rule], exposure);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].ports, (20, 40));
}

#[test]
fn what_changes_between_two_versions_is_told_and_nothing_else() {
    let same = with(&[ALB, TASK], |old| {
        with(&[ALB, TASK], |new| compare(old, new))
    });
    assert_eq!(same, []);
    let changed = with(&[ALB, TASK], |old| {
        with(&[ALB, TASK, FROM_EDGE], |new| compare(old, new))
    });
    let text: Vec<String> = changed
        .iter()
        .map(|it| format!("{}: {} -> {}", it.question, it.before, it.after))
        .collect();
    // The rule admits the load balancer to all members of the group.
    assert_eq!(
        text,
        [
            "`Edge` -> `B` tcp/8080: blocked -> reachable",
            "`Edge` -> `Web` tcp/8080: blocked -> reachable",
        ]
    );
}

#[test]
fn what_another_stack_exports_is_followed() {
    let shared = format!(
        "{BASE}
Outputs:
  Subnet: {{ Value: !Ref PrivateA, Export: {{ Name: subnet }} }}
  Group: {{ Value: !GetAtt GroupB.GroupId, Export: {{ Name: group }} }}"
    );
    let app = "
Resources:
  Own: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: o, VpcId: vpc-elsewhere } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !ImportValue subnet, SecurityGroupIds: [!Ref Own] } }
  Opens: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !ImportValue group, IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: !Ref Own } }";
    let (shared, app) = (
        Template::parse(&shared).unwrap(),
        Template::parse(app).unwrap(),
    );
    let unrelated =
        Template::parse("{\"Resources\":{\"C\":{\"Type\":\"AWS::EC2::Instance\"}}}").unwrap();
    let estate = Estate::new([
        StackInput::new("app", &app),
        StackInput::new("other", &unrelated),
        StackInput::new("shared", &shared),
    ]);
    let question = ask("app.C", "shared.B", 22);
    let whole = Network::of(estate.world());
    assert_eq!(
        whole.can(&question).word(),
        "reachable",
        "{}",
        whole.can(&question)
    );
    // Only the stack and what it refers to is needed for that.
    let around = Network::around(estate.world().stack(0));
    assert_eq!(around.can(&question), whole.can(&question));
    // An instance of which nothing is said may be in any group.
    assert_eq!(whole.can(&ask("other.C", "shared.B", 22)).word(), "unknown");
}
