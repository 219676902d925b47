//! `sweep`: what nobody needs any more goes: environments whose time is up or whose branch is gone,
//! and what is left of environments that have no stack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use branch_naming::tags;

use crate::api::{ApiError, StackDescription};
use crate::engine::Exit;

use super::down::{Down, DownEnd, DownOptions, take_down};
use super::system::{Deployed, System};
use super::tools::Tools;

/// How is swept.
#[derive(Clone, Debug, Default)]
pub struct SweepOptions {
    /// The branches that there are; none: nothing is known of that.
    pub branches: Option<BTreeSet<String>>,
    /// Deletes nothing.
    pub dry_run: bool,
    /// Does not wait for the ends.
    pub no_wait: bool,
    /// The role that CloudFormation acts with.
    pub role: Option<String>,
}

/// What was swept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// Environments, and why they go.
    pub environments: Vec<(Why, Down)>,
    /// What is left without a stack.
    pub orphans: Vec<Orphan>,
    /// Environments whose time is up within a day.
    pub soon: Vec<Deployed>,
    /// How many stay.
    pub kept: usize,
    /// What could not be looked at.
    pub unread: Vec<String>,
}

/// Why an environment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its time is up.
    Expired,
    /// Its branch is gone.
    BranchGone,
}

/// Something of an environment that has no stack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphan {
    /// What it is.
    pub kind: OrphanKind,
    /// Its ARN or name.
    pub id: String,
    /// The branch, as its tag writes it.
    pub branch: String,
    /// Whether it is gone now; why not, in AWS's words.
    pub gone: Result<bool, String>,
}

/// What can be left. In this order they can be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrphanKind {
    /// A rule of the listener.
    Rule,
    /// A target group.
    TargetGroup,
    /// A log group.
    LogGroup,
}

impl Sweep {
    /// The exit code: that of what most needs somebody.
    pub fn exit(&self) -> Exit {
        let environments = self.environments.iter().map(|it| it.1.end.exit());
        let orphans = self.orphans.iter().map(|it| match it.gone {
            Ok(_) => Exit::Ok,
            Err(_) => Exit::Failed,
        });
        let unread = self.unread.iter().map(|_| Exit::Unknown);
        Exit::of_all(environments.chain(orphans).chain(unread))
    }
}

/// Sweeps. Pinned environments go only with their branch; those that the program keeps, protected
/// ones and those at work stay.
///
/// # Errors
///
/// What kept it from beginning: nothing was deleted.
pub fn sweep(tools: &Tools<'_>, system: &System, options: &SweepOptions) -> Result<Sweep, String> {
    let naming = system.naming()?;
    tools.guard(system.environment.as_ref())?;
    if options.branches.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err("the list has no branch: all environments would go".to_owned());
    }
    let prints: Option<BTreeSet<String>> = options.branches.as_ref().map(|all| {
        let each = all.iter().map(|it| naming.names(it).fingerprint());
        each.collect()
    });
    let stacks = tools
        .again(|| tools.aws.stacks())
        .map_err(|it| format!("the stacks cannot be listed: {it}"))?;
    let mut report = Sweep::default();
    for stack in &stacks {
        let Some(found) = Deployed::of(system, stack) else {
            continue;
        };
        if tools.interrupted() {
            report.unread.push("interrupted".to_owned());
            break;
        }
        match why(tools, system, &found, prints.as_ref()) {
            Some(why) => {
                let down = one(tools, system, &found, prints.as_ref(), options);
                report.environments.push((why, down));
            }
            None => {
                let soon = tools.now() + Duration::from_secs(24 * 3_600);
                report.kept += 1;
                if found.expires().is_some_and(|it| it <= soon) {
                    report.soon.push(found);
                }
            }
        }
    }
    orphans(tools, system, &stacks, options.dry_run, &mut report);
    Ok(report)
}

fn why(
    tools: &Tools<'_>,
    system: &System,
    found: &Deployed,
    prints: Option<&BTreeSet<String>>,
) -> Option<Why> {
    if found.protected || found.is_at_work() || system.is_protected_print(&found.fingerprint) {
        return None;
    }
    if prints.is_some_and(|it| !it.contains(&found.fingerprint)) {
        return Some(Why::BranchGone);
    }
    found.is_expired(tools.now()).then_some(Why::Expired)
}

/// Deletes one, when it is still as it was listed: somebody may have deployed it meanwhile.
fn one(
    tools: &Tools<'_>,
    system: &System,
    found: &Deployed,
    prints: Option<&BTreeSet<String>>,
    options: &SweepOptions,
) -> Down {
    let began = tools.now();
    let mut it = Down {
        branch: found.branch.clone(),
        stack: found.stack.clone(),
        seconds: 0,
        end: DownEnd::Gone,
        blockers: Vec::new(),
        advice: Vec::new(),
    };
    let down = DownOptions {
        dry_run: options.dry_run,
        no_wait: options.no_wait,
        role: options.role.clone(),
        ..DownOptions::default()
    };
    it.end = match tools.describe(&found.arn) {
        Ok(None) => DownEnd::Absent,
        Err(error) => DownEnd::Unknown(error.to_string()),
        Ok(Some(stack)) => {
            let now = Deployed::of(system, &stack);
            match now.and_then(|it| why(tools, system, &it, prints)) {
                None => {
                    DownEnd::Busy("it was deployed or extended meanwhile, and stays".to_owned())
                }
                Some(_) => match take_down(tools, system, stack, &down, &mut it) {
                    Ok(end) | Err(end) => end,
                },
            }
        }
    };
    it.seconds = tools.now().since(began).as_secs();
    it
}

/// Rules, target groups and log groups that carry the tags of the system while no stack does.
fn orphans(
    tools: &Tools<'_>,
    system: &System,
    stacks: &[StackDescription],
    dry_run: bool,
    report: &mut Sweep,
) {
    // A stack that is being made may not carry its tags yet: its name counts as well.
    let names: BTreeSet<&str> = stacks.iter().map(|it| it.name.as_str()).collect();
    let prints: BTreeSet<&str> = stacks
        .iter()
        .filter_map(|it| it.tags.get(tags::REF).map(String::as_str))
        .collect();
    let orphan = |tags: &BTreeMap<String, String>| -> Option<String> {
        let ours = tags.get(tags::SYSTEM) == Some(&system.previews.prefix);
        let print = tags.get(tags::REF).filter(|it| it.len() == 64)?;
        let stack = tags.get("aws:cloudformation:stack-name");
        let has_stack =
            prints.contains(print.as_str()) || stack.is_some_and(|it| names.contains(it.as_str()));
        (ours && !has_stack).then(|| {
            tags.get(tags::BRANCH)
                .cloned()
                .unwrap_or_else(|| "?".to_owned())
        })
    };
    let mut found = match behind_load_balancers(tools, &orphan) {
        Ok(found) => found,
        Err(error) => {
            report
                .unread
                .push(format!("rules and target groups: {error}"));
            Vec::new()
        }
    };
    let prefix = format!("/{}/", system.previews.prefix);
    match tools.again(|| tools.aws.log_groups(&prefix)) {
        Ok(all) => {
            let left = all
                .into_iter()
                .filter_map(|(name, tags)| Some((OrphanKind::LogGroup, name, orphan(&tags)?)));
            found.extend(left);
        }
        Err(error) => report.unread.push(format!("log groups: {error}")),
    }
    found.sort();
    for (kind, id, branch) in found {
        let gone = match dry_run {
            true => Ok(false),
            false => delete(tools, kind, &id)
                .map(|()| true)
                .map_err(|it| it.to_string()),
        };
        report.orphans.push(Orphan {
            kind,
            id,
            branch,
            gone,
        });
    }
}

type Left = Vec<(OrphanKind, String, String)>;

fn behind_load_balancers(
    tools: &Tools<'_>,
    orphan: &dyn Fn(&BTreeMap<String, String>) -> Option<String>,
) -> Result<Left, ApiError> {
    let aws = tools.aws;
    let groups = tools.again(|| aws.target_groups())?;
    let balancers: BTreeSet<&String> = groups.iter().flat_map(|it| &it.load_balancers).collect();
    let mut all: BTreeMap<String, OrphanKind> = BTreeMap::new();
    for balancer in balancers {
        for listener in tools.again(|| aws.listeners(balancer))? {
            let rules = tools.again(|| aws.rules(&listener))?;
            let rules = rules.into_iter().filter(|it| it.priority.is_some());
            all.extend(rules.map(|it| (it.arn, OrphanKind::Rule)));
        }
    }
    all.extend(
        groups
            .into_iter()
            .map(|it| (it.arn, OrphanKind::TargetGroup)),
    );
    let arns: Vec<String> = all.keys().cloned().collect();
    let tags = tools.again(|| aws.tags(&arns))?;
    let left = tags
        .iter()
        .filter_map(|(arn, tags)| Some((*all.get(arn)?, arn.clone(), orphan(tags)?)));
    Ok(left.collect())
}

fn delete(tools: &Tools<'_>, kind: OrphanKind, id: &str) -> Result<(), ApiError> {
    tools.again(|| match kind {
        OrphanKind::Rule => tools.aws.delete_rule(id),
        OrphanKind::TargetGroup => tools.aws.delete_target_group(id),
        OrphanKind::LogGroup => tools.aws.delete_log_group(id),
    })
}
