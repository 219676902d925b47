//! A service on Fargate. Staging and production share one template, byte for byte; what differs is
//! given to its parameters, and stands in `fargate.toml`.

use std::collections::BTreeMap;

use stack_cli::settings::{self, AccountId};
use stack_core::prelude::*;
use stack_templates::*;

/// What the parameters are given in one environment.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Settings {
    stage: String,
    account: AccountId,
    certificate: String,
    domain: String,
    version: String,
    size: TaskSize,
    tasks: (i64, i64),
}

/// Both environments.
pub fn define(app: &mut App) {
    let settings = settings::load(include_str!("fargate.toml"), "fargate.toml");
    let settings: Result<BTreeMap<String, Settings>, ()> = settings.map_err(|it| app.problems(it));
    for (name, it) in settings.iter().flatten() {
        let place = Environment::new(&it.account, "eu-west-1");
        service(app.stack_in(name, place), it);
    }
}

fn service(mut stack: Scope<'_>, it: &Settings) {
    let text = Parameter::string;
    let stage = text().allowed(["staging", "production"]).given(&it.stage);
    let stage = stack.parameter("Stage", stage);
    let certificate = stack.parameter("Certificate", Parameter::of().given(&it.certificate));
    let domain = stack.parameter("Domain", text().given(&it.domain));
    let tag = text().pattern("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    let version = stack.parameter("Version", tag.given(&it.version));
    let cpu = text().allowed(["256", "512", "1024"]).given(it.size.cpu());
    let cpu = stack.parameter("Cpu", cpu);
    let memory = text().allowed(["512", "1024", "2048"]);
    let memory = stack.parameter("Memory", memory.given(it.size.memory().0));
    let tasks = |count| Parameter::number().min(1).max(100).given(count);
    let least = stack.parameter("LeastTasks", tasks(it.tasks.0));
    let most = stack.parameter("MostTasks", tasks(it.tasks.1));
    let production = stack.condition("IsProduction", stage.is("production"));
    let named = stack.condition("HasDomain", domain.is_not(""));

    let zones = ["euw1-az1", "euw1-az2"];
    let network = stack.add("Network", Network::new(cidr!("10.42.0.0/16"), zones));
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
        .scale(Scaling::between(least, most).cpu(60))
        .shift(TrafficShift::canary(10, minutes(10)))
        .rollback_when(ServiceAlarm::server_errors(10));
    stack.add("Api", api);
    let zone = Zone::existing("Z0123456789SHOP", "shop.example");
    let name = stack.add("ApiName", Alias::new(&zone, domain, edge));
    stack.edit(name).when(named);
}
