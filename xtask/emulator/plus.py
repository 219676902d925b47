# MiniStack with what our templates need beyond it: resource types that it lacks, and on demand slow
# and failing ones.
#
#   EMULATOR_ACCOUNTS=accounts.json EMULATOR_FAULTS=table.json \
#     GATEWAY_PORT=4566 BIND_HOST=127.0.0.1 python plus.py
#
# It ends when its standard input does: whoever started it may die in any way.
#
# The accounts say what is there before any stack: zones by their id, parameters (also AWS's own),
# buckets. It is there again after `POST /_ministack/reset`.
#
# The table is read anew before each step of a resource, so it may be written while the server runs:
#
#   {"seconds": 0.1, "faults": [
#     {"stack": "Shop", "resource": "ApiService", "operation": "update", "call": 2,
#      "seconds": 5, "error": "Resource handler returned message: ..."}]}
#
# `seconds` is how long every step takes. Of a fault, what is left out matches everything; `resource`
# is a logical id, `operation` create, update or delete, `call` counts the matching steps from 1.
# The first fault that matches decides; without `error` the step is only slow.
import fnmatch
import json
import os
import re
import sys
import threading
import time

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import ec2, ecr, ecs, iam, route53, ssm
from ministack.services.cloudformation import provisioners, stacks


def identifier(prefix):
    return prefix + new_uuid().replace("-", "")[:17]


# Types: create(id, properties, stack) answers with the physical id and attributes, update(physical id,
# old, new, stack) likewise, delete(physical id, properties) with nothing.


def add(name, create, delete, update=None, replacing=()):
    """Adds a type. Without `update`, every change replaces it; `replacing` are properties that do."""
    handler = {"create": create, "delete": delete}
    if update:
        handler["update"] = update
    else:
        replacing = Everything()
    provisioners._RESOURCE_HANDLERS[name] = handler
    provisioners._REPLACING_PROPERTIES[name] = replacing


class Everything(frozenset):
    def __contains__(self, item):
        return item not in ("Tags", "Description")


def checked(answer):
    """An answer of one of MiniStack's own handlers; what it refuses fails the resource."""
    status, _, body = answer
    text = body.decode() if isinstance(body, bytes) else str(body)
    if status >= 300:
        raise ValueError(text)
    return text


def newest(kept, call):
    """What a call adds to what a service keeps."""
    before = set(kept)
    checked(call())
    return next(kept[key] for key in kept if key not in before)


# Security group rules are resources of their own in our templates, and rules of a group in MiniStack.


def rule(peer):
    def parameters(it):
        flat = {"GroupId": it["GroupId"], "IpPermissions.1.IpProtocol": it["IpProtocol"]}
        for port in ("FromPort", "ToPort"):
            if port in it:
                flat[f"IpPermissions.1.{port}"] = it[port]
        for key, group, field in (
            ("CidrIp", "IpRanges", "CidrIp"),
            ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
            (f"{peer}SecurityGroupId", "Groups", "GroupId"),
            (f"{peer}PrefixListId", "PrefixListIds", "PrefixListId"),
        ):
            if key in it:
                flat[f"IpPermissions.1.{group}.1.{field}"] = it[key]
                if "Description" in it:
                    flat[f"IpPermissions.1.{group}.1.Description"] = it["Description"]
        return {key: [str(value)] for key, value in flat.items()}

    return parameters


def add_rule(name, peer, authorize, revoke):
    parameters = rule(peer)

    def create(_id, properties, _stack):
        checked(authorize(parameters(properties)))
        physical = identifier("sgr-")
        return physical, {"Id": physical}

    def delete(_physical, properties):
        checked(revoke(parameters(properties)))

    def update(physical, _old, _new, _stack):
        # The description alone.
        return physical, {"Id": physical}

    replacing = ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6")
    peers = (f"{peer}SecurityGroupId", f"{peer}PrefixListId")
    add(name, create, delete, update, replacing + peers)


add_rule(
    "AWS::EC2::SecurityGroupIngress",
    "Source",
    ec2._authorize_sg_ingress,
    ec2._revoke_sg_ingress,
)
add_rule(
    "AWS::EC2::SecurityGroupEgress",
    "Destination",
    ec2._authorize_sg_egress,
    ec2._revoke_sg_egress,
)


def create_address(_id, _properties, _stack):
    it = newest(ec2._addresses, lambda: ec2._allocate_address({"Domain": ["vpc"]}))
    return it["PublicIp"], {"AllocationId": it["AllocationId"], "PublicIp": it["PublicIp"]}


def delete_address(physical, _properties):
    for key in [key for key, it in ec2._addresses.items() if it["PublicIp"] == physical]:
        checked(ec2._release_address({"AllocationId": [key]}))


def same(physical, _old, _new, _stack):
    return physical, {}


add("AWS::EC2::EIP", create_address, delete_address)


def create_nat_gateway(_id, properties, _stack):
    if properties["AllocationId"] not in ec2._addresses:
        raise ValueError(f"Elastic IP address {properties['AllocationId']} could not be found")
    if properties["SubnetId"] not in ec2._subnets:
        raise ValueError(f"The subnet ID '{properties['SubnetId']}' does not exist")
    flat = {key: [properties[key]] for key in ("SubnetId", "AllocationId")}
    it = newest(ec2._nat_gateways, lambda: ec2._create_nat_gateway(flat))
    return it["NatGatewayId"], {"NatGatewayId": it["NatGatewayId"]}


def delete_nat_gateway(physical, _properties):
    checked(ec2._delete_nat_gateway({"NatGatewayId": [physical]}))


add("AWS::EC2::NatGateway", create_nat_gateway, delete_nat_gateway)


def create_flow_log(_id, properties, _stack):
    flat = {"ResourceId.1": [properties["ResourceId"]]}
    for key in ("ResourceType", "TrafficType", "LogDestinationType", "LogGroupName"):
        if key in properties:
            flat[key] = [str(properties[key])]
    it = newest(ec2._flow_logs, lambda: ec2._create_flow_logs(flat))
    return it["FlowLogId"], {"Id": it["FlowLogId"]}


def delete_flow_log(physical, _properties):
    checked(ec2._delete_flow_logs({"FlowLogId.1": [physical]}))


add("AWS::EC2::FlowLog", create_flow_log, delete_flow_log)


def create_interface(_id, properties, _stack):
    flat = {"SubnetId": [properties["SubnetId"]]}
    for number, group in enumerate(properties.get("GroupSet", []), 1):
        flat[f"SecurityGroupId.{number}"] = [group]
    it = newest(ec2._network_interfaces, lambda: ec2._create_network_interface(flat))
    physical, address = it["NetworkInterfaceId"], it["PrivateIpAddress"]
    return physical, {"Id": physical, "PrimaryPrivateIpAddress": address}


def delete_interface(physical, _properties):
    checked(ec2._delete_network_interface({"NetworkInterfaceId": [physical]}))


add(
    "AWS::EC2::NetworkInterface",
    create_interface,
    delete_interface,
    same,
    ("SubnetId", "InterfaceType"),
)


def lower(value):
    """Keys as the service's own calls have them."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower(it) for key, it in value.items()}
    return [lower(it) for it in value] if isinstance(value, list) else value


def create_capacity_provider(id, properties, stack):
    name = properties.get("Name") or provisioners._physical_name(stack, id)
    provider = lower(properties.get("AutoScalingGroupProvider", {}))
    if not provider.get("autoScalingGroupArn"):
        raise ValueError("an Auto Scaling group provider is required")
    checked(ecs._create_capacity_provider({"name": name, "autoScalingGroupProvider": provider}))
    return name, {}


def update_capacity_provider(physical, _old, new, _stack):
    provider = lower(new.get("AutoScalingGroupProvider", {}))
    data = {"name": physical, "autoScalingGroupProvider": provider}
    checked(ecs._update_capacity_provider(data))
    return physical, {}


def delete_capacity_provider(physical, _properties):
    checked(ecs._delete_capacity_provider({"capacityProvider": physical}))


add(
    "AWS::ECS::CapacityProvider",
    create_capacity_provider,
    delete_capacity_provider,
    update_capacity_provider,
    ("Name",),
)


def associate(cluster, providers, strategy):
    data = {
        "cluster": cluster,
        "capacityProviders": providers,
        "defaultCapacityProviderStrategy": lower(strategy),
    }
    checked(ecs._put_cluster_capacity_providers(data))
    return cluster, {}


def create_association(_id, it, _stack):
    for name in it["CapacityProviders"]:
        if name not in ecs._capacity_providers and name not in ("FARGATE", "FARGATE_SPOT"):
            raise ValueError(f"The specified capacity provider {name} was not found")
    return associate(
        it["Cluster"], it["CapacityProviders"], it["DefaultCapacityProviderStrategy"]
    )


add(
    "AWS::ECS::ClusterCapacityProviderAssociations",
    create_association,
    lambda physical, _properties: associate(physical, [], []),
    lambda _physical, _old, new, stack: create_association("", new, stack),
    ("Cluster",),
)


def create_health_check(_id, properties, _stack):
    physical = new_uuid()
    route53._health_checks[physical] = {
        "id": physical,
        "caller_reference": physical,
        "config": properties["HealthCheckConfig"],
        "version": 1,
    }
    return physical, {"HealthCheckId": physical}


def update_health_check(physical, _old, new, _stack):
    route53._health_checks[physical]["config"] = new["HealthCheckConfig"]
    return physical, {"HealthCheckId": physical}


add(
    "AWS::Route53::HealthCheck",
    create_health_check,
    lambda physical, _properties: checked(route53._delete_health_check(physical)),
    update_health_check,
)


def create_identity_provider(_id, properties, _stack):
    flat = {"Url": [properties["Url"]]}
    for number, it in enumerate(properties.get("ClientIdList", []), 1):
        flat[f"ClientIDList.member.{number}"] = [it]
    before = set(iam._oidc_providers)
    checked(iam._create_oidc_provider(flat))
    physical = next(it for it in iam._oidc_providers if it not in before)
    return physical, {"Arn": physical}


def delete_identity_provider(physical, _properties):
    checked(iam._delete_oidc_provider({"OpenIDConnectProviderArn": [physical]}))


add("AWS::IAM::OIDCProvider", create_identity_provider, delete_identity_provider)


# Types whose service MiniStack does not have: kept by nobody but the stack.


def keep(name, physical, attributes, replacing):
    def answer(id, properties, stack):
        it = physical(id, properties, stack)
        return it, {attribute: it for attribute in attributes}

    def update(it, _old, _new, _stack):
        return it, {attribute: it for attribute in attributes}

    add(name, answer, lambda _physical, _properties: None, update, replacing)


keep(
    "AWS::ApplicationAutoScaling::ScalableTarget",
    lambda _id, it, _stack: "|".join(
        it[key] for key in ("ResourceId", "ScalableDimension", "ServiceNamespace")
    ),
    ("Id",),
    ("ResourceId", "ScalableDimension", "ServiceNamespace"),
)
keep(
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    lambda id, it, stack: (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{new_uuid()}"
        f":resource/ecs/{it.get('PolicyName', id)}:policyName/{it.get('PolicyName', id)}"
    ),
    ("Arn",),
    ("PolicyName", "ResourceId", "ScalableDimension", "ScalingTargetId", "ServiceNamespace"),
)
keep(
    "AWS::Chatbot::SlackChannelConfiguration",
    lambda _id, it, _stack: (
        f"arn:aws:chatbot::{get_account_id()}:chat-configuration/slack-channel/"
        f"{it['ConfigurationName']}"
    ),
    ("Arn",),
    ("ConfigurationName", "SlackWorkspaceId"),
)
keep(
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    lambda _id, _it, _stack: identifier("listener-certificate-"),
    (),
    ("ListenerArn", "Certificates"),
)


# Of task definitions, MiniStack keeps keys within keys as templates have them, where its own answers
# do not find them, and no platform.
task_definition = provisioners._ecs_task_def_create
FREE_KEYS = ("DockerLabels", "Options", "DriverOpts", "Labels")


def lower_but_free(value):
    if isinstance(value, list):
        return [lower_but_free(it) for it in value]
    if not isinstance(value, dict):
        return value
    return {
        provisioners._cfn_to_camel(key): it if key in FREE_KEYS else lower_but_free(it)
        for key, it in value.items()
    }


def create_task_definition(id, properties, stack):
    physical, attributes = task_definition(id, properties, stack)
    kept = ecs._task_defs[physical.split("task-definition/")[-1]]
    kept["containerDefinitions"] = lower_but_free(properties.get("ContainerDefinitions", []))
    for key in ("Volumes", "RuntimePlatform"):
        if key in properties:
            kept[key[:1].lower() + key[1:]] = lower_but_free(properties[key])
    return physical, attributes


provisioners._ecs_task_def_create = create_task_definition
provisioners._RESOURCE_HANDLERS["AWS::ECS::TaskDefinition"]["create"] = create_task_definition


# Which tags are exceptions of a repository's immutability is lost, so that none would be one.
def with_filters(handle, position):
    def handled(*arguments, **more):
        answer = handle(*arguments, **more)
        properties = arguments[position]
        name = properties.get("RepositoryName")
        if name in ecr._repositories:
            filters = properties.get("ImageTagMutabilityExclusionFilters") or []
            ecr._repositories[name]["filters"] = [
                it["ImageTagMutabilityExclusionFilterValue"] for it in filters
            ]
        return answer

    return handled


repository = provisioners._RESOURCE_HANDLERS["AWS::ECR::Repository"]
repository["create"] = with_filters(repository["create"], 1)
repository["update"] = with_filters(repository["update"], 2)
repository_shape, put_image = ecr._repo_shape, ecr._put_image


def shape_with_filters(it):
    filters = [{"filterType": "WILDCARD", "filter": value} for value in it.get("filters", [])]
    return repository_shape(it) | {"imageTagMutabilityExclusionFilters": filters}


def refused(code, message):
    return ecr.error_response_json(code, message, 400)


def put_image_as_it_may(data):
    kept = ecr._repositories.get(data.get("repositoryName", ""), {})
    tag, digest = data.get("imageTag"), data.get("imageDigest")
    if digest and digest != ecr._image_digest(data.get("imageManifest", "")):
        return refused("ImageDigestDoesNotMatchException", "The digest is not that of the manifest")
    for image in ecr._images.get(data.get("repositoryName", ""), []):
        if tag and tag in image.get("imageTags", []):
            if image["imageDigest"] == ecr._image_digest(data.get("imageManifest", "")):
                return refused("ImageAlreadyExistsException", f"Image with tag '{tag}' already exists")
            is_exception = any(fnmatch.fnmatchcase(tag, it) for it in kept.get("filters", []))
            is_immutable = kept.get("imageTagMutability", "").startswith("IMMUTABLE")
            if is_immutable != is_exception:
                message = f"The image tag '{tag}' already exists and cannot be overwritten"
                return refused("ImageTagAlreadyExistsException", message)
    return put_image(data)


ecr._repo_shape = shape_with_filters
ecr._put_image = put_image_as_it_may


# Without Docker, containers of tasks do not say which image they run: the one that ECR has.
task_containers = ecs._build_task_containers
PRIVATE = re.compile(r"(\d{12})\.dkr\.ecr\.([^.]+)\.[^/]+/([^:@]+)[:@](.+)")


def digest_of(image):
    name = PRIVATE.fullmatch(image)
    if not name:
        return None
    account, region, repository, version = name.groups()
    with request_scope(account, region):
        for it in ecr._images.get(repository, []):
            if version in (it["imageDigest"], *it.get("imageTags", [])):
                return it["imageDigest"]


def containers_with_digests(definition, overrides):
    containers = task_containers(definition, overrides)
    for it in containers:
        if digest := digest_of(it["image"]):
            it["imageDigest"] = digest
    return containers


ecs._build_task_containers = containers_with_digests


# Alarms on several metrics are kept as an alarm on the first of them.
alarm = provisioners._RESOURCE_HANDLERS["AWS::CloudWatch::Alarm"]


def first_metric(properties):
    rest = {key: it for key, it in properties.items() if key != "Metrics"}
    for it in properties.get("Metrics", []):
        if "MetricStat" in it:
            stat = it["MetricStat"]
            rest |= {"Period": stat["Period"], "Statistic": "Sum"}
            return rest | {key: stat["Metric"][key] for key in ("Namespace", "MetricName")}
    return rest


def alarm_of_first(operation, places):
    before = alarm[operation]

    def call(*arguments):
        given = list(arguments)
        for place in places:
            given[place] = first_metric(given[place])
        return before(*given)

    alarm[operation] = call


alarm_of_first("create", [1])
alarm_of_first("update", [1, 2])


# A database's own secret, of which MiniStack knows for clusters alone.
database = provisioners._RESOURCE_HANDLERS["AWS::RDS::DBInstance"]


def with_secret(operation, new):
    before = database[operation]

    def call(*arguments):
        physical, attributes = before(*arguments)
        if arguments[new].get("ManageMasterUserPassword"):
            name = f"rds!db-{physical}"
            arn = f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:{name}-AbCdEf"
            attributes = attributes | {"MasterUserSecret.SecretArn": arn}
        return physical, attributes

    database[operation] = call


with_secret("create", 1)
with_secret("update", 2)


# What policies may ask of a call to CloudFormation and of one about a service of ECS, and the right
# to give CloudFormation a role.
tags_asked = iam_actions.request_tag_context
enforce = iam_evaluator.enforce
resource_of = iam_actions.extract_resource_arn


def service_asked(service, body):
    """The service of ECS that a call is about, with its cluster, and what the call says."""
    try:
        said = json.loads(body) if service == "ecs" else {}
    except ValueError:
        said = {}
    if not isinstance(said, dict) or not isinstance(said.get("service"), str):
        return None
    name, cluster = said["service"].split("/")[-1], said.get("cluster", "default").split("/")[-1]
    where = f"{get_region()}:{get_account_id()}"
    return f"arn:aws:ecs:{where}:service/{cluster}/{name}", said


def resource_asked(service, method, path, headers, body, parameters, region, account):
    if found := service_asked(service, body):
        return found[0]
    return resource_of(service, method, path, headers, body, parameters, region, account)


def keys_asked(service, action, body, parameters):
    keys = tags_asked(service, action, body, parameters)
    if found := service_asked(service, body):
        arn, said = found
        for it in ecs._tags.get(arn, []):
            keys = keys | {f"aws:ResourceTag/{it['key']}": it["value"]}
        if "enableExecuteCommand" in said:
            keys = keys | {"ecs:enable-execute-command": str(said["enableExecuteCommand"]).lower()}
    if service == "cloudformation":
        for key, parameter in (("RoleArn", "RoleARN"), ("TemplateUrl", "TemplateURL")):
            if value := iam_actions._query_param(parameters, parameter):
                # AWS's command line builds addresses in buckets from where it finds S3.
                here = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/"
                value = value.replace(here, f"https://s3.{get_region()}.amazonaws.com/")
                keys = keys | {f"cloudformation:{key}": value}
    return keys


def enforce_with_role(key, action, service, region, resource_arn="*", service_context=None):
    denied = enforce(key, action, service, region, resource_arn, service_context)
    role = (service_context or {}).get("cloudformation:RoleArn")
    if denied or not role:
        return denied
    to = {"iam:PassedToService": "cloudformation.amazonaws.com"}
    return enforce(key, "iam:PassRole", "iam", region, role, to)


iam_actions.extract_resource_arn = resource_asked
iam_actions.request_tag_context = keys_asked
iam_evaluator.enforce = enforce_with_role


# What is there before any stack.


def furnish(path):
    with open(path, encoding="utf-8") as file:
        said = json.load(file)
    for account in said["accounts"]:
        with request_scope(account, said["region"]):
            for id, name in said["zones"].items():
                _, attributes = provisioners._r53_hosted_zone_create("", {"Name": name}, "")
                made = attributes["Id"]
                route53._records[id] = route53._records.pop(made)
                route53._zones[id] = route53._zones.pop(made) | {"id": id}
            for name, value in said["parameters"].items():
                data = {"Name": name, "Value": value, "Type": "String"}
                checked(ssm._put_parameter(data))
            for name in said["buckets"]:
                provisioners._s3_create("", {"BucketName": name.format(account=account)}, "")


# AWS's own parameters have a name that nobody else may take.
ssm._reserved_name_error = lambda _name: None
reset = app._reset_all_state


def reset_and_furnish():
    reset()
    if path := os.environ.get("EMULATOR_ACCOUNTS"):
        furnish(path)


app._reset_all_state = reset_and_furnish


# Delays and faults.


class Table:
    def __init__(self, path):
        self.path = path
        self.text = None
        self.seconds = 0
        self.faults = []
        self.calls = []
        self.lock = threading.Lock()

    def read(self):
        """Takes over what the file says now; counting begins anew when it says something else."""
        if not self.path:
            return
        try:
            with open(self.path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            text = "{}"
        if text == self.text:
            return
        try:
            said = json.loads(text)
        except ValueError as why:
            # Half written, perhaps: what held before holds on.
            print(f"{self.path}: {why}", file=sys.stderr)
            return
        self.text = text
        self.seconds = said.get("seconds", 0)
        self.faults = said.get("faults", [])
        self.calls = [0] * len(self.faults)

    def slow(self):
        with self.lock:
            self.read()
            return self.seconds > 0 or any(it.get("seconds") for it in self.faults)

    def step(self, stack, resource, operation):
        with self.lock:
            self.read()
            seconds, error = self.seconds, None
            step = {"stack": stack, "resource": resource, "operation": operation}
            for number, it in enumerate(self.faults):
                if any(it.get(key, value) != value for key, value in step.items()):
                    continue
                self.calls[number] += 1
                if it.get("call", self.calls[number]) == self.calls[number]:
                    seconds, error = it.get("seconds", seconds), it.get("error")
                    break
        time.sleep(seconds)
        if error:
            raise ValueError(error)


table = Table(os.environ.get("EMULATOR_FAULTS"))
provision, change, remove = (
    stacks._provision_resource,
    stacks._update_resource,
    stacks._delete_resource,
)
on_thread = stacks._runs_on_worker_thread


def provision_with_faults(kind, id, properties, stack):
    table.step(stack, id, "create")
    return provision(kind, id, properties, stack)


def change_with_faults(kind, physical, old, new, stack, id=None, attributes=None):
    if old != new:
        table.step(stack, id, "update")
    return change(kind, physical, old, new, stack, id, attributes)


def remove_with_faults(kind, physical, properties, stack=None, id=None):
    table.step(stack, id, "delete")
    return remove(kind, physical, properties, stack, id)


stacks._provision_resource = provision_with_faults
stacks._update_resource = change_with_faults
stacks._delete_resource = remove_with_faults
# What sleeps must not hold up the other stacks.
stacks._runs_on_worker_thread = lambda kind: table.slow() or on_thread(kind)


def end_with_standard_input():
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_standard_input, daemon=True).start()
    if path := os.environ.get("EMULATOR_ACCOUNTS"):
        furnish(path)
    sys.argv = ["ministack"]
    app.main()
