//! Where the old tasks stand before a deployment begins.

use super::deployment::Deployment;
use super::room::{NEW, OLD, Place, Room};

/// Where the old tasks stand, how many of them do, and the instances that has taken.
pub(super) fn standing(deployment: &Deployment) -> (Room<'_>, Vec<usize>) {
    let mut room = Room::new(deployment);
    let mut on = Vec::new();
    if let Some(known) = &deployment.standing {
        for number in known {
            // It may be one that managed scaling had added.
            while room.places().len() <= *number && grow(&mut room, deployment) {}
            if *number < room.places().len() {
                room.put(*number, OLD);
                on.push(*number);
            }
        }
    }
    while deployment.standing.is_none() && on.len() < deployment.wanted() as usize {
        match room.choose(OLD) {
            Some(number) => {
                room.put(number, OLD);
                on.push(number);
            }
            // What managed scaling had to add for them is there already.
            None if !grow(&mut room, deployment) => break,
            None => (),
        }
    }
    if let Some(scaling) = &deployment.fleet.scaling {
        let used = room
            .places()
            .iter()
            .filter(|it| it.occupied != [0, 0] || it.instance.taken.memory > 0);
        let target = scaling.target_capacity.clamp(1, 100) as usize;
        let standing_by = (used.count() * 100).div_ceil(target);
        while room.places().len() < standing_by && grow(&mut room, deployment) {}
    }
    (room, on)
}

/// Another instance, there at once.
fn grow(room: &mut Room<'_>, deployment: &Deployment) -> bool {
    let Some(scaling) = &deployment.fleet.scaling else {
        return false;
    };
    if room.places().len() >= scaling.maximum {
        return false;
    }
    let place = Place::new(scaling.instance.clone(), true);
    // One that takes no task is of no use, however many there are.
    if room.blocker(&place, OLD).is_some() && room.blocker(&place, NEW).is_some() {
        return false;
    }
    room.push(place);
    true
}
