"""The same questions as formulas over bit vectors, settled by Z3.

Ranges are masks here, entries a nested choice from the last to the first, routes a nested choice from
the widest to the narrowest. Which addresses a question is about comes from the simulator's lists."""

from z3 import And, BitVec, BitVecVal, BoolVal, If, Not, Or, Solver, ULE, UGE, sat

from packets import Simulator
from templates import target

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1}


def parse(text):
    """Version, number and prefix length, by hand."""
    address, _, length = text.partition("/")
    if ":" not in address:
        number = 0
        for part in address.split("."):
            number = number << 8 | int(part)
        return 4, number, int(length or 32)
    head, _, tail = address.partition("::")
    front = [int(it, 16) for it in head.split(":") if it]
    back = [int(it, 16) for it in tail.split(":") if it]
    middle = [0] * (8 - len(front) - len(back)) if "::" in address else []
    number = 0
    for part in front + middle + back:
        number = number << 16 | part
    return 6, number, int(length or 128)


def matches(variable, text):
    version, number, length = parse(text)
    bits = 32 if version == 4 else 128
    if variable.size() != bits:
        return BoolVal(False)
    mask = ((1 << length) - 1) << (bits - length)
    return variable & BitVecVal(mask, bits) == BitVecVal(number & mask, bits)


def inside(variable, ranges):
    bits = variable.size()
    return Or([And(UGE(variable, BitVecVal(a, bits)), ULE(variable, BitVecVal(b, bits))) for a, b in ranges])


def between(variable, first, last):
    if int(first) > int(last):
        return BoolVal(False)
    return And(UGE(variable, BitVecVal(int(first), 16)), ULE(variable, BitVecVal(int(last), 16)))


def covers(rule, first, last, protocol, port):
    if str(rule) == "-1":
        return BoolVal(True)
    number = PROTOCOLS.get(str(rule)) or int(rule)
    if number != PROTOCOLS[protocol]:
        return BoolVal(False)
    return between(port, first, last)


class Formulas(Simulator):
    def __init__(self, net):
        super().__init__(net)
        self.count = 0

    def fresh(self, bits):
        self.count += 1
        return BitVec(f"v{self.count}", bits)

    def rules(self, table, groups, others, peer, protocol, port, end):
        if groups is None:
            return BoolVal(True)
        allowed = []
        for group in groups:
            for it in table[group]:
                who = it.get(end + "SecurityGroupId")
                if who is not None:
                    fits = BoolVal(bool(others) and target(who) in others)
                else:
                    fits = matches(peer, it.get("CidrIp") or it["CidrIpv6"])
                allowed.append(And(fits, covers(it["IpProtocol"], it.get("FromPort", 0), it.get("ToPort", 65535), protocol, port)))
        return Or(allowed)

    def listed(self, subnet, egress, peer, protocol, port):
        acl = self.net.acl.get(subnet)
        if acl is None:
            return BoolVal(True)
        entries = [it for (name, way), all_of in self.net.entries.items() if name == acl and way == egress for it in all_of]
        formula = BoolVal(False)
        for it in sorted(entries, key=lambda it: -it["RuleNumber"]):
            ports = it.get("PortRange", {})
            fits = And(
                matches(peer, it.get("CidrBlock") or it["Ipv6CidrBlock"]),
                covers(it["Protocol"], ports.get("From", 0), ports.get("To", 65535), protocol, port),
            )
            formula = If(fits, BoolVal(it["RuleAction"] == "allow"), formula)
        return formula

    def ways(self, subnet):
        """Routes, those that win last: by length, and the local one after others as long."""
        vpc = self.net.vpc[subnet]
        found = [(parse(self.net.properties(vpc)["CidrBlock"])[2], 1, self.net.properties(vpc)["CidrBlock"], "local")]
        if self.net.cidr6(vpc):
            found.append((parse(self.net.cidr6(vpc))[2], 1, self.net.cidr6(vpc), "local"))
        for it in self.net.routes.get(self.net.table.get(subnet), []):
            text = it.get("DestinationCidrBlock") or it["DestinationIpv6CidrBlock"]
            where = [it[key] for key in it if key.endswith("Id") and key != "RouteTableId"][0]
            found.append((parse(text)[2], 0, text, target(where)))
        return sorted(found, key=lambda it: it[:2])

    def sent(self, subnet, peer, per_target, otherwise=False):
        """A formula for each target of the table that decides."""
        formula = BoolVal(otherwise)
        for _, _, text, where in self.ways(subnet):
            formula = If(matches(peer, text), per_target(where), formula)
        return formula

    def decide(self, domain, formula):
        solver = Solver()
        solver.add(*domain)
        if solver.check() != sat:
            return (False, True)
        answers = []
        for it in (formula, Not(formula)):
            solver.push()
            solver.add(it)
            answers.append(solver.check() == sat)
            solver.pop()
        return tuple(answers)

    def variables(self, version, sources, destinations, sports, ports):
        bits = 32 if version == 4 else 128
        s, d, p, n, q = self.fresh(bits), self.fresh(bits), self.fresh(16), self.fresh(16), self.fresh(16)
        domain = [
            inside(s, sources), inside(d, destinations), between(p, *sports),
            between(n, 1024, 65535), between(q, *ports),
        ]
        return (s, d, p, n, q), domain

    def settle(self, a, b, sources, destinations, ports, protocol, version, client=False):
        net = self.net
        sources, destinations = sources or self.own(a, version), destinations or self.own(b, version)
        if not sources or not destinations or (version == 6 and not (a.six and b.six)):
            return (False, True)
        if net.vpc[a.subnet] != net.vpc[b.subnet] and net.of("EC2::TransitGateway"):
            return self.settle_over(a, b, sources, destinations, ports, protocol, version)
        sports = (1024, 65535) if client else a.ports
        (s, d, p, _, q), domain = self.variables(version, sources, destinations, sports, ports)
        parts = [
            self.rules(net.outbound, a.groups, b.groups, d, protocol, q, "Destination"),
            self.rules(net.inbound, b.groups, a.groups, s, protocol, q, "Source"),
        ]
        if a.subnet != b.subnet:
            x, y = net.vpc[a.subnet], net.vpc[b.subnet]
            way = "local" if x == y else net.peered(x, y)
            if way is None:
                return (False, True)
            arrives = lambda where: BoolVal(where == way)
            parts += [
                self.sent(a.subnet, d, arrives),
                self.listed(a.subnet, True, d, protocol, q),
                self.listed(b.subnet, False, s, protocol, q),
                self.listed(b.subnet, True, s, protocol, p),
                self.listed(a.subnet, False, d, protocol, p),
            ]
            if not client:
                parts.append(self.sent(b.subnet, s, arrives))
        return self.decide(domain, And(parts))

    def hub_sends(self, name, peer, wanted):
        """That the table of an attachment sends an address to another one."""
        hub = self.net.hub(name)
        if hub is None:
            return BoolVal(False)
        formula = BoolVal(False)
        for text, static, where in sorted(self.net.hops(hub), key=lambda it: (parse(it[0])[2], it[1])):
            formula = If(matches(peer, text), BoolVal(where == wanted), formula)
        return formula

    def crosses(self, start, end, door, s, d, protocol, port):
        net = self.net
        here, there = net.joins(net.vpc[start]), net.joins(net.vpc[end])
        near, _ = net.doors(here, net.zone(start))
        if not near:
            return BoolVal(False)
        parts = [
            self.sent(start, d, lambda it: BoolVal(self.is_kind(it, "EC2::TransitGateway"))),
            self.listed(start, True, d, protocol, port),
            self.listed(near[0], False, s, protocol, port),
            self.hub_sends(here, d, there),
        ]
        if door != end:
            parts += [self.listed(door, True, d, protocol, port), self.listed(end, False, s, protocol, port)]
        return And(parts)

    def settle_over(self, a, b, sources, destinations, ports, protocol, version):
        """Between two VPCs with a transit gateway, and perhaps a peering connection."""
        net = self.net
        x, y = net.vpc[a.subnet], net.vpc[b.subnet]
        results = []
        for doors in self.crossing(a, b):
            (s, d, p, _, q), domain = self.variables(version, sources, destinations, a.ports, ports)
            ways = []
            peering = net.peered(x, y)
            if peering:
                arrives = lambda where: BoolVal(where == peering)
                ways.append(And(
                    self.rules(net.outbound, a.groups, b.groups, d, protocol, q, "Destination"),
                    self.rules(net.inbound, b.groups, a.groups, s, protocol, q, "Source"),
                    self.sent(a.subnet, d, arrives),
                    self.sent(b.subnet, s, arrives),
                    self.listed(a.subnet, True, d, protocol, q),
                    self.listed(b.subnet, False, s, protocol, q),
                    self.listed(b.subnet, True, s, protocol, p),
                    self.listed(a.subnet, False, d, protocol, p),
                ))
            if doors and all(net.carries(net.joins(it), version) for it in (x, y)):
                at_home = lambda where: BoolVal(where == "local")
                ways.append(And(
                    self.rules(net.outbound, a.groups, [], d, protocol, q, "Destination"),
                    self.rules(
                        net.inbound, b.groups, a.groups if net.named_across(x, y) else [], s, protocol, q, "Source"
                    ),
                    self.crosses(a.subnet, b.subnet, doors[0], s, d, protocol, q),
                    self.sent(doors[0], d, at_home),
                    self.crosses(b.subnet, a.subnet, doors[1], d, s, protocol, p),
                    self.sent(doors[1], s, at_home),
                ))
            results.append(self.decide(domain, Or(ways)))
        return any(it[0] for it in results), any(it[1] for it in results)

    def is_kind(self, where, kind):
        return where in self.net.resources and self.net.kind(where) == kind

    def is_gateway(self, where):
        return where in self.net.resources and self.net.kind(where) == "EC2::InternetGateway"

    def settle_out(self, a, destinations, ports, protocol, version):
        results = [
            self.settle_out_by(a, destinations, ports, protocol, version, doors) for doors in self.exits(a.subnet)
        ]
        return any(it[0] for it in results), any(it[1] for it in results)

    def far_away(self, a, doors, s, d, p, n, q, protocol):
        """Out by the NAT gateway of another VPC, if the table of its door leads to one."""
        net = self.net

        def by(where):
            if not self.is_kind(where, "EC2::NatGateway") or net.properties(where).get("ConnectivityType") == "private":
                return BoolVal(False)
            home = target(net.properties(where)["SubnetId"])
            mine = net.doors(net.joins(net.vpc[a.subnet]), net.zone(home))[1]
            back = doors[1] if doors[1] in mine else mine[0]
            return And(
                self.crosses(a.subnet, home, doors[0], s, d, protocol, q),
                self.sent(home, d, lambda it: BoolVal(self.is_gateway(it))),
                BoolVal(net.vpc[home] in net.attached),
                self.listed(home, True, d, protocol, q),
                self.listed(home, False, d, protocol, n),
                self.crosses(home, a.subnet, back, d, s, protocol, p),
                self.sent(back, s, lambda it: BoolVal(it == "local")),
            )

        return self.sent(doors[0], d, by)

    def settle_out_by(self, a, destinations, ports, protocol, version, doors):
        net = self.net
        sources = self.own(a, version)
        if not sources or (version == 6 and not a.six):
            return (False, True)
        (s, d, p, n, q), domain = self.variables(version, sources, destinations, a.ports, ports)
        leaves = lambda subnet, port: And(
            self.listed(subnet, True, d, protocol, q), self.listed(subnet, False, d, protocol, port)
        )
        attached = lambda subnet: BoolVal(net.vpc[subnet] in net.attached)

        def by(where):
            kind = net.kind(where) if where in net.resources else ""
            if kind == "EC2::InternetGateway":
                return And(attached(a.subnet), BoolVal(version == 6 or a.public), leaves(a.subnet, p))
            if kind == "EC2::EgressOnlyInternetGateway":
                return And(BoolVal(version == 6), leaves(a.subnet, p))
            if kind == "EC2::TransitGateway" and version == 4 and doors:
                return self.far_away(a, doors, s, d, p, n, q, protocol)
            if kind != "EC2::NatGateway" or version == 6:
                return BoolVal(False)
            nat = net.properties(where)
            home = target(nat["SubnetId"])
            through = [
                BoolVal(nat.get("ConnectivityType") != "private"),
                self.sent(home, d, lambda it: BoolVal(self.is_gateway(it))),
                attached(home),
                leaves(home, n),
            ]
            if home != a.subnet:
                through += [
                    leaves(a.subnet, p),
                    self.listed(home, False, s, protocol, q),
                    self.listed(home, True, s, protocol, p),
                ]
            return And(through)

        special = BoolVal(False)
        if version == 4:
            special = Not(inside(d, self.internet(4)))
        formula = And(
            self.rules(net.outbound, a.groups, None, d, protocol, q, "Destination"),
            self.sent(a.subnet, d, by),
            Not(special),
        )
        return self.decide(domain, formula)

    def settle_into(self, b, sources, ports, protocol, version):
        net = self.net
        destinations = self.own(b, version)
        if not destinations or (version == 6 and not b.six):
            return (False, True)
        (s, d, p, _, q), domain = self.variables(version, sources, destinations, (1024, 65535), ports)
        public = inside(s, self.internet(4)) if version == 4 else BoolVal(True)
        formula = And(
            BoolVal(net.vpc[b.subnet] in net.attached),
            BoolVal(version == 6 or b.public),
            public,
            self.listed(b.subnet, False, s, protocol, q),
            self.rules(net.inbound, b.groups, None, s, protocol, q, "Source"),
            self.listed(b.subnet, True, s, protocol, p),
            self.sent(b.subnet, s, lambda it: BoolVal(self.is_gateway(it))),
        )
        return self.decide(domain, formula)
