//! [`Cloud`], with the AWS SDK.

use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_cloudformation::types::Stack as Described;
use aws_sdk_dynamodb::types::AttributeValue;
use branch_webhook::{Secret, Stack};
use serde_json::json;

use crate::{Cloud, Failure};

/// For how many seconds a secret is kept in memory.
const FRESH: u64 = 300;

/// The AWS services, and what of them is ours.
#[derive(Debug)]
pub struct Aws {
    cloudformation: aws_sdk_cloudformation::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    secrets_manager: aws_sdk_secretsmanager::Client,
    sns: aws_sdk_sns::Client,
    secret: String,
    table: String,
    deletion_role: String,
    topic: Option<String>,
    known: Mutex<Option<(u64, Vec<Secret>)>>,
}

impl Aws {
    /// The services in the function's own account and region, and `SECRET`, `TABLE`,
    /// `DELETION_ROLE` and `TOPIC`.
    ///
    /// # Errors
    /// When one of the first three is missing.
    pub async fn new(get: impl Fn(&str) -> Option<String>) -> Result<Aws, Failure> {
        let read = |name: &str| {
            get(name)
                .ok_or_else(|| Failure::new("read the settings", format!("`{name}` is not set")))
        };
        let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
        Ok(Aws {
            cloudformation: aws_sdk_cloudformation::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            secrets_manager: aws_sdk_secretsmanager::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            secret: read("SECRET")?,
            table: read("TABLE")?,
            deletion_role: read("DELETION_ROLE")?,
            topic: get("TOPIC").filter(|it| !it.is_empty()),
            known: Mutex::new(None),
        })
    }

    /// The version of the secret with this label; `None` when there is none.
    async fn version(&self, label: &str) -> Result<Option<String>, Failure> {
        let call = self.secrets_manager.get_secret_value();
        match call
            .secret_id(&self.secret)
            .version_stage(label)
            .send()
            .await
        {
            Ok(secret) => Ok(secret.secret_string),
            Err(why) if why.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(why) => Err(Failure::new("read the secret", DisplayErrorContext(&why))),
        }
    }
}

impl Cloud for Aws {
    fn now(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |it| it.as_secs())
    }

    async fn secrets(&self) -> Result<Vec<Secret>, Failure> {
        let now = self.now();
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((read, secrets)) = known
            && now.saturating_sub(read) < FRESH
        {
            return Ok(secrets);
        }
        let current = self.version("AWSCURRENT").await?;
        let current = current.ok_or_else(|| Failure::new("read the secret", "it has no value"))?;
        let current = Secret::new(&current).map_err(|why| Failure::new("read the secret", why))?;
        let before = self.version("AWSPREVIOUS").await?;
        let before = before.and_then(|it| Secret::new(&it).ok());
        let secrets: Vec<Secret> = [Some(current), before].into_iter().flatten().collect();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, secrets.clone()));
        Ok(secrets)
    }

    async fn remember(&self, key: &str, until: u64) -> Result<bool, Failure> {
        // DynamoDB removes what has run out within days, not at once.
        let call = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .item("id", AttributeValue::S(key.to_owned()))
            .item("until", AttributeValue::N(until.to_string()))
            .condition_expression("attribute_not_exists(id) OR #until < :now")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":now", AttributeValue::N(self.now().to_string()));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(why) if why.code() == Some("ConditionalCheckFailedException") => Ok(false),
            Err(why) => Err(Failure::new(
                "remember the delivery",
                DisplayErrorContext(&why),
            )),
        }
    }

    async fn keep(&self, key: &str, until: u64) -> Result<(), Failure> {
        let call = self.dynamodb.put_item().table_name(&self.table);
        let call = call.item("id", AttributeValue::S(key.to_owned()));
        let call = call.item("until", AttributeValue::N(until.to_string()));
        let answer = call.send().await.map(drop);
        answer.map_err(|why| Failure::new("remember the delivery", DisplayErrorContext(&why)))
    }

    async fn forget(&self, key: &str) -> Result<(), Failure> {
        let call = self.dynamodb.delete_item().table_name(&self.table);
        let call = call.key("id", AttributeValue::S(key.to_owned()));
        let answer = call.send().await.map(drop);
        answer.map_err(|why| Failure::new("forget the delivery", DisplayErrorContext(&why)))
    }

    async fn stack(&self, name: &str) -> Result<Option<Stack>, Failure> {
        match self
            .cloudformation
            .describe_stacks()
            .stack_name(name)
            .send()
            .await
        {
            Ok(found) => Ok(found.stacks().first().and_then(stack)),
            // CloudFormation has no code of its own for this.
            Err(why)
                if why.code() == Some("ValidationError")
                    && why
                        .message()
                        .is_some_and(|it| it.contains("does not exist")) =>
            {
                Ok(None)
            }
            Err(why) => Err(Failure::new(
                "describe the stack",
                DisplayErrorContext(&why),
            )),
        }
    }

    async fn stacks(&self) -> Result<Vec<Stack>, Failure> {
        let mut pages = self
            .cloudformation
            .describe_stacks()
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|why| Failure::new("list the stacks", DisplayErrorContext(&why)))?;
            found.extend(page.stacks().iter().filter_map(stack));
        }
        Ok(found)
    }

    async fn delete(&self, stack: &Stack) -> Result<(), Failure> {
        let call = self.cloudformation.delete_stack().stack_name(&stack.id);
        // The SDK sends a call again when a connection breaks; with its token, that is one deletion.
        let call = call.client_request_token(format!("branch-webhook-{}", self.now()));
        let answer = call.role_arn(&self.deletion_role).send().await.map(drop);
        answer.map_err(|why| Failure::new("delete the stack", DisplayErrorContext(&why)))
    }

    /// <https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html>
    async fn tell(&self, title: &str, text: &str) -> Result<(), Failure> {
        let Some(topic) = &self.topic else {
            return Ok(());
        };
        let content = json!({ "textType": "client-markdown", "title": title, "description": text });
        let message = json!({ "version": "1.0", "source": "custom", "content": content });
        let call = self
            .sns
            .publish()
            .topic_arn(topic)
            .message(message.to_string());
        let answer = call.send().await.map(drop);
        answer.map_err(|why| Failure::new("tell the topic", DisplayErrorContext(&why)))
    }
}

/// A stack that is no part of another.
fn stack(described: &Described) -> Option<Stack> {
    if described.root_id().is_some() {
        return None;
    }
    let changed = described
        .last_updated_time()
        .or(described.creation_time())?;
    let tag = |it: &aws_sdk_cloudformation::types::Tag| {
        Some((it.key()?.to_owned(), it.value()?.to_owned()))
    };
    Some(Stack {
        id: described.stack_id()?.to_owned(),
        name: described.stack_name()?.to_owned(),
        status: described.stack_status()?.as_str().to_owned(),
        tags: described.tags().iter().filter_map(tag).collect(),
        protected: described.enable_termination_protection().unwrap_or(false),
        changed: u64::try_from(changed.secs()).unwrap_or(0),
    })
}
