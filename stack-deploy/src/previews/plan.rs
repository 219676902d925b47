//! [`Planned`]: what the program makes for a branch, and the plan that deploys it.

use std::collections::BTreeMap;

use branch_naming::{Names, tags};
use stack_core::build::Preview;
use stack_core::{Assembly, Template};

use crate::api::{Parameter, ParameterValue, StackDescription};
use crate::engine::{DeployPlan, End, Engine, Memory, Outcome, RequireApproval};

use super::run_id::{self, Purpose};
use super::shape::{Shape, essence};
use super::up::{Outputs, Run, UpEnd};

/// What the program makes for a branch.
pub(super) struct Planned {
    pub(super) shape: Shape,
    plan: DeployPlan,
    template: Template,
    /// Given by the program or from other stacks.
    parameters: BTreeMap<String, String>,
    pub(super) image: Option<String>,
    pub(super) url: Option<String>,
    pub(super) listener: Option<String>,
    pub(super) cluster: Option<String>,
}

/// What the program makes for a branch, with the values that the base gives.
pub(super) fn of(
    run: &Run<'_>,
    names: &Names<'_>,
    asked: &Preview,
    assembly: &Assembly,
) -> Result<Planned, UpEnd> {
    let refused = |why: String| UpEnd::Refused(why);
    let name = names.stack();
    let stack = assembly.stack(&name).ok_or_else(|| {
        refused(format!(
            "the program makes no stack `{name}` for `{}`: what is given to `previews` makes the one that `base.stack(&asked.branch)` names",
            tags::readable(names.branch()),
        ))
    })?;
    let own = stack.tags.iter().map(|(key, value)| (&**key, &**value));
    if !tags::owns(names, own) {
        return Err(refused(format!(
            "the program's stack `{name}` does not carry the tags of the environment: `BranchEnvironment` gives them"
        )));
    }
    if stack.environment != run.system.environment && stack.environment.is_some() {
        return Err(refused(format!(
            "the program's stack `{name}` is not where its base is"
        )));
    }
    let mut plan = DeployPlan::of(stack, run.system.region.clone());
    plan.environment.clone_from(&run.system.environment);
    let outputs = outputs(run, assembly, &name)?;
    let mut parameters: BTreeMap<String, String> = stack
        .arguments
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    for wire in assembly.wiring().iter().filter(|it| it.stack == name) {
        let value = outputs
            .get(wire.from_stack)
            .and_then(|it| it.get(&wire.output));
        let value = value.ok_or_else(|| {
            refused(format!(
                "stack `{}` has no output `{}`, which the environment takes: deploy `{}` first",
                wire.from_stack, wire.output, wire.from_stack
            ))
        })?;
        parameters.insert(wire.parameter.clone(), value.clone());
    }
    let shape = Shape::of(&stack.template);
    let image = shape
        .image
        .as_ref()
        .and_then(|it| shape.defaults.get(it))
        .cloned();
    if let (Some(wanted), Some(made)) = (&asked.image, &image)
        && wanted != made
    {
        return Err(refused(format!(
            "the program makes the environment with the image `{made}`, and `{wanted}` was asked for: `BranchEnvironment::asked` heeds it"
        )));
    }
    let given = |it: &Option<super::shape::Given>| {
        it.as_ref()
            .and_then(|it| it.value(&parameters))
            .map(str::to_owned)
    };
    Ok(Planned {
        listener: given(&shape.listener),
        cluster: given(&shape.cluster),
        url: Some(format!(
            "https://{}",
            names.host(&run.system.previews.domain)
        )),
        image,
        plan,
        template: stack.template.clone(),
        parameters,
        shape,
    })
}

/// The outputs of the stacks that the branch's takes values from.
fn outputs(run: &Run<'_>, assembly: &Assembly, stack: &str) -> Result<Outputs, UpEnd> {
    let mut all = Outputs::new();
    for wire in assembly.wiring().iter().filter(|it| it.stack == stack) {
        if all.contains_key(wire.from_stack) {
            continue;
        }
        let found = run.describe(wire.from_stack)?;
        let found = found.ok_or_else(|| {
            UpEnd::Refused(format!(
                "there is no stack `{}`, which the environment takes values from: deploy it first",
                wire.from_stack
            ))
        })?;
        all.insert(wire.from_stack.to_owned(), found.outputs);
    }
    Ok(all)
}

impl Planned {
    /// Whether the stack differs from what it is to be in nothing but the image, and the tags.
    pub(super) fn is_same_but_image(&self, deployed: &Template, stack: &StackDescription) -> bool {
        essence(deployed) == essence(&self.template)
            && self
                .parameters
                .iter()
                .all(|(name, value)| stack.parameters.get(name) == Some(value))
    }

    /// The image that the stack says.
    pub(super) fn recorded_image(&self, stack: &StackDescription) -> Option<String> {
        stack.parameters.get(self.shape.image.as_ref()?).cloned()
    }

    /// Whether the stack carries the tags that it is to carry.
    pub(super) fn has_same_tags(&self, stack: &StackDescription) -> bool {
        let system = |it: &&String| it.starts_with(tags::SYSTEM);
        let theirs = stack.tags.keys().filter(system).count();
        let ours = self.plan.tags.keys().filter(system).count();
        let carried = |it: (&String, &String)| stack.tags.get(it.0) == Some(it.1);
        theirs == ours && self.plan.tags.iter().all(carried)
    }

    /// The plan that deploys it, at this place of the listener.
    pub(super) fn deploy_plan(
        &self,
        run: &Run<'_>,
        place: Option<u32>,
        purpose: Purpose,
        is_new: bool,
    ) -> DeployPlan {
        let mut plan = self.plan.clone();
        let mut parameters = self.parameters.clone();
        if let (Some(name), Some(image)) = (&self.shape.image, &self.image) {
            parameters.insert(name.clone(), image.clone());
        }
        if let (Some(name), Some(place)) = (&self.shape.priority, place) {
            parameters.insert(name.clone(), place.to_string());
        }
        let given = parameters.into_iter().map(|(name, value)| Parameter {
            name,
            value: ParameterValue::Plain(value),
        });
        plan.parameters = given.collect();
        plan.owner_tag = Some(tags::REF.to_owned());
        plan.role.clone_from(&run.options.role);
        plan.assets.clone_from(&run.options.assets);
        let options = &mut plan.options;
        options.approval = RequireApproval::Never;
        options.yes = true;
        options.no_wait = run.options.no_wait;
        options.timeout = run.options.timeout;
        // What failed to be created is looked at before it goes: CloudFormation, told to delete it,
        // would take the reasons along.
        options.no_rollback = is_new && !run.options.no_wait;
        // An environment holds nothing that must live.
        options.accept_deletion = true;
        let ids = self.template.resources().map(|it| it.0.to_owned());
        options.accept_data_loss = ids.collect();
        options.prefix = run_id::prefix(purpose, run.options.asked);
        plan
    }
}

/// Deploys the plan.
pub(super) fn deploy(run: &Run<'_>, plan: DeployPlan) -> Outcome {
    let name = plan.stack.clone();
    // Each try is an operation of its own.
    let seed = run.tools.seed.of(&format!("{name}-{}", run.tools.now().0));
    let engine = Engine::deploy(plan, seed, Memory::Nothing, run.tools.pace.clone());
    run.tools.drive(engine, &name)
}

/// An outcome of which nothing is known yet.
pub(super) fn no_outcome(stack: &str) -> Outcome {
    Outcome {
        stack: stack.to_owned(),
        arn: None,
        end: End::Interrupted,
        token: None,
        outputs: BTreeMap::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
        next: Vec::new(),
    }
}
