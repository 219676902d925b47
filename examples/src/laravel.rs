//! Laravel on EC2: nginx behind a public load balancer, PHP-FPM behind an internal one, in two
//! clusters. Staging and production are one definition; what differs stands in `laravel.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use stack_cli::settings::{self, AccountId};
use stack_core::prelude::*;
use stack_templates::*;

/// Everything that differs between environments.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    account: AccountId,
    range: Cidr,
    domain: String,
    certificate: String,
    version: String,
    instance_type: String,
    php: TaskSize,
    php_workers: u32,
    /// A NAT gateway in each zone, and nothing can be deleted by accident.
    live: bool,
}

const ZONES: [&str; 2] = ["euw1-az1", "euw1-az2"];
const PHP: &str = "php.shop.internal";

/// Both environments, each a network and the application in it.
pub fn define(app: &mut App) {
    let settings = settings::load(include_str!("laravel.toml"), "laravel.toml");
    let settings: Result<BTreeMap<String, Settings>, ()> = settings.map_err(|it| app.problems(it));
    for (name, it) in settings.iter().flatten() {
        let place = || Environment::new(&it.account, "eu-west-1");
        let mut base = app.stack_in(format!("Laravel{name}Network"), place());
        base.termination_protection(it.live);
        let nat = if it.live { Nat::PerZone } else { Nat::Single };
        let network = base.add("Network", Network::new(it.range, ZONES).nat(nat));
        let mut stack = app.stack_in(format!("Laravel{name}"), place());
        stack.termination_protection(it.live);
        // Their templates are longer than a call can be.
        stack.deployment(Deployment {
            templates_bucket: Some(format!("stack-templates-{}", it.account)),
            ..Deployment::default()
        });
        application(stack, name, it, network);
    }
}

fn application(mut stack: Scope<'_>, name: &str, it: &Settings, network: NetworkPlan) {
    let certificate = CertificateArn::existing(&it.certificate);
    let edge = HttpsLoadBalancer::new(network, certificate).deletion_protection(it.live);
    let edge = stack.add("Edge", edge);
    let inner = InternalLoadBalancer::new(network, port!(9000)).deletion_protection(it.live);
    let inner = stack.add("Inner", inner);
    let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
    stack.add("PhpName", Alias::new(&zone, PHP, inner));
    let site = Zone::existing("Z0123456789SHOP", "shop.example");
    stack.add("SiteName", Alias::new(&site, &it.domain, edge));

    let cluster = stack.add("PhpCluster", Cluster::new());
    let capacity = Ec2Capacity::new(network, cluster, &it.instance_type, 2, 6);
    let capacity = stack.add("PhpCapacity", capacity);
    let image = Image::ecr("shop/php", &it.version);
    let key = || Secret::parameter("/shop/app-key");
    let workers = PhpFpmConfig::new(port!(9000), it.php_workers, mib(96));
    let php = Ec2Service::new(network, capacity, image.clone(), port!(9000))
        .size(it.php.cpu(), it.php.memory())
        .config_file("/etc/shop/php-fpm.conf", workers)
        .scratch("/tmp")
        .env("APP_ENV", name.to_lowercase())
        .secret("APP_KEY", key())
        .behind(inner.connections());
    stack.add("Php", php);
    let artisan = |words| ["php", "artisan"].into_iter().chain(words);
    let migration = OneOffTask::on_ec2(network, image.clone(), 256, mib(512));
    let migration = migration
        .command(artisan(["migrate", "--force"]))
        .secret("APP_KEY", key());
    stack.add("Migration", migration);
    let queue = Worker::on_ec2(network, capacity, image.clone(), 256, mib(512));
    let queue = queue
        .command(artisan(["queue:work", "--max-time=3600"]))
        .secret("APP_KEY", key());
    stack.add("Queue", queue.stop_timeout(seconds(90)));
    // Two clocks would do everything twice: the old one stops first.
    let clock = Worker::on_ec2(network, capacity, image, 256, mib(512))
        .count(1)
        .rolling(0, 100);
    let clock = clock.command(artisan(["schedule:work", "--no-interaction"]));
    stack.add("Clock", clock.secret("APP_KEY", key()));

    let cluster = stack.add("NginxCluster", Cluster::new());
    let capacity = Ec2Capacity::new(network, cluster, &it.instance_type, 2, 4);
    let capacity = stack.add("NginxCapacity", capacity);
    let nginx = Image::ecr("shop/nginx", &it.version);
    let site = NginxConfig::new(port!(8080), "/app/public", PHP, port!(9000))
        .host(&it.domain)
        .trusted(it.range);
    let nginx = Ec2Service::new(network, capacity, nginx, port!(8080))
        .config_file("/etc/shop/nginx.conf", site)
        .scratch("/tmp")
        .behind(edge.host(&it.domain).health_check("/nginx-health"));
    let nginx = stack.add("Nginx", nginx);
    stack.add("NginxToPhp", allow(nginx, inner));
}
