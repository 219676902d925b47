//! Many stacks, and many threads that build them at once.

use stack_core::prelude::*;

/// One shared stack and 500 that use it, ten resources each.
pub(crate) fn fleet(app: &mut App) {
    let vpc = app.stack("Shared").add(
        "Vpc",
        Raw::new("AWS::EC2::VPC").property("CidrBlock", "10.0.0.0/16"),
    );
    for number in 0..500 {
        let mut stack = app.stack(format!("Branch{number}"));
        for index in 0..10 {
            let group = Raw::new("AWS::EC2::SecurityGroup")
                .property(
                    "GroupDescription",
                    format!("group {index} of branch {number}"),
                )
                .property("VpcId", vpc);
            stack.add(format!("Group{index}"), group);
        }
    }
}

/// The shop, while other threads build it and the fleet.
pub(crate) fn define(app: &mut App) {
    std::thread::scope(|threads| {
        for number in 0..7 {
            threads.spawn(move || {
                let mut other = App::new();
                if number % 2 == 0 {
                    fleet(&mut other);
                }
                super::shop::define(&mut other);
                other.synth().unwrap();
            });
        }
        super::shop::define(app);
    });
}
