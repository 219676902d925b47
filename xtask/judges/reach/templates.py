"""Reads the networks' templates: what is where. No judgement of packets is in here."""


class Place:
    """Where something may be."""

    def __init__(self, subnet, groups, public, six, address, ports):
        self.subnet, self.groups, self.public = subnet, groups, public
        self.six, self.address, self.ports = six, address, ports


def target(value):
    """The logical id that a value refers to."""
    if isinstance(value, dict):
        if "Ref" in value:
            return value["Ref"]
        if "Fn::GetAtt" in value:
            return value["Fn::GetAtt"][0]
    return value


def truth(value):
    return value is True or value == "true"


class Net:
    def __init__(self, template):
        self.resources = template["Resources"]
        self.subnets = self.of("EC2::Subnet")
        self.vpc = {name: target(it["VpcId"]) for name, it in self.subnets.items()}
        self.attached = {target(it["VpcId"]) for it in self.of("EC2::VPCGatewayAttachment").values()}
        self.table = {
            target(it["SubnetId"]): target(it["RouteTableId"])
            for it in self.of("EC2::SubnetRouteTableAssociation").values()
        }
        self.acl = {
            target(it["SubnetId"]): target(it["NetworkAclId"])
            for it in self.of("EC2::SubnetNetworkAclAssociation").values()
        }
        self.routes, self.entries = {}, {}
        for it in self.of("EC2::Route").values():
            self.routes.setdefault(target(it["RouteTableId"]), []).append(it)
        for it in self.of("EC2::NetworkAclEntry").values():
            self.entries.setdefault((target(it["NetworkAclId"]), it["Egress"]), []).append(it)
        self.inbound, self.outbound = {}, {}
        for name, it in self.of("EC2::SecurityGroup").items():
            self.inbound[name] = list(it.get("SecurityGroupIngress", []))
            self.outbound[name] = list(it.get("SecurityGroupEgress", [])) or [
                {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
                {"IpProtocol": "-1", "CidrIpv6": "::/0"},
            ]
        for it in self.of("EC2::SecurityGroupIngress").values():
            self.inbound[target(it["GroupId"])].append(it)

    def of(self, kind):
        return {
            name: it.get("Properties", {})
            for name, it in self.resources.items()
            if it["Type"] == "AWS::" + kind
        }

    def properties(self, name):
        return self.resources[name].get("Properties", {})

    def kind(self, name):
        return self.resources[name]["Type"].removeprefix("AWS::")

    def cidr6(self, vpc):
        for it in self.of("EC2::VPCCidrBlock").values():
            if target(it["VpcId"]) == vpc:
                return it["Ipv6CidrBlock"]
        return None

    def peered(self, a, b):
        for name, it in self.of("EC2::VPCPeeringConnection").items():
            if {target(it["VpcId"]), target(it["PeerVpcId"])} == {a, b}:
                return name
        return None

    # Transit gateways: one in a template.

    def joins(self, vpc):
        """The attachment of a VPC."""
        for name, it in self.of("EC2::TransitGatewayAttachment").items():
            if target(it["VpcId"]) == vpc:
                return name
        return None

    def hub(self, name):
        """The table that an attachment is associated with; `default` for the one without a name."""
        for it in self.of("EC2::TransitGatewayRouteTableAssociation").values():
            if target(it["TransitGatewayAttachmentId"]) == name:
                return target(it["TransitGatewayRouteTableId"])
        gateway = self.properties(target(self.properties(name)["TransitGatewayId"]))
        return "default" if gateway["DefaultRouteTableAssociation"] == "enable" else None

    def hops(self, hub):
        """Where a table of a transit gateway leads: ranges, whether static, attachments."""
        found = []
        for it in self.of("EC2::TransitGatewayRoute").values():
            if target(it["TransitGatewayRouteTableId"]) == hub:
                found.append((it["DestinationCidrBlock"], True, target(it.get("TransitGatewayAttachmentId"))))
        spread = [
            target(it["TransitGatewayAttachmentId"])
            for it in self.of("EC2::TransitGatewayRouteTablePropagation").values()
            if target(it["TransitGatewayRouteTableId"]) == hub
        ]
        if hub == "default":
            gateway = next(iter(self.of("EC2::TransitGateway").values()))
            if gateway["DefaultRouteTablePropagation"] == "enable":
                spread = list(self.of("EC2::TransitGatewayAttachment"))
        for name in spread:
            vpc = target(self.properties(name)["VpcId"])
            found.append((self.properties(vpc)["CidrBlock"], False, name))
            if self.cidr6(vpc) and self.properties(name)["Options"]["Ipv6Support"] == "enable":
                found.append((self.cidr6(vpc), False, name))
        return found

    def doors(self, name, zone):
        """Where a packet from a zone goes through an attachment: there, or wherever it has a subnet."""
        all_of = [target(it) for it in self.properties(name)["SubnetIds"]]
        near = [it for it in all_of if self.subnets[it]["AvailabilityZone"] == zone]
        return near, near or all_of

    def zone(self, subnet):
        return self.subnets[subnet]["AvailabilityZone"]

    def named_across(self, a, b):
        """Whether groups of one VPC may be named in another's rules."""
        own = [self.properties(it) for it in (self.joins(a), self.joins(b))]
        gateway = self.properties(target(own[0]["TransitGatewayId"]))
        said = [gateway["SecurityGroupReferencingSupport"]]
        said += [it["Options"]["SecurityGroupReferencingSupport"] for it in own]
        return all(it == "enable" for it in said)

    def carries(self, name, version):
        return version == 4 or self.properties(name)["Options"]["Ipv6Support"] == "enable"

    def place(self, subnet, groups, public, address=None, ports=(32768, 60999), six=None):
        own = self.subnets[subnet]
        if six is None:
            six = "Ipv6CidrBlock" in own and truth(own.get("AssignIpv6AddressOnCreation"))
        return Place(subnet, groups, public, six, address, ports)

    def places(self, name):
        it, kind = self.properties(name), self.kind(name)
        names = lambda values: [target(one) for one in values]
        if kind == "EC2::Instance":
            card = it.get("NetworkInterfaces", [it])[0]
            subnet = target(card["SubnetId"])
            public = truth(self.subnets[subnet].get("MapPublicIpOnLaunch"))
            if "AssociatePublicIpAddress" in card:
                public = truth(card["AssociatePublicIpAddress"])
            if any(target(one.get("InstanceId")) == name for one in self.of("EC2::EIP").values()):
                public = True
            groups = names(card.get("GroupSet") or card.get("SecurityGroupIds"))
            return [self.place(subnet, groups, public, card.get("PrivateIpAddress"))]
        if kind == "AutoScaling::AutoScalingGroup":
            launch = self.properties(target(it["LaunchTemplate"]["LaunchTemplateId"]))
            groups = names(launch["LaunchTemplateData"]["SecurityGroupIds"])
            return [
                self.place(one, groups, truth(self.subnets[one].get("MapPublicIpOnLaunch")))
                for one in names(it["VPCZoneIdentifier"])
            ]
        if kind == "ECS::Service":
            if "NetworkConfiguration" not in it:
                provider = self.properties(target(it["CapacityProviderStrategy"][0]["CapacityProvider"]))
                return self.places(target(provider["AutoScalingGroupProvider"]["AutoScalingGroupArn"]))
            own = it["NetworkConfiguration"]["AwsvpcConfiguration"]
            return [
                self.place(one, names(own["SecurityGroups"]), own["AssignPublicIp"] == "ENABLED")
                for one in names(own["Subnets"])
            ]
        if kind == "ElasticLoadBalancingV2::LoadBalancer":
            groups = names(it["SecurityGroups"]) if "SecurityGroups" in it else None
            public = it["Scheme"] == "internet-facing"
            return [self.place(one, groups, public, None, (1024, 65535), False) for one in names(it["Subnets"])]
        raise KeyError(kind)

    def container(self, service):
        task = self.properties(target(self.properties(service)["TaskDefinition"]))
        return task["NetworkMode"], task["ContainerDefinitions"][0]["PortMappings"][0]

    def port_of(self, name, port):
        """Where a port of something is on its interface: the first and the last one it may be."""
        if self.kind(name) == "ECS::Service":
            mode, mapping = self.container(name)
            if mode == "bridge" and mapping["ContainerPort"] == port:
                host = mapping.get("HostPort", 0)
                return (host, host) if host else (32768, 65535)
        return (port, port)
