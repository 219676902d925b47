//! The forms of the role that deploys.

use stack_core::aws::kinds::ManagedPolicyArn;
use stack_core::prelude::*;
use stack_core::sub;
use stack_templates::*;

use super::Form;

pub(super) const FORMS: &[(&str, Form)] = &[
    ("deployer-fullest", |app| {
        let pipeline = Pipeline::github("acme/shop").environment("production");
        let deployer = Deployer::new(pipeline, ["Fargate", "Matrix-"], templates())
            .with_provider()
            .policies([own("shop-services")])
            .bounded_by(own("shop-boundary"))
            .deletes()
            .rolls_out("environment", ["mb-prod", "prod"])
            .promotes(["shop/api", "shop/web"])
            .session_hours(2);
        app.stack("It").add("Deployer", deployer);
    }),
    ("deployer-gitlab", |app| {
        let pipeline = Pipeline::gitlab("acme/platform/shop").branch("release");
        let deployer = Deployer::new(pipeline, ["Shop"], templates());
        app.stack("It").add("Deployer", deployer);
    }),
    ("deployer-smallest", |app| {
        let pipeline = Pipeline::github("acme/shop");
        let deployer = Deployer::new(pipeline, ["Shop"], templates());
        app.stack("It").add("Deployer", deployer);
    }),
    ("deployer-strict", |app| {
        let pipeline = Pipeline::role("111122223333", "builds/deploy");
        let deployer = Deployer::new(pipeline, ["Fargate"], templates())
            .policies([own("shop-services")])
            .bounded_by(own("shop-boundary"))
            .deletes();
        app.stack("It").add("Deployer", deployer);
    }),
];

fn templates() -> Value<BucketName> {
    BucketName::existing(sub!("stack-templates-${AWS::AccountId}"))
}

fn own(name: &str) -> Value<ManagedPolicyArn> {
    ManagedPolicyArn::existing(sub!(
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${name}",
        name = name
    ))
}
