//! [`ServicePlace`]: which service a physical id names.

/// A service and its cluster, as an ARN names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServicePlace {
    /// The cluster's name.
    pub cluster: String,
    /// The service's ARN.
    pub arn: String,
    /// The service's name.
    pub name: String,
}

impl ServicePlace {
    /// `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`. None for ARNs of the short form, which
    /// name no cluster, and for anything else.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html>
    pub fn of(physical_id: &str) -> Option<ServicePlace> {
        let mut parts = physical_id.splitn(6, ':');
        let is_arn = parts.next()? == "arn";
        let service = parts.nth(1)?;
        let (cluster, name) = parts.nth(2)?.strip_prefix("service/")?.split_once('/')?;
        let whole = is_arn && service == "ecs" && !cluster.is_empty() && !name.is_empty();
        (whole && !name.contains('/')).then(|| ServicePlace {
            cluster: cluster.to_owned(),
            arn: physical_id.to_owned(),
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ServicePlace;

    #[test]
    fn a_service_is_known_by_an_arn_that_names_its_cluster() {
        for (id, expected) in [
            (
                "arn:aws:ecs:eu-west-1:111122223333:service/Shop/Api",
                Some(("Shop", "Api")),
            ),
            (
                "arn:aws-cn:ecs:cn-north-1:111122223333:service/a/b",
                Some(("a", "b")),
            ),
            ("arn:aws:ecs:eu-west-1:111122223333:service/Api", None),
            ("arn:aws:ecs:eu-west-1:111122223333:service/a/b/c", None),
            ("arn:aws:ecs:eu-west-1:111122223333:cluster/Shop", None),
            ("arn:aws:iam::111122223333:service/a/b", None),
            ("Api", None),
            ("", None),
        ] {
            let place = ServicePlace::of(id);
            let found = place.as_ref().map(|it| (&*it.cluster, &*it.name));
            assert_eq!(found, expected, "{id}");
        }
    }
}
