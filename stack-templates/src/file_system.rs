//! Files that outlive tasks: an encrypted EFS file system, and folders of it that tasks mount.

use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{ec2, efs};
use stack_core::prelude::*;

use crate::allow::{Listens, Peer, no_egress};
use crate::network::NetworkPlan;

/// A network file system in every zone, encrypted, backed up daily, for tasks of all zones at once.
///
/// Who mounts it must use TLS; a policy says so. A task mounts one [`folder`](FileSystemHandle::folder)
/// of it, with its task role, through an access point that decides path, user and group.
///
/// It is kept when it leaves the stack or is replaced (both policies `Retain`): what is in it cannot
/// be made again. Whoever wants it gone deletes it by hand; until then it is paid for.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let cluster = stack.add("Cluster", Cluster::new());
/// let files = stack.add("Files", FileSystem::new(network));
/// let uploads = stack.add("Uploads", files.folder("/uploads", 1000, 1000));
/// let api = FargateService::new(network, cluster, Image::ecr("shop/api", "2.0.1"), port!(8080))
///     .volume(uploads, "/srv/uploads");
/// stack.add("Api", api);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` of the mount targets |
/// | `{id}` | `AWS::EFS::FileSystem`, kept |
/// | `{id}MountTarget1`, … | `AWS::EFS::MountTarget`, one for each private subnet |
pub struct FileSystem {
    network: NetworkPlan,
}

/// A file system to take folders of.
#[derive(Clone, Copy, Debug)]
pub struct FileSystemHandle {
    /// The file system.
    pub file_system: Ref<efs::FileSystem>,
    /// The group of its mount targets.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// One for each private subnet: a task can mount once that of its zone is there.
    pub mount_targets: &'static [Ref<efs::MountTarget>],
}

/// A folder of a file system, as an access point: whoever mounts it sees this folder alone, and acts
/// as one user. Added with an id of its own; another path or owner replaces the access point and
/// moves no file.
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::EFS::AccessPoint` |
#[derive(Clone, Debug)]
pub struct Folder {
    of: FileSystemHandle,
    path: String,
    user: u32,
    group: u32,
}

/// A folder that tasks can mount.
#[derive(Clone, Copy, Debug)]
pub struct FolderHandle {
    /// The access point.
    pub access_point: Ref<efs::AccessPoint>,
    /// What it is of.
    pub of: FileSystemHandle,
}

impl FileSystem {
    /// In the private subnets of the network.
    pub fn new(network: NetworkPlan) -> FileSystem {
        FileSystem { network }
    }
}

impl FileSystemHandle {
    /// A folder, made when it is first mounted, that belongs to this user and group; tasks act as
    /// them whatever user their container runs as. 100 characters at most, and four folders deep.
    ///
    /// <https://docs.aws.amazon.com/efs/latest/ug/efs-access-points.html>
    pub fn folder(self, path: impl Into<String>, user: u32, group: u32) -> Folder {
        Folder {
            of: self,
            path: path.into(),
            user,
            group,
        }
    }
}

impl Peer for FileSystemHandle {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for FileSystemHandle {
    fn port(self) -> Port {
        port!(2049)
    }
}

impl Build for FileSystem {
    type Handle = FileSystemHandle;

    fn build(self, scope: &mut Scope<'_>) -> FileSystemHandle {
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("File system")
                .vpc_id(self.network.vpc)
                .security_group_egress([no_egress()]),
        );
        // With a policy of its own, what no role is allowed is denied: without one, everybody in
        // the network may mount.
        // https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
        let tls_only = PolicyDocument::new([Statement::deny()
            .sid("TlsOnly")
            .principal(Principal::aws(["*"]))
            .actions(["*"])
            .condition("Bool", "aws:SecureTransport", "false")]);
        let key = crate::encryption::key(scope);
        let file_system = scope.add(
            "",
            efs::FileSystem::new()
                .encrypted(true)
                .kms_key_id(key)
                .throughput_mode(efs::file_system::ThroughputMode::ELASTIC)
                .backup_policy(
                    efs::file_system::BackupPolicy::new()
                        .status(efs::file_system::BackupPolicyStatus::ENABLED),
                )
                .file_system_policy(tls_only),
        );
        scope.edit(file_system).retain();
        let subnets = self.network.private.iter();
        let mount_targets: Vec<_> = (1..)
            .zip(subnets)
            .map(|(n, subnet)| {
                scope.add(
                    format!("MountTarget{n}"),
                    efs::MountTarget::new()
                        .file_system_id(file_system)
                        .security_groups([security_group])
                        .subnet_id(*subnet),
                )
            })
            .collect();
        FileSystemHandle {
            file_system,
            security_group,
            mount_targets: Vec::leak(mount_targets),
        }
    }
}

impl Build for Folder {
    type Handle = FolderHandle;

    fn build(self, scope: &mut Scope<'_>) -> FolderHandle {
        let Folder {
            of,
            path,
            user,
            group,
        } = self;
        let deep = path.split('/').filter(|it| !it.is_empty()).count();
        if !path.starts_with('/') || !(1..=4).contains(&deep) || path.len() > 100 {
            let message = format!("`{path}` is no folder of a file system");
            scope.problem(Problem::error("folder", message).help(
                "write it from the root, up to four folders deep and 100 characters: `/shop/uploads`",
            ));
        }
        use efs::access_point as it;
        let access_point = scope.add(
            "",
            efs::AccessPoint::new()
                .file_system_id(of.file_system)
                .posix_user(
                    it::PosixUser::new()
                        .uid(user.to_string())
                        .gid(group.to_string()),
                )
                .root_directory(
                    it::RootDirectory::new().path(path).creation_info(
                        it::CreationInfo::new()
                            .owner_uid(user.to_string())
                            .owner_gid(group.to_string())
                            .permissions("0750"),
                    ),
                ),
        );
        FolderHandle { access_point, of }
    }
}
