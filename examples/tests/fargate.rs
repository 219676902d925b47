//! Staging and production of the Fargate system are one template with other arguments.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use stack_core::{App, Expr, Template, conditions};
use systems::fargate;

#[test]
fn both_environments_share_one_template_byte_for_byte() {
    let mut app = App::new();
    fargate::define(&mut app);
    let assembly = app.synth().unwrap_or_else(|it| panic!("{}", it[0]));
    let [staging, production] =
        ["FargateStaging", "FargateProduction"].map(|it| assembly.stack(it).unwrap());
    assert_eq!(staging.body(), production.body());
    assert!(staging.arguments.keys().eq(production.arguments.keys()));
    let parameters = staging.template.section("Parameters").unwrap();
    assert!(parameters.keys().eq(staging.arguments.keys().copied()));
    assert_eq!(staging.arguments["Cpu"], "256");
    assert_eq!(production.arguments["Cpu"], "1024");
}

/// What a template refers to and does not have.
fn missing(template: &Template) -> Vec<String> {
    let there = |id: &str| {
        let declared = ["Resources", "Parameters"].map(|it| template.section(it));
        id.starts_with("AWS::") || declared.iter().flatten().any(|it| it.contains(id))
    };
    let mut missing = Vec::new();
    Expr::Object(template.root().clone()).each(&mut |it| {
        if let Some((id, _)) = it.refers_to()
            && !there(id)
        {
            missing.push(id.to_owned());
        }
    });
    missing
}

/// `snapshots/fargate/conditions.txt`; `UPDATE_SNAPSHOTS=1 cargo test -p systems` writes it anew.
#[test]
fn every_reachable_combination_of_conditions_is_as_it_was_reviewed() {
    let mut app = App::new();
    fargate::define(&mut app);
    let assembly = app.synth().unwrap_or_else(|it| panic!("{}", it[0]));
    // Both environments share the template, so one is enough.
    let template = &assembly.stack("FargateStaging").unwrap().template;
    let combinations = conditions::combinations(template).unwrap();
    assert_eq!(combinations.len(), 4);
    for it in &combinations {
        let resolved = conditions::resolved(template, it);
        assert!(missing(&resolved).is_empty(), "{:?}", it.conditions);
    }
    let text = conditions::report(template).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/fargate/conditions.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let reviewed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, reviewed);
}
