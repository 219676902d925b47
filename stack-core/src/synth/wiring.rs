//! References between stacks: how a value leaves one and enters another.

use std::collections::{BTreeMap, BTreeSet};

use super::assembly::Wire;
use super::names::Names;
use crate::build::{Environment, StackData};
use crate::problem::Problem;
use crate::value::{Expr, Link, Object, Part, Reference};

/// What crosses between stacks, with all names chosen.
pub(super) struct Wiring {
    /// Empty when no two differ.
    environments: BTreeMap<&'static str, Option<Environment>>,
    /// Producer → outputs to add.
    pub(super) outputs: BTreeMap<&'static str, Object>,
    /// Consumer → parameters to add.
    pub(super) parameters: BTreeMap<&'static str, Object>,
    /// For each consumer, the references that enter by a parameter.
    chosen: BTreeMap<&'static str, Vec<Chosen>>,
    /// Which stacks come after which: (later, earlier).
    pub(super) after: BTreeSet<(&'static str, &'static str)>,
}

/// A reference that enters a stack by a parameter.
struct Chosen {
    reference: Reference,
    output: String,
    parameter: String,
}

impl Wiring {
    /// Finds what crosses, and names the outputs and parameters for it.
    pub(super) fn collect(
        stacks: &BTreeMap<&'static str, StackData>,
        names: &BTreeMap<&'static str, Names>,
        problems: &mut Vec<Problem>,
    ) -> Wiring {
        let mut environments = stacks.iter().map(|(name, it)| (*name, &it.environment));
        let first = environments.next().map(|(_, it)| it);
        let differ = environments.clone().any(|(_, it)| Some(it) != first);
        let mut wiring = Wiring {
            environments: stacks
                .iter()
                .filter(|_| differ)
                .map(|(name, it)| (*name, it.environment.clone()))
                .collect(),
            outputs: BTreeMap::new(),
            parameters: BTreeMap::new(),
            chosen: BTreeMap::new(),
            after: BTreeSet::new(),
        };
        for (stack, data) in stacks {
            // A handful in most stacks.
            let mut crossing: Vec<Reference> = Vec::new();
            data.each_expr(&mut |expr| {
                if let Expr::Reference(it) = expr
                    && it.key.stack != *stack
                    && it.part() != Part::Name
                    && !crossing.contains(it)
                {
                    crossing.push(*it);
                }
            });
            crossing.sort_unstable();
            let after = data.resources.values().flat_map(|it| &it.after);
            let after = after
                .map(|it| it.stack)
                .chain(crossing.iter().map(|it| it.key.stack));
            let others = after.filter(|it| it != stack);
            wiring.after.extend(others.map(|earlier| (*stack, earlier)));
            if let Some(own) = names.get(stack) {
                wiring.enter(stack, own, crossing, problems);
            }
        }
        wiring
    }

    /// Notes the outputs that a stack needs of others, and chooses its parameters for them.
    fn enter(
        &mut self,
        consumer: &'static str,
        own: &Names,
        crossing: Vec<Reference>,
        problems: &mut Vec<Problem>,
    ) {
        let mut chosen: Vec<Chosen> = Vec::with_capacity(crossing.len());
        for reference in crossing {
            let producer = reference.key.stack;
            let output = output_name(&reference);
            let section = self.outputs.entry(producer).or_default();
            if !section.contains(&output) {
                section.set(
                    output.clone(),
                    Object::single("Value", reference.within_stack()),
                );
            }
            match reference.link {
                Link::Export => {
                    let name = Expr::from(export_name(producer, &output));
                    if let Some(Expr::Object(body)) = section.get_mut(&output) {
                        body.set("Export", Object::single("Name", name));
                    }
                }
                Link::StackOutput => (),
                Link::Parameter | Link::ParameterFromElsewhere => chosen.push(Chosen {
                    reference,
                    output,
                    parameter: String::new(),
                }),
            }
        }
        if chosen.is_empty() {
            return;
        }
        // One parameter for each output of each stack.
        let mut parameters: BTreeMap<(&'static str, &str), &'static str> = BTreeMap::new();
        for it in &chosen {
            let name = (it.reference.key.stack, it.output.as_str());
            parameters.insert(name, parameter_type(&it.reference));
        }
        let mut names: BTreeMap<(&'static str, &str), String> = BTreeMap::new();
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, output) in parameters.keys() {
            *uses.entry(output).or_default() += 1;
        }
        let mut section = Object::new();
        for ((producer, output), kind) in &parameters {
            // The plain name is the same in every environment, so that templates stay comparable.
            let plain = !own.has(output) && uses.get(output) == Some(&1);
            let name = if plain {
                (*output).to_owned()
            } else {
                let stack: String = producer
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .collect();
                format!("{stack}{output}")
            };
            if own.has(&name) || section.contains(&name) {
                let message = format!(
                    "the parameter for `{output}` of stack `{producer}` would be called `{name}`, which is taken"
                );
                let problem = Problem::error("duplicate-id", message).at(consumer);
                problems.push(problem.help(format!("give your own `{name}` another id")));
            }
            section.set(name.clone(), Object::single("Type", Expr::from(*kind)));
            names.insert((producer, output), name);
        }
        let names: Vec<Option<String>> = chosen
            .iter()
            .map(|it| {
                names
                    .get(&(it.reference.key.stack, it.output.as_str()))
                    .cloned()
            })
            .collect();
        for (it, name) in chosen.iter_mut().zip(names) {
            it.parameter = name.unwrap_or_default();
        }
        self.parameters.insert(consumer, section);
        self.chosen.insert(consumer, chosen);
    }

    /// The values that go from stack to stack, sorted.
    pub(super) fn wires(self) -> Vec<Wire> {
        let mut wires = Vec::new();
        for (stack, chosen) in self.chosen {
            let from = wires.len();
            wires.extend(chosen.into_iter().map(|it| Wire {
                stack,
                parameter: it.parameter,
                from_stack: it.reference.key.stack,
                output: it.output,
            }));
            wires[from..].sort_unstable();
        }
        // A parameter serves all references to its output.
        wires.dedup();
        wires
    }

    /// What stands in `consumer` for a reference to another stack.
    ///
    /// # Errors
    /// When the other stack is in another account or region, and the reference is not declared to
    /// go there.
    pub(super) fn cross(
        &self,
        consumer: &'static str,
        reference: Reference,
    ) -> Result<Expr, Problem> {
        self.check_environments(consumer, reference)?;
        let producer = reference.key.stack;
        Ok(match reference.link {
            Link::Export => Expr::function(
                "Fn::ImportValue",
                Expr::from(export_name(producer, &output_name(&reference))),
            ),
            Link::StackOutput => self.stack_output(consumer, producer, output_name(&reference)),
            Link::Parameter | Link::ParameterFromElsewhere => {
                let mut chosen = self.chosen.get(consumer).into_iter().flatten();
                let chosen = chosen.find(|it| it.reference == reference);
                let parameter = chosen.map(|it| it.parameter.clone());
                Expr::function("Ref", Expr::from(parameter.unwrap_or_default()))
            }
        })
    }

    fn stack_output(&self, consumer: &str, producer: &'static str, output: String) -> Expr {
        let mut arguments = Object::from_iter([
            ("StackName", Expr::from(producer)),
            ("OutputName", Expr::from(output)),
        ]);
        let region = |stack: &str| {
            self.environments
                .get(stack)
                .and_then(Option::as_ref)
                .map(|it| it.region.clone())
        };
        if let Some(from) = region(producer)
            && region(consumer).as_ref() != Some(&from)
        {
            arguments.set("Region", from);
        }
        Expr::function("Fn::GetStackOutput", arguments)
    }

    fn check_environments(&self, consumer: &str, reference: Reference) -> Result<(), Problem> {
        let producer = reference.key.stack;
        let of = |stack: &str| self.environments.get(stack).and_then(Option::as_ref);
        let (Some(here), Some(there)) = (of(consumer), of(producer)) else {
            return Ok(());
        };
        let what = if here.account != there.account {
            format!("account {} instead of {}", there.account, here.account)
        } else if here.region != there.region {
            format!("region {} instead of {}", there.region, here.region)
        } else {
            return Ok(());
        };
        let id = reference.key.id;
        let message = format!("`{id}` is in stack `{producer}`, in {what}");
        let problem = Problem::error("other-environment", message);
        match reference.link {
            Link::ParameterFromElsewhere => Ok(()),
            Link::StackOutput if here.account == there.account => Ok(()),
            Link::StackOutput => Err(problem.help(
                "`Fn::GetStackOutput` needs a role in the other account: write `StackOutput::new(…).role_arn(…)`",
            )),
            Link::Export => Err(problem.help("exports stay within one account and region")),
            Link::Parameter => Err(problem.help(
                "if the value is meant to cross, say so with `.from_elsewhere()`",
            )),
        }
    }
}

fn output_name(reference: &Reference) -> String {
    let id = reference.key.id;
    match reference.part() {
        Part::Attribute(attribute) => {
            let attribute: String = attribute
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .collect();
            format!("{id}{attribute}")
        }
        Part::Ref | Part::Name => id.to_owned(),
    }
}

fn export_name(producer: &str, output: &str) -> String {
    format!("{producer}:{output}")
}

/// The parameter type for what a reference returns. CloudFormation checks that the thing exists.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
fn parameter_type(reference: &Reference) -> &'static str {
    match (reference.part(), reference.key.kind) {
        (Part::Ref, "AWS::EC2::VPC") => "AWS::EC2::VPC::Id",
        (Part::Ref, "AWS::EC2::Subnet") => "AWS::EC2::Subnet::Id",
        (Part::Ref, "AWS::EC2::SecurityGroup") => "AWS::EC2::SecurityGroup::Id",
        (Part::Attribute("GroupId"), "AWS::EC2::SecurityGroup") => "AWS::EC2::SecurityGroup::Id",
        (Part::Ref, "AWS::EC2::Instance") => "AWS::EC2::Instance::Id",
        (Part::Ref, "AWS::EC2::KeyPair") => "AWS::EC2::KeyPair::KeyName",
        (Part::Ref, "AWS::EC2::Volume") => "AWS::EC2::Volume::Id",
        (Part::Ref, "AWS::Route53::HostedZone") => "AWS::Route53::HostedZone::Id",
        _ => "String",
    }
}
