//! Which updates in place interrupt, as the page of each type says under "Update requires".
//!
//! No schema says it. The table beside this file has a line for every type and the properties whose
//! pages say "Some interruptions", all pages of the reference of April 2026 read:
//! `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-<service>-<type>.html`.
//! A question mark stands where the page says in words that some updates interrupt. What the facts
//! know to replace, always or for some values, is not in it: the pages say "Some interruptions" of
//! the latter too. Left out are rules of security groups, of which those that stay keep working, and
//! tags where a page says it of their keys alone.

use std::sync::LazyLock;

/// What a page says of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interruption {
    /// The update interrupts.
    Always,
    /// It depends on the value, or on what the resource does at that time.
    Perhaps,
}

/// A type and its properties.
type Row = (&'static str, Vec<(&'static str, Interruption)>);

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = include_str!("interruptions.txt").lines();
    let rows = lines.filter_map(|line| {
        let mut words = line.split(' ');
        let kind = words.next()?;
        let properties = words.map(|it| match it.strip_suffix('?') {
            Some(it) => (it, Interruption::Perhaps),
            None => (it, Interruption::Always),
        });
        Some((kind, properties.collect()))
    });
    rows.collect()
});

/// Whether an update of the property interrupts; the path is as the facts know it
/// (`Listeners[0].Protocol`).
pub(super) fn of(kind: &str, path: &str) -> Option<Interruption> {
    let row = TABLE.binary_search_by(|it| it.0.cmp(kind)).ok()?;
    let mut listed = TABLE[row].1.iter();
    listed.find(|it| covers(it.0, path)).map(|it| it.1)
}

/// Whether a listed path is this one, above it or, where all of it comes or goes, below it.
fn covers(listed: &str, path: &str) -> bool {
    let mut listed = listed.split('.');
    let mut path = path.split('.').map(|it| it.split('[').next().unwrap_or(it));
    loop {
        match (listed.next(), path.next()) {
            (Some(a), Some(b)) if a == b => {}
            (Some(_), Some(_)) => return false,
            _ => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stack_core::schema::{self, Update};

    #[test]
    fn the_table_is_sorted_and_names_what_exists_and_is_updated_in_place() {
        assert!(TABLE.is_sorted_by_key(|it| it.0));
        for (kind, properties) in TABLE.iter() {
            let facts = schema::find(kind).unwrap();
            assert!(properties.is_sorted_by_key(|it| it.0), "{kind}");
            for (property, _) in properties {
                assert!(facts.property(property).is_some(), "{kind} {property}");
                let update = facts.update_behavior(property);
                assert_ne!(update, Update::Replacement, "{kind} {property}");
            }
        }
    }

    #[test]
    fn its_size_is_the_published_one() {
        let properties: usize = TABLE.iter().map(|it| it.1.len()).sum();
        assert_eq!((TABLE.len(), properties), (27, 84));
    }

    #[test]
    fn a_property_interrupts_as_its_page_says() {
        use Interruption::{Always, Perhaps};
        // Read page by page: what stands under "Update requires", or in words above it.
        let pages = [
            ("AWS::AmazonMQ::Broker", "HostInstanceType", Some(Always)),
            ("AWS::AmazonMQ::Broker", "Users[0].Password", None),
            ("AWS::DocDB::DBInstance", "DBInstanceClass", Some(Perhaps)),
            ("AWS::DocDB::DBInstance", "AutoMinorVersionUpgrade", None),
            ("AWS::DynamoDB::Table", "SSESpecification", Some(Always)),
            ("AWS::DynamoDB::Table", "BillingMode", None),
            ("AWS::EC2::EIP", "InstanceId", Some(Perhaps)),
            ("AWS::EC2::SecurityGroup", "SecurityGroupIngress", None),
            (
                "AWS::EMRServerless::Application",
                "MaximumCapacity.Cpu",
                Some(Always),
            ),
            (
                "AWS::ElasticLoadBalancing::LoadBalancer",
                "Listeners[0].Protocol",
                Some(Always),
            ),
            (
                "AWS::ElasticLoadBalancingV2::Listener",
                "SslPolicy",
                Some(Always),
            ),
            ("AWS::ElasticLoadBalancingV2::Listener", "Port", None),
            ("AWS::Lightsail::Instance", "Hardware.Disks", Some(Always)),
            ("AWS::MWAA::Environment", "AirflowVersion", Some(Always)),
            ("AWS::Neptune::DBInstance", "DBInstanceClass", Some(Always)),
            (
                "AWS::Neptune::DBCluster",
                "BackupRetentionPeriod",
                Some(Perhaps),
            ),
            (
                "AWS::OpenSearchService::Domain",
                "DomainEndpointOptions.EnforceHTTPS",
                Some(Always),
            ),
            (
                "AWS::OpenSearchService::Domain",
                "DomainEndpointOptions.CustomEndpoint",
                None,
            ),
            (
                "AWS::OpenSearchService::Domain",
                "DomainEndpointOptions",
                Some(Always),
            ),
            ("AWS::RDS::DBCluster", "EngineVersion", Some(Always)),
            ("AWS::RDS::DBCluster", "DeletionProtection", None),
            ("AWS::RDS::DBInstance", "DBInstanceClass", Some(Always)),
            ("AWS::RDS::DBInstance", "AllocatedStorage", None),
            ("AWS::RDS::DBInstance", "ApplyImmediately", None),
            (
                "AWS::S3::Bucket",
                "VersioningConfiguration.Status",
                Some(Always),
            ),
            ("AWS::S3::Bucket", "BucketEncryption", None),
            (
                "AWS::SageMaker::NotebookInstance",
                "VolumeSizeInGB",
                Some(Always),
            ),
            ("AWS::SQS::Queue", "VisibilityTimeout", None),
        ];
        for (kind, path, expected) in pages {
            assert_eq!(of(kind, path), expected, "{kind} {path}");
        }
    }
}
