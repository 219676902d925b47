//! A load balancer sends to a container or a port that the task does not have.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "unexposed-target-port",
    severity: Severity::Error,
    page: include_str!("unexposed_target_port.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of("AWS::ECS::Service") {
        let definition = service.get("TaskDefinition");
        let Some(task) = definition.target_of("AWS::ECS::TaskDefinition") else {
            continue;
        };
        let containers = task.get("ContainerDefinitions");
        if !containers.has_known_items() {
            continue;
        }
        for target in service.get("LoadBalancers").items() {
            let name = target.get("ContainerName");
            let Some(wanted) = name.text() else { continue };
            let containers = containers.items();
            if containers.iter().any(|it| !it.get("Name").is_known()) {
                continue;
            }
            let Some(container) = containers.iter().find(|it| it.get("Name").text() == Some(wanted))
            else {
                let names: Vec<String> = containers
                    .iter()
                    .filter_map(|it| Some(format!("`{}`", it.get("Name").text()?)))
                    .collect();
                let message = format!("`{}` has no container `{wanted}`", task.id());
                report.at(&name, message, format!("its containers are {}", names.join(", ")));
                continue;
            };
            let port = target.get("ContainerPort");
            let mappings = container.get("PortMappings");
            let Some(number) = port.int().filter(|_| mappings.has_known_items()) else {
                continue;
            };
            let mut exposed = Vec::new();
            for mapping in mappings.items() {
                match mapping.get("ContainerPort").int() {
                    Some(it) => exposed.push(it),
                    None => return,
                }
            }
            if !exposed.contains(&number) {
                let message = format!("container `{wanted}` of `{}` exposes no port {number}", task.id());
                let repair = match exposed.as_slice() {
                    [] => format!("map container port {number} in `{}`", task.id()),
                    ports => format!("it exposes {ports:?}: use one of them, or map {number} too"),
                };
                report.at(&port, message, repair);
            }
        }
    }
}
