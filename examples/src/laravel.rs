//! Laravel on EC2: nginx behind a public load balancer, PHP-FPM behind an internal one, in two
//! clusters. Staging and production are one definition with other settings.

use stack_core::prelude::*;
use stack_templates::*;

/// Everything that differs between environments.
struct Settings {
    name: &'static str,
    account: &'static str,
    range: Cidr,
    nat: Nat,
    domain: &'static str,
    certificate: &'static str,
    version: &'static str,
    instance_type: &'static str,
    php: (u32, Mebibytes),
    protected: bool,
}

const STAGING: Settings = Settings {
    name: "Staging",
    account: "111122223333",
    range: cidr!("10.40.0.0/16"),
    nat: Nat::Single,
    domain: "staging.shop.example",
    certificate: "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666",
    version: "2026.11.2",
    instance_type: "m6i.large",
    php: (512, mib(1024)),
    protected: false,
};

const PRODUCTION: Settings = Settings {
    name: "Production",
    account: "444455556666",
    range: cidr!("10.41.0.0/16"),
    nat: Nat::PerZone,
    domain: "www.shop.example",
    certificate: "arn:aws:acm:eu-west-1:444455556666:certificate/7e8f9a0b-5555-4666-8777-888899990000",
    version: "2026.11.1",
    instance_type: "m6i.xlarge",
    php: (1024, gib(2)),
    protected: true,
};

const REGION: &str = "eu-west-1";
const ZONES: [&str; 2] = ["euw1-az1", "euw1-az2"];
const PHP: &str = "php.shop.internal";

/// Both environments, each a network and the application in it.
pub fn define(app: &mut App) {
    for it in [STAGING, PRODUCTION] {
        let place = Environment::new(it.account, REGION);
        let mut base = app.stack(format!("Laravel{}Network", it.name));
        base.environment(place.clone())
            .termination_protection(it.protected);
        let network = base.add("Network", Network::new(it.range, ZONES).nat(it.nat));
        let mut stack = app.stack(format!("Laravel{}", it.name));
        stack
            .environment(place)
            .termination_protection(it.protected);
        application(stack, it, network);
    }
}

fn application(mut stack: Scope<'_>, it: Settings, network: NetworkPlan) {
    let certificate = CertificateArn::existing(it.certificate);
    let edge = HttpsLoadBalancer::new(network, certificate).deletion_protection(it.protected);
    let edge = stack.add("Edge", edge);
    let inner = InternalLoadBalancer::new(network, port!(9000)).deletion_protection(it.protected);
    let inner = stack.add("Inner", inner);

    let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
    stack.add("PhpName", Alias::new(&zone, PHP, inner));

    let cluster = stack.add("PhpCluster", Cluster::new());
    let capacity = Ec2Capacity::new(network, cluster, it.instance_type, 2, 4);
    let capacity = stack.add("PhpCapacity", capacity);
    let (cpu, memory) = it.php;
    let php = Ec2Service::new(
        network,
        capacity,
        Image::ecr("shop/php", it.version),
        port!(9000),
    )
    .size(cpu, memory)
    .scratch("/tmp")
    .env("APP_ENV", it.name.to_lowercase())
    .secret("APP_KEY", Secret::parameter("/shop/app-key"))
    .behind(inner.connections());
    stack.add("Php", php);

    let cluster = stack.add("NginxCluster", Cluster::new());
    let capacity = Ec2Capacity::new(network, cluster, it.instance_type, 2, 4);
    let capacity = stack.add("NginxCapacity", capacity);
    let nginx = Image::ecr("shop/nginx", it.version);
    let nginx = Ec2Service::new(network, capacity, nginx, port!(8080))
        .scratch("/tmp")
        .env("FASTCGI_UPSTREAM", format!("{PHP}:9000"))
        .behind(edge.host(it.domain).health_check("/nginx-health"));
    let nginx = stack.add("Nginx", nginx);

    stack.add("NginxToPhp", allow(nginx, inner));
    stack.add(
        "SiteName",
        Alias::new(
            &Zone::existing("Z0123456789SHOP", "shop.example"),
            it.domain,
            edge,
        ),
    );
}
