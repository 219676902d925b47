//! What environments of branches are made of, as the SDK asks for it: all stacks, what stands behind
//! load balancers, instances, log groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::Rule;

use super::answers;
use super::client::{Client, Services};
use super::ecs_answers::without;
use super::error::error;
use crate::api::{ApiError, StackDescription};
use crate::ecs::ContainerInstance;
use crate::load_balancing::{ListenerRule, TargetGroup};
use crate::stack_status::StackStatus;
use crate::{Capacity, Listeners, LogGroups, Stacks};

/// The longest list that is paged through.
const PAGES: usize = 1_000;
/// `DescribeTags` takes so many.
const TAGS: usize = 20;
/// `DescribeContainerInstances` takes so many.
const INSTANCES: usize = 100;

/// Work that takes what it is given along: it may have to be done twice.
fn with<A, F>(
    given: A,
    work: impl FnOnce(Arc<Services>, A) -> F + Send + 'static,
) -> impl FnOnce(Arc<Services>) -> F + Send + 'static
where
    A: Send + 'static,
{
    move |aws| work(aws, given)
}

/// The next page; none when there is none.
fn next(marker: Option<String>, page: usize) -> Result<Option<String>, ApiError> {
    let marker = marker.filter(|it| !it.is_empty());
    match marker {
        Some(_) if page + 1 >= PAGES => Err(ApiError::malformed("a list that does not end")),
        marker => Ok(marker),
    }
}

impl Stacks for Client {
    fn stacks(&self) -> Result<Vec<StackDescription>, ApiError> {
        self.wait(|| {
            with((), |aws, ()| async move {
                let (mut all, mut marker) = (Vec::new(), None);
                for page in 0..PAGES {
                    let call = aws.cloudformation.describe_stacks();
                    let answer = call.set_next_token(marker).send().await.map_err(error)?;
                    for it in answer.stacks.unwrap_or_default() {
                        if it.root_id.is_none() {
                            all.push(answers::described(it)?);
                        }
                    }
                    marker = next(answer.next_token, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                all.retain(|it| it.status != StackStatus::DeleteComplete);
                Ok(all)
            })
        })
    }
}

impl Capacity for Client {
    fn instances(&self, cluster: &str) -> Result<Vec<ContainerInstance>, ApiError> {
        self.wait(|| {
            with(cluster.to_owned(), |aws, cluster| async move {
                let (mut arns, mut marker) = (Vec::new(), None);
                for page in 0..PAGES {
                    let call = aws.ecs.list_container_instances().cluster(&cluster);
                    let answer = call.set_next_token(marker).send().await.map_err(error)?;
                    arns.extend(answer.container_instance_arns.unwrap_or_default());
                    marker = next(answer.next_token, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                let mut all = Vec::with_capacity(arns.len());
                for arns in arns.chunks(INSTANCES) {
                    let call = aws.ecs.describe_container_instances().cluster(&cluster);
                    let call = call.set_container_instances(Some(arns.to_vec()));
                    let answer = call.send().await.map_err(error)?;
                    all.extend(
                        answer
                            .container_instances
                            .unwrap_or_default()
                            .into_iter()
                            .map(instance),
                    );
                }
                Ok(all)
            })
        })
    }
}

fn instance(it: aws_sdk_ecs::types::ContainerInstance) -> ContainerInstance {
    let amounts = |all: Option<Vec<aws_sdk_ecs::types::Resource>>| {
        let all = all.unwrap_or_default();
        let of = |name: &str| {
            let found = all.iter().find(|it| it.name.as_deref() == Some(name));
            found.map_or(0, |it| u32::try_from(it.integer_value).unwrap_or(0))
        };
        (of("CPU"), of("MEMORY"))
    };
    ContainerInstance {
        arn: it.container_instance_arn.unwrap_or_default(),
        status: it.status.unwrap_or_default(),
        registered: amounts(it.registered_resources),
        remaining: amounts(it.remaining_resources),
    }
}

impl Listeners for Client {
    fn listeners(&self, load_balancer: &str) -> Result<Vec<String>, ApiError> {
        self.wait(|| {
            with(load_balancer.to_owned(), |aws, load_balancer| async move {
                let (mut all, mut marker) = (Vec::new(), None);
                for page in 0..PAGES {
                    let call = aws.balancing.describe_listeners();
                    let call = call.load_balancer_arn(&load_balancer).set_marker(marker);
                    let answer = call.send().await.map_err(error)?;
                    let listeners = answer.listeners.unwrap_or_default().into_iter();
                    all.extend(listeners.filter_map(|it| it.listener_arn));
                    marker = next(answer.next_marker, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                Ok(all)
            })
        })
    }

    fn rules(&self, listener: &str) -> Result<Vec<ListenerRule>, ApiError> {
        self.wait(|| {
            with(listener.to_owned(), |aws, listener| async move {
                let (mut all, mut marker) = (Vec::new(), None);
                for page in 0..PAGES {
                    let call = aws.balancing.describe_rules();
                    let call = call.listener_arn(&listener).set_marker(marker);
                    let answer = call.send().await.map_err(error)?;
                    for it in answer.rules.unwrap_or_default() {
                        all.push(rule(it)?);
                    }
                    marker = next(answer.next_marker, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                Ok(all)
            })
        })
    }

    fn target_groups(&self) -> Result<Vec<TargetGroup>, ApiError> {
        self.wait(|| {
            with((), |aws, ()| async move {
                let (mut all, mut marker) = (Vec::new(), None);
                for page in 0..PAGES {
                    let call = aws.balancing.describe_target_groups();
                    let answer = call.set_marker(marker).send().await.map_err(error)?;
                    for it in answer.target_groups.unwrap_or_default() {
                        let arn = it.target_group_arn;
                        all.push(TargetGroup {
                            arn: arn
                                .ok_or_else(|| without("DescribeTargetGroups", "TargetGroupArn"))?,
                            name: it.target_group_name.unwrap_or_default(),
                            load_balancers: it.load_balancer_arns.unwrap_or_default(),
                        });
                    }
                    marker = next(answer.next_marker, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                Ok(all)
            })
        })
    }

    fn tags(
        &self,
        arns: &[String],
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ApiError> {
        self.wait(|| {
            with(arns.to_vec(), |aws, arns| async move {
                let mut all = BTreeMap::new();
                for arns in arns.chunks(TAGS) {
                    // One that went meanwhile must not hide the others.
                    let mut groups = vec![arns.to_vec()];
                    while let Some(arns) = groups.pop() {
                        let call = aws.balancing.describe_tags();
                        let answer = call.set_resource_arns(Some(arns.clone())).send().await;
                        match answer.map_err(error) {
                            Ok(answer) => {
                                for it in answer.tag_descriptions.unwrap_or_default() {
                                    let Some(arn) = it.resource_arn else { continue };
                                    let tags = it.tags.unwrap_or_default().into_iter();
                                    let tags = tags.filter_map(|it| {
                                        Some((it.key?, it.value.unwrap_or_default()))
                                    });
                                    all.insert(arn, tags.collect());
                                }
                            }
                            Err(error) if is_missing(&error) && arns.len() > 1 => {
                                groups.extend(arns.into_iter().map(|it| vec![it]));
                            }
                            Err(error) if is_missing(&error) => (),
                            Err(error) => return Err(error),
                        }
                    }
                }
                Ok(all)
            })
        })
    }

    fn limits(&self) -> Result<BTreeMap<String, u32>, ApiError> {
        self.wait(|| {
            with((), |aws, ()| async move {
                let (mut all, mut marker) = (BTreeMap::new(), None);
                for page in 0..PAGES {
                    let call = aws.balancing.describe_account_limits();
                    let answer = call.set_marker(marker).send().await.map_err(error)?;
                    let limits = answer.limits.unwrap_or_default().into_iter();
                    all.extend(limits.filter_map(|it| Some((it.name?, it.max?.parse().ok()?))));
                    marker = next(answer.next_marker, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                Ok(all)
            })
        })
    }

    fn delete_rule(&self, rule: &str) -> Result<(), ApiError> {
        self.wait(|| {
            with(rule.to_owned(), |aws, rule| async move {
                let answer = aws.balancing.delete_rule().rule_arn(rule).send().await;
                gone(answer.map(drop).map_err(error))
            })
        })
    }

    fn delete_target_group(&self, target_group: &str) -> Result<(), ApiError> {
        self.wait(|| {
            with(target_group.to_owned(), |aws, target_group| async move {
                let call = aws.balancing.delete_target_group();
                let answer = call.target_group_arn(target_group).send().await;
                gone(answer.map(drop).map_err(error))
            })
        })
    }
}

/// Whether what was asked for is not there: `RuleNotFound`, `TargetGroupNotFound`,
/// `ResourceNotFoundException`.
fn is_missing(error: &ApiError) -> bool {
    let code = error.code.strip_suffix("Exception").unwrap_or(&error.code);
    code.ends_with("NotFound")
}

fn gone(answer: Result<(), ApiError>) -> Result<(), ApiError> {
    match answer {
        Err(error) if is_missing(&error) => Ok(()),
        other => other,
    }
}

fn rule(it: Rule) -> Result<ListenerRule, ApiError> {
    let conditions = it.conditions.unwrap_or_default();
    let hosts = conditions.into_iter().flat_map(|it| {
        let hosts = it.host_header_config.and_then(|it| it.values);
        match it.field.as_deref() {
            Some("host-header") => hosts.or(it.values).unwrap_or_default(),
            _ => hosts.unwrap_or_default(),
        }
    });
    let actions = it.actions.unwrap_or_default();
    let target_groups = actions.into_iter().flat_map(|it| {
        let weighted = it.forward_config.and_then(|it| it.target_groups);
        let weighted = weighted.unwrap_or_default().into_iter();
        let weighted = weighted.filter_map(|it| it.target_group_arn);
        it.target_group_arn.into_iter().chain(weighted)
    });
    Ok(ListenerRule {
        arn: it
            .rule_arn
            .ok_or_else(|| without("DescribeRules", "RuleArn"))?,
        // The default rule's is the word `default`.
        priority: it.priority.and_then(|it| it.parse().ok()),
        hosts: hosts.collect(),
        target_groups: target_groups.collect(),
    })
}

impl LogGroups for Client {
    fn log_groups(
        &self,
        prefix: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ApiError> {
        self.wait(|| {
            with(prefix.to_owned(), |aws, prefix| async move {
                let (mut found, mut marker) = (Vec::new(), None);
                for page in 0..PAGES {
                    let call = aws
                        .logs
                        .describe_log_groups()
                        .log_group_name_prefix(&prefix);
                    let answer = call.set_next_token(marker).send().await.map_err(error)?;
                    found.extend(answer.log_groups.unwrap_or_default());
                    marker = next(answer.next_token, page)?;
                    if marker.is_none() {
                        break;
                    }
                }
                let mut all = BTreeMap::new();
                for it in found {
                    let Some(name) = it.log_group_name else {
                        continue;
                    };
                    // The older ARN ends in `:*`, which no call about tags takes.
                    let arn = it.log_group_arn.or(it.arn).unwrap_or_default();
                    let arn = arn.strip_suffix(":*").unwrap_or(&arn).to_owned();
                    let answer = aws
                        .logs
                        .list_tags_for_resource()
                        .resource_arn(arn)
                        .send()
                        .await;
                    match answer.map_err(error) {
                        Ok(answer) => {
                            let tags = answer.tags.unwrap_or_default();
                            all.insert(name, tags.into_iter().collect());
                        }
                        Err(error) if is_missing(&error) => (),
                        Err(error) => return Err(error),
                    }
                }
                Ok(all)
            })
        })
    }

    fn delete_log_group(&self, name: &str) -> Result<(), ApiError> {
        self.wait(|| {
            with(name.to_owned(), |aws, name| async move {
                let answer = aws
                    .logs
                    .delete_log_group()
                    .log_group_name(name)
                    .send()
                    .await;
                gone(answer.map(drop).map_err(error))
            })
        })
    }
}
