//! From templates to a [`Network`](super::Network): what holds data.

use crate::model::{Resource, View};

use super::parts::*;
use super::read::Reader;
use super::read_nodes::ANY;

/// What holds data: type, subnets or subnet group, groups, whether it is public, its port.
pub(super) struct Store {
    pub(super) kind: &'static str,
    subnets: &'static str,
    groups: &'static str,
    public: &'static str,
    port: &'static str,
    default: u16,
}

pub(super) const STORES: &[Store] = &[
    store(
        "AWS::RDS::DBInstance",
        "DBSubnetGroupName",
        "VPCSecurityGroups",
        "PubliclyAccessible",
        "Port",
        0,
    ),
    store(
        "AWS::RDS::DBCluster",
        "DBSubnetGroupName",
        "VpcSecurityGroupIds",
        "PubliclyAccessible",
        "Port",
        0,
    ),
    store(
        "AWS::DocDB::DBCluster",
        "DBSubnetGroupName",
        "VpcSecurityGroupIds",
        "",
        "Port",
        27017,
    ),
    store(
        "AWS::Neptune::DBCluster",
        "DBSubnetGroupName",
        "VpcSecurityGroupIds",
        "",
        "DBPort",
        8182,
    ),
    store(
        "AWS::ElastiCache::CacheCluster",
        "CacheSubnetGroupName",
        "VpcSecurityGroupIds",
        "",
        "Port",
        0,
    ),
    store(
        "AWS::ElastiCache::ReplicationGroup",
        "CacheSubnetGroupName",
        "SecurityGroupIds",
        "",
        "Port",
        6379,
    ),
    store(
        "AWS::ElastiCache::ServerlessCache",
        "SubnetIds",
        "SecurityGroupIds",
        "",
        "",
        6379,
    ),
    store(
        "AWS::EFS::MountTarget",
        "SubnetId",
        "SecurityGroups",
        "",
        "",
        2049,
    ),
    store(
        "AWS::Redshift::Cluster",
        "ClusterSubnetGroupName",
        "VpcSecurityGroupIds",
        "PubliclyAccessible",
        "Port",
        5439,
    ),
    store(
        "AWS::MSK::Cluster",
        "BrokerNodeGroupInfo.ClientSubnets",
        "BrokerNodeGroupInfo.SecurityGroups",
        "",
        "",
        9094,
    ),
];

const fn store(
    kind: &'static str,
    subnets: &'static str,
    groups: &'static str,
    public: &'static str,
    port: &'static str,
    default: u16,
) -> Store {
    Store {
        kind,
        subnets,
        groups,
        public,
        port,
        default,
    }
}

impl<'e, 'a> Reader<'e, 'a> {
    pub(super) fn store(&mut self, resource: Resource<'e, 'a>, store: &Store) {
        let mut subnets = resource.get(store.subnets);
        if let Some(group) = subnets
            .target()
            .filter(|it| it.kind() != "AWS::EC2::Subnet")
        {
            subnets = Some(group.get("SubnetIds"))
                .filter(View::is_set)
                .unwrap_or(subnets);
        }
        if let Some(name) = subnets.text() {
            let named = |kind, property: &str| {
                let all = self.all(kind);
                let mine = all.iter().find(|it| it.get(property).text() == Some(name));
                mine.map(|it| it.get("SubnetIds"))
            };
            let found = named("AWS::RDS::DBSubnetGroup", "DBSubnetGroupName")
                .or_else(|| named("AWS::ElastiCache::SubnetGroup", "CacheSubnetGroupName"));
            subnets = found.unwrap_or(subnets);
        }
        let mut groups = resource.get(store.groups);
        // An instance of a cluster has the cluster's network.
        let cluster = resource
            .get("DBClusterIdentifier")
            .target_of("AWS::RDS::DBCluster");
        if let Some(cluster) = cluster.filter(|_| store.kind == "AWS::RDS::DBInstance") {
            groups = cluster.get("VpcSecurityGroupIds");
            let group = cluster.get("DBSubnetGroupName").target();
            subnets = group.map_or(subnets, |it| it.get("SubnetIds"));
        }
        if subnets.is_absent() && groups.is_absent() {
            return;
        }
        let mut seats = match subnets.is_set() {
            true => self.seats(&subnets, &groups, Some(false)),
            false => {
                let subnet = self.subnet(&subnets);
                let groups = Some(self.groups_of(&groups));
                vec![Seat {
                    subnet,
                    groups,
                    address: None,
                    public: Some(false),
                    six: None,
                }]
            }
        };
        let public = match store.public {
            "" => None,
            name => Some(resource.get(name)),
        };
        for seat in &mut seats {
            seat.public = match &public {
                None => Some(false),
                // Left out, it is public where the VPC has an internet gateway.
                // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
                Some(it) if it.is_absent() && store.kind == "AWS::RDS::DBInstance" => {
                    self.net.subnets[seat.subnet]
                        .vpc
                        .and_then(|it| self.net.vpcs[it].gateway)
                }
                Some(it) if it.is_absent() => Some(false),
                Some(it) => it.bool(),
            };
        }
        let port = match store.port {
            "" => None,
            name => resource
                .get(name)
                .int()
                .and_then(|it| u16::try_from(it).ok()),
        };
        let engine = cluster.map_or_else(|| resource.get("Engine"), |it| it.get("Engine"));
        let default = match (store.default, engine.text()) {
            (0, Some(it)) if it.contains("postgres") => Some(5432),
            (0, Some(it)) if it.starts_with("oracle") => Some(1521),
            (0, Some(it)) if it.starts_with("sqlserver") => Some(1433),
            (0, Some("memcached")) => Some(11211),
            (0, Some("redis" | "valkey")) => Some(6379),
            (0, Some(it)) if it.contains("mysql") || it.contains("mariadb") || it == "aurora" => {
                Some(3306)
            }
            (0, _) => None,
            (port, _) => Some(port),
        };
        self.node(resource, Kind::Store, seats, ANY, port.or(default));
    }
}
