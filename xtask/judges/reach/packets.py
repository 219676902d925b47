"""A simulator: sends single packets, step by step, at every point where an answer could change."""

import ipaddress
from itertools import product

from templates import target

# https://www.iana.org/assignments/iana-ipv4-special-registry
SPECIAL = [
    ipaddress.ip_network(it)
    for it in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3"
    ).split()
]
TARGETS = ("GatewayId", "NatGatewayId", "EgressOnlyInternetGatewayId", "VpcPeeringConnectionId", "TransitGatewayId")
SOMEWHERE = ipaddress.ip_address("52.9.9.9")
FRONT = ipaddress.ip_address("52.1.2.3")
CACHE = {}


def network(text):
    if text not in CACHE:
        CACHE[text] = ipaddress.ip_network(text, strict=False)
    return CACHE[text]


def within(address, text):
    it = network(text)
    return it.version == address.version and address in it


def fits(rule_protocol, first, last, protocol, port):
    rule_protocol = str(rule_protocol)
    if rule_protocol == "-1":
        return True
    if {"tcp": "6", "udp": "17", "icmp": "1"}.get(rule_protocol, rule_protocol) != {"tcp": "6", "udp": "17"}[protocol]:
        return False
    return int(first) <= port <= int(last)


class Simulator:
    def __init__(self, net):
        self.net = net

    def group(self, rules, names, peer_groups, address, protocol, port, end):
        if names is None:
            return True
        for name in names:
            for it in rules[name]:
                if not fits(it["IpProtocol"], it.get("FromPort", 0), it.get("ToPort", 65535), protocol, port):
                    continue
                if end + "SecurityGroupId" in it:
                    if peer_groups and target(it[end + "SecurityGroupId"]) in peer_groups:
                        return True
                elif within(address, it.get("CidrIp") or it["CidrIpv6"]):
                    return True
        return False

    def acl(self, subnet, egress, address, protocol, port):
        acl = self.net.acl.get(subnet)
        if acl is None:
            return True
        for it in sorted(self.net.entries.get((acl, egress), []), key=lambda it: it["RuleNumber"]):
            ports = it.get("PortRange", {"From": 0, "To": 65535})
            if fits(it["Protocol"], ports["From"], ports["To"], protocol, port) and within(
                address, it.get("CidrBlock") or it["Ipv6CidrBlock"]
            ):
                return it["RuleAction"] == "allow"
        return False

    def route(self, subnet, address):
        vpc = self.net.vpc[subnet]
        best = None
        own = self.net.properties(vpc)["CidrBlock"] if address.version == 4 else self.net.cidr6(vpc)
        if own and within(address, own):
            best = (network(own).prefixlen, 1, ("local", None))
        for it in self.net.routes.get(self.net.table.get(subnet), []):
            text = it.get("DestinationCidrBlock") or it["DestinationIpv6CidrBlock"]
            if not within(address, text):
                continue
            length = (network(text).prefixlen, 0)
            if best is None or length > best[:2]:
                for key in TARGETS:
                    if key in it:
                        where = ("local", None) if it[key] == "local" else (key, target(it[key]))
                best = (*length, where)
        return best[2] if best else (None, None)

    def hop(self, hub, address):
        """Where a table of a transit gateway sends a packet."""
        best = None
        for text, static, name in self.net.hops(hub):
            if within(address, text):
                rank = (network(text).prefixlen, static)
                if best is None or rank > best[0]:
                    best = (rank, name)
        return best[1] if best else None

    def across(self, start, end, door, src, dst, port, protocol):
        """One packet through a transit gateway, out of this door; not what the door's table says."""
        net = self.net
        here, there = net.joins(net.vpc[start]), net.joins(net.vpc[end])
        if here is None or there is None or self.route(start, dst)[0] != "TransitGatewayId":
            return False
        near, _ = net.doors(here, net.zone(start))
        hub = net.hub(here)
        if not near or hub is None or self.hop(hub, dst) != there:
            return False
        if not self.acl(start, True, dst, protocol, port) or not self.acl(near[0], False, src, protocol, port):
            return False
        if door == end:
            return True
        return self.acl(door, True, dst, protocol, port) and self.acl(end, False, src, protocol, port)

    def crossing(self, a, b):
        """The doors that packets may come out of, there and back."""
        net = self.net
        here, there = net.joins(net.vpc[a.subnet]), net.joins(net.vpc[b.subnet])
        if net.vpc[a.subnet] == net.vpc[b.subnet] or here is None or there is None:
            return [None]
        out, back = net.doors(there, net.zone(a.subnet))[1], net.doors(here, net.zone(b.subnet))[1]
        return list(product(out, back))

    def over(self, a, b, doors, src, dst, sport, dport, protocol):
        """Between two interfaces, by a transit gateway."""
        net = self.net
        x, y = net.vpc[a.subnet], net.vpc[b.subnet]
        if doors is None or not all(net.carries(net.joins(it), src.version) for it in (x, y)):
            return False
        known = a.groups if net.named_across(x, y) else None
        return (
            self.group(net.outbound, a.groups, None, dst, protocol, dport, "Destination")
            and self.group(net.inbound, b.groups, known, src, protocol, dport, "Source")
            and self.across(a.subnet, b.subnet, doors[0], src, dst, dport, protocol)
            and self.route(doors[0], dst)[0] == "local"
            and self.across(b.subnet, a.subnet, doors[1], dst, src, sport, protocol)
            and self.route(doors[1], src)[0] == "local"
        )

    def private(self, a, b, client, src, dst, sport, dport, protocol, doors=None):
        """Between two interfaces; the source is the sender itself or a load balancer's client."""
        net = self.net
        if net.vpc[a.subnet] != net.vpc[b.subnet] and self.route(a.subnet, dst)[0] == "TransitGatewayId":
            if src.version == 6 and not (a.six and b.six):
                return False
            return self.over(a, b, doors, src, dst, sport, dport, protocol)
        if src.version == 6 and not (a.six and b.six):
            return False
        if not self.group(net.outbound, a.groups, b.groups, dst, protocol, dport, "Destination"):
            return False
        if not self.group(net.inbound, b.groups, a.groups, src, protocol, dport, "Source"):
            return False
        if a.subnet == b.subnet:
            return True
        x, y = net.vpc[a.subnet], net.vpc[b.subnet]
        way = ("local", None) if x == y else ("VpcPeeringConnectionId", net.peered(x, y))
        if x != y and way[1] is None:
            return False
        if self.route(a.subnet, dst) != way:
            return False
        if not client and self.route(b.subnet, src) != way:
            return False
        return (
            self.acl(a.subnet, True, dst, protocol, dport)
            and self.acl(b.subnet, False, src, protocol, dport)
            and self.acl(b.subnet, True, src, protocol, sport)
            and self.acl(a.subnet, False, dst, protocol, sport)
        )

    def exits(self, subnet):
        """The doors into the other VPC, and those that answers may come back by."""
        net = self.net
        here = net.joins(net.vpc[subnet])
        others = [it for it in net.of("EC2::TransitGatewayAttachment") if it != here]
        if here is None or not others:
            return [None]
        back = [target(it) for it in net.properties(here)["SubnetIds"]]
        return list(product(net.doors(others[0], net.zone(subnet))[1], back))

    def far(self, a, doors, src, dst, sport, nport, dport, protocol):
        """Out by the NAT gateway of the other VPC."""
        net = self.net
        if doors is None or dst.version == 6:
            return False
        kind, where = self.route(doors[0], dst)
        if kind != "NatGatewayId" or net.properties(where).get("ConnectivityType") == "private":
            return False
        home = target(net.properties(where)["SubnetId"])
        # An answer comes back by a door in its zone where there is one.
        if doors[1] not in net.doors(net.joins(net.vpc[a.subnet]), net.zone(home))[1]:
            doors = (doors[0], net.doors(net.joins(net.vpc[a.subnet]), net.zone(home))[1][0])
        return (
            self.across(a.subnet, home, doors[0], src, dst, dport, protocol)
            and self.route(home, dst)[0] == "GatewayId"
            and net.vpc[home] in net.attached
            and self.acl(home, True, dst, protocol, dport)
            and self.acl(home, False, dst, protocol, nport)
            and self.across(home, a.subnet, doors[1], dst, src, sport, protocol)
            and self.route(doors[1], src)[0] == "local"
        )

    def out(self, a, src, dst, sport, nport, dport, protocol, door=None):
        """To an address outside of every VPC."""
        net = self.net
        if dst.version == 4 and any(dst in it for it in SPECIAL):
            return False
        if dst.version == 6 and not a.six:
            return False
        if not self.group(net.outbound, a.groups, None, dst, protocol, dport, "Destination"):
            return False
        kind, where = self.route(a.subnet, dst)
        leaves = lambda subnet, port: self.acl(subnet, True, dst, protocol, dport) and self.acl(
            subnet, False, dst, protocol, port
        )
        if kind == "GatewayId":
            if net.vpc[a.subnet] not in net.attached or (dst.version == 4 and not a.public):
                return False
            return leaves(a.subnet, sport)
        if kind == "EgressOnlyInternetGatewayId":
            return dst.version == 6 and leaves(a.subnet, sport)
        if kind == "TransitGatewayId":
            return self.far(a, door, src, dst, sport, nport, dport, protocol)
        if kind == "NatGatewayId":
            nat = net.properties(where)
            home = target(nat["SubnetId"])
            if dst.version == 6 or nat.get("ConnectivityType") == "private":
                return False
            if home != a.subnet:
                if not leaves(a.subnet, sport):
                    return False
                if not self.acl(home, False, src, protocol, dport) or not self.acl(home, True, src, protocol, sport):
                    return False
            if self.route(home, dst)[0] != "GatewayId" or net.vpc[home] not in net.attached:
                return False
            return leaves(home, nport)
        return False

    def into(self, b, src, dst, sport, dport, protocol):
        """From an address outside of every VPC."""
        net = self.net
        if src.version == 4 and (any(src in it for it in SPECIAL) or not b.public):
            return False
        if src.version == 6 and not b.six:
            return False
        return (
            net.vpc[b.subnet] in net.attached
            and self.acl(b.subnet, False, src, protocol, dport)
            and self.group(net.inbound, b.groups, None, src, protocol, dport, "Source")
            and self.acl(b.subnet, True, src, protocol, sport)
            and self.route(b.subnet, src)[0] == "GatewayId"
        )

    # Where answers can change.

    def usable(self, subnet, version):
        text = self.net.subnets[subnet].get("CidrBlock" if version == 4 else "Ipv6CidrBlock")
        if text is None:
            return []
        it = network(text)
        return [(int(it.network_address) + 4, int(it.broadcast_address) - 1)]

    def own(self, place, version):
        if place.address and version == 4:
            it = int(ipaddress.ip_address(place.address))
            return [(it, it)]
        return self.usable(place.subnet, version)

    def edges(self, version):
        """Every end of a range in the template, and the addresses beside it."""
        key = ("edges", version)
        if key not in self.__dict__:
            found = set()
            for it in self.net.resources.values():
                rules = [it.get("Properties", {})]
                rules += rules[0].get("SecurityGroupIngress", []) + rules[0].get("SecurityGroupEgress", [])
                for rule in rules:
                    for name, value in rule.items():
                        if "Cidr" in name and isinstance(value, str):
                            one = network(value)
                            if one.version == version:
                                first, last = int(one.network_address), int(one.broadcast_address)
                                found |= {first - 1, first, last, last + 1}
            if version == 4:
                for one in SPECIAL:
                    found |= {int(one.network_address) - 1, int(one.broadcast_address) + 1}
            self.__dict__[key] = sorted(found)
        return self.__dict__[key]

    def points(self, ranges, version):
        make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        found = {end for it in ranges for end in it}
        for it in self.edges(version):
            if any(first <= it <= last for first, last in ranges):
                found.add(it)
        return [make(it) for it in sorted(found)]

    def ports(self, first, last):
        found = {first, last}
        if first != last:
            key = "port edges"
            if key not in self.__dict__:
                all_ports = set()
                for it in self.net.resources.values():
                    own = it.get("Properties", {})
                    rules = [own] + own.get("SecurityGroupIngress", []) + own.get("SecurityGroupEgress", [])
                    for rule in rules:
                        ends = rule.get("PortRange", {"From": rule.get("FromPort", 0), "To": rule.get("ToPort", 0)})
                        for end in (int(ends["From"]), int(ends["To"])):
                            all_ports |= {end - 1, end, end + 1}
                self.__dict__[key] = all_ports
            found |= {it for it in self.__dict__[key] if first <= it <= last}
        return sorted(found)

    def minus(self, ranges, cuts):
        for low, high in cuts:
            rest = []
            for first, last in ranges:
                if high < first or low > last:
                    rest.append((first, last))
                    continue
                if first < low:
                    rest.append((first, low - 1))
                if last > high:
                    rest.append((high + 1, last))
            ranges = rest
        return ranges

    def vpc_ranges(self, version):
        texts = (
            [it["CidrBlock"] for it in self.net.of("EC2::VPC").values()]
            if version == 4
            else [it["Ipv6CidrBlock"] for it in self.net.of("EC2::VPCCidrBlock").values()]
        )
        return [(int(network(it).network_address), int(network(it).broadcast_address)) for it in texts]

    def internet(self, version):
        if version == 4:
            cuts = [(int(it.network_address), int(it.broadcast_address)) for it in SPECIAL]
            return self.minus([(0, 2**32 - 1)], cuts)
        return self.minus([(2 << 124, (4 << 124) - 1)], self.vpc_ranges(6))

    def range(self, text, version):
        """What a range stands for: addresses in subnets, and those outside of every VPC."""
        if text in ("internet", "internet-ipv6", "0.0.0.0/0", "::/0"):
            return [], self.internet(version)
        it = network(text)
        first, last = int(it.network_address), int(it.broadcast_address)
        inside = []
        for name in sorted(self.net.subnets):
            for low, high in self.usable(name, version):
                if max(low, first) <= min(high, last):
                    inside.append((name, [(max(low, first), min(high, last))]))
        return inside, self.minus([(first, last)], self.vpc_ranges(version))


def sweep(check, *axes):
    """All combinations; (one works, one fails). The first two axes are tried before the others."""
    works = fails = False
    for combination in product(*axes):
        if check(*combination):
            works = True
        else:
            fails = True
        if works and fails:
            break
    return works, fails


def beside(results):
    results = list(results)
    return any(it[0] for it in results), any(it[1] for it in results)


def word(result):
    works, fails = result
    if not works:
        return "never"
    return "sometimes" if fails else "always"


class Asker:
    """The same questions for any way to settle one stretch."""

    def __init__(self, net, simulator):
        self.net, self.it = net, simulator

    def ask(self, question):
        net, it = self.net, self.it
        start, end = question["from"], question["to"]
        version, protocol = question["family"], question["protocol"]
        if start in net.resources and net.kind(start).endswith("LoadBalancer"):
            return word(self.behind(start, question, None))
        result = self.direct(question)
        if not result[0] and end in net.resources and net.kind(end) == "ECS::Service":
            for name, own in net.of("ElasticLoadBalancingV2::Listener").items():
                if own["Port"] != question["port"]:
                    continue
                balancer = target(own["LoadBalancerArn"])
                first = self.direct({**question, "to": balancer})
                facing = net.properties(balancer)["Scheme"] == "internet-facing"
                if start not in net.resources:
                    inside, rest = it.range(start, version)
                    client = [one for _, ranges in inside for one in ranges] + rest
                elif facing and version == 4:
                    client = [(int(SOMEWHERE),) * 2]
                else:
                    client = [one for place in net.places(start) for one in it.own(place, version)]
                second = self.behind(balancer, question, client)
                both = (first[0] and second[0], first[1] or second[1])
                if both[0]:
                    return word(both)
        return word(result)

    def direct(self, question):
        net, it = self.net, self.it
        start, end = question["from"], question["to"]
        version, protocol, port = question["family"], question["protocol"], question["port"]
        if end in net.resources:
            others = net.places(end)
            balancer = net.kind(end).endswith("LoadBalancer")
            if balancer:
                listens = any(
                    target(own["LoadBalancerArn"]) == end
                    and own["Port"] == port
                    and (own["Protocol"] == "UDP") == (protocol == "udp")
                    for own in net.of("ElasticLoadBalancingV2::Listener").values()
                )
                if not listens:
                    return (False, True)
                facing = net.properties(end)["Scheme"] == "internet-facing" and version == 4
            ports = net.port_of(end, port)
            if start in net.resources:
                results = []
                for a, b in product(net.places(start), others):
                    if balancer and facing:
                        out = it.settle_out(a, [(int(FRONT),) * 2], ports, protocol, version)
                        into = it.settle_into(b, [(int(SOMEWHERE),) * 2], ports, protocol, version)
                        results.append((out[0] and into[0], out[1] or into[1]))
                    else:
                        results.append(it.settle(a, b, None, None, ports, protocol, version))
                return beside(results)
            inside, rest = it.range(start, version)
            results = []
            for b in others:
                for subnet, ranges in inside:
                    a = net.place(subnet, None, False, None, (1024, 65535), True)
                    results.append(it.settle(a, b, ranges, None, ports, protocol, version))
                if rest:
                    results.append(it.settle_into(b, rest, ports, protocol, version))
            return beside(results)
        inside, rest = it.range(end, version)
        results = []
        for a in net.places(start):
            for subnet, ranges in inside:
                b = net.place(subnet, None, False, None, (1024, 65535), True)
                results.append(it.settle(a, b, None, ranges, (port, port), protocol, version))
            if rest:
                results.append(it.settle_out(a, rest, (port, port), protocol, version))
        return beside(results)

    def behind(self, balancer, question, client):
        """From a load balancer to its one service."""
        net, it = self.net, self.it
        version, service = question["family"], "Service"
        own = net.properties(balancer)
        group = net.properties("Targets")
        mode, mapping = net.container(service)
        ports = net.port_of(service, mapping["ContainerPort"])
        protocol = "udp" if group["Protocol"] == "UDP" and not question["health"] else "tcp"
        if client is None:
            protocol = question["protocol"]
        if question["health"] and "HealthCheckPort" in group:
            ports = (int(group["HealthCheckPort"]),) * 2
        is_network = own["Type"] == "network"
        preserves = False
        if is_network and not question["health"]:
            preserves = group["TargetType"] == "instance" or group["Protocol"] == "UDP"
            if group["Protocol"] != "UDP":
                for one in group.get("TargetGroupAttributes", []):
                    preserves = one["Value"] == "true"
        crosses = not is_network or "LoadBalancerAttributes" in own
        zone = lambda place: net.subnets[place.subnet]["AvailabilityZone"]
        nodes = net.places(balancer)
        results = []
        for b in net.places(service):
            if all(zone(a) != zone(b) for a in nodes):
                results.append((False, True))
                continue
            for a in nodes:
                if not crosses and zone(a) != zone(b):
                    continue
                if not preserves:
                    results.append(it.settle(a, b, None, None, ports, protocol, version))
                    continue
                ranges = client
                if ranges is None:
                    if own["Scheme"] == "internet-facing":
                        ranges = it.internet(version)
                    else:
                        home = net.vpc[a.subnet]
                        ranges = [
                            one
                            for name in net.subnets
                            if net.vpc[name] == home
                            for one in it.usable(name, version)
                        ]
                results.append(it.settle(a, b, ranges, None, ports, protocol, version, client=True))
        return beside(results)


class Packets(Simulator):
    """Settles a stretch by sending packets."""

    def settle(self, a, b, sources, destinations, ports, protocol, version, client=False):
        src = self.points(sources or self.own(a, version), version)
        dst = self.points(destinations or self.own(b, version), version)
        if not src or not dst:
            return (False, True)
        sports = self.ports(*((1024, 65535) if client else a.ports))
        if a.subnet == b.subnet:
            sports = sports[:1]
        check = lambda s, d, doors, sport, dport: self.private(a, b, client, s, d, sport, dport, protocol, doors)
        return sweep(check, src, dst, self.crossing(a, b), sports, self.ports(*ports))

    def settle_out(self, a, destinations, ports, protocol, version):
        src, dst = self.points(self.own(a, version), version), self.points(destinations, version)
        if not src:
            return (False, True)
        # Source ports matter where a network ACL sees the answers.
        acls = any(self.net.acl.get(it) for it in self.net.subnets)
        sports = self.ports(*a.ports) if acls else [a.ports[0]]
        nports = self.ports(1024, 65535) if acls and self.net.of("EC2::NatGateway") else [1024]
        check = lambda s, d, sport, nport, dport: self.out(a, s, d, sport, nport, dport, protocol)
        works = fails = False
        for d in dst:
            for s in src:
                # Which of the ports matter depends on the way.
                kind, where = self.route(a.subnet, d)
                if kind == "TransitGatewayId":
                    result = self.settle_far(a, s, d, sports, nports, ports, protocol)
                    works, fails = works or result[0], fails or result[1]
                    continue
                some = nports if kind == "NatGatewayId" else nports[:1]
                mine = sports
                if kind == "NatGatewayId" and target(self.net.properties(where)["SubnetId"]) == a.subnet:
                    mine = sports[:1]
                result = sweep(lambda *it: check(s, d, *it), mine, some, self.ports(*ports))
                works, fails = works or result[0], fails or result[1]
                if works and fails:
                    return (works, fails)
        return (works, fails)

    def settle_far(self, a, s, d, sports, nports, ports, protocol):
        exits = self.exits(a.subnet)
        if not any(it and self.route(it[0], d)[0] == "NatGatewayId" for it in exits):
            sports, nports = sports[:1], nports[:1]
        check = lambda door, *it: self.out(a, s, d, *it, protocol, door)
        return sweep(check, exits, sports, nports, self.ports(*ports))

    def settle_into(self, b, sources, ports, protocol, version):
        src, dst = self.points(sources, version), self.points(self.own(b, version), version)
        if not dst:
            return (False, True)
        check = lambda s, d, sport, dport: self.into(b, s, d, sport, dport, protocol)
        return sweep(check, src, dst[:1], self.ports(1024, 65535), self.ports(*ports))
