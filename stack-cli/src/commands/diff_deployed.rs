//! `diff` against what is deployed.

use std::collections::{BTreeMap, BTreeSet};

use stack_core::App;
use stack_deploy::Standing;

use super::deploy::Deploy;
use super::reading::Reading;
use super::unread;
use crate::aws::{AccessArguments, Aws, ParameterArguments};
use crate::manifest::Recorded;
use crate::stop::Stop;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// What can be said of what is deployed.
#[derive(clap::Args, Debug)]
pub(crate) struct Deployed {
    /// Compare with what is deployed, as when OLD is left out
    #[arg(long, conflicts_with = "old", help_heading = "AWS")]
    deployed: bool,
    /// Have AWS make change sets, show what they would do, and delete them: as `deploy --dry-run`
    #[arg(long, conflicts_with = "old", help_heading = "AWS")]
    change_set: bool,
    /// This stack alone; `*` stands for any characters [default: all]
    #[arg(
        long = "stack",
        value_name = "STACK",
        conflicts_with = "old",
        help_heading = "AWS"
    )]
    stacks: Vec<String>,
    #[command(flatten)]
    parameters: ParameterArguments,
    #[command(flatten)]
    access: AccessArguments,
}

impl Deployed {
    pub(crate) fn makes_change_sets(&self) -> bool {
        self.change_set
    }

    /// Makes change sets, shows them, deletes them.
    pub(crate) fn change_sets(
        &self,
        app: App,
        exit_code: bool,
        aws: &dyn Aws,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let (stacks, access) = (self.stacks.clone(), self.access.clone());
        let deploy = Deploy::dry_run(stacks, access, self.parameters.clone(), exit_code)?;
        deploy.run(app, aws, terminal)
    }

    /// What is deployed, and what the program says.
    pub(crate) fn subjects(
        &self,
        app: App,
        aws: &dyn Aws,
        terminal: &Terminal,
    ) -> Result<(Subject, Subject), Stop> {
        let reading = Reading::of(app, &self.stacks, &self.access, aws, terminal)?;
        let mut old = Vec::new();
        for stack in reading.stacks() {
            let unread = |it| unread(stack.name, &it);
            let places = &reading.places;
            let found = places
                .read(stack.name, |it| it.stack(stack.name))
                .map_err(unread)?;
            let found = found
                .filter(|it| !matches!(it.status.standing(), Standing::Absent | Standing::Shell));
            let Some(found) = found else {
                continue;
            };
            let text = places
                .read(stack.name, |it| it.template(&found.arn))
                .map_err(unread)?;
            let has = |name: &str| found.parameters.contains_key(name);
            let wires: BTreeMap<String, (String, String)> = reading
                .assembly
                .wiring()
                .iter()
                .filter(|it| it.stack == stack.name && has(&it.parameter))
                .map(|it| {
                    (
                        it.parameter.clone(),
                        (it.from_stack.to_owned(), it.output.clone()),
                    )
                })
                .collect();
            // What the program does not say keeps its value; what is hidden is not known.
            let arguments = stack.arguments.keys().filter_map(|name| {
                let value = found.parameters.get(*name)?;
                (value != "****").then(|| ((*name).to_owned(), value.clone()))
            });
            let mut arn = found.arn.split(':').skip(3);
            let recorded = Recorded {
                arguments: arguments.collect(),
                wires,
                region: arn.next().map(str::to_owned),
                account: arn.next().map(str::to_owned),
            };
            old.push((stack.name.to_owned(), text, recorded));
        }
        let only: BTreeSet<String> = reading.stacks().map(|it| it.name.to_owned()).collect();
        let old = Subject::deployed(old)?;
        let new = Subject::of_assembly(reading.assembly).only(only);
        Ok((old, new))
    }
}
