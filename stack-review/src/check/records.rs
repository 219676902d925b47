//! DNS records and their zones, as rules look at them.

use crate::model::{Resource, Stack, Value, View};

/// A record, alone or in a group.
#[derive(Clone, Debug)]
pub(crate) struct Record<'e, 'a> {
    pub(crate) resource: Resource<'e, 'a>,
    /// In a group, the record; alone, the resource's properties.
    inside: Option<View<'e, 'a>>,
}

impl<'e, 'a> Record<'e, 'a> {
    /// A property of the record.
    pub(crate) fn get(&self, name: &'a str) -> View<'e, 'a> {
        match &self.inside {
            Some(view) => view.get(name),
            None => self.resource.get(name),
        }
    }

    /// The zone, as its id or its name says.
    pub(crate) fn zone(&self) -> View<'e, 'a> {
        let id = self.resource.get("HostedZoneId");
        match id.is_set() {
            true => id,
            false => self.resource.get("HostedZoneName"),
        }
    }

    /// The name of the zone, in small letters without the dot at its end.
    pub(crate) fn zone_name(&self) -> Option<String> {
        let zone = self.zone();
        if let Some(resource) = zone.target_of("AWS::Route53::HostedZone") {
            return plain(resource.get("Name").text()?);
        }
        match zone.value() {
            Value::Text(it) if self.resource.get("HostedZoneId").is_absent() => plain(it),
            _ => None,
        }
    }

    /// Its own name, likewise.
    pub(crate) fn name(&self) -> Option<String> {
        plain(self.get("Name").text()?)
    }
}

fn plain(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

/// All records of a stack.
pub(crate) fn records<'e, 'a>(stack: Stack<'e, 'a>) -> Vec<Record<'e, 'a>> {
    let alone = stack.of("AWS::Route53::RecordSet").map(|resource| Record {
        resource,
        inside: None,
    });
    let groups = stack.of("AWS::Route53::RecordSetGroup");
    let grouped = groups.flat_map(|resource| {
        let items = resource.get("RecordSets").items();
        items.into_iter().map(move |it| Record {
            resource,
            inside: Some(it),
        })
    });
    alone.chain(grouped).collect()
}
