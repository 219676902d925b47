//! Where we know better than the facts. Every correction has its reason, and fails once it no
//! longer applies, so that it is deleted then.

mod required;
mod typed;

use super::facts::{Fact, Service};

/// Corrections of the typed faces only; the check of templates keeps what AWS says.
pub(crate) fn for_faces(services: &mut [Service]) -> Result<(), String> {
    let mut failures = Vec::new();
    for (place, reason) in required::RAISED {
        if let Err(why) = required::raise(services, place) {
            failures.push(format!("{why} (corrected because {reason})"));
        }
    }
    for (place, face, reason) in typed::TYPED {
        if let Err(why) = typed::set(services, place, face) {
            failures.push(format!("{why} (corrected because {reason})"));
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "corrections no longer apply:\n  {}",
            failures.join("\n  ")
        ))
    }
}

/// The object that holds a property, and the property: `AWS::ECS::Service TaskDefinition`, or
/// `AWS::ECS::Service LoadBalancer.ContainerPort` for a nested type's.
fn find<'a, 'b>(
    services: &'a mut [Service],
    place: &'b str,
) -> Result<(&'a mut Fact, &'b str), String> {
    let missing = || format!("`{place}`: there is no such property");
    let (full, path) = place.split_once(' ').ok_or_else(missing)?;
    let (service, name) = full.rsplit_once("::").ok_or_else(missing)?;
    let facts = services
        .iter_mut()
        .find(|it| it.name == service)
        .and_then(|it| it.types.get_mut(name))
        .ok_or_else(missing)?;
    let (shape, property) = match path.split_once('.') {
        None => (facts, path),
        Some((definition, property)) => {
            let shape = facts
                .get_mut("defs")
                .and_then(|it| it.get_mut(definition))
                .and_then(|it| it.as_object_mut())
                .ok_or_else(missing)?;
            (shape, property)
        }
    };
    if shape.get("props").and_then(|it| it.get(property)).is_none() {
        return Err(missing());
    }
    Ok((shape, property))
}
