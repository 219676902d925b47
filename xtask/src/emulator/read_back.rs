//! What is there after a step, beside what should be: resources, stacks, events, and what the services
//! say themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::aws::Caller;
use super::changes::Change;
use super::journey::{Difference, Journey, Resource};
use super::manifest::Stack;
use super::properties;

impl Journey<'_> {
    /// Every resource of the template is there once, with its type and an id; nothing else is.
    pub(super) fn compare_resources(
        &self,
        stack: &Stack,
        listed: &BTreeMap<String, Resource>,
    ) -> Result<(), String> {
        let wanted = stack.template["Resources"].as_object();
        for (id, resource) in wanted.into_iter().flatten() {
            match listed.get(id) {
                None if resource.get("Condition").is_some() => {}
                None => return Err(format!("`{id}` was not created")),
                Some(it) if it.type_name != resource["Type"] => {
                    return Err(format!("`{id}` is a {}", it.type_name));
                }
                Some(it) if it.physical.is_empty() => {
                    return Err(format!("`{id}` has no physical id"));
                }
                Some(it) if it.status != "CREATE_COMPLETE" => {
                    return Err(format!("`{id}` is {}", it.status));
                }
                Some(_) => {}
            }
        }
        let stray = listed
            .keys()
            .find(|it| stack.template["Resources"].get(it.as_str()).is_none());
        stray.map_or(Ok(()), |it| Err(format!("`{it}` is in no template")))
    }

    /// Status, outputs, parameters, tags and the template itself.
    pub(super) fn read_back(&mut self, stack: &Stack) -> Result<(), String> {
        let caller = self.caller(stack);
        let command = ["cloudformation", "describe-stacks", "--stack-name"];
        let command = [&command[..], &[stack.name.as_str()]].concat();
        let answer = self.aws.json(&caller, &command)?;
        let said = &answer["Stacks"][0];
        let outputs = pairs(&said["Outputs"], "OutputKey", "OutputValue");
        let declared = stack.template["Outputs"].as_object().into_iter().flatten();
        let declared: BTreeSet<&String> = declared.map(|(key, _)| key).collect();
        if outputs.keys().collect::<BTreeSet<_>>() != declared {
            return Err(format!("the outputs are {outputs:?}"));
        }
        if let Some((name, _)) = outputs.iter().find(|(_, it)| it.is_empty()) {
            return Err(format!("the output `{name}` is empty"));
        }
        let parameters = pairs(&said["Parameters"], "ParameterKey", "ParameterValue");
        let given = stack.arguments.iter();
        if let Some((key, _)) = given
            .into_iter()
            .find(|(key, it)| parameters.get(*key) != Some(it))
        {
            return Err(format!("the parameter `{key}` is not what was given"));
        }
        if pairs(&said["Tags"], "Key", "Value") != stack.tags {
            return Err(format!("the tags are {}", said["Tags"]));
        }
        self.outputs.insert(stack.name.clone(), outputs);
        let command = ["cloudformation", "get-template", "--stack-name"];
        let command = [&command[..], &[stack.name.as_str()]].concat();
        let answer = self.aws.json(&caller, &command)?;
        let body = match &answer["TemplateBody"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        match body == stack.template {
            true => Ok(()),
            false => Err("the template that is read back is another one".to_owned()),
        }
    }

    /// What the services say of it.
    pub(super) fn read_properties(
        &mut self,
        stack: &Stack,
        listed: &BTreeMap<String, Resource>,
    ) -> Result<(), String> {
        let caller = Caller::account(&stack.account, &stack.region);
        for (id, resource) in listed {
            let type_name = &resource.type_name;
            let Some((words, place, small)) = properties::asked(type_name, &resource.physical)
            else {
                continue;
            };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let answer = self.aws.json(&caller, &words)?;
            let said = answer
                .pointer(place)
                .ok_or_else(|| format!("`{id}` is not there: {answer}"))?;
            let asked = &stack.template["Resources"][id]["Properties"];
            let (same, differing) = properties::compare(asked, said, small);
            self.report.read_back += same;
            for path in differing {
                self.report
                    .not_read_back
                    .entry(format!("{type_name}.{path}"))
                    .or_insert_with(|| format!("{}: `{id}`", stack.name));
            }
        }
        Ok(())
    }

    /// What the events say, beside what CloudFormation would.
    pub(super) fn compare_events(
        &mut self,
        stack: &Stack,
        change: &Change,
        before: &BTreeMap<String, Resource>,
        events: &[Value],
    ) -> Result<(), String> {
        let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for event in events {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            if text("LogicalResourceId") != stack.name {
                let status = seen.entry(text("LogicalResourceId")).or_default();
                status.insert(text("ResourceStatus"));
            }
        }
        let has =
            |id: &String, status: &str| seen.get(id.as_str()).is_some_and(|it| it.contains(status));
        let mut differs = |kind: &'static str, id: &String| {
            let of = before.get(id).map(|it| it.type_name.clone());
            self.report.differences.insert(Difference {
                kind,
                type_name: of.unwrap_or_default(),
                place: format!("{}: {}: `{id}`", stack.name, change.kind),
            });
        };
        let touched = change.updated.union(&change.replaced);
        for id in touched.clone() {
            if !has(id, "UPDATE_COMPLETE") {
                return Err(format!("`{id}` was not updated"));
            }
        }
        for id in change
            .removed
            .union(&change.replaced)
            .filter(|it| !change.kept.contains(*it))
        {
            if !has(id, "DELETE_COMPLETE") {
                differs("gone-without-event", id);
            }
        }
        for id in &change.added {
            if !has(id, "CREATE_COMPLETE") {
                differs("new-without-create-event", id);
            }
        }
        let touched: BTreeSet<&String> = touched.chain(&change.removed).collect();
        let others = before.keys().filter(|it| !touched.contains(*it));
        let others: Vec<&String> = others
            .filter(|it| has(it, "UPDATE_COMPLETE") || has(it, "CREATE_COMPLETE"))
            .collect();
        for id in others {
            differs("unchanged-shown-as-updated", id);
        }
        Ok(())
    }

    /// Some service of the stack runs a task definition with this image.
    pub(super) fn runs(
        &mut self,
        stack: &Stack,
        resources: &BTreeMap<String, Resource>,
        image: &str,
    ) -> Result<(), String> {
        let caller = self.caller(stack);
        for it in resources.values() {
            if it.type_name != "AWS::ECS::Service" {
                continue;
            }
            let Some((_, name)) = it.physical.split_once(":service/") else {
                return Err(format!("`{}` is no ARN of a service", it.physical));
            };
            let cluster = name.split('/').next().unwrap_or_default();
            let command = ["ecs", "describe-services", "--cluster", cluster];
            let command = [&command[..], &["--services", &it.physical]].concat();
            let answer = self.aws.json(&caller, &command)?;
            let task = answer["services"][0]["taskDefinition"]
                .as_str()
                .ok_or_else(|| format!("the service `{}` is not there", it.physical))?;
            let command = ["ecs", "describe-task-definition", "--task-definition", task];
            let answer = self.aws.json(&caller, &command)?;
            let containers = answer["taskDefinition"]["containerDefinitions"].as_array();
            let mut images = containers.into_iter().flatten().map(|it| &it["image"]);
            if images.any(|it| it.as_str().is_some_and(|it| it.ends_with(image))) {
                return Ok(());
            }
        }
        Err(format!("no service runs an image that ends with `{image}`"))
    }

    /// AWS refuses to delete what protects itself; the emulator does not look.
    pub(super) fn not_protected_here(
        &mut self,
        stack: &Stack,
        resources: &BTreeMap<String, Resource>,
    ) {
        for (id, resource) in resources {
            let properties = &stack.template["Resources"][id]["Properties"];
            let attributes = properties["LoadBalancerAttributes"].as_array();
            let mut attributes = attributes.into_iter().flatten();
            let balancer = attributes
                .any(|it| it["Key"] == "deletion_protection.enabled" && it["Value"] == "true");
            if balancer || properties["DeletionProtection"] == true {
                self.report.differences.insert(Difference {
                    kind: "protected-resource-deleted",
                    type_name: resource.type_name.clone(),
                    place: format!("{}: `{id}`", stack.name),
                });
            }
        }
    }
}

fn pairs(list: &Value, key: &str, value: &str) -> BTreeMap<String, String> {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let members = list.as_array().into_iter().flatten();
    members
        .map(|it| (text(&it[key]), text(&it[value])))
        .collect()
}
