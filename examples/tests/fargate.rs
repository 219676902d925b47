//! Staging and production of the Fargate system are one template with other arguments.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::App;
use systems::fargate;

#[test]
fn both_environments_share_one_template_byte_for_byte() {
    let mut app = App::new();
    fargate::define(&mut app);
    let assembly = app.synth().unwrap_or_else(|it| panic!("{}", it[0]));
    let [staging, production] =
        ["FargateStaging", "FargateProduction"].map(|it| assembly.stack(it).unwrap());
    assert_eq!(staging.body, production.body);
    assert!(staging.arguments.keys().eq(production.arguments.keys()));
    let parameters = staging.template.section("Parameters").unwrap();
    assert!(parameters.keys().eq(staging.arguments.keys().copied()));
    assert_eq!(staging.arguments["Cpu"], "256");
    assert_eq!(production.arguments["Cpu"], "1024");
}
