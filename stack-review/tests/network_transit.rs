//! Transit gateways, case by case, as AWS's documentation says: each is a small network with a
//! question and the answer.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::Template;
use stack_review::Estate;
use stack_review::network::{Answer, Endpoint, Family, Network, Question};

/// Two VPCs, each with a host in its private subnet; the one with a NAT gateway, the other without.
const BASE: &str = "
Parameters:
  Given: { Type: String }
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Igw: { Type: AWS::EC2::InternetGateway }
  Attach: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Igw } }
  Open: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: eu-west-1a } }
  Mine: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-west-1a } }
  MineB: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24, AvailabilityZone: eu-west-1b } }
  Outer: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Inner: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  UseOpen: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Open, RouteTableId: !Ref Outer } }
  UseMine: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Mine, RouteTableId: !Ref Inner } }
  UseMineB: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref MineB, RouteTableId: !Ref Inner } }
  OuterDefault: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Outer, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Igw } }
  InnerDefault: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat } }
  Nat: { Type: AWS::EC2::NatGateway, Properties: { SubnetId: !Ref Open } }
  Other: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.1.0.0/16 } }
  Yours: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Other, CidrBlock: 10.1.1.0/24, AvailabilityZone: eu-west-1a } }
  YoursB: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Other, CidrBlock: 10.1.2.0/24, AvailabilityZone: eu-west-1b } }
  Theirs: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Other } }
  UseYours: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Yours, RouteTableId: !Ref Theirs } }
  UseYoursB: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref YoursB, RouteTableId: !Ref Theirs } }
  GroupA: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: a, VpcId: !Ref Vpc } }
  GroupB: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: b, VpcId: !Ref Other } }
  A: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Mine, SecurityGroupIds: [!Ref GroupA] } }
  AInB: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref MineB, SecurityGroupIds: [!Ref GroupA] } }
  B: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Yours, SecurityGroupIds: [!Ref GroupB] } }
";

const BY_RANGE: &str = "
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/16 } }";
const BY_GROUP: &str = "
  R: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, SourceSecurityGroupId: !Ref GroupA } }";
const THERE: &str = "
  There: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayId: !Ref Tgw } }";
const BACK: &str = "
  Back: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Theirs, DestinationCidrBlock: 10.0.0.0/8, TransitGatewayId: !Ref Tgw } }";
/// With its default route table.
const EASY: &str = "
  Tgw: { Type: AWS::EC2::TransitGateway }";
/// Nothing happens by itself.
const STRICT: &str = "
  Tgw: { Type: AWS::EC2::TransitGateway, Properties: { DefaultRouteTableAssociation: disable, DefaultRouteTablePropagation: disable } }
  Rt: { Type: AWS::EC2::TransitGatewayRouteTable, Properties: { TransitGatewayId: !Ref Tgw } }";
const AT_MINE: &str = "
  AtMine: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Vpc, SubnetIds: [!Ref Mine] } }";
const AT_YOURS: &str = "
  AtYours: { Type: AWS::EC2::TransitGatewayVpcAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Other, SubnetIds: [!Ref Yours] } }";
const TABLES: &str = "
  T1: { Type: AWS::EC2::TransitGatewayRouteTableAssociation, Properties: { TransitGatewayRouteTableId: !Ref Rt, TransitGatewayAttachmentId: !Ref AtMine } }
  T2: { Type: AWS::EC2::TransitGatewayRouteTableAssociation, Properties: { TransitGatewayRouteTableId: !Ref Rt, TransitGatewayAttachmentId: !Ref AtYours } }";
const TO_MINE: &str = "
  P1: { Type: AWS::EC2::TransitGatewayRouteTablePropagation, Properties: { TransitGatewayRouteTableId: !Ref Rt, TransitGatewayAttachmentId: !Ref AtMine } }";
const TO_YOURS: &str = "
  P2: { Type: AWS::EC2::TransitGatewayRouteTablePropagation, Properties: { TransitGatewayRouteTableId: !Ref Rt, TransitGatewayAttachmentId: !GetAtt AtYours.Id } }";

fn ask(from: &str, to: &str, port: u16) -> Question {
    Question::new(Endpoint::parse(from), Endpoint::parse(to), port)
}

struct Case {
    says: &'static str,
    page: &'static str,
    more: Vec<&'static str>,
    ask: Question,
    expected: &'static str,
}

const ATTACHMENTS: &str = "vpc/latest/tgw/tgw-vpc-attachments.html";
const TABLES_PAGE: &str = "vpc/latest/tgw/tgw-route-tables.html";
const WORK: &str = "vpc/latest/tgw/how-transit-gateways-work.html";
const ACLS: &str = "vpc/latest/tgw/tgw-nacls.html";

fn cases() -> Vec<Case> {
    let case = |says, page, more: &[&'static str], ask, expected| Case {
        says,
        page,
        more: more.to_vec(),
        ask,
        expected,
    };
    let strict = [STRICT, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE];
    let and = |more: &[&'static str]| [&strict[..], more].concat();
    vec![
        case("two attached VPCs with routes reach each other", WORK, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE], ask("A", "B", 22), "reachable"),
        case("tables of its own, associated and propagated to", TABLES_PAGE, &and(&[TABLES, TO_MINE, TO_YOURS]), ask("A", "B", 22), "reachable"),
        case("the VPC's route there is missing", WORK, &[EASY, AT_MINE, AT_YOURS, BACK, BY_RANGE], ask("A", "B", 22), "blocked NO_ROUTE_TO_DESTINATION Inner"),
        case("the other VPC's route back is missing", WORK, &[EASY, AT_MINE, AT_YOURS, THERE, BY_RANGE], ask("A", "B", 22), "blocked NO_ROUTE_TO_DESTINATION Theirs"),
        case("a VPC that is not attached", WORK, &[EASY, AT_MINE, THERE, BACK, BY_RANGE], ask("A", "B", 22), "blocked NO_PATH Tgw"),
        case("the sender's VPC is not attached", WORK, &[EASY, AT_YOURS, THERE, BACK, BY_RANGE], ask("A", "B", 22), "blocked NO_PATH Tgw"),
        case("an attachment without an association", TABLES_PAGE, &and(&[TO_MINE, TO_YOURS, "
  T2: { Type: AWS::EC2::TransitGatewayRouteTableAssociation, Properties: { TransitGatewayRouteTableId: !Ref Rt, TransitGatewayAttachmentId: !Ref AtYours } }"]), ask("A", "B", 22), "blocked TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION AtMine"),
        case("the table does not know the other VPC", TABLES_PAGE, &and(&[TABLES, TO_MINE]), ask("A", "B", 22), "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT Rt"),
        case("the table does not know the way back", TABLES_PAGE, &and(&[TABLES, TO_YOURS]), ask("A", "B", 22), "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT Rt"),
        case("a static route does as well", TABLES_PAGE, &and(&[TABLES, TO_MINE, "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayAttachmentId: !Ref AtYours } }"]), ask("A", "B", 22), "reachable"),
        case("a black hole that is as specific as what is propagated wins", TABLES_PAGE, &and(&[TABLES, TO_MINE, TO_YOURS, "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.1.0.0/16, Blackhole: true } }"]), ask("A", "B", 22), "blocked TGW_RTB_BAD_STATE_ROUTE Rt"),
        case("a wider black hole does not", TABLES_PAGE, &and(&[TABLES, TO_MINE, TO_YOURS, "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.0.0.0/8, Blackhole: true } }"]), ask("A", "B", 22), "reachable"),
        case("a black hole for half of a subnet: it works sometimes", TABLES_PAGE, &and(&[TABLES, TO_MINE, TO_YOURS, "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.1.1.0/25, Blackhole: true } }"]), ask("A", "B", 22), "sometimes TGW_RTB_BAD_STATE_ROUTE Rt"),
        case("a static route to another VPC wins", TABLES_PAGE, &and(&[TABLES, TO_MINE, TO_YOURS, "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.1.1.0/24, TransitGatewayAttachmentId: !Ref AtMine } }"]), ask("A", "B", 22), "blocked TGW_RTB_HIGHER_PRIORITY_ROUTE Rt"),
        case("a zone without a subnet of the attachment reaches nothing", ATTACHMENTS, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE], ask("AInB", "B", 22), "blocked TGW_ATTACH_VPC_AZ_RESTRICTION AtMine"),
        case("answers from a zone without one come back neither", ATTACHMENTS, &[EASY, AT_YOURS, THERE, BACK, BY_RANGE, "
  AtMine: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Vpc, SubnetIds: [!Ref MineB] } }"], ask("B", "AInB", 22), "blocked ENI_SG_RULES_MISMATCH GroupA"),
        case("a subnet of the attachment in each zone", ATTACHMENTS, &[EASY, AT_YOURS, THERE, BACK, BY_RANGE, "
  AtMine: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Vpc, SubnetIds: [!Ref Mine, !Ref MineB] } }"], ask("AInB", "B", 22), "reachable"),
        case("groups are not known across it unless it says so", ATTACHMENTS, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_GROUP], ask("A", "B", 22), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("it says so", ATTACHMENTS, &["
  Tgw: { Type: AWS::EC2::TransitGateway, Properties: { SecurityGroupReferencingSupport: enable } }", AT_MINE, AT_YOURS, THERE, BACK, BY_GROUP], ask("A", "B", 22), "reachable"),
        case("an attachment that says otherwise", ATTACHMENTS, &["
  Tgw: { Type: AWS::EC2::TransitGateway, Properties: { SecurityGroupReferencingSupport: enable } }
  AtYours: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Other, SubnetIds: [!Ref Yours], Options: { SecurityGroupReferencingSupport: disable } } }", AT_MINE, THERE, BACK, BY_GROUP], ask("A", "B", 22), "blocked ENI_SG_RULES_MISMATCH GroupB"),
        case("whether it says so is a parameter", ATTACHMENTS, &["
  Tgw: { Type: AWS::EC2::TransitGateway, Properties: { SecurityGroupReferencingSupport: !Ref Given } }", AT_MINE, AT_YOURS, THERE, BACK, BY_GROUP], ask("A", "B", 22), "unknown"),
        case("where the range is admitted too, the parameter does not matter", ATTACHMENTS, &["
  Tgw: { Type: AWS::EC2::TransitGateway, Properties: { SecurityGroupReferencingSupport: !Ref Given } }", AT_MINE, AT_YOURS, THERE, BACK, BY_GROUP, BY_RANGE_TOO], ask("A", "B", 22), "reachable"),
        case("outbound rules name no groups across it", "blogs/networking-and-content-delivery/introducing-security-group-referencing-for-aws-transit-gateway", &["
  Tgw: { Type: AWS::EC2::TransitGateway, Properties: { SecurityGroupReferencingSupport: enable } }
  Out: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: o, VpcId: !Ref Vpc, SecurityGroupEgress: [{ IpProtocol: tcp, FromPort: 22, ToPort: 22, DestinationSecurityGroupId: !Ref GroupB }] } }
  C: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref Mine, SecurityGroupIds: [!Ref Out] } }", AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE], ask("C", "B", 22), "blocked ENI_SG_RULES_MISMATCH Out"),
        case("a transit gateway that is made elsewhere has tables that are not seen", WORK, &["
  AtMine: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Given, VpcId: !Ref Vpc, SubnetIds: [!Ref Mine] } }
  AtYours: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Given, VpcId: !Ref Other, SubnetIds: [!Ref Yours] } }
  There: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayId: !Ref Given } }
  Back: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Theirs, DestinationCidrBlock: 10.0.0.0/8, TransitGatewayId: !Ref Given } }", BY_RANGE], ask("A", "B", 22), "unknown"),
        case("the VPC's own route is missing also then", WORK, &["
  AtMine: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Given, VpcId: !Ref Vpc, SubnetIds: [!Ref Mine] } }
  AtYours: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Given, VpcId: !Ref Other, SubnetIds: [!Ref Yours] } }
  There: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayId: !Ref Given } }", BY_RANGE], ask("A", "B", 22), "blocked NO_ROUTE_TO_DESTINATION Theirs"),
        case("what a VPN propagates may be more specific", TABLES_PAGE, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE, "
  Vpn: { Type: AWS::EC2::VPNConnection, Properties: { Type: ipsec.1, CustomerGatewayId: cgw-1, TransitGatewayId: !Ref Tgw } }"], ask("A", "B", 22), "unknown"),
        case("where a route by a peering attachment leads is not seen", WORK, &and(&[TABLES, TO_MINE, "
  Far: { Type: AWS::EC2::TransitGatewayPeeringAttachment, Properties: { TransitGatewayId: !Ref Tgw, PeerTransitGatewayId: tgw-2, PeerAccountId: '111122223333', PeerRegion: eu-west-2 } }
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayAttachmentId: !GetAtt Far.TransitGatewayAttachmentId } }"]), ask("A", "B", 22), "unknown"),
        case("a table that is made elsewhere", TABLES_PAGE, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE, "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Given, DestinationCidrBlock: 10.1.0.0/16, Blackhole: true } }"], ask("A", "B", 22), "unknown"),
        case("the same addresses twice: whose they are is not known", ATTACHMENTS, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE, "
  Third: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.1.0.0/16 } }
  ThirdSubnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Third, CidrBlock: 10.1.7.0/24, AvailabilityZone: eu-west-1a } }
  AtThird: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Third, SubnetIds: [!Ref ThirdSubnet] } }"], ask("A", "B", 22), "unknown"),
        case("an inspection VPC may send it on", "vpc/latest/tgw/transit-gateway-appliance-scenario.html", &and(&[TABLES, TO_MINE, "
  Third: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.9.0.0/16 } }
  ThirdSubnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Third, CidrBlock: 10.9.7.0/24, AvailabilityZone: eu-west-1a } }
  ThirdTable: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Third } }
  ThirdUses: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref ThirdSubnet, RouteTableId: !Ref ThirdTable } }
  Wall: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref ThirdTable, DestinationCidrBlock: 0.0.0.0/0, VpcEndpointId: vpce-1 } }
  AtThird: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Third, SubnetIds: [!Ref ThirdSubnet] } }
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayAttachmentId: !Ref AtThird } }"]), ask("A", "B", 22), "unknown"),
        case("the network ACL of the attachment's subnet lets it in", ACLS, &[EASY, AT_MINE, THERE, BACK, BY_RANGE, "
  AtYours: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Other, SubnetIds: [!Ref YoursB] } }
  Acl: { Type: AWS::EC2::NetworkAcl, Properties: { VpcId: !Ref Other } }
  Filters: { Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: { SubnetId: !Ref YoursB, NetworkAclId: !Ref Acl } }
  D: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Other, CidrBlock: 10.1.5.0/24, AvailabilityZone: eu-west-1b } }
  UseD: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref D, RouteTableId: !Ref Theirs } }
  InD: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref D, SecurityGroupIds: [!Ref GroupB] } }"], ask("A", "InD", 22), "blocked SUBNET_ACL_RESTRICTION Acl, SUBNET_ACL_RESTRICTION Acl"),
        case("within the attachment's subnet nothing that comes out of it is filtered", ACLS, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE, "
  Acl: { Type: AWS::EC2::NetworkAcl, Properties: { VpcId: !Ref Other } }
  Filters: { Type: AWS::EC2::SubnetNetworkAclAssociation, Properties: { SubnetId: !Ref Yours, NetworkAclId: !Ref Acl } }
  E1: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, RuleAction: allow, CidrBlock: 10.1.0.0/16 } }
  E2: { Type: AWS::EC2::NetworkAclEntry, Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Egress: true, Protocol: -1, RuleAction: allow, CidrBlock: 10.0.0.0/16 } }"], ask("A", "B", 22), "reachable"),
        case("the attachment's subnet has a route of its own for it", ATTACHMENTS, &[EASY, AT_MINE, THERE, BACK, BY_RANGE, "
  Door: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Other, CidrBlock: 10.1.8.0/24, AvailabilityZone: eu-west-1a } }
  DoorTable: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Other } }
  DoorUses: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref Door, RouteTableId: !Ref DoorTable } }
  Detour: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref DoorTable, DestinationCidrBlock: 10.1.1.0/24, VpcEndpointId: vpce-1 } }
  AtYours: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Other, SubnetIds: [!Ref Door] } }"], ask("A", "B", 22), "unknown"),
        case("IPv6 needs the attachment's consent", ATTACHMENTS, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, SIX], ask("SixA", "SixB", 22).family(Family::V6), "blocked BAD_STATE_ATTACHMENT AtMine, BAD_STATE_ATTACHMENT AtYours"),
        case("out by the NAT gateway of another VPC", "vpc/latest/tgw/transit-gateway-nat-igw.html", &and(&[TABLES, TO_MINE, TO_YOURS, EGRESS, OUT_BACK]), ask("B", "internet", 443), "reachable"),
        case("the NAT gateway's answers need a route back", "vpc/latest/tgw/transit-gateway-nat-igw.html", &and(&[TABLES, TO_MINE, TO_YOURS, EGRESS]), ask("B", "internet", 443), "blocked NO_ROUTE_TO_DESTINATION Outer"),
        case("no route to the VPC with the NAT gateway", "vpc/latest/tgw/transit-gateway-nat-igw.html", &and(&[TABLES, TO_MINE, TO_YOURS, OUT_BACK, "
  ToAll: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Theirs, DestinationCidrBlock: 0.0.0.0/0, TransitGatewayId: !Ref Tgw } }"]), ask("B", "internet", 443), "blocked TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT Rt"),
        case("an internet gateway takes nobody from another VPC", "vpc/latest/tgw/transit-gateway-nat-igw.html", &[STRICT, AT_YOURS, THERE, BACK, BY_RANGE, TABLES, TO_MINE, TO_YOURS, EGRESS, OUT_BACK, "
  AtMine: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Vpc, SubnetIds: [!Ref Open] } }"], ask("B", "internet", 443), "blocked"),
        case("what else is attached to a default table is not seen", WORK, &[EASY, AT_MINE, AT_YOURS, "
  R: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 192.168.0.0/16, TransitGatewayId: !Ref Tgw } }"], ask("A", "192.168.1.0/24", 443), "unknown"),
        case("a table of its own without a route leads nowhere", TABLES_PAGE, &and(&[TABLES, TO_MINE, "
  R9: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationCidrBlock: 192.168.0.0/16, TransitGatewayId: !Ref Tgw } }"]), ask("A", "192.168.1.0/24", 443), "blocked"),
        case("a peering connection and a transit gateway: the route says which", WORK, &[EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE, "
  Px: { Type: AWS::EC2::VPCPeeringConnection, Properties: { VpcId: !Ref Vpc, PeerVpcId: !Ref Other } }"], ask("A", "B", 22), "reachable"),
    ]
}

const BY_RANGE_TOO: &str = "
  RToo: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 10.0.0.0/16 } }";
const EGRESS: &str = "
  ToAll: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Theirs, DestinationCidrBlock: 0.0.0.0/0, TransitGatewayId: !Ref Tgw } }
  TgwDefault: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Rt, DestinationCidrBlock: 0.0.0.0/0, TransitGatewayAttachmentId: !Ref AtMine } }";
const OUT_BACK: &str = "
  OutBack: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Outer, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayId: !Ref Tgw } }";
const SIX: &str = "
  Block: { Type: AWS::EC2::VPCCidrBlock, Properties: { VpcId: !Ref Vpc, Ipv6CidrBlock: '2600:1f00::/56', Ipv6Pool: p } }
  BlockB: { Type: AWS::EC2::VPCCidrBlock, Properties: { VpcId: !Ref Other, Ipv6CidrBlock: '2600:1f01::/56', Ipv6Pool: p } }
  SixMine: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.4.0/24, AvailabilityZone: eu-west-1a, AssignIpv6AddressOnCreation: true, Ipv6CidrBlock: '2600:1f00:0:1::/64' } }
  SixYours: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Other, CidrBlock: 10.1.4.0/24, AvailabilityZone: eu-west-1a, AssignIpv6AddressOnCreation: true, Ipv6CidrBlock: '2600:1f01:0:1::/64' } }
  Six1: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref SixMine, RouteTableId: !Ref Inner } }
  Six2: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref SixYours, RouteTableId: !Ref Theirs } }
  Six3: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Inner, DestinationIpv6CidrBlock: '2600:1f01::/56', TransitGatewayId: !Ref Tgw } }
  Six4: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref Theirs, DestinationIpv6CidrBlock: '2600:1f00::/56', TransitGatewayId: !Ref Tgw } }
  SixRule: { Type: AWS::EC2::SecurityGroupIngress, Properties: { GroupId: !Ref GroupB, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIpv6: '2600:1f00::/56' } }
  SixA: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref SixMine, SecurityGroupIds: [!Ref GroupA] } }
  SixB: { Type: AWS::EC2::Instance, Properties: { SubnetId: !Ref SixYours, SecurityGroupIds: [!Ref GroupB] } }";

fn with<T>(more: &[&str], look: impl FnOnce(&Network) -> T) -> T {
    let text = format!("{BASE}{}", more.concat());
    let template = Template::parse(&text).unwrap_or_else(|it| panic!("{}\n{text}", it[0]));
    let estate = Estate::of(&template);
    look(&Network::of(estate.world()))
}

#[test]
fn transit_gateways_behave_as_aws_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let said = with(&case.more, |network| {
            let answer = network.can(&case.ask);
            let missing = answer.missing();
            let codes: Vec<String> = missing
                .iter()
                .map(|it| format!("{} {}", it.code, it.resource))
                .collect();
            if !codes.is_empty() {
                let mended = network.with(missing).can(&case.ask);
                // Where its tables are made elsewhere, no more is known to be missing.
                let open = case
                    .more
                    .iter()
                    .any(|it| it.contains("TransitGatewayId: !Ref Given"));
                assert!(
                    matches!(mended, Answer::Reachable(_)) || open,
                    "{}: {answer}\n{mended}",
                    case.says
                );
            }
            let short = format!("{} {}", answer.word(), codes.join(", "));
            (short.trim_end().to_owned(), answer.to_string())
        });
        if said.0 != case.expected {
            wrong.push(format!(
                "{} <https://docs.aws.amazon.com/{}>\n  expected {}\n  {}",
                case.says, case.page, case.expected, said.1
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_one_missing_piece_is_named() {
    let strict = [
        STRICT, AT_MINE, AT_YOURS, TABLES, TO_MINE, TO_YOURS, THERE, BACK, BY_RANGE,
    ];
    let without = |piece: &str| -> String {
        let rest: Vec<&str> = strict.into_iter().filter(|it| *it != piece).collect();
        with(&rest, |network| {
            let answer = network.can(&ask("A", "B", 22));
            let missing: Vec<&str> = answer.missing().iter().map(|it| it.what.as_str()).collect();
            missing.join("; ")
        })
    };
    let named = [THERE, BACK, TO_YOURS, TO_MINE].map(without);
    assert_eq!(
        named,
        [
            "`Inner` needs a route for the addresses of `Other` to transit gateway `Tgw`",
            "`Theirs` needs a route for the addresses of `Vpc` to transit gateway `Tgw`",
            "transit gateway route table `Rt` needs the propagation of attachment `AtYours`, or a route for the addresses of `Other` to it",
            "transit gateway route table `Rt` needs the propagation of attachment `AtMine`, or a route for the addresses of `Vpc` to it",
        ]
    );
}

#[test]
fn what_it_depends_on_is_named() {
    let doubt = |more: &str| {
        let all = [EASY, AT_MINE, AT_YOURS, THERE, BACK, BY_RANGE, more];
        with(&all, |network| network.can(&ask("A", "B", 22)).to_string())
    };
    let vpn = "
  Vpn: { Type: AWS::EC2::VPNConnection, Properties: { Type: ipsec.1, CustomerGatewayId: cgw-1, TransitGatewayId: !Ref Tgw } }";
    let table = "
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Given, DestinationCidrBlock: 10.1.0.0/16, Blackhole: true } }";
    let twice = "
  Third: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.1.0.0/16 } }
  ThirdSubnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Third, CidrBlock: 10.1.7.0/24, AvailabilityZone: eu-west-1a } }
  AtThird: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Tgw, VpcId: !Ref Third, SubnetIds: [!Ref ThirdSubnet] } }";
    let far = "
  Private: { Type: AWS::EC2::TransitGatewayRouteTable, Properties: { TransitGatewayId: !Ref Tgw } }
  T1: { Type: AWS::EC2::TransitGatewayRouteTableAssociation, Properties: { TransitGatewayRouteTableId: !Ref Private, TransitGatewayAttachmentId: !Ref AtMine } }
  S: { Type: AWS::EC2::TransitGatewayRoute, Properties: { TransitGatewayRouteTableId: !Ref Private, DestinationCidrBlock: 10.1.0.0/16, TransitGatewayAttachmentId: !Ref Given } }";
    assert_eq!(
        [vpn, table, twice, far]
            .map(doubt)
            .map(|it| it.trim().to_owned()),
        [
            "unknown: it depends on the routes that `Vpn` propagates",
            "unknown: it depends on the routes of transit gateway `Tgw` that are made elsewhere",
            "unknown: it depends on which other VPC has the addresses of `Third` too",
            "unknown: it depends on where `Given` leads",
        ]
    );
}
