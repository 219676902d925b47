//! A topic that people hear of, in Slack.

use stack_core::aws::kinds::{KmsKeyId, TopicArn};
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{chatbot, iam, sns};
use stack_core::prelude::*;
use stack_core::sub;

use crate::encryption;

/// A topic, encrypted with the stack's [`Encryption`](crate::Encryption) or else the key of SNS, that only takes messages over TLS; with
/// [`slack`](Self::slack), what is published shows up in a channel.
///
/// Amazon Q Developer in chat applications (once AWS Chatbot) carries the messages. The workspace is
/// connected once for each account, in the console; the app is then invited to the channel. Nobody
/// can run a command from there: the channel's role may do nothing, and its guardrail denies
/// everything (without one it would allow everything).
/// <https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html>,
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html>
///
/// Alarms of CloudWatch can publish to it when the stack has an [`Encryption`](crate::Encryption) of
/// its own: the key of SNS is closed to them.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let channel = Notifications::new().slack("T0123ABCD", "C0123ABCD");
/// let topic = stack.add("Channel", channel);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}Topic`, `{id}TopicPolicy` | `AWS::SNS::Topic`, `AWS::SNS::TopicPolicy` |
/// | `{id}SlackRole`, `{id}Slack` | `AWS::IAM::Role`, `AWS::Chatbot::SlackChannelConfiguration`, with Slack |
#[derive(Clone, Debug, Default)]
pub struct Notifications {
    slack: Option<(String, String)>,
}

impl Notifications {
    /// A topic that nobody listens to yet.
    pub fn new() -> Notifications {
        Notifications::default()
    }

    /// Into this channel (`C…`) of this workspace (`T…`). Another workspace makes another
    /// configuration; another channel updates it in place.
    pub fn slack(self, workspace: impl Into<String>, channel: impl Into<String>) -> Notifications {
        Notifications {
            slack: Some((workspace.into(), channel.into())),
        }
    }
}

impl Build for Notifications {
    type Handle = Ref<sns::Topic>;

    fn build(self, scope: &mut Scope<'_>) -> Self::Handle {
        let key = encryption::key(scope);
        let alarms = key.is_some();
        let key = key.map_or_else(
            || KmsKeyId::existing("alias/aws/sns"),
            IntoValue::into_value,
        );
        let topic = scope.add("Topic", sns::Topic::new().kms_master_key_id(key));
        let arn: Value<TopicArn> = topic.reference();
        let only_tls = Statement::deny()
            .principal(Principal::anyone())
            .actions(["sns:Publish"])
            .resources([arn.clone()])
            .condition("Bool", "aws:SecureTransport", false);
        let by_alarms = Statement::allow()
            .principal(Principal::service("cloudwatch.amazonaws.com"))
            .actions(["sns:Publish"])
            .resources([arn.clone()])
            .condition("StringEquals", "aws:SourceAccount", pseudo::account_id());
        let statements = alarms.then_some(by_alarms).into_iter().chain([only_tls]);
        scope.add(
            "TopicPolicy",
            sns::TopicPolicy::new()
                .policy_document(PolicyDocument::new(statements))
                .topics([arn.clone()]),
        );
        let Some((workspace, channel)) = self.slack else {
            return topic;
        };
        let id = |text: &str, first: &str| {
            text.starts_with(first.chars().collect::<Vec<_>>().as_slice())
                && (2..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
        };
        if !id(&workspace, "T") || !id(&channel, "CG") {
            let message =
                format!("`{workspace}` and `{channel}` are no workspace and channel of Slack");
            scope.problem(
                Problem::error("slack-ids", message)
                    .help("give their ids, as in `T0123ABCD` and `C0123ABCD`, not their names"),
            );
        }
        let role = scope.add(
            "SlackRole",
            iam::Role::new().assume_role_policy_document(PolicyDocument::new([Statement::allow()
                .principal(Principal::service("chatbot.amazonaws.com"))
                .actions(["sts:AssumeRole"])])),
        );
        scope.add(
            "Slack",
            chatbot::SlackChannelConfiguration::new()
                .configuration_name(sub!(
                    "${AWS::StackName}-${id}",
                    id = scope.logical_id("Slack")
                ))
                .slack_workspace_id(workspace)
                .slack_channel_id(channel)
                .iam_role_arn(role.arn())
                .guardrail_policies([sub!("arn:${AWS::Partition}:iam::aws:policy/AWSDenyAll")])
                .sns_topic_arns([arn])
                .logging_level("ERROR"),
        );
        topic
    }
}
