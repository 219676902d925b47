//! What a template wants to be reachable, and what nobody wants to be.

use crate::model::{Piece, Resource, Stack, Value, View, World};

use super::answer::{Answer, Endpoint, Family, Protocol, Question};
use super::answered::Wanted;
use super::parts::*;
use super::read_classic::CLASSIC;
use super::read_stores::STORES;

/// Something that must be reachable, or must not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Intent {
    /// The stack whose resource wants it, by its place among the stacks.
    pub stack: usize,
    /// The resource.
    pub resource: String,
    /// The property that says so; empty for the resource as a whole.
    pub property: String,
    /// The question.
    pub question: Question,
    /// Whether it must be reachable; else it must not be.
    pub must: bool,
    /// Why that is wanted, as the end of a sentence: `` `Edge` sends to it ``.
    pub why: String,
}

/// Everything that templates say is wanted: a listener's targets on their traffic and health-check
/// ports, listeners from where their load balancer is for, a task's image registry, logs and
/// secrets, load balancers that tasks are given the name of, data stores from whom they admit. And
/// what hardly is: data stores and instances from the internet.
pub fn intents(world: World<'_, '_>, network: &Network) -> Vec<Intent> {
    let mut all = Vec::new();
    targets(network, &mut all);
    listeners(network, &mut all);
    for stack in world.stacks() {
        for service in stack.of("AWS::ECS::Service") {
            start(service, network, &mut all);
        }
    }
    clients(network, &mut all);
    unwanted(network, &mut all);
    sorted(all)
}

/// What one stack wants, in the network around it.
pub fn intents_of(stack: Stack<'_, '_>, network: &Network) -> Vec<Intent> {
    let mut all = Vec::new();
    targets(network, &mut all);
    listeners(network, &mut all);
    for service in stack.of("AWS::ECS::Service") {
        start(service, network, &mut all);
    }
    clients(network, &mut all);
    unwanted(network, &mut all);
    all.retain(|it| it.stack == stack.number());
    sorted(all)
}

fn sorted(mut all: Vec<Intent>) -> Vec<Intent> {
    all.sort();
    // One reason is enough.
    all.dedup_by(|a, b| {
        (a.stack, &a.resource, &a.question, a.must) == (b.stack, &b.resource, &b.question, b.must)
    });
    all
}

/// What becomes of intents, in their order.
pub fn check_intents(network: &Network, intents: &[Intent]) -> Vec<Answer> {
    let answer = |it: &Intent| match it.must {
        true => network.can(&it.question),
        false => network.can_directly(&it.question),
    };
    intents.iter().map(answer).collect()
}

/// Read once for all rules that run together.
pub(crate) fn wanted(stack: Stack<'_, '_>, look: impl FnOnce(&Wanted)) {
    let find = || {
        let mut network = Network::around(stack);
        network.quiet = true;
        let intents = intents_of(stack, &network);
        Wanted::new(stack, network, intents)
    };
    match stack.world().session() {
        Some(session) => look(session.network(find)),
        None => look(&find()),
    }
}

/// Whether a stack may want to reach something; when not, the network around it need not be read.
pub(crate) fn may_want(stack: Stack<'_, '_>) -> bool {
    let has = |kind: &str| stack.of(kind).next().is_some();
    let says = |kind: &str, path| stack.of(kind).any(|it| it.get(path).is_set());
    let is_outside = |listener: Resource<'_, '_>| {
        let balancer = listener.get("LoadBalancerArn").target();
        balancer.is_some_and(|it| it.get("Scheme").text() != Some("internal"))
    };
    let has_targets = || {
        says("AWS::AutoScaling::AutoScalingGroup", "TargetGroupARNs")
            || says("AWS::AutoScaling::AutoScalingGroup", "LoadBalancerNames")
            || has(CLASSIC)
            || says("AWS::ElasticLoadBalancingV2::TargetGroup", "Targets")
    };
    let has_clients = || {
        has("AWS::AutoScaling::AutoScalingGroup")
            || has("AWS::EC2::Instance")
            || says("AWS::Lambda::Function", "VpcConfig.SubnetIds")
    };
    // What other stacks hold is seen when they are read.
    let has_stores = || STORES.iter().any(|it| has(it.kind)) || !stack.is_alone();
    has("AWS::ECS::Service")
        || stack
            .of("AWS::ElasticLoadBalancingV2::Listener")
            .any(is_outside)
        || has_targets()
        || has_clients() && has_stores()
}

fn endpoint(network: &Network, stack: usize, id: &str) -> Endpoint {
    Endpoint::Resource {
        stack: network.stacks.get(&stack).cloned(),
        id: id.to_owned(),
    }
}

fn of_node(network: &Network, node: &Node) -> Endpoint {
    endpoint(network, node.stack, &node.id)
}

/// A load balancer reaches its targets.
fn targets(network: &Network, all: &mut Vec<Intent>) {
    for balancer in &network.balancers {
        let node = &network.nodes[balancer.node];
        let mut listed: Vec<usize> = balancer
            .listeners
            .iter()
            .flat_map(|it| &it.targets)
            .copied()
            .collect();
        listed.sort_unstable();
        listed.dedup();
        let others: Vec<&TargetGroup> = listed
            .into_iter()
            .map(|it| &network.targets[it])
            .filter(|it| it.packets)
            .collect();
        for group in &others {
            for member in &group.members {
                let target = &network.nodes[member.node];
                // The ports of a Classic Load Balancer have no names.
                let named =
                    !balancer.classic && others.iter().any(|it| is_other(it, group, member));
                let question = |protocol| {
                    let (from, to) = (of_node(network, node), of_node(network, target));
                    let question = Question::new(from, to, None).protocol(protocol);
                    match named {
                        true => question.by(endpoint(network, group.stack, &group.id)),
                        false => question,
                    }
                };
                let (resource, stack, property) = match target.kind {
                    Kind::Service => (&target.id, target.stack, "LoadBalancers"),
                    Kind::AutoScaling if balancer.classic => {
                        (&target.id, target.stack, "LoadBalancerNames")
                    }
                    _ if balancer.classic => (&group.id, group.stack, "Instances"),
                    Kind::AutoScaling => (&target.id, target.stack, "TargetGroupARNs"),
                    _ => (&group.id, group.stack, "Targets"),
                };
                let mut push = |question, why: String| {
                    all.push(Intent {
                        stack,
                        resource: resource.clone(),
                        property: property.to_owned(),
                        question,
                        must: true,
                        why,
                    });
                };
                for (spoken, protocol) in [(group.tcp, Protocol::Tcp), (group.udp, Protocol::Udp)] {
                    if spoken {
                        let why = format!("`{}` sends requests to it", node.id);
                        push(question(protocol), why);
                    }
                }
                if group.health_port != HealthPort::Traffic || balancer.network {
                    push(
                        question(Protocol::Tcp).health_check(),
                        format!("`{}` checks its health", node.id),
                    );
                }
            }
        }
    }
}

/// Whether another target group has the same target in another way: each is asked about for itself.
fn is_other(other: &TargetGroup, group: &TargetGroup, member: &Member) -> bool {
    let ways = |it: &TargetGroup| {
        let kept = (it.preserves, it.cross_zone);
        (it.tcp, it.udp, it.health_port, kept)
    };
    let mut same = other.members.iter().filter(|it| it.node == member.node);
    same.any(|it| it.ports != member.ports || ways(other) != ways(group))
}

/// An internet-facing load balancer is reached from where its groups say, or from everywhere.
fn listeners(network: &Network, all: &mut Vec<Intent>) {
    for balancer in network
        .balancers
        .iter()
        .filter(|it| it.internet_facing == Some(true))
    {
        let node = &network.nodes[balancer.node];
        let groups: Vec<&Group> = node
            .seats
            .first()
            .and_then(|it| it.groups.as_ref())
            .into_iter()
            .flatten()
            .map(|it| &network.groups[*it])
            .collect();
        for listener in &balancer.listeners {
            let Some(port) = listener.port else { continue };
            let protocol = if listener.tcp {
                Protocol::Tcp
            } else {
                Protocol::Udp
            };
            let takes =
                |rule: &&Rule| rule.traffic.takes(protocol.number(), port, None) != Some(false);
            let rules: Vec<&Rule> = groups
                .iter()
                .flat_map(|it| &it.ingress)
                .filter(takes)
                .collect();
            let whole = |rule: &&Rule| matches!(&rule.peer, Peer::Range(it) if it.length == 0 && it.definite == it.possible);
            let mut from: Vec<Endpoint> = Vec::new();
            if rules.is_empty() || rules.iter().any(whole) {
                from.push(Endpoint::Internet);
            } else {
                for rule in &rules {
                    if let Peer::Range(range) = &rule.peer
                        && of(&range.definite, Family::V4).intersect(&super::who::INTERNET)
                            == *of(&range.definite, Family::V4)
                        && super::space::cidr(&range.text).is_some_and(|it| it.0 == Family::V4)
                    {
                        from.push(Endpoint::Cidr(range.text.clone()));
                    }
                }
            }
            for from in from {
                all.push(Intent {
                    stack: listener.stack,
                    resource: listener.id.clone(),
                    property: match balancer.classic {
                        true => "Listeners".to_owned(),
                        false => "Port".to_owned(),
                    },
                    question: Question::new(from, of_node(network, node), port).protocol(protocol),
                    must: true,
                    why: format!("`{}` is internet-facing and listens there", node.id),
                });
            }
        }
    }
}

/// What a task needs to start: image, logs, secrets; and the load balancers it is told of.
fn start(service: Resource<'_, '_>, network: &Network, all: &mut Vec<Intent>) {
    let Some(task) = service
        .get("TaskDefinition")
        .target_of("AWS::ECS::TaskDefinition")
    else {
        return;
    };
    let from = endpoint(network, service.stack().number(), service.id());
    let mut wanted: Vec<(Endpoint, Option<u16>, String)> = Vec::new();
    let mut aws = |names: &[&str], why: String| {
        for name in names {
            wanted.push((Endpoint::Aws((*name).to_owned()), Some(443), why.clone()));
        }
    };
    let mut elsewhere = false;
    for container in task.get("ContainerDefinitions").items() {
        let name = container
            .get("Name")
            .text()
            .unwrap_or("its container")
            .to_owned();
        match registry(&container.get("Image")) {
            Registry::Ecr => aws(
                &["ecr.api", "ecr.dkr", "s3"],
                format!("container `{name}` pulls its image there"),
            ),
            Registry::Elsewhere => elsewhere = true,
            Registry::Unknown => (),
        }
        if container.get("LogConfiguration").get("LogDriver").text() == Some("awslogs") {
            aws(
                &["logs"],
                format!("container `{name}` writes its log there"),
            );
        }
        for secret in container.get("Secrets").items() {
            if let Some(service) = secrets(&secret.get("ValueFrom")) {
                aws(
                    &[service],
                    format!("container `{name}` takes secrets from there"),
                );
            }
        }
    }
    if service.get("EnableExecuteCommand").bool() == Some(true) {
        aws(&["ssmmessages"], "ECS Exec is enabled".to_owned());
    }
    if elsewhere {
        wanted.push((
            Endpoint::Internet,
            Some(443),
            "a container pulls its image from a public registry".to_owned(),
        ));
    }
    let home = network.node_of(Some(service.stack().number()), service.id());
    for (balancer, port) in told(task, home, network) {
        // A public name is as often for links that browsers follow.
        if network.balancers[balancer].internet_facing != Some(false) {
            continue;
        }
        let node = &network.nodes[network.balancers[balancer].node];
        wanted.push((
            of_node(network, node),
            Some(port),
            format!("its environment names `{}`", node.id),
        ));
    }
    for (to, port, why) in wanted {
        all.push(Intent {
            stack: service.stack().number(),
            resource: service.id().to_owned(),
            property: if service.get("NetworkConfiguration").is_set() {
                "NetworkConfiguration"
            } else {
                ""
            }
            .to_owned(),
            question: Question::new(from.clone(), to, port),
            must: true,
            why,
        });
    }
}

enum Registry {
    Ecr,
    Elsewhere,
    Unknown,
}

fn registry(image: &View<'_, '_>) -> Registry {
    let mut text = String::new();
    for piece in image.pieces() {
        match piece {
            Piece::Text(it) => text.push_str(&it),
            Piece::Value(Value::Handle(it)) if it.attribute == Some("RepositoryUri") => {
                return Registry::Ecr;
            }
            // A part that is not known: its place is kept.
            Piece::Value(_) => text.push('\u{0}'),
        }
    }
    if text.contains(".dkr.ecr.") {
        return Registry::Ecr;
    }
    let host = text.split('/').next().unwrap_or_default();
    if text.is_empty() || host.contains('\u{0}') {
        return Registry::Unknown;
    }
    Registry::Elsewhere
}

fn secrets(value: &View<'_, '_>) -> Option<&'static str> {
    if let Some(resource) = value.target() {
        return match resource.kind() {
            "AWS::SecretsManager::Secret" => Some("secretsmanager"),
            "AWS::SSM::Parameter" => Some("ssm"),
            _ => None,
        };
    }
    let pieces = value.pieces();
    let text = |part: &str| {
        pieces
            .iter()
            .any(|it| matches!(it, Piece::Text(text) if text.contains(part)))
    };
    if text(":secretsmanager:") {
        return Some("secretsmanager");
    }
    if text(":ssm:") || text("parameter/") {
        return Some("ssm");
    }
    value.text().map(|_| "ssm")
}

/// Load balancers whose name is in a task's environment, and the port it says; without a port only
/// where there is one listener.
fn told(task: Resource<'_, '_>, home: Option<usize>, network: &Network) -> Vec<(usize, u16)> {
    let mut found = Vec::new();
    let names = aliases(task, network);
    let listens = |balancer: usize, text: &str| {
        let listeners = &network.balancers[balancer].listeners;
        let ports: Vec<u16> = listeners
            .iter()
            .filter(|it| it.tcp)
            .filter_map(|it| it.port)
            .collect();
        let wanted = match text {
            it if it.starts_with("https:") => 443,
            it if it.starts_with("http:") => 80,
            _ => 0,
        };
        match ports.as_slice() {
            [only] => Some(*only),
            all => all.iter().copied().find(|it| *it == wanted),
        }
    };
    for container in task.get("ContainerDefinitions").items() {
        for variable in container.get("Environment").items() {
            let value = variable.get("Value");
            let mut balancer = None;
            for piece in value.pieces() {
                match piece {
                    Piece::Value(Value::Handle(it)) if it.attribute == Some("DNSName") => {
                        let node = network.node_of(Some(it.stack), it.id);
                        balancer = node.and_then(|it| network.balancer_of(it)).or(balancer);
                    }
                    Piece::Text(text) => {
                        // A private name means another load balancer in each network.
                        let named = || names.iter().filter(|it| text.contains(it.0.as_str()));
                        let here = named().find(|it| same_vpc(network, home, it.1));
                        let alias = here.or_else(|| named().next());
                        balancer = alias.map(|it| it.1).or(balancer);
                    }
                    Piece::Value(_) => (),
                }
            }
            if let Some(balancer) = balancer
                && let Some(port) = listens(balancer, &value.prefix())
            {
                found.push((balancer, port));
            }
        }
    }
    found
}

/// Whether a load balancer is in the network of a node.
fn same_vpc(network: &Network, node: Option<usize>, balancer: usize) -> bool {
    let vpc = |node: usize| {
        let seat = network.nodes[node].seats.first()?;
        network.subnets[seat.subnet].vpc
    };
    node.is_some_and(|it| {
        let home = vpc(it);
        home.is_some() && home == vpc(network.balancers[balancer].node)
    })
}

/// Names of records that lead to load balancers.
fn aliases(task: Resource<'_, '_>, network: &Network) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let world = task.stack().world();
    // What is in stacks that were not read leads nowhere.
    for stack in network.stacks.keys().map(|it| world.stack(*it)) {
        for record in stack.of("AWS::Route53::RecordSet") {
            let Some(balancer) = record.get("AliasTarget.DNSName").target() else {
                continue;
            };
            let node = network.node_of(Some(balancer.stack().number()), balancer.id());
            if let (Some(number), Some(name)) = (
                node.and_then(|it| network.balancer_of(it)),
                record.get("Name").text(),
            ) {
                let name = name.trim_end_matches('.');
                if name.contains('.') && !name.starts_with('*') {
                    found.push((name.to_owned(), number));
                }
            }
        }
    }
    found
}

/// Whom a data store's groups admit on its port.
fn clients(network: &Network, all: &mut Vec<Intent>) {
    for store in network.nodes.iter().filter(|it| it.kind == Kind::Store) {
        let Some(port) = store.port else { continue };
        let groups = store
            .seats
            .first()
            .and_then(|it| it.groups.as_ref())
            .into_iter()
            .flatten();
        for rule in groups.flat_map(|it| &network.groups[*it].ingress) {
            let Peer::Group(admitted) = rule.peer else {
                continue;
            };
            if rule.traffic.takes(6, port, None) != Some(true) {
                continue;
            }
            for node in &network.nodes {
                let member = node
                    .seats
                    .iter()
                    .any(|it| it.groups.as_ref().is_some_and(|it| it.contains(&admitted)));
                if !member || matches!(node.kind, Kind::Balancer | Kind::Endpoint | Kind::Store) {
                    continue;
                }
                all.push(Intent {
                    stack: node.stack,
                    resource: node.id.clone(),
                    property: String::new(),
                    question: Question::new(of_node(network, node), of_node(network, store), port),
                    must: true,
                    why: format!(
                        "the group of `{}` admits {}",
                        store.id, network.groups[admitted].name
                    ),
                });
            }
        }
    }
}

/// Data stores and instances are not for the internet; a web server's ports may be.
fn unwanted(network: &Network, all: &mut Vec<Intent>) {
    for node in &network.nodes {
        let ports: Vec<u16> = match node.kind {
            Kind::Store => node.port.into_iter().collect(),
            Kind::Instance | Kind::AutoScaling => network
                .ports_of(node)
                .into_iter()
                .filter(|it| !matches!(it, 80 | 443))
                .collect(),
            _ => continue,
        };
        for port in ports {
            for from in [Endpoint::Internet, Endpoint::Internet6] {
                all.push(Intent {
                    stack: node.stack,
                    resource: node.id.clone(),
                    property: String::new(),
                    question: Question::new(from, of_node(network, node), port),
                    must: false,
                    why: match node.kind {
                        Kind::Store => "it holds data".to_owned(),
                        _ => "no load balancer stands before it".to_owned(),
                    },
                });
            }
        }
    }
}
