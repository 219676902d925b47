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
    places: Vec<Place>,
    /// Instances in the same state are all the same to the scheduler: it is asked once for them.
    alike: BTreeMap<State, BTreeSet<usize>>,
    /// Tasks of the service by zone.
    zones: BTreeMap<u32, u32>,
    kinds: BTreeMap<Instance, usize>,
}

/// An instance and the tasks of the service on it, by revision.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) instance: Instance,
    /// Whether it takes tasks: not while it boots, nor once it is lost.
    pub(super) up: bool,
    /// Whether it will, when it does not yet.
    pub(super) coming: bool,
    /// Tasks that take of it, those that are being stopped among them.
    pub(super) occupied: [u32; 2],
    /// Tasks that are to run.
    pub(super) active: [u32; 2],
}

/// What an instance is like, whether it takes tasks, and its tasks.
type State = (usize, bool, [u32; 2], [u32; 2]);

impl Place {
    pub(super) fn new(instance: Instance, up: bool) -> Place {
        Place {
            instance,
            up,
            coming: !up,
            occupied: [0; 2],
            active: [0; 2],
        }
    }

    /// The tasks of the service that are to run there.
    fn tasks(&self) -> u32 {
        self.active[OLD] + self.active[NEW]
    }
}

impl<'d> Room<'d> {
    pub(super) fn new(deployment: &'d Deployment) -> Room<'d> {
        let instances = deployment.fleet.instances.iter();
        Room::of(deployment, instances.map(|it| Place::new(it.clone(), true)))
    }

    pub(super) fn of(deployment: &'d Deployment, places: impl Iterator<Item = Place>) -> Room<'d> {
        let mut room = Room {
            deployment,
            needs: [&deployment.before, &deployment.after],
            places: Vec::new(),
            alike: BTreeMap::new(),
            zones: BTreeMap::new(),
            kinds: BTreeMap::new(),
        };
        places.for_each(|it| room.push(it));
        room
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// An instance more.
    pub(super) fn push(&mut self, place: Place) {
        let next = self.kinds.len();
        self.kinds.entry(place.instance.clone()).or_insert(next);
        *self.zones.entry(place.instance.zone).or_default() += place.tasks();
        self.places.push(place);
        let number = self.places.len() - 1;
        let state = self.state(number);
        self.alike.entry(state).or_default().insert(number);
    }

    /// Something changes on an instance.
    pub(super) fn change(&mut self, number: usize, change: impl FnOnce(&mut Place)) {
        let before = self.state(number);
        let tasks = self.places[number].tasks();
        if let Some(numbers) = self.alike.get_mut(&before) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.alike.remove(&before);
            }
        }
        change(&mut self.places[number]);
        let place = &self.places[number];
        let zone = self.zones.entry(place.instance.zone).or_default();
        *zone = *zone + place.tasks() - tasks;
        let after = self.state(number);
        self.alike.entry(after).or_default().insert(number);
    }

    fn state(&self, number: usize) -> State {
        let place = &self.places[number];
        let kind = self.kinds.get(&place.instance).copied().unwrap_or(0);
        (kind, place.up, place.occupied, place.active)
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
        let firsts = self.alike.values().filter_map(|it| it.first().copied());
        let mut candidates: Vec<usize> = firsts
            .filter(|it| {
                let place = &self.places[*it];
                place.up && self.blocker(place, revision).is_none()
            })
            .collect();
        for preference in &self.deployment.placement {
            let rank = |number: &usize| self.rank(*preference, *number);
            let best = candidates.iter().map(rank).min()?;
            candidates.retain(|it| rank(it) == best);
        }
        candidates.into_iter().min()
    }

    /// The smaller the better.
    fn rank(&self, preference: Preference, number: usize) -> u32 {
        let place = &self.places[number];
        match preference {
            Preference::SpreadZones => self.in_zone(place),
            Preference::SpreadInstances => place.tasks(),
            Preference::BinpackCpu => self.cpu_left(place),
            Preference::BinpackMemory => self.memory_left(place),
            Preference::Random => 0,
        }
    }

    /// The tasks of the service in the zone of an instance.
    fn in_zone(&self, place: &Place) -> u32 {
        self.zones.get(&place.instance.zone).copied().unwrap_or(0)
    }

    /// The instance whose old task is stopped first: in the fullest zone, the fullest one.
    pub(super) fn choose_to_stop(&self) -> Option<usize> {
        let firsts = self.alike.values().filter_map(|it| it.first().copied());
        firsts
            .filter(|it| self.places[*it].active[OLD] > 0)
            .max_by_key(|it| {
                let place = &self.places[*it];
                (self.in_zone(place), place.tasks(), Reverse(*it))
            })
    }

    /// Puts a task there.
    pub(super) fn put(&mut self, number: usize, revision: usize) {
        self.change(number, |it| {
            it.occupied[revision] += 1;
            it.active[revision] += 1;
        });
    }
}
