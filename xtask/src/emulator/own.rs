//! Our own program beside AWS's command line: the same systems, by `deploy` and `destroy` as a user
//! types them. The control reads back, makes the changes that ours has to take back, and plants the
//! faults.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::aws::{Aws, Caller};
use super::changes::Change;
use super::journey::{Journey, Report, Resource};
use super::manifest::{Stack, System};
use super::server::Server;
use crate::tools;

/// Where every caller begins: roles lead into the accounts of the stacks.
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
/// The role, by its name, in each account.
const ROLE: &str = "Deployer";

/// The examples with the commands that reach AWS.
#[derive(Clone)]
pub(super) struct Program(PathBuf);

/// What a run of it said.
pub(super) struct Said {
    /// None: it was killed.
    pub(super) code: Option<i32>,
    /// On stdout and stderr.
    pub(super) text: String,
}

impl Program {
    /// Builds it.
    pub(super) fn build(release: bool) -> Result<Program, String> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(["build", "--quiet", "--package", "systems"])
            .args(["--features", "aws"])
            .args(release.then_some("--release"))
            .current_dir(tools::root());
        tools::run(&mut command, "the examples do not compile with `aws`")?;
        let target = tools::folder();
        let target = target.parent().unwrap_or(&target);
        let path = target.join(if release { "release" } else { "debug" });
        let path = path.join("systems");
        let path = path
            .canonicalize()
            .map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Program(path))
    }

    /// A command in `folder`, by `caller`.
    pub(super) fn command(&self, server: &Server, caller: &Caller, folder: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command
            .current_dir(folder)
            .envs(server.environment())
            .env("AWS_REGION", &caller.region)
            .env("AWS_ACCESS_KEY_ID", &caller.key)
            .env("AWS_SECRET_ACCESS_KEY", &caller.secret)
            .stdin(Stdio::null());
        for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "NO_COLOR", "CI"] {
            command.env_remove(name);
        }
        if !caller.token.is_empty() {
            command.env("AWS_SESSION_TOKEN", &caller.token);
        }
        command
    }
}

/// Runs a command to its end.
pub(super) fn run(command: &mut Command) -> Result<Said, String> {
    let output = command
        .output()
        .map_err(|why| format!("cannot run our program: {why}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said {
        code: output.status.code(),
        text: text(&output.stdout) + &text(&output.stderr),
    })
}

impl Said {
    /// It must have ended with this code.
    pub(super) fn ended(self, code: i32, what: &str) -> Result<String, String> {
        match self.code == Some(code) {
            true => Ok(self.text),
            false => Err(format!(
                "`{what}` ended with {:?} instead of {code}:\n{}",
                self.code, self.text
            )),
        }
    }
}

/// One system, by our program.
struct Own<'a> {
    program: &'a Program,
    server: &'a Server,
    folder: &'a Path,
    caller: Caller,
    /// What every command is told besides.
    options: Vec<String>,
    commands: usize,
}

impl Own<'_> {
    fn ended(&mut self, code: i32, words: &[&str]) -> Result<String, String> {
        self.commands += 1;
        let mut command = self.program.command(self.server, &self.caller, self.folder);
        command.args(words).args(&self.options);
        run(&mut command)?.ended(code, &words.join(" "))
    }

    fn deploy(&mut self, code: i32, names: &[&str]) -> Result<String, String> {
        self.ended(code, &[&["deploy", "--yes"], names].concat())
    }

    /// Deploys a stack. The emulator says of every resource that it may be replaced, so that our
    /// program refuses what has data, until a flag names it.
    fn change(&mut self, code: i32, stack: &str, more: &[&str]) -> Result<String, String> {
        let words = [&["deploy", "--yes", stack], more].concat();
        self.commands += 1;
        let mut command = self.program.command(self.server, &self.caller, self.folder);
        command.args(&words).args(&self.options);
        let said = run(&mut command)?;
        if said.code != Some(6) {
            return said.ended(code, &words.join(" "));
        }
        let lost = |text: &str| {
            let (_, rest) = text.split_once("data in `")?;
            Some(rest.split_once('`')?.0.to_owned())
        };
        match lost(&said.text) {
            Some(id) if more.len() < 12 => {
                let id = format!("{stack}/{id}");
                let more = [more, &["--accept-data-loss", &id]].concat();
                self.change(code, stack, &more)
            }
            _ => said.ended(code, &words.join(" ")),
        }
    }
}

/// The whole way of a system.
pub(super) fn journey(
    folder: &Path,
    system: &System,
    changes: &[Change],
    program: &Program,
) -> Result<(Report, usize, Duration), String> {
    let start = Instant::now();
    let server = Server::start(folder, false)?;
    let mut aws = Aws::start(&server)?;
    let mut journey = Journey::new(&mut aws, folder);
    let mut own = Own {
        program,
        server: &server,
        folder,
        caller: Caller::account(ACCOUNT, REGION),
        options: ["--assume-role", ROLE].map(str::to_owned).to_vec(),
        commands: 0,
    };
    let stacks: Vec<&Stack> = system.stacks.iter().collect();
    all(&mut own, &mut journey, &stacks, changes)?;
    let commands = own.commands;
    Ok((journey.report, commands, start.elapsed()))
}

/// Made, read back, made again, changed, gone.
fn all(
    own: &mut Own<'_>,
    journey: &mut Journey<'_>,
    stacks: &[&Stack],
    changes: &[Change],
) -> Result<(), String> {
    let names: Vec<&str> = stacks.iter().map(|it| it.name.as_str()).collect();
    own.deploy(0, &names)?;
    for stack in stacks {
        journey
            .look(stack)
            .map_err(|why| format!("{}: {why}", stack.name))?;
    }
    let before = everything(journey, stacks)?;
    own.deploy(0, &names)?;
    if everything(journey, stacks)? != before {
        return Err("the same program again is a change".to_owned());
    }
    for change in changes {
        let Some(stack) = stacks.iter().find(|it| it.name == change.stack) else {
            continue;
        };
        take_back(own, journey, stack, change)
            .map_err(|why| format!("{}: {}: {why}", stack.name, change.kind))?;
        journey.report.changes += 1;
    }
    destroy(own, journey, stacks)
}

type Resources = BTreeMap<String, Resource>;

fn everything(
    journey: &mut Journey<'_>,
    stacks: &[&Stack],
) -> Result<BTreeMap<String, Resources>, String> {
    let listed = stacks
        .iter()
        .map(|it| Ok((it.name.clone(), journey.resources(it)?)));
    listed.collect()
}

/// The control changes the stack, and our program makes it what it says, with the same resources
/// replaced as on the way there. A planted fault is a failure, and all is as before it.
fn take_back(
    own: &mut Own<'_>,
    journey: &mut Journey<'_>,
    stack: &Stack,
    change: &Change,
) -> Result<(), String> {
    let name = stack.name.as_str();
    let before = journey.resources(stack)?;
    let mut said = String::new();
    if let Some((parameter, value)) = change.parameter() {
        let given = format!("{name}:{parameter}={value}");
        said = own.change(0, name, &["--parameter", &given])?;
    } else {
        let (mut template, mut arguments) = (stack.template.clone(), BTreeMap::new());
        change.apply(&mut template, &mut arguments)?;
        journey.deploy(stack, &template, &arguments)?;
    }
    let changed = journey.resources(stack)?;
    if change.parameter().is_some() {
        compare(change, &before, &changed, &change.added, &change.removed)
            .map_err(|why| format!("{why}:\n{said}"))?;
    }
    if let Some(fault) = &change.fault {
        let table = serde_json::json!({ "faults": [fault] });
        let file = journey.folder.join("faults.json");
        let wrong = |why: std::io::Error| format!("{}: {why}", file.display());
        fs::write(&file, table.to_string()).map_err(wrong)?;
        let said = own.change(3, name, &[]);
        fs::remove_file(&file).map_err(wrong)?;
        let said = said?;
        let error = fault["error"].as_str().unwrap_or_default();
        // Lines are broken where the terminal ends.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !words(&said).contains(&words(error)) {
            return Err(format!("it is not said that {error}:\n{said}"));
        }
        let after = journey.resources(stack)?;
        let moved = |it: &Resources| {
            it.values()
                .map(|it| it.physical.clone())
                .collect::<Vec<_>>()
        };
        if moved(&after) != moved(&changed) {
            return Err("it was not rolled back".to_owned());
        }
    }
    // A parameter that the program does not give keeps its value until it is given another.
    let back = change.parameter().and_then(|(parameter, _)| {
        let first = stack.template["Parameters"][parameter]["Default"].as_str()?;
        let kept = !stack.arguments.contains_key(parameter);
        kept.then(|| format!("{name}:{parameter}={first}"))
    });
    let back: Vec<&str> = back.iter().flat_map(|it| ["--parameter", it]).collect();
    let said = own.change(0, name, &back)?;
    let after = journey.resources(stack)?;
    compare(change, &changed, &after, &change.removed, &change.added)
        .map_err(|why| format!("taken back: {why}:\n{said}"))
}

fn compare(
    change: &Change,
    before: &Resources,
    after: &Resources,
    added: &BTreeSet<String>,
    removed: &BTreeSet<String>,
) -> Result<(), String> {
    let moved = before.iter().filter(|(id, it)| {
        let new = after.get(*id);
        new.is_some_and(|new| new.physical != it.physical)
    });
    let moved: BTreeSet<String> = moved.map(|it| it.0.clone()).collect();
    let not_in = |a: &Resources, b: &Resources| -> BTreeSet<String> {
        a.keys()
            .filter(|it| !b.contains_key(*it))
            .cloned()
            .collect()
    };
    for (what, is, should_be) in [
        ("replaced", moved, &change.replaced),
        ("added", not_in(after, before), added),
        ("removed", not_in(before, after), removed),
    ] {
        if is != *should_be {
            return Err(format!("{what}: {is:?} instead of {should_be:?}"));
        }
    }
    Ok(())
}

/// What is protected is refused first; then all goes, but for what is kept.
fn destroy(own: &mut Own<'_>, journey: &mut Journey<'_>, stacks: &[&Stack]) -> Result<(), String> {
    let names: Vec<&str> = stacks.iter().map(|it| it.name.as_str()).collect();
    let words = [&["destroy", "--yes"], names.as_slice()].concat();
    let before = everything(journey, stacks)?;
    let mut events = BTreeMap::new();
    for stack in stacks {
        let caller = journey.caller(stack);
        let ask = [
            "cloudformation",
            "describe-stacks",
            "--stack-name",
            &stack.name,
        ];
        let said = journey.aws.json(&caller, &ask)?;
        let id = said["Stacks"][0]["StackId"].as_str().unwrap_or_default();
        let seen = journey.events(stack, id)?.len();
        events.insert(stack.name.clone(), (id.to_owned(), seen));
    }
    let protected: Vec<&&Stack> = stacks.iter().filter(|it| it.protected).collect();
    for stack in &protected {
        let said = own.ended(6, &["destroy", "--yes", &stack.name])?;
        if !said.contains("protect") {
            return Err(format!("{}: nothing of protection: {said}", stack.name));
        }
        journey.protect(stack, false)?;
    }
    own.ended(0, &words)?;
    for stack in stacks {
        let Some((id, seen)) = events.get(&stack.name) else {
            continue;
        };
        let mut events = journey.events(stack, id)?;
        events.truncate(events.len().saturating_sub(*seen));
        let is = |it: &serde_json::Value, id: &str, status: &str| {
            it["LogicalResourceId"] == id && it["ResourceStatus"] == status
        };
        if !events
            .iter()
            .any(|it| is(it, &stack.name, "DELETE_COMPLETE"))
        {
            return Err(format!("{}: it is not gone", stack.name));
        }
        for (id, resource) in before.get(&stack.name).into_iter().flatten() {
            let policy = &stack.template["Resources"][id]["DeletionPolicy"];
            let kept = matches!(policy.as_str(), Some("Retain" | "RetainExceptOnCreate"));
            let skipped = events.iter().any(|it| is(it, id, "DELETE_SKIPPED"));
            if kept != skipped {
                let type_name = &resource.type_name;
                return Err(format!("{}: `{id}` ({type_name}): {policy}", stack.name));
            }
            journey.report.retained += usize::from(kept);
        }
    }
    Ok(())
}

/// Some stacks by a caller whose policies are looked at; CloudFormation acts with `role`.
pub(super) fn strict(
    journey: &mut Journey<'_>,
    server: &Server,
    program: &Program,
    caller: &Caller,
    role: &str,
    stacks: &[&Stack],
) -> Result<usize, String> {
    let folder = journey.folder.clone();
    let mut own = Own {
        program,
        server,
        folder: &folder,
        caller: caller.clone(),
        options: ["--role-arn", role].map(str::to_owned).to_vec(),
        commands: 0,
    };
    let names: Vec<&str> = stacks.iter().map(|it| it.name.as_str()).collect();
    own.deploy(0, &names)?;
    for stack in stacks {
        let listed = journey.resources(stack)?;
        journey.compare_resources(stack, &listed)?;
        journey.read_back(stack)?;
    }
    own.deploy(0, &names)?;
    destroy(&mut own, journey, stacks)?;
    Ok(own.commands)
}
