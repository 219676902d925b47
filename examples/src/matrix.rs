//! One service in six environments over two accounts, fed by the tags of one registry. What differs
//! stands in `matrix.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use stack_cli::settings::{self, AccountId, Promotion};
use stack_core::prelude::*;
use stack_templates::*;

#[derive(Deserialize, JsonSchema)]
struct Settings {
    region: String,
    repository: String,
    registry: AccountId,
    promotion: Promotion,
    places: BTreeMap<String, Place>,
}

/// What the environments of one account share.
#[derive(Deserialize, JsonSchema)]
struct Place {
    account: AccountId,
    range: Cidr,
    certificate: String,
    zone: String,
    domain: String,
    environments: BTreeMap<String, Stage>,
}

#[derive(Deserialize, JsonSchema)]
struct Stage {
    host: String,
    /// A tag or a digest.
    image: String,
    size: TaskSize,
    tasks: (i64, i64),
}

/// The registry, the places and the environments.
pub fn define(app: &mut App) {
    match settings::load(include_str!("matrix.toml"), "matrix.toml") {
        Ok(it) => stacks(app, &it),
        Err(problems) => app.problems(problems),
    }
}

fn stacks(app: &mut App, it: &Settings) {
    let environments = || it.places.values().flat_map(|it| it.environments.keys());
    it.promotion
        .declare(app, environments().map(String::as_str));
    let within = |account: &AccountId| Environment::new(account, &it.region);

    let repository = ImageRepository::new(&it.repository)
        .moving_tags(environments())
        .releases("prod-", 30)
        .releases("mb-prod-", 30)
        .pulled_by(it.places.values().map(|it| &it.account));
    let mut images = app.stack_in("Matrix-images", within(&it.registry));
    images.add("Api", repository);

    for (name, place) in &it.places {
        let mut base = app.stack_in(format!("Matrix-{name}"), within(&place.account));
        let network = base.add("Network", Network::new(place.range, 2));
        let cluster = base.add("Cluster", Cluster::new());
        let certificate = CertificateArn::existing(&place.certificate);
        let edge = base.add("Edge", HttpsLoadBalancer::new(network, certificate));
        let zone = Zone::existing(&place.zone, &place.domain);
        for (stage, own) in &place.environments {
            let mut stack = app.stack_in(format!("Matrix-{stage}"), within(&place.account));
            stack.tag("environment", stage);
            let image = Image::shared(&it.registry, &it.region, &it.repository, &own.image);
            let api = FargateService::new(network, cluster, image, port!(8080))
                .size(own.size)
                .env("STAGE", stage.clone())
                .behind(edge.host(&own.host).health_check("/healthz"))
                .scale(Scaling::between(own.tasks.0, own.tasks.1).cpu(60));
            stack.add("Api", api);
            stack.add("ApiName", Alias::new(&zone, own.host.clone(), edge));
        }
    }
}
