//! What `RegisterTaskDefinition` accepts: the keys and their types.

use stack_core::Problem;

use crate::tree::{Entry, Node, Tree};
use stack_core::closest;

/// Every structure of the [request](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html):
/// its name, then `key type`; `!` marks what must be there, `[…]` a list, `{}` free keys with
/// text. Enumerations are text here, so that a value newer than this table passes.
const SHAPES: &str = "
TaskDefinition: family! text, taskRoleArn text, executionRoleArn text, networkMode text, containerDefinitions! [Container], volumes [Volume], placementConstraints [PlacementConstraint], requiresCompatibilities [text], cpu text, memory text, tags [Tag], pidMode text, ipcMode text, proxyConfiguration Proxy, inferenceAccelerators [InferenceAccelerator], ephemeralStorage EphemeralStorage, runtimePlatform RuntimePlatform, enableFaultInjection boolean, trustedExecutionConfiguration TrustedExecution
Container: name! text, image! text, repositoryCredentials RepositoryCredentials, cpu integer, memory integer, memoryReservation integer, links [text], portMappings [PortMapping], essential boolean, restartPolicy RestartPolicy, entryPoint [text], command [text], environment [KeyValue], environmentFiles [EnvironmentFile], mountPoints [MountPoint], volumesFrom [VolumeFrom], linuxParameters Linux, secrets [Secret], dependsOn [Dependency], startTimeout integer, stopTimeout integer, versionConsistency text, hostname text, user text, workingDirectory text, disableNetworking boolean, privileged boolean, readonlyRootFilesystem boolean, dnsServers [text], dnsSearchDomains [text], extraHosts [HostEntry], dockerSecurityOptions [text], interactive boolean, pseudoTerminal boolean, dockerLabels {}, ulimits [Ulimit], logConfiguration Log, healthCheck HealthCheck, systemControls [SystemControl], resourceRequirements [ResourceRequirement], firelensConfiguration Firelens, credentialSpecs [text]
RepositoryCredentials: credentialsParameter! text
PortMapping: containerPort integer, hostPort integer, protocol text, name text, appProtocol text, containerPortRange text
RestartPolicy: enabled! boolean, ignoredExitCodes [integer], restartAttemptPeriod integer
KeyValue: name text, value text
EnvironmentFile: value! text, type! text
MountPoint: sourceVolume text, containerPath text, readOnly boolean
VolumeFrom: sourceContainer text, readOnly boolean
Linux: capabilities Capabilities, devices [Device], initProcessEnabled boolean, sharedMemorySize integer, tmpfs [Tmpfs], maxSwap integer, swappiness integer
Capabilities: add [text], drop [text]
Device: hostPath! text, containerPath text, permissions [text]
Tmpfs: containerPath! text, size! integer, mountOptions [text]
Secret: name! text, valueFrom! text
Dependency: containerName! text, condition! text
HostEntry: hostname! text, ipAddress! text
Ulimit: name! text, softLimit! integer, hardLimit! integer
Log: logDriver! text, options {}, secretOptions [Secret]
HealthCheck: command! [text], interval integer, timeout integer, retries integer, startPeriod integer
SystemControl: namespace text, value text
ResourceRequirement: value text, type! text, sharingStrategy SharingStrategy
SharingStrategy: nvidiaMps NvidiaMps
NvidiaMps: memory! integer, maxComputePercent integer
Firelens: type! text, options {}
Volume: name text, host Host, dockerVolumeConfiguration DockerVolume, efsVolumeConfiguration EfsVolume, s3filesVolumeConfiguration S3Files, fsxWindowsFileServerVolumeConfiguration FsxWindows, configuredAtLaunch boolean
Host: sourcePath text
DockerVolume: scope text, autoprovision boolean, driver text, driverOpts {}, labels {}
EfsVolume: fileSystemId! text, rootDirectory text, transitEncryption text, transitEncryptionPort integer, authorizationConfig EfsAuthorization
EfsAuthorization: accessPointId text, iam text
S3Files: fileSystemArn! text, rootDirectory text, transitEncryptionPort integer, accessPointArn text
FsxWindows: fileSystemId! text, rootDirectory! text, authorizationConfig! FsxAuthorization
FsxAuthorization: credentialsParameter! text, domain! text
PlacementConstraint: type text, expression text
Tag: key text, value text
Proxy: type text, containerName! text, properties [KeyValue]
InferenceAccelerator: deviceName! text, deviceType! text
EphemeralStorage: sizeInGiB! integer
RuntimePlatform: cpuArchitecture text, operatingSystemFamily text
TrustedExecution: isolationMode! text, attestationPolicy text
";

/// What `DescribeTaskDefinition` adds and `RegisterTaskDefinition` refuses.
pub(crate) const READ_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// The type of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list of what is within the brackets.
    List(&'static str),
    /// Free keys with text.
    Map,
    /// A structure: its row.
    Structure(&'static str),
}

impl Shape {
    /// The whole task definition.
    pub(crate) fn task_definition() -> Shape {
        Shape::of("TaskDefinition")
    }

    fn of(name: &'static str) -> Shape {
        match name {
            "text" => Shape::Text,
            "integer" => Shape::Integer,
            "boolean" => Shape::Boolean,
            "{}" => Shape::Map,
            _ => match name.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
                Some(item) => Shape::List(item),
                None => Shape::Structure(row(name)),
            },
        }
    }

    /// What a key's value is.
    pub(crate) fn key(self, key: &str) -> Option<Shape> {
        match self {
            Shape::Map => Some(Shape::Text),
            Shape::Structure(row) => keys(row)
                .find(|it| it.name == key)
                .map(|it| Shape::of(it.shape)),
            _ => None,
        }
    }

    /// What a list's items are.
    pub(crate) fn item(self) -> Option<Shape> {
        match self {
            Shape::List(item) => Some(Shape::of(item)),
            _ => None,
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Shape::Text => "text",
            Shape::Integer => "a whole number",
            Shape::Boolean => "`true` or `false`",
            Shape::List(_) => "a list",
            Shape::Map | Shape::Structure(_) => "an object",
        }
    }
}

struct Key {
    name: &'static str,
    shape: &'static str,
    required: bool,
}

fn row(name: &str) -> &'static str {
    SHAPES
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_default()
}

fn keys(row: &'static str) -> impl Iterator<Item = Key> {
    row.split(", ").filter_map(|it| {
        let (name, shape) = it.split_once(' ')?;
        Some(Key {
            name: name.trim_end_matches('!'),
            shape,
            required: name.ends_with('!'),
        })
    })
}

/// Unknown and missing keys, and wrong types, below a node. `path` is empty at the root.
pub(crate) fn check(node: &Node, shape: Shape, path: &str, problems: &mut Vec<Problem>) {
    match (&node.tree, shape) {
        (Tree::Hole, _) | (Tree::Text(_), Shape::Text) | (Tree::Bool(_), Shape::Boolean) => {}
        (Tree::Number(digits), Shape::Integer) if digits.parse::<i64>().is_ok() => {}
        (Tree::List(items), Shape::List(item)) => {
            for (index, it) in items.iter().enumerate() {
                check(it, Shape::of(item), &format!("{path}[{index}]"), problems);
            }
        }
        (Tree::Object(entries), Shape::Map) => {
            for it in entries {
                check(&it.node, Shape::Text, &below(path, &it.key), problems);
            }
        }
        (Tree::Object(entries), Shape::Structure(row)) => {
            check_keys(node, entries, row, path, problems);
        }
        _ => problems.push(wrong_type(node, shape, path)),
    }
}

fn check_keys(
    node: &Node,
    entries: &[Entry],
    row: &'static str,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    for entry in entries {
        match keys(row).find(|it| it.name == entry.key) {
            Some(key) => {
                let path = below(path, &entry.key);
                check(&entry.node, Shape::of(key.shape), &path, problems);
            }
            None => problems.push(unknown_key(entry, row, path)),
        }
    }
    for key in keys(row).filter(|it| it.required && node.get(it.name).is_none()) {
        let owner = match path {
            "" => "the task definition".to_owned(),
            _ => format!("`{path}`"),
        };
        problems.push(
            Problem::error("missing-key", format!("{owner} has no `{}`", key.name))
                .at(node.place.to_string()),
        );
    }
}

fn unknown_key(entry: &Entry, row: &'static str, path: &str) -> Problem {
    let Entry { key, place, .. } = entry;
    let place = place.to_string();
    if path.is_empty() && READ_ONLY.contains(&key.as_str()) {
        return Problem::error(
            "read-only-key",
            format!("`{key}` is set by ECS and cannot be registered"),
        )
        .at(place)
        .help("remove it: it comes from `describe-task-definition`, which adds what ECS knows");
    }
    let problem = Problem::error(
        "unknown-key",
        format!(
            "`{}` is no key of `RegisterTaskDefinition`",
            below(path, key)
        ),
    )
    .at(place);
    if path.is_empty() && key == "taskDefinition" {
        return problem.help("take out what is under `taskDefinition`, and make it the whole file");
    }
    match closest(key, keys(row).map(|it| it.name)) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

fn wrong_type(node: &Node, shape: Shape, path: &str) -> Problem {
    let (expected, found) = (shape.in_words(), node.kind());
    let path = if path.is_empty() {
        "the task definition"
    } else {
        path
    };
    let problem = Problem::error(
        "wrong-type",
        format!("`{path}` is {expected}, but here is {found}"),
    )
    .at(node.place.to_string());
    match (&node.tree, shape) {
        (Tree::Number(_) | Tree::Bool(_), Shape::Text) => problem.help("put it in quotes"),
        (Tree::Text(_), Shape::Integer | Shape::Boolean) => {
            problem.help("write it without quotes, or as a placeholder alone in its quotes")
        }
        _ => problem,
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_structure_that_is_named_has_a_row() {
        for line in SHAPES.lines().filter(|it| !it.is_empty()) {
            let (name, row) = line.split_once(": ").unwrap();
            for key in keys(row) {
                let named = key.shape.trim_matches(['[', ']']);
                if let Shape::Structure(row) = Shape::of(named) {
                    assert!(!row.is_empty(), "{name}.{}: {named}", key.name);
                }
            }
        }
    }
}
