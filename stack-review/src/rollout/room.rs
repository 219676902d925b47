//! [`Room`]: what is left of each instance, and which of them the scheduler takes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::deployment::{Deployment, Instance, Needs, Preference};
use super::outcome::Blocker;

/// The old revision and the new one.
pub(super) const OLD: usize = 0;
/// See [`OLD`].
pub(super) const NEW: usize = 1;

/// The instances and what stands on them.
#[derive(Clone, Debug)]
pub(super) struct Room<'d> {
    deployment: &'d Deployment,
    needs: [&'d Needs; 2],
    pub(super) places: Vec<Place>,
}

/// An instance and the tasks of the service on it, by revision.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) instance: Instance,
    /// Whether it takes tasks: not while it boots, nor once it is lost.
    pub(super) up: bool,
    /// Tasks that take of it, those that are being stopped among them.
    pub(super) occupied: [u32; 2],
    /// Tasks that are to run.
    pub(super) active: [u32; 2],
}

impl Place {
    pub(super) fn new(instance: Instance, up: bool) -> Place {
        Place {
            instance,
            up,
            occupied: [0; 2],
            active: [0; 2],
        }
    }
}

impl<'d> Room<'d> {
    pub(super) fn new(deployment: &'d Deployment) -> Room<'d> {
        let instances = deployment.fleet.instances.iter();
        Room {
            deployment,
            needs: [&deployment.before, &deployment.after],
            places: instances.map(|it| Place::new(it.clone(), true)).collect(),
        }
    }

    /// What is left of an amount.
    fn left(&self, place: &Place, of: u32, amount: fn(&Needs) -> u32) -> u32 {
        let used = [OLD, NEW].map(|it| {
            let each = u64::from(amount(self.needs[it]));
            each * u64::from(place.occupied[it])
        });
        let used = used[OLD] + used[NEW] + u64::from(amount(&place.instance.taken));
        u32::try_from(u64::from(of).saturating_sub(used)).unwrap_or(u32::MAX)
    }

    pub(super) fn cpu_left(&self, place: &Place) -> u32 {
        self.left(place, place.instance.cpu, |it| it.cpu)
    }

    pub(super) fn memory_left(&self, place: &Place) -> u32 {
        self.left(place, place.instance.memory, |it| it.memory)
    }

    /// Why a task of this revision finds no room there; `None` when it does.
    pub(super) fn blocker(&self, place: &Place, revision: usize) -> Option<Blocker> {
        let needs = self.needs[revision];
        if !place.instance.eligible {
            return Some(Blocker::Constraint);
        }
        let taken = |port| {
            place.instance.taken.ports.contains(port)
                || [OLD, NEW]
                    .iter()
                    .any(|it| place.occupied[*it] > 0 && self.needs[*it].ports.contains(port))
        };
        let ports: BTreeSet<_> = needs.ports.iter().filter(|it| taken(it)).copied().collect();
        if !ports.is_empty() {
            return Some(Blocker::Ports(ports));
        }
        if self.deployment.is_distinct() && place.active != [0, 0] {
            return Some(Blocker::Distinct);
        }
        let memory = self.memory_left(place);
        if memory < needs.memory {
            return Some(Blocker::Memory(needs.memory, memory));
        }
        let cpu = self.cpu_left(place);
        if cpu < needs.cpu {
            return Some(Blocker::Cpu(needs.cpu, cpu));
        }
        let of = place.instance.interfaces;
        if self.left(place, of, |it| it.interfaces) < needs.interfaces {
            return Some(match place.instance.cpu {
                u32::MAX => Blocker::Addresses(of),
                _ => Blocker::Interfaces(of),
            });
        }
        if self.left(place, place.instance.gpus, |it| it.gpus) < needs.gpus {
            return Some(Blocker::Gpus);
        }
        None
    }

    /// The instance that the strategy chooses for a task of this revision.
    pub(super) fn choose(&self, revision: usize) -> Option<usize> {
        let all = self.places.iter().enumerate();
        let mut candidates: Vec<usize> = all
            .filter(|(_, it)| it.up && self.blocker(it, revision).is_none())
            .map(|it| it.0)
            .collect();
        let zones = self.zones();
        for preference in &self.deployment.placement {
            let rank = |number: &usize| self.rank(*preference, *number, &zones);
            let best = candidates.iter().map(rank).min()?;
            candidates.retain(|it| rank(it) == best);
        }
        candidates.first().copied()
    }

    /// The smaller the better.
    fn rank(&self, preference: Preference, number: usize, zones: &BTreeMap<u32, u32>) -> u32 {
        let place = &self.places[number];
        match preference {
            Preference::SpreadZones => zones.get(&place.instance.zone).copied().unwrap_or(0),
            Preference::SpreadInstances => place.active[OLD] + place.active[NEW],
            Preference::BinpackCpu => self.cpu_left(place),
            Preference::BinpackMemory => self.memory_left(place),
            Preference::Random => 0,
        }
    }

    /// The tasks of the service by zone.
    fn zones(&self) -> BTreeMap<u32, u32> {
        let mut zones = BTreeMap::new();
        for place in &self.places {
            *zones.entry(place.instance.zone).or_insert(0) += place.active[OLD] + place.active[NEW];
        }
        zones
    }

    /// The instance whose old task is stopped first: in the fullest zone, the fullest one.
    pub(super) fn choose_to_stop(&self) -> Option<usize> {
        let zones = self.zones();
        let all = self.places.iter().enumerate();
        all.filter(|(_, it)| it.active[OLD] > 0)
            .max_by_key(|(number, it)| {
                let here = it.active[OLD] + it.active[NEW];
                (zones.get(&it.instance.zone), here, Reverse(*number))
            })
            .map(|it| it.0)
    }

    /// Puts a task there.
    pub(super) fn put(&mut self, number: usize, revision: usize) {
        self.places[number].occupied[revision] += 1;
        self.places[number].active[revision] += 1;
    }
}
