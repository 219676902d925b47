//! A service on Fargate. Staging and production share one template, byte for byte; what differs is
//! given to its parameters.

use stack_core::prelude::*;
use stack_templates::*;

/// What the parameters are given in one environment.
struct Settings {
    name: &'static str,
    account: &'static str,
    certificate: &'static str,
    domain: &'static str,
    version: &'static str,
    size: TaskSize,
    tasks: (i64, i64),
}

const STAGING: Settings = Settings {
    name: "staging",
    account: "111122223333",
    certificate: "arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-4222-8333-444455556666",
    domain: "api.staging.shop.example",
    version: "2.1.0-rc.3",
    size: task_size!(256, 512),
    tasks: (1, 2),
};

const PRODUCTION: Settings = Settings {
    name: "production",
    account: "444455556666",
    certificate: "arn:aws:acm:eu-west-1:444455556666:certificate/7e8f9a0b-5555-4666-8777-888899990000",
    domain: "api.shop.example",
    version: "2.0.7",
    size: task_size!(1024, 2048),
    tasks: (3, 12),
};

const ZONES: [&str; 2] = ["euw1-az1", "euw1-az2"];

/// Both environments.
pub fn define(app: &mut App) {
    for (stack, it) in [
        ("FargateStaging", STAGING),
        ("FargateProduction", PRODUCTION),
    ] {
        let mut stack = app.stack(stack);
        stack.environment(Environment::new(it.account, "eu-west-1"));
        service(stack, it);
    }
}

fn service(mut stack: Scope<'_>, it: Settings) {
    let stage = stack.parameter(
        "Stage",
        Parameter::string().allowed(["staging", "production"]),
    );
    let certificate = stack.parameter("Certificate", Parameter::of());
    let domain = stack.parameter("Domain", Parameter::string());
    let version = stack.parameter(
        "Version",
        Parameter::string().pattern("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"),
    );
    let cpu = stack.parameter("Cpu", Parameter::string().allowed(["256", "512", "1024"]));
    let memory = stack.parameter(
        "Memory",
        Parameter::string().allowed(["512", "1024", "2048"]),
    );
    let least = stack.parameter("LeastTasks", Parameter::number().min(1).max(100));
    let most = stack.parameter("MostTasks", Parameter::number().min(1).max(100));
    stack
        .argument(stage, it.name)
        .argument(certificate, it.certificate);
    stack
        .argument(domain, it.domain)
        .argument(version, it.version);
    stack
        .argument(cpu, it.size.cpu())
        .argument(memory, it.size.memory().0);
    stack.argument(least, it.tasks.0).argument(most, it.tasks.1);
    let production = stack.condition(
        "IsProduction",
        Condition::equals(stage.value(), "production"),
    );

    let network = stack.add("Network", Network::new(cidr!("10.42.0.0/16"), ZONES));
    let cluster = stack.add("Cluster", Cluster::new());
    let edge = HttpsLoadBalancer::new(network, certificate)
        .deletion_protection(if_else(production, true, false));
    let edge = stack.add("Edge", edge);
    let api = Image::ecr("shop/api", version.value());
    let api = FargateService::new(network, cluster, api, port!(8080))
        .size_from(cpu, memory)
        .scratch("/tmp")
        .env("STAGE", stage)
        .secret("DATABASE_URL", Secret::parameter("/shop/api/database-url"))
        .behind(edge.path("/*").health_check("/healthz"))
        .scale(Scaling::between(least, most).cpu(60));
    stack.add("Api", api);
    let zone = Zone::existing("Z0123456789SHOP", "shop.example");
    stack.add("ApiName", Alias::new(&zone, domain, edge));
}
