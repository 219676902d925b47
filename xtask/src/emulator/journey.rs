//! The way of one system: created, read back, deployed again without a change, changed in each kind
//! of way, deleted. All of it by AWS's own command line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::aws::{Aws, Caller};
use super::changes::Change;
use super::manifest::{Stack, System};

/// Longer templates go through a bucket.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const MOST_BYTES: u64 = 51_200;

/// A second, and what a clock may be off.
const SECOND: Duration = Duration::from_millis(1_100);

/// What AWS does and the emulator does not, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    /// Which one, as in `xtask/emulator/known.json`.
    pub(super) kind: &'static str,
    pub(super) type_name: String,
    /// Where it was seen, in words.
    pub(super) place: String,
}

/// What was done, and what was seen on the way.
#[derive(Default)]
pub(super) struct Report {
    pub(super) stacks: usize,
    /// How many resources of each type were created.
    pub(super) created: BTreeMap<String, usize>,
    pub(super) changes: usize,
    pub(super) retained: usize,
    /// Plain values that the services said again.
    pub(super) read_back: usize,
    /// Properties that they did not, each with a place.
    pub(super) not_read_back: BTreeMap<String, String>,
    pub(super) differences: BTreeSet<Difference>,
    /// Physical ids and outputs.
    pub(super) names: BTreeMap<String, String>,
}

/// A resource as the emulator lists it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) physical: String,
    pub(super) type_name: String,
    pub(super) status: String,
}

pub(super) struct Journey<'a> {
    pub(super) aws: &'a mut Aws,
    /// Where changed templates and the table of faults are written.
    pub(super) folder: PathBuf,
    pub(super) report: Report,
    /// Outputs of the stacks that are there.
    pub(super) outputs: BTreeMap<String, BTreeMap<String, String>>,
    /// When each stack was deployed last.
    pub(super) deployed: BTreeMap<String, Instant>,
    /// Who deploys, instead of the account itself, and the role that CloudFormation takes on.
    pub(super) deployer: Option<(Caller, String)>,
}

impl<'a> Journey<'a> {
    /// Nothing is there yet, and the account itself deploys.
    pub(super) fn new(aws: &'a mut Aws, folder: &Path) -> Journey<'a> {
        Journey {
            aws,
            folder: folder.to_owned(),
            report: Report::default(),
            outputs: BTreeMap::new(),
            deployed: BTreeMap::new(),
            deployer: None,
        }
    }

    /// All of it.
    pub(super) fn run(&mut self, system: &System, changes: &[Change]) -> Result<(), String> {
        for stack in &system.stacks {
            self.create(stack)?;
        }
        for stack in &system.stacks {
            let mut template = stack.template.clone();
            let mut arguments = BTreeMap::new();
            for change in changes.iter().filter(|it| it.stack == stack.name) {
                self.change(stack, &mut template, &mut arguments, change)
                    .map_err(|why| format!("{}: {}: {why}", stack.name, change.kind))?;
                self.report.changes += 1;
            }
        }
        for stack in system.stacks.iter().rev() {
            self.delete(stack)
                .map_err(|why| format!("{}: deleting: {why}", stack.name))?;
        }
        Ok(())
    }

    /// Who reads, and who deploys when nobody else does.
    pub(super) fn caller(&self, stack: &Stack) -> Caller {
        match &self.deployer {
            Some((caller, _)) => caller.clone(),
            None => Caller::account(&stack.account, &stack.region),
        }
    }

    pub(super) fn create(&mut self, stack: &Stack) -> Result<(), String> {
        let told = |why: String| format!("{}: {why}", stack.name);
        self.deploy(stack, &stack.template, &BTreeMap::new())
            .map_err(told)?;
        self.look(stack).map_err(told)?;
        let again = self.deploy(stack, &stack.template, &BTreeMap::new());
        if !again.map_err(told)?.contains("No changes to deploy") {
            return Err(told("the same template again is a change".to_owned()));
        }
        if stack.protected {
            self.protect(stack, true).map_err(told)?;
        }
        Ok(())
    }

    /// Reads a stack back that was just made.
    pub(super) fn look(&mut self, stack: &Stack) -> Result<(), String> {
        let listed = self.resources(stack)?;
        self.compare_resources(stack, &listed)?;
        self.read_back(stack)?;
        self.read_properties(stack, &listed)?;
        for (id, resource) in &listed {
            let created = self.report.created.entry(resource.type_name.clone());
            *created.or_default() += 1;
            let place = format!("{}.{id}", stack.name);
            self.report.names.insert(place, resource.physical.clone());
        }
        for (name, value) in self.outputs.get(&stack.name).into_iter().flatten() {
            let place = format!("{} output {name}", stack.name);
            self.report.names.insert(place, value.clone());
        }
        self.report.stacks += 1;
        Ok(())
    }

    /// Runs `cloudformation deploy`, and says why when it fails.
    pub(super) fn deploy(
        &mut self,
        stack: &Stack,
        template: &Value,
        arguments: &BTreeMap<String, String>,
    ) -> Result<String, String> {
        let caller = self.caller(stack);
        let mut parameters = stack.arguments.clone();
        for (parameter, producer, output) in &stack.wiring {
            let outputs = self.outputs.get(producer);
            let value = outputs
                .and_then(|it| it.get(output))
                .ok_or_else(|| format!("`{producer}` has no output `{output}`"))?;
            parameters.insert(parameter.clone(), value.clone());
        }
        parameters.extend(arguments.clone());
        let file = match *template == stack.template {
            true => stack.file.clone(),
            false => {
                let file = self.folder.join(format!("{}.json", stack.name));
                let wrong = |why: std::io::Error| format!("{}: {why}", file.display());
                fs::write(&file, template.to_string()).map_err(wrong)?;
                file
            }
        };
        let bytes = fs::metadata(&file).map_or(0, |it| it.len());
        let mut command: Vec<String> = ["cloudformation", "deploy", "--no-fail-on-empty-changeset"]
            .map(str::to_owned)
            .to_vec();
        let mut option = |name: &str, values: Vec<String>| {
            if !values.is_empty() {
                command.push(name.to_owned());
                command.extend(values);
            }
        };
        let pairs = |of: &BTreeMap<String, String>| -> Vec<String> {
            of.iter().map(|(key, it)| format!("{key}={it}")).collect()
        };
        option("--stack-name", vec![stack.name.clone()]);
        option("--template-file", vec![file.display().to_string()]);
        option("--capabilities", vec![capability(template).to_owned()]);
        option("--parameter-overrides", pairs(&parameters));
        option("--tags", pairs(&stack.tags));
        // A deployer is asked for all that it may.
        if bytes > MOST_BYTES || self.deployer.is_some() {
            let bucket = format!("stack-templates-{}", stack.account);
            option("--s3-bucket", vec![bucket]);
        }
        if let Some((_, role)) = &self.deployer {
            option("--role-arn", vec![role.clone()]);
        }
        // AWS's command line names change sets by the second.
        if let Some(last) = self.deployed.get(&stack.name) {
            std::thread::sleep(SECOND.saturating_sub(last.elapsed()));
        }
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let answer = self.aws.run(&caller, &command)?;
        self.deployed.insert(stack.name.clone(), Instant::now());
        if answer.code == 0 {
            return Ok(answer.stdout);
        }
        let reasons = self.reasons(stack).unwrap_or_default();
        Err(format!("{} {reasons}", answer.stderr.trim()))
    }

    /// What the events say of failures.
    fn reasons(&mut self, stack: &Stack) -> Result<String, String> {
        let events = self.events(stack, &stack.name)?;
        let failed = events.iter().filter(|it| {
            let status = it["ResourceStatus"].as_str().unwrap_or_default();
            status.ends_with("_FAILED")
        });
        let told = failed.map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default();
            format!(
                "\n    {} ({}): {}",
                text("LogicalResourceId"),
                text("ResourceType"),
                text("ResourceStatusReason")
            )
        });
        Ok(told.collect())
    }

    /// The events, newest first.
    pub(super) fn events(&mut self, stack: &Stack, name: &str) -> Result<Vec<Value>, String> {
        let caller = self.caller(stack);
        let command = ["cloudformation", "describe-stack-events", "--stack-name"];
        let command = [&command[..], &[name]].concat();
        let answer = self.aws.json(&caller, &command)?;
        Ok(answer["StackEvents"]
            .as_array()
            .cloned()
            .unwrap_or_default())
    }

    pub(super) fn resources(
        &mut self,
        stack: &Stack,
    ) -> Result<BTreeMap<String, Resource>, String> {
        let caller = self.caller(stack);
        let command = ["cloudformation", "list-stack-resources", "--stack-name"];
        let command = [&command[..], &[stack.name.as_str()]].concat();
        let answer = self.aws.json(&caller, &command)?;
        let listed = answer["StackResourceSummaries"]
            .as_array()
            .into_iter()
            .flatten();
        let text = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let resource = |it: &Value| Resource {
            physical: text(it, "PhysicalResourceId"),
            type_name: text(it, "ResourceType"),
            status: text(it, "ResourceStatus"),
        };
        Ok(listed
            .map(|it| (text(it, "LogicalResourceId"), resource(it)))
            .collect())
    }

    pub(super) fn protect(&mut self, stack: &Stack, on: bool) -> Result<(), String> {
        let caller = self.caller(stack);
        let switch = match on {
            true => "--enable-termination-protection",
            false => "--no-enable-termination-protection",
        };
        let command = ["cloudformation", "update-termination-protection", switch];
        let command = [&command[..], &["--stack-name", &stack.name]].concat();
        self.aws.done(&caller, &command).map(|_| ())
    }

    fn change(
        &mut self,
        stack: &Stack,
        template: &mut Value,
        arguments: &mut BTreeMap<String, String>,
        change: &Change,
    ) -> Result<(), String> {
        let before = self.resources(stack)?;
        let seen = self.events(stack, &stack.name)?.len();
        let (old_template, old_arguments) = (template.clone(), arguments.clone());
        change.apply(template, arguments)?;
        if let Some(fault) = &change.fault {
            let table = serde_json::json!({ "faults": [fault] });
            let file = self.folder.join("faults.json");
            fs::write(&file, table.to_string())
                .map_err(|why| format!("{}: {why}", file.display()))?;
            let result = self.deploy(stack, template, arguments);
            let _ = fs::remove_file(&file);
            let expected = fault["error"].as_str().unwrap_or_default();
            match result {
                Ok(_) => return Err("a fault was no failure".to_owned()),
                Err(why) if !why.contains(expected) => return Err(why),
                Err(_) => {}
            }
            (*template, *arguments) = (old_template, old_arguments);
            let after = self.resources(stack)?;
            let moved = before
                .iter()
                .find(|(id, it)| after.get(*id).map(|it| &it.physical) != Some(&it.physical));
            return match moved {
                Some((id, _)) => Err(format!("`{id}` was not rolled back")),
                None => Ok(()),
            };
        }
        self.deploy(stack, template, arguments)?;
        let after = self.resources(stack)?;
        let mut replaced = BTreeSet::new();
        for (id, it) in &before {
            match after.get(id) {
                Some(new) if new.physical != it.physical => drop(replaced.insert(id.clone())),
                _ => {}
            }
        }
        let not_in = |a: &BTreeMap<String, Resource>, b: &BTreeMap<String, Resource>| {
            let ids = a.keys().filter(|it| !b.contains_key(*it));
            ids.cloned().collect::<BTreeSet<String>>()
        };
        for (what, is, should_be) in [
            ("replaced", replaced, &change.replaced),
            ("removed", not_in(&before, &after), &change.removed),
            ("added", not_in(&after, &before), &change.added),
        ] {
            if is != *should_be {
                return Err(format!("{what}: {is:?} instead of {should_be:?}"));
            }
        }
        let mut events = self.events(stack, &stack.name)?;
        events.truncate(events.len().saturating_sub(seen));
        self.compare_events(stack, change, &before, &events)?;
        change
            .image
            .as_ref()
            .map_or(Ok(()), |image| self.runs(stack, &after, image))
    }

    pub(super) fn delete(&mut self, stack: &Stack) -> Result<(), String> {
        let caller = self.caller(stack);
        let before = self.resources(stack)?;
        self.not_protected_here(stack, &before);
        let command = ["cloudformation", "describe-stacks", "--stack-name"];
        let command = [&command[..], &[stack.name.as_str()]].concat();
        let answer = self.aws.json(&caller, &command)?;
        let id = answer["Stacks"][0]["StackId"].as_str().unwrap_or_default();
        let mut command = vec!["cloudformation", "delete-stack", "--stack-name", id];
        let role = self.deployer.as_ref().map(|(_, role)| role.clone());
        if let Some(role) = &role {
            command.extend(["--role-arn", role]);
        }
        if stack.protected {
            let answer = self.aws.run(&caller, &command)?;
            if answer.code == 0 || !answer.stderr.contains("TerminationProtection") {
                return Err(format!("it was not protected: {}", answer.stderr.trim()));
            }
            self.protect(stack, false)?;
        }
        let seen = self.events(stack, id)?.len();
        self.aws.done(&caller, &command)?;
        let wait = ["cloudformation", "wait", "stack-delete-complete"];
        let wait = [&wait[..], &["--stack-name", id]].concat();
        if let Err(why) = self.aws.done(&caller, &wait) {
            let reasons = self.reasons(stack).unwrap_or_default();
            return Err(format!("{why} {reasons}"));
        }
        // Newest first: what the changes left is told by older ones.
        let mut events = self.events(stack, id)?;
        events.truncate(events.len().saturating_sub(seen));
        let skipped: BTreeSet<&str> = events
            .iter()
            .filter(|it| it["ResourceStatus"] == "DELETE_SKIPPED")
            .filter_map(|it| it["LogicalResourceId"].as_str())
            .collect();
        for (id, resource) in before {
            let policy = &stack.template["Resources"][&id]["DeletionPolicy"];
            let kept = matches!(policy.as_str(), Some("Retain" | "RetainExceptOnCreate"));
            if kept != skipped.contains(id.as_str()) {
                return Err(format!(
                    "`{id}` ({}) has the deletion policy {policy}",
                    resource.type_name
                ));
            }
            self.report.retained += usize::from(kept);
        }
        Ok(())
    }
}

/// The capability that a template needs: a stricter one when it names what it makes of IAM.
fn capability(template: &Value) -> &'static str {
    let named = ["RoleName", "InstanceProfileName", "ManagedPolicyName"];
    let mut resources = template["Resources"].as_object().into_iter().flatten();
    match resources.any(|(_, it)| {
        named
            .iter()
            .any(|name| it["Properties"].get(name).is_some())
    }) {
        true => "CAPABILITY_NAMED_IAM",
        false => "CAPABILITY_IAM",
    }
}
