//! A network in one stack, used in others.

use stack_core::prelude::*;

fn base(mut stack: Scope<'_>) -> Ref<Raw> {
    stack.description("The network").tag("team", "shop");
    stack.add(
        "Vpc",
        Raw::new("AWS::EC2::VPC").property("CidrBlock", "10.0.0.0/16"),
    )
}

fn shop(mut stack: Scope<'_>, vpc: Ref<Raw>) {
    stack
        .environment(Environment::new("012345678901", "eu-west-1"))
        .termination_protection(true);
    let group = Raw::new("AWS::EC2::SecurityGroup")
        .property("GroupDescription", "The shop")
        .property("VpcId", vpc);
    stack.add("Group", group);
    stack.add(
        "Logs",
        Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", 30),
    );
}

pub(crate) fn define_base(app: &mut App) {
    base(app.stack("Base"));
}

pub(crate) fn define(app: &mut App) {
    let vpc = base(app.stack("Base"));
    shop(app.stack("ShopDev"), vpc);
    let mut jobs = app.stack("Jobs");
    jobs.add("Queue", Raw::new("AWS::SQS::Queue"));
}
