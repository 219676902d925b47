//! Whether a deployment that gets stuck would finish had the scheduler chosen otherwise.

use std::collections::BTreeSet;

use super::deployment::Deployment;
use super::room::{NEW, OLD, Place};
use super::standing::standing;

/// So many states are looked at, fewer where there are many instances.
const STATES: usize = 4096;

/// So many instances are in all these states.
const PLACES: usize = 200_000;

/// Whether any order of starts and stops, on any instances, finishes; `None` when there are too many
/// to try. Time plays no part: what can be done at once can be done one after the other.
pub(super) fn another_choice(deployment: &Deployment) -> Option<bool> {
    let (room, on) = standing(deployment);
    let wanted = deployment.wanted();
    if on.len() < wanted as usize {
        return Some(false);
    }
    let mut places = room.places().to_vec();
    if let Some(scaling) = &deployment.fleet.scaling {
        let more = scaling
            .maximum
            .saturating_sub(places.len())
            .min(wanted as usize);
        for _ in 0..more {
            places.push(Place::new(scaling.instance.clone(), true));
        }
    }
    // What instances are like: those that are the same can change places.
    let mut kinds: Vec<_> = places.iter().map(|it| it.instance.clone()).collect();
    kinds.sort();
    kinds.dedup();
    let alike: Vec<usize> = places
        .iter()
        .map(|it| kinds.binary_search(&it.instance).unwrap_or(0))
        .collect();
    let mut seen = BTreeSet::new();
    let mut open = vec![places.iter().map(|it| it.active).collect::<Vec<_>>()];
    while let Some(state) = open.pop() {
        let mut key: Vec<(usize, [u32; 2])> =
            alike.iter().copied().zip(state.iter().copied()).collect();
        key.sort_unstable();
        if !seen.insert(key.clone()) {
            continue;
        }
        if seen.len() > STATES.min(PLACES / places.len().max(1)) {
            return None;
        }
        let count = |revision: usize| state.iter().map(|it| it[revision]).sum::<u32>();
        let (old, new) = (count(OLD), count(NEW));
        if new >= wanted {
            return Some(true);
        }
        for (place, now) in places.iter_mut().zip(&state) {
            place.active = *now;
            place.occupied = *now;
        }
        // Starts are looked at first: they lead to the end.
        if !deployment.strategy.is_side_by_side() && old + new > deployment.floor() {
            for number in each_once(&alike, &state) {
                if state[number][OLD] > 0 {
                    let mut next = state.clone();
                    next[number][OLD] -= 1;
                    open.push(next);
                }
            }
        }
        if old + new < deployment.ceiling() {
            for number in each_once(&alike, &state) {
                if room.blocker(&places[number], NEW).is_none() {
                    let mut next = state.clone();
                    next[number][NEW] += 1;
                    open.push(next);
                }
            }
        }
    }
    Some(false)
}

/// Of instances that are alike and have the same tasks, the first.
fn each_once(alike: &[usize], state: &[[u32; 2]]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    (0..state.len())
        .filter(|it| seen.insert((alike[*it], state[*it])))
        .collect()
}
