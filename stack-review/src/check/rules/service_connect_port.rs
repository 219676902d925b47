//! Service Connect names a port that the task does not have.

use stack_core::Severity;

use crate::check::containers::{SERVICE, all_containers, task_of};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "service-connect-port",
    severity: Severity::Error,
    page: include_str!("service_connect_port.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let connect = service.get("ServiceConnectConfiguration");
        let offered = connect.get("Services").items();
        if offered.is_empty() || connect.get("Enabled").bool() == Some(false) {
            continue;
        }
        let Some(task) = task_of(service) else {
            continue;
        };
        let Some(containers) = all_containers(task) else {
            continue;
        };
        let lists: Vec<View<'_, '_>> = containers.iter().map(|it| it.get("PortMappings")).collect();
        if lists.iter().any(|it| !it.has_known_items()) {
            continue;
        }
        let names: Vec<View<'_, '_>> = lists
            .iter()
            .flat_map(View::items)
            .map(|it| it.get("Name"))
            .filter(View::is_set)
            .collect();
        for one in offered {
            let port = one.get("PortName");
            let missing = names.iter().all(|it| it.same(&port) == Some(false));
            if let Some(wanted) = port.text().filter(|_| missing) {
                let message = format!("`{}` has no port called `{wanted}`", task.id());
                let known: Vec<String> = names
                    .iter()
                    .filter_map(|it| Some(format!("`{}`", it.text()?)))
                    .collect();
                let repair = match known.is_empty() {
                    true => format!("give a port mapping of `{}` that name", task.id()),
                    false => format!("its ports are called {}", known.join(", ")),
                };
                report.at(&port, message, repair);
            }
        }
    }
}
