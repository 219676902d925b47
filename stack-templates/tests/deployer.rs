//! What the deployer's role may do, and who may take it on.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use stack_core::prelude::*;
use stack_templates::*;

fn templates() -> Value<BucketName> {
    BucketName::existing("shop-templates-111122223333")
}

fn deployer(pipeline: Pipeline) -> Deployer {
    Deployer::new(pipeline, ["Shop-"], templates())
}

fn template(deployer: Deployer) -> Json {
    let mut app = App::new();
    app.stack("It").add("Deployer", deployer);
    let assembly = app.synth().unwrap();
    serde_json::from_str(assembly.stack("It").unwrap().body()).unwrap()
}

fn told(deployer: Deployer) -> String {
    let mut app = App::new();
    app.stack("ShopDeployer").add("Deployer", deployer);
    let problems = app.synth().err().unwrap_or_default();
    let told: Vec<String> = problems.into_iter().map(|it| it.message).collect();
    told.join("; ")
}

fn statements(template: &Json, role: &str) -> Vec<Json> {
    let place = format!("/Resources/{role}/Properties/Policies/0/PolicyDocument/Statement");
    template
        .pointer(&place)
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

fn texts(value: &Json) -> BTreeSet<String> {
    match value {
        Json::Array(all) => all.iter().flat_map(texts).collect(),
        Json::String(text) => BTreeSet::from([text.clone()]),
        _ => BTreeSet::new(),
    }
}

#[test]
fn a_pipeline_is_known_by_what_its_token_says() {
    let github = || Pipeline::github("acme/shop");
    for (pipeline, issuer, subject) in [
        (
            github(),
            "token.actions.githubusercontent.com",
            "repo:acme/shop:ref:refs/heads/main",
        ),
        (
            github().branch("release/2.x"),
            "token.actions.githubusercontent.com",
            "repo:acme/shop:ref:refs/heads/release/2.x",
        ),
        (
            github().environment("production"),
            "token.actions.githubusercontent.com",
            "repo:acme/shop:environment:production",
        ),
        (
            Pipeline::gitlab("acme/platform/shop"),
            "gitlab.com",
            "project_path:acme/platform/shop:ref_type:branch:ref:main",
        ),
    ] {
        let template = template(deployer(pipeline));
        let trust = &template["Resources"]["DeployerRole"]["Properties"]["AssumeRolePolicyDocument"]
            ["Statement"][0];
        assert_eq!(trust["Action"], "sts:AssumeRoleWithWebIdentity");
        let equals = &trust["Condition"]["StringEquals"];
        assert_eq!(equals[format!("{issuer}:sub")], subject);
        assert!(equals.get(format!("{issuer}:aud")).is_some());
        let provider =
            format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{issuer}");
        assert_eq!(trust["Principal"]["Federated"]["Fn::Sub"], provider);
    }
}

#[test]
fn every_change_to_a_stack_names_the_prefix() {
    let all = deployer(Pipeline::github("acme/shop")).deletes();
    let template = template(all);
    for it in statements(&template, "DeployerRole") {
        let actions = texts(&it["Action"]);
        let reads = |it: &String| it.contains(":Describe") || it.contains(":List");
        if actions.iter().all(reads) || !actions.iter().any(|it| it.starts_with("cloudformation:"))
        {
            continue;
        }
        let resource = it["Resource"]["Fn::Sub"].as_str().unwrap();
        assert!(resource.ends_with(":stack/Shop-*/*"), "{it}");
    }
}

#[test]
fn nothing_is_deleted_rolled_out_or_promoted_unless_asked_for() {
    let template = template(deployer(Pipeline::github("acme/shop")));
    let actions: BTreeSet<String> = statements(&template, "DeployerRole")
        .iter()
        .flat_map(|it| texts(&it["Action"]))
        .collect();
    for action in [
        "cloudformation:CreateStack",
        "cloudformation:DeleteStack",
        "cloudformation:SetStackPolicy",
        "cloudformation:UpdateStack",
        "ecr:PutImage",
        "ecs:UpdateService",
    ] {
        assert!(!actions.contains(action), "{action}");
    }
    assert!(actions.iter().all(|it| !it.contains('*')));
}

/// Otherwise CloudFormation could not deploy them.
#[test]
fn roles_of_all_patterns_may_be_given_to_their_services() {
    let own = template(deployer(Pipeline::github("acme/shop")));
    let give = statements(&own, "DeployerCloudFormationRole")
        .into_iter()
        .find(|it| it["Action"] == "iam:PassRole");
    let given = texts(&give.unwrap()["Condition"]["StringEquals"]["iam:PassedToService"]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    let mut taken = BTreeSet::new();
    for system in fs::read_dir(folder).unwrap().flatten() {
        for file in fs::read_dir(system.path()).into_iter().flatten().flatten() {
            let text = fs::read_to_string(file.path()).unwrap();
            let Ok(template) = serde_json::from_str::<Json>(&text) else {
                continue;
            };
            for it in template["Resources"].as_object().into_iter().flatten() {
                let trust = &it.1["Properties"]["AssumeRolePolicyDocument"]["Statement"];
                for statement in trust.as_array().into_iter().flatten() {
                    taken.extend(texts(&statement["Principal"]["Service"]));
                }
            }
        }
    }
    // A stack's own service role is given by whoever deploys or deletes, not by CloudFormation.
    taken.remove("cloudformation.amazonaws.com");
    assert_eq!(taken, given);
}

#[test]
fn what_would_let_in_others_is_refused() {
    let github = |it: &str| deployer(Pipeline::github(it));
    let good = || Pipeline::github("acme/shop");
    for (deployer, expected) in [
        (deployer(good()), ""),
        (github("acme"), "`acme` is no repository of GitHub"),
        (github("acme/*"), "`acme/*` is no repository of GitHub"),
        (
            github("acme/shop:x"),
            "`acme/shop:x` is no repository of GitHub",
        ),
        (
            deployer(good().branch("*")),
            "`*` is no branch or environment",
        ),
        (
            deployer(good().environment("")),
            "`` is no branch or environment",
        ),
        (
            deployer(Pipeline::gitlab("acme/shop").environment("live")),
            "a job of GitLab does not say that it is in `live`",
        ),
        (
            deployer(Pipeline::role("1111", "deploy")),
            "`1111` is no AWS account id",
        ),
        (
            deployer(Pipeline::role("111122223333", "*")),
            "`*` is no name of a role",
        ),
        (
            Deployer::new(good(), ["Shop"], templates()),
            "`Shop` matches `ShopDeployer`: the deployer could change itself",
        ),
        (
            Deployer::new(good(), ["*"], templates()),
            "no name of a stack begins with `*`",
        ),
        (
            Deployer::new(good(), [""], templates()),
            "no name of a stack begins with ``; `` matches `ShopDeployer`: the deployer could change itself",
        ),
        (
            Deployer::new(good(), Vec::<String>::new(), templates()),
            "this deployer may deploy no stack",
        ),
        (
            deployer(good()).session_hours(13),
            "a session cannot last 13 hours",
        ),
        (
            deployer(good()).rolls_out("environment", [""]),
            "this tag would match no service, or any",
        ),
        (
            deployer(good()).promotes(["*"]),
            "`*` is no name of a repository",
        ),
        (
            deployer(Pipeline::role("111122223333", "deploy")).with_provider(),
            "an account has no identity provider",
        ),
    ] {
        assert_eq!(told(deployer), expected);
    }
}
