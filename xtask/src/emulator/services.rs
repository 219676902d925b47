//! Images and services of the matrix, over its two accounts, by our program: promoted, rolled out,
//! rolled back, and shown. AWS's command line pushes the images, and says what became of them.

use std::path::Path;

use serde_json::Value;

use super::aws::{Aws, Caller};
use super::own::{self, Program};
use super::server::Server;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
/// The release that the program's settings name.
const RELEASE: &str = "prod-20261120143000-4f1c2ab";

/// What runs where at first: image and tags.
const PUSHED: [(&str, &[&str]); 2] = [
    ("one", &["dev", "sha-0a1b2c3", "mb-dev"]),
    ("zero", &["staging", "prod", RELEASE, "mb-staging"]),
];

/// The commands in their order, their exit codes, and what they say, among other things.
const STEPS: [(&str, i32, &str); 13] = [
    (
        "status --all-envs",
        0,
        "Api  prod        prod-20261120143000-4f1c2ab",
    ),
    (
        "promote api dev prod --yes",
        6,
        "images of `dev` do not go to `prod`",
    ),
    (
        "promote api dev staging",
        6,
        "nobody is there to approve it",
    ),
    (
        "promote api dev staging --yes",
        0,
        "shop/api:staging names sha256:",
    ),
    ("promote api dev staging --yes", 0, "staging has sha256:"),
    (
        "promote api staging prod --yes",
        6,
        "tasks of `Api` in `staging` run",
    ),
    (
        "rollout api --env staging,dev --yes",
        0,
        "staging: 1 task runs sha256:",
    ),
    (
        "promote api staging prod --yes",
        0,
        "-0a1b2c3 names sha256:",
    ),
    (
        "rollout api --env prod --yes",
        0,
        "a new revision: `app` has",
    ),
    ("status --env prod", 0, "0a1b2c3"),
    ("rollback api --env prod --to ?", 6, "choose one of"),
    (
        "rollback api --env prod --to 4f1c2ab --yes",
        0,
        "tag `prod` goes back",
    ),
    ("history --env prod", 0, "rollback done"),
];

/// The manifest of an image for two architectures, in bytes that nobody would write twice.
fn manifest(name: &str) -> String {
    let digest = |it: char| format!("sha256:{}", it.to_string().repeat(64));
    format!(
        "{{ \"schemaVersion\": 2,\n \"manifests\":[{{\"digest\":\"{}\"}},\n{{\"digest\":\"{}\"}}],\"annotations\":{{\"name\":\"{name}\"}}}}\n",
        digest('a'),
        digest('b')
    )
}

/// How many commands were run.
pub(super) fn run(folder: &Path, program: &Program) -> Result<usize, String> {
    std::fs::create_dir_all(folder).map_err(|why| format!("{}: {why}", folder.display()))?;
    let server = Server::start(folder, false)?;
    let mut aws = Aws::start(&server)?;
    let caller = Caller::account(ACCOUNT, REGION);
    let ended = |line: &str, code: i32| {
        let mut command = program.command(&server, &caller, folder);
        command.args(line.split(' '));
        command.args(["--assume-role", "Deployer"]);
        own::run(&mut command)?.ended(code, line)
    };
    ended("deploy Matrix-images --yes", 0)?;
    for (name, tags) in PUSHED {
        for tag in tags {
            push(&mut aws, &caller, &manifest(name), tag)?;
        }
    }
    ended("deploy Matrix-* --yes", 0)?;
    for (line, code, says) in STEPS {
        let text = ended(line, code)?;
        if !text.contains(says) {
            return Err(format!("`{line}` does not say `{says}`:\n{text}"));
        }
    }
    for (tag, name) in [("staging", "one"), ("prod", "zero"), (RELEASE, "zero")] {
        let there = pulled(&mut aws, &caller, tag)?;
        if there != manifest(name) {
            return Err(format!("`{tag}` names other bytes:\n{there}"));
        }
    }
    Ok(STEPS.len())
}

fn push(aws: &mut Aws, caller: &Caller, manifest: &str, tag: &str) -> Result<(), String> {
    let put = ["ecr", "put-image", "--repository-name", "shop/api"];
    let kind = "application/vnd.oci.image.index.v1+json";
    let what = ["--image-tag", tag, "--image-manifest-media-type", kind];
    let words = [&put[..], &what, &["--image-manifest", manifest]].concat();
    aws.done(caller, &words).map(|_| ())
}

fn pulled(aws: &mut Aws, caller: &Caller, tag: &str) -> Result<String, String> {
    let id = format!("imageTag={tag}");
    let get = ["ecr", "batch-get-image", "--repository-name", "shop/api"];
    let words = [&get[..], &["--output", "json", "--image-ids", &id]].concat();
    let answer: Value = aws.json(caller, &words)?;
    let text = answer["images"][0]["imageManifest"].as_str();
    text.map(ToOwned::to_owned)
        .ok_or_else(|| format!("there is no image `{tag}`"))
}
