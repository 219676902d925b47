//! What a service's tasks open connections to, and what opens connections to them.

use stack_core::aws::ec2;
use stack_core::prelude::*;

use crate::allow::{Listens, Peer, allow};
use crate::cluster::ClusterHandle;
use crate::file_system::FileSystemHandle;
use crate::route::{Attached, Route};
use crate::running::RunningService;
use crate::traffic_shift::TrafficShift;

/// Tasks that listen.
#[derive(Clone, Copy)]
pub(crate) struct Tasks {
    pub(crate) security_group: Ref<ec2::SecurityGroup>,
    pub(crate) port: Port,
}

impl Peer for Tasks {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for Tasks {
    fn port(self) -> Port {
        self.port
    }
}

/// Tasks that open connections.
#[derive(Clone, Copy)]
struct Caller(Ref<ec2::SecurityGroup>);

impl Peer for Caller {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.0
    }
}

/// The first route's parts have plain ids; those of others are numbered from 2.
pub(crate) fn attach(
    scope: &mut Scope<'_>,
    routes: Vec<Route>,
    tasks: Tasks,
    shift: Option<&TrafficShift>,
) -> Vec<Attached> {
    struct Numbered<'s>(Route, Tasks, Option<&'s TrafficShift>);
    impl Build for Numbered<'_> {
        type Handle = Attached;
        fn build(self, scope: &mut Scope<'_>) -> Attached {
            self.0.attach(scope, self.1, self.2)
        }
    }
    let mut attached = Vec::new();
    for (n, route) in (1..).zip(routes) {
        let id = if n == 1 {
            String::new()
        } else {
            format!("Route{n}")
        };
        attached.push(scope.add(id, Numbered(route, tasks, shift)));
    }
    attached
}

/// Each file system once, whatever number of its folders is mounted.
pub(crate) fn open_folders(
    scope: &mut Scope<'_>,
    from: Ref<ec2::SecurityGroup>,
    mounted: impl IntoIterator<Item = FileSystemHandle>,
) {
    let mut opened = Vec::new();
    for files in mounted {
        let key = files.file_system.key();
        if opened.contains(&key) {
            continue;
        }
        opened.push(key);
        scope.add(format!("To{}", key.id), allow(Caller(from), files));
    }
}

/// The services that are called by name.
pub(crate) fn open_calls(
    scope: &mut Scope<'_>,
    from: Ref<ec2::SecurityGroup>,
    cluster: ClusterHandle,
    servers: &[RunningService],
) {
    for server in servers {
        let id = server.service.key().id;
        let id = id.strip_suffix("Service").unwrap_or(id);
        let namespace = server.named.map(|it| it.namespace.key());
        if namespace.is_none() || namespace != cluster.namespace.map(|it| it.key()) {
            let message = match namespace {
                None => format!("`{id}` has no name to be called by"),
                Some(_) => format!("`{id}` has its name in the namespace of another cluster"),
            };
            scope.problem(Problem::error("service-connect", message).help(
                "give it one with `named`, in a cluster with a namespace; or let connections through with `allow`",
            ));
            continue;
        }
        scope.add(format!("To{id}"), allow(Caller(from), *server));
    }
}
