//! A run in which the emulator checks signatures and policies: the deployer's role, as the pattern
//! makes it, deploys a system; whatever it may not do is refused.

use std::path::Path;

use serde_json::Value;

use super::aws::{Aws, Caller};
use super::journey::{Journey, Report};
use super::manifest::{Stack, System};
use super::own::{self, Program};
use super::server::Server;
use crate::tools;

/// The form of the pattern that is deployed. What stands below follows it.
const DEPLOYER: &str = "snapshots/patterns/deployer-fullest.json";
const ACCOUNT: &str = "444455556666";
const REGION: &str = "eu-west-1";
/// Its stacks: begun with the form's prefixes, in one account.
const STACKS: [&str; 3] = ["FargateProduction", "Matrix-production", "Matrix-mb-prod"];
/// The form's environment, and what is not.
const SUBJECT: &str = "repo:acme/shop:environment:production";
const OTHER_SUBJECTS: [&str; 4] = [
    "repo:acme/shop:environment:staging",
    "repo:acme/shop:ref:refs/heads/main",
    "repo:acme/shop:pull_request",
    "repo:evil/shop:environment:production",
];

/// Commands that are refused. `ROLE` is CloudFormation's role, `OWN` the deployer's, `FILE` a
/// template, `TAGLESS` and `CLUSTER` a service without the form's tag.
const REFUSED: [&str; 17] = [
    // without the role, with another, of other stacks, of its own
    "cloudformation create-change-set --stack-name FargateProduction --change-set-name c --template-body {}",
    "cloudformation create-change-set --stack-name FargateProduction --change-set-name c --template-body {} --role-arn OWN",
    "cloudformation create-change-set --stack-name Other --change-set-name c --change-set-type CREATE --template-body {} --role-arn ROLE",
    "cloudformation create-change-set --stack-name ShopDeployer --change-set-name c --template-body {} --role-arn ROLE",
    // a template from elsewhere
    "cloudformation create-change-set --stack-name FargateProduction --change-set-name c --role-arn ROLE --template-url https://s3.eu-west-1.amazonaws.com/elsewhere/t.json",
    // past change sets
    "cloudformation create-stack --stack-name FargateOther --template-body {} --role-arn ROLE",
    "cloudformation update-stack --stack-name FargateProduction --template-body {} --role-arn ROLE",
    "cloudformation set-stack-policy --stack-name FargateProduction --stack-policy-body {}",
    "cloudformation delete-stack --stack-name FargateProduction",
    "cloudformation delete-stack --stack-name ShopDeployer --role-arn ROLE",
    // what only CloudFormation may
    "iam create-role --role-name FargateX --assume-role-policy-document {}",
    "iam update-assume-role-policy --role-name FargateX --policy-document {}",
    "ec2 create-vpc --cidr-block 10.0.0.0/16",
    "ecs delete-service --cluster CLUSTER --service TAGLESS",
    "ecs update-service --cluster CLUSTER --service TAGLESS --force-new-deployment",
    "ssm get-parameter --name /shop/api/database-url --with-decryption",
    "s3api list-objects-v2 --bucket elsewhere",
];

/// The deployer's stack, a session of its pipeline, its stacks, what it may besides, what it may not.
pub(super) fn run(
    folder: &Path,
    systems: &[System],
    program: &Program,
) -> Result<(Report, usize), String> {
    let server = Server::start(folder, true)?;
    let mut aws = Aws::start(&server)?;
    let root = Caller::account(ACCOUNT, REGION);
    let (own, role) = deployer(&mut aws, &root)?;
    let session = session(&mut aws, &own)?;
    let stacks: Vec<&Stack> = STACKS
        .iter()
        .filter_map(|name| {
            let mut all = systems.iter().flat_map(|it| &it.stacks);
            all.find(|it| it.name == *name)
        })
        .collect();
    if stacks.len() != STACKS.len() {
        return Err("the examples have other stacks".to_owned());
    }
    let mut journey = Journey::new(&mut aws, folder);
    journey.deployer = Some((session.clone(), role.clone()));
    let ask = ["cloudformation", "list-stack-resources", "--stack-name"];
    let said = journey
        .aws
        .json(&root, &[&ask[..], &["ShopDeployer"]].concat())?;
    for it in said["StackResourceSummaries"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let name = it["ResourceType"].as_str().unwrap_or_default().to_owned();
        *journey.report.created.entry(name).or_default() += 1;
    }
    for stack in &stacks {
        journey.create(stack)?;
    }
    let (_, tagless) = service(journey.aws, &session, "FargateProduction")?;
    let (cluster, tagged) = service(journey.aws, &session, "Matrix-mb-prod")?;
    for command in REFUSED {
        let words: Vec<&str> = command
            .split(' ')
            .map(|word| match word {
                "ROLE" => role.as_str(),
                "OWN" => own.as_str(),
                "TAGLESS" => tagless.as_str(),
                "CLUSTER" => tagless.split('/').nth(1).unwrap_or_default(),
                other => other,
            })
            .collect();
        let answer = journey.aws.run(&session, &words)?;
        if answer.code == 0 || !answer.stderr.contains("is not authorized to perform") {
            return Err(format!(
                "`{command}` was not refused: {}",
                answer.stderr.trim()
            ));
        }
    }
    let roll = ["ecs", "update-service", "--force-new-deployment"];
    let roll = [&roll[..], &["--cluster", &cluster, "--service", &tagged]].concat();
    journey.aws.done(&session, &roll)?;
    let opened = [&roll[..], &["--enable-execute-command"]].concat();
    let answer = journey.aws.run(&session, &opened)?;
    if !answer.stderr.contains("is not authorized to perform") {
        return Err(format!(
            "the deployer could open a shell: {}",
            answer.stderr.trim()
        ));
    }
    for stack in stacks.iter().rev() {
        journey.delete(stack)?;
    }
    // The same again, by our program.
    let commands = own::strict(&mut journey, &server, program, &session, &role, &stacks)
        .map_err(|why| format!("our program: {why}"))?;
    let report = journey.report;
    Ok((report, aws.calls + commands))
}

/// Deploys the pattern as the account itself; the ARNs of its two roles.
fn deployer(aws: &mut Aws, root: &Caller) -> Result<(String, String), String> {
    let anything =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    for name in ["shop-services", "shop-boundary"] {
        let make = ["iam", "create-policy", "--policy-name", name];
        let make = [&make[..], &["--policy-document", anything]].concat();
        aws.done(root, &make)?;
    }
    let file = tools::root().join(DEPLOYER).display().to_string();
    let deploy = ["cloudformation", "deploy", "--stack-name", "ShopDeployer"];
    let options = ["--template-file", &file, "--capabilities", "CAPABILITY_IAM"];
    aws.done(root, &[&deploy[..], &options].concat())?;
    let ask = ["cloudformation", "describe-stacks", "--stack-name"];
    let said = aws.json(root, &[&ask[..], &["ShopDeployer"]].concat())?;
    let outputs = said["Stacks"][0]["Outputs"].as_array();
    let output = |name: &str| -> Result<String, String> {
        let mut all = outputs.into_iter().flatten();
        let found = all.find(|it| it["OutputKey"] == name);
        found
            .and_then(|it| it["OutputValue"].as_str().map(str::to_owned))
            .ok_or_else(|| format!("the deployer's stack has no output `{name}`"))
    };
    Ok((
        output("DeployerRoleArn")?,
        output("DeployerCloudFormationRoleArn")?,
    ))
}

/// A session of the pipeline, with a token as GitHub gives them. Other pipelines get none.
fn session(aws: &mut Aws, role: &str) -> Result<Caller, String> {
    let nobody = Caller {
        key: "nobody".to_owned(),
        ..Caller::account(ACCOUNT, REGION)
    };
    let ask = ["sts", "assume-role-with-web-identity", "--role-arn", role];
    let ask = [&ask[..], &["--role-session-name", "pipeline"]].concat();
    let ask = [&ask[..], &["--web-identity-token"]].concat();
    let others = OTHER_SUBJECTS.map(|it| (it, "sts.amazonaws.com"));
    for (subject, audience) in others
        .into_iter()
        .chain([(SUBJECT, "https://evil.example")])
    {
        let token = token(subject, audience);
        let answer = aws.run(&nobody, &[&ask[..], &[&token]].concat())?;
        if answer.code == 0 || !answer.stderr.contains("AccessDenied") {
            return Err(format!(
                "`{subject}` for `{audience}` was let in: {}",
                answer.stderr.trim()
            ));
        }
    }
    let token = token(SUBJECT, "sts.amazonaws.com");
    let said = aws.json(&nobody, &[&ask[..], &[&token]].concat())?;
    let text = |key: &str| {
        let value = said["Credentials"][key].as_str();
        value.unwrap_or_default().to_owned()
    };
    Ok(Caller {
        key: text("AccessKeyId"),
        secret: text("SecretAccessKey"),
        token: text("SessionToken"),
        region: REGION.to_owned(),
    })
}

/// A token that says who runs; the emulator does not look at its signature.
fn token(subject: &str, audience: &str) -> String {
    let issuer = "https://token.actions.githubusercontent.com";
    let claims = serde_json::json!({ "iss": issuer, "sub": subject, "aud": audience });
    let header = serde_json::json!({ "alg": "RS256", "typ": "JWT" });
    format!(
        "{}.{}.{}",
        base64(&header.to_string()),
        base64(&claims.to_string()),
        base64("not signed")
    )
}

/// Base64 for addresses, without padding.
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0u32, |bits, n| {
            bits << 8 | u32::from(chunk.get(n).copied().unwrap_or(0))
        });
        for n in 0..=chunk.len() {
            let digit = (bits >> (18 - 6 * n)) & 63;
            out.push(char::from(DIGITS[digit as usize]));
        }
    }
    out
}

/// The cluster and the service of a stack.
fn service(aws: &mut Aws, caller: &Caller, stack: &str) -> Result<(String, String), String> {
    let ask = ["cloudformation", "list-stack-resources", "--stack-name"];
    let said = aws.json(caller, &[&ask[..], &[stack]].concat())?;
    let mut listed = said["StackResourceSummaries"]
        .as_array()
        .into_iter()
        .flatten();
    let service = listed
        .find(|it| it["ResourceType"] == "AWS::ECS::Service")
        .and_then(|it: &Value| it["PhysicalResourceId"].as_str())
        .ok_or_else(|| format!("`{stack}` has no service"))?;
    let cluster = service.split('/').nth(1).unwrap_or_default();
    Ok((cluster.to_owned(), service.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_is_that_of_rfc_4648_for_addresses() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("?>~", "Pz5-"),
        ] {
            assert_eq!(base64(text), expected);
        }
    }
}
