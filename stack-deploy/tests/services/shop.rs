//! The shop: one service in dev, staging and prod, over two accounts, fed by one registry.

use std::sync::atomic::{AtomicU64, Ordering};

use stack_core::prelude::*;
use stack_deploy::ecr::{Digest, Manifest, Repository, RepositoryRules};
use stack_deploy::history::{History, Ledger};
use stack_deploy::images::{Freezes, Promoted, Promotion, PromotionPlan, plan_promotion, promote};
use stack_deploy::services::{Clock, Declaration, Stopped, Waiting};
use stack_deploy::{Time, Utc};

use super::cloud::{Cloud, Shelf, definition, service};

pub(crate) const REGISTRY: &str = "111122223333";
pub(crate) const PRODUCTION: &str = "444455556666";
pub(crate) const REGION: &str = "eu-west-1";

/// Saturday, 2026-11-21.
pub(crate) fn noon() -> Time {
    Utc::parse("2026-11-21T12:00").unwrap().0
}

pub(crate) fn repository() -> Repository {
    Repository {
        registry: REGISTRY.to_owned(),
        region: REGION.to_owned(),
        name: "shop/api".to_owned(),
    }
}

/// An image for two architectures, in exactly these bytes.
pub(crate) fn image(name: &str) -> Manifest {
    let (amd, arm) = (
        Digest::of(&format!("{name}-amd")),
        Digest::of(&format!("{name}-arm")),
    );
    let text = format!(
        "{{ \"schemaVersion\" : 2,\n \"manifests\":[{{\"digest\":\"{amd}\"}},\n{{\"digest\":\"{arm}\"}}]}}\n"
    );
    Manifest {
        digest: Digest::of(&text),
        media_type: "application/vnd.oci.image.index.v1+json".to_owned(),
        text,
    }
}

pub(crate) fn arn(environment: &str) -> String {
    let account = account(environment);
    format!("arn:aws:ecs:{REGION}:{account}:service/Main/Api-{environment}")
}

pub(crate) fn account(environment: &str) -> &'static str {
    match environment {
        "prod" => PRODUCTION,
        _ => REGISTRY,
    }
}

/// What the templates say: moving tags, and in production a release.
pub(crate) const SAYS: [(&str, &str); 3] = [
    ("dev", "dev"),
    ("staging", "staging"),
    ("prod", "prod-20261101000000-aaaaaa1"),
];

pub(crate) fn name(version: &str) -> String {
    let mark = if version.starts_with("sha256:") {
        '@'
    } else {
        ':'
    };
    format!("{}{mark}{version}", repository())
}

/// What the program declares.
pub(crate) fn declaration() -> Declaration {
    let mut app = App::new();
    program(&mut app);
    Declaration::of(&app.synth().unwrap())
}

/// The program.
pub(crate) fn program(app: &mut App) {
    app.promotes("dev", "staging");
    app.promotes("staging", "prod");
    for (environment, version) in SAYS {
        let place = Environment::new(account(environment), REGION);
        let mut stack = app.stack_in(format!("Shop-{environment}"), place);
        stack.tag("environment", environment);
        let container = Object::single("Name", Expr::from("app"));
        let mut container = container;
        container.set("Image", name(version));
        let tasks = Raw::new("AWS::ECS::TaskDefinition")
            .property("Family", "api")
            .property(
                "ContainerDefinitions",
                Expr::List(vec![Expr::Object(container)]),
            );
        let tasks = stack.add("ApiTaskDefinition", tasks);
        stack.add(
            "ApiService",
            Raw::new("AWS::ECS::Service").property("TaskDefinition", tasks),
        );
    }
}

pub(crate) const LIFECYCLE: &str = r#"{"rules":[
    {"rulePriority":1,"selection":{"tagStatus":"tagged","tagPatternList":["dev"],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}},
    {"rulePriority":2,"selection":{"tagStatus":"tagged","tagPatternList":["staging"],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}},
    {"rulePriority":3,"selection":{"tagStatus":"tagged","tagPatternList":["prod-*"],"countType":"imageCountMoreThan","countNumber":30},"action":{"type":"expire"}},
    {"rulePriority":4,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":200},"action":{"type":"expire"}}]}"#;

/// `new` runs in dev, `old` in staging, `older` in prod.
pub(crate) fn shop() -> Cloud {
    let cloud = Cloud::new(noon());
    {
        let mut data = cloud.data();
        let mut shelf = Shelf {
            rules: RepositoryRules {
                immutable: true,
                except: ["*dev", "*staging", "*prod"]
                    .map(ToOwned::to_owned)
                    .to_vec(),
                lifecycle: Some(LIFECYCLE.to_owned()),
            },
            ..Shelf::default()
        };
        let day = 86_400_000;
        for (number, it) in ["new", "old", "older"].iter().enumerate() {
            let pushed = Time(noon().0 - day * (u64::try_from(number).unwrap() + 1));
            let image = image(it);
            shelf
                .manifests
                .insert(image.digest.clone(), (image, pushed));
        }
        for (tag, it) in [
            ("dev", "new"),
            ("sha-bbbbbb2", "new"),
            ("staging", "old"),
            ("prod", "older"),
            ("prod-20261101000000-aaaaaa1", "older"),
        ] {
            shelf.tags.insert(tag.to_owned(), image(it).digest);
        }
        data.repositories.insert(repository(), shelf);
        for (environment, version) in SAYS {
            let arn = arn(environment);
            let family = format!(
                "arn:aws:ecs:{REGION}:{}:task-definition/api-{environment}:1",
                account(environment)
            );
            let stack = (
                account(environment).to_owned(),
                format!("Shop-{environment}"),
            );
            let physical = [("ApiService".to_owned(), arn.clone())];
            data.stacks.insert(stack, physical.into());
            data.definitions
                .insert(family.clone(), definition(&family, &name(version)));
            data.services
                .insert(arn.clone(), service(&arn, &family, 2, Time(noon().0 - day)));
            data.start_tasks(&arn, "ecs-svc/0", &family, 2);
        }
    }
    cloud
}

pub(crate) fn promotion(from: &str, to: &str) -> Promotion {
    Promotion {
        service: "api".to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        digest: None,
        container: None,
        force: None,
    }
}

pub(crate) fn plan(cloud: &Cloud, promotion: &Promotion) -> Result<PromotionPlan, Stopped> {
    plan_promotion(cloud, cloud, &declaration(), promotion, &Freezes::default())
}

pub(crate) fn promoted(
    cloud: &Cloud,
    promotion: &Promotion,
    history: Option<&dyn History>,
) -> Result<Promoted, Stopped> {
    let plan = plan(cloud, promotion)?;
    let run = run();
    promote(cloud, &plan, &Ledger::new(history, cloud, &run))
}

/// The name of a run.
pub(crate) fn run() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("run-{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

pub(crate) fn waiting() -> Waiting<'static> {
    Waiting {
        bound: Some(std::time::Duration::from_secs(600)),
        told: &|_, _| (),
    }
}

/// What a tag names.
pub(crate) fn tag(cloud: &Cloud, tag: &str) -> Option<Digest> {
    cloud.data().repositories[&repository()]
        .tags
        .get(tag)
        .cloned()
}

/// The moment.
pub(crate) fn now(cloud: &Cloud) -> Time {
    Clock::now(cloud)
}
