//! What a container sees besides its image: folders of its own, and folders of a file system.

use stack_core::aws::ecs::task_definition as it;
use stack_core::aws::policy::Statement;

use crate::file_system::FolderHandle;

/// A folder of a file system in a container.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) folder: FolderHandle,
    pub(crate) path: String,
    pub(crate) read_only: bool,
}

pub(crate) fn scratch_name(n: usize) -> String {
    format!("scratch-{n}")
}

fn mount_name(n: usize) -> String {
    format!("files-{n}")
}

/// The volumes of a task with so many scratch folders.
pub(crate) fn volumes(scratch: usize, mounts: &[Mount]) -> Vec<it::Volume> {
    let own = (0..scratch).map(|n| it::Volume::new().name(scratch_name(n)));
    let files = mounts.iter().enumerate().map(|(n, mount)| {
        // An access point and the task role both ask for encryption in transit.
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSAuthorizationConfig.html
        let volume = it::EfsVolumeConfiguration::new()
            .filesystem_id(mount.folder.of.file_system)
            .transit_encryption(it::TransitEncryption::ENABLED)
            .authorization_config(
                it::AuthorizationConfig::new()
                    .access_point_id(mount.folder.access_point)
                    .iam(it::Iam::ENABLED),
            );
        it::Volume::new()
            .name(mount_name(n))
            .efs_volume_configuration(volume)
    });
    own.chain(files).collect()
}

/// Where a container sees them.
pub(crate) fn mount_points(scratch: &[String], mounts: &[Mount]) -> Vec<it::MountPoint> {
    let own = scratch.iter().enumerate().map(|(n, path)| {
        it::MountPoint::new()
            .source_volume(scratch_name(n))
            .container_path(path)
    });
    let files = mounts.iter().enumerate().map(|(n, mount)| {
        let point = it::MountPoint::new()
            .source_volume(mount_name(n))
            .container_path(&mount.path);
        match mount.read_only {
            true => point.read_only(true),
            false => point,
        }
    });
    own.chain(files).collect()
}

/// What the task role needs: this file system, through this access point, and no root.
///
/// <https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html>
pub(crate) fn permissions(mounts: &[Mount]) -> impl Iterator<Item = Statement> {
    mounts.iter().map(|mount| {
        let mut actions = vec!["elasticfilesystem:ClientMount".to_owned()];
        if !mount.read_only {
            actions.push("elasticfilesystem:ClientWrite".to_owned());
        }
        let access_point = mount.folder.access_point.arn();
        Statement::allow()
            .actions(actions)
            .resources([mount.folder.of.file_system.arn()])
            .condition(
                "StringEquals",
                "elasticfilesystem:AccessPointArn",
                access_point,
            )
    })
}
