//! Who may open connections to whom in a swarm: 2377 to managers, 7946 and 4789 among nodes, and
//! nothing else.

use stack_core::aws::ec2;
use stack_core::prelude::*;

use super::{MANAGER_PORT, Swarm};
use crate::allow::{Opening, https_egress, no_egress};

/// Every node has the first and that of its role.
#[derive(Clone, Copy)]
pub(super) struct Groups {
    pub(super) nodes: Ref<ec2::SecurityGroup>,
    pub(super) managers: Ref<ec2::SecurityGroup>,
    pub(super) workers: Ref<ec2::SecurityGroup>,
}

/// <https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts>
pub(super) fn add(scope: &mut Scope<'_>, swarm: &Swarm) -> Groups {
    let group = |description: &str, egress| {
        ec2::SecurityGroup::new()
            .group_description(description)
            .vpc_id(swarm.network.vpc)
            .security_group_egress([egress])
    };
    let nodes = scope.add(
        "NodeSecurityGroup",
        group("All nodes of the swarm", https_egress()),
    );
    let managers = group("Managers of the swarm", no_egress());
    let managers = scope.add("ManagerSecurityGroup", managers);
    let workers = group("Workers of the swarm", no_egress());
    let workers = scope.add("WorkerSecurityGroup", workers);
    let mut open = |id: &str, to, what: &str, protocol, port| {
        let opening = Opening {
            from: nodes,
            to,
            protocol,
            port,
            at_from: what.to_owned(),
            at_to: what.to_owned(),
        };
        scope.add(id, opening);
    };
    let gossip = Some(port!(7946));
    let joining = "managers, from nodes that join or report";
    open(
        "ManagerFromNodes",
        managers,
        joining,
        "tcp",
        Some(MANAGER_PORT),
    );
    open("GossipTcp", nodes, "gossip among nodes", "tcp", gossip);
    open("GossipUdp", nodes, "gossip among nodes", "udp", gossip);
    let overlay = "overlay networks among nodes";
    open("Overlay", nodes, overlay, "udp", Some(port!(4789)));
    if swarm.encrypted_overlay {
        // ESP: a protocol of its own, without ports.
        open(
            "EncryptedOverlay",
            nodes,
            "encrypted overlay networks",
            "50",
            None,
        );
    }
    Groups {
        nodes,
        managers,
        workers,
    }
}
