//! The deployment itself, from one moment at which something happens to the next.

use std::collections::{BTreeMap, VecDeque};

use super::deployment::Deployment;
use super::outcome::{Action, Step, Why};
use super::room::{NEW, OLD, Place, Room};
use super::standing::standing;

/// What came of it.
#[derive(Clone, Debug)]
pub(super) enum Run {
    Finished(Vec<Step>),
    Stuck(Vec<Step>, Why),
}

/// Something that will happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Stopped { task: usize },
    Ready { instance: usize },
    Lost,
    Healthy { task: usize },
    Shifted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Healthy,
    Stopping,
    Gone,
}

#[derive(Clone, Copy, Debug)]
struct Task {
    revision: usize,
    instance: usize,
    phase: Phase,
}

struct Rollout<'d> {
    deployment: &'d Deployment,
    room: Room<'d>,
    tasks: Vec<Task>,
    /// The old tasks that run, by instance.
    old: BTreeMap<usize, VecDeque<usize>>,
    /// What will happen, by the second.
    agenda: BTreeMap<u64, Vec<Event>>,
    /// Of these, those that are part of the deployment: an instance that will be lost is not.
    awaited: usize,
    now: u64,
    steps: Vec<Step>,
    wanted: u32,
    floor: u32,
    ceiling: u32,
    healthy: [u32; 2],
    starting: u32,
    stopping: u32,
    booting: u32,
    /// Blue/green: whether the bake time has begun, and whether it is over.
    shifting: bool,
    shifted: bool,
}

pub(super) fn run(deployment: &Deployment) -> Run {
    let (room, on) = standing(deployment);
    let old = |instance: &usize| Task {
        revision: OLD,
        instance: *instance,
        phase: Phase::Healthy,
    };
    let count = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
    let mut by_instance: BTreeMap<usize, VecDeque<usize>> = BTreeMap::new();
    for (task, instance) in on.iter().enumerate() {
        by_instance.entry(*instance).or_default().push_back(task);
    }
    let mut rollout = Rollout {
        deployment,
        tasks: on.iter().map(old).collect(),
        old: by_instance,
        room,
        agenda: BTreeMap::new(),
        awaited: 0,
        now: 0,
        steps: Vec::new(),
        wanted: deployment.wanted(),
        floor: deployment.floor(),
        ceiling: deployment.ceiling(),
        healthy: [count(on.len()), 0],
        starting: 0,
        stopping: 0,
        booting: 0,
        shifting: false,
        shifted: false,
    };
    if count(on.len()) < rollout.wanted {
        let why = rollout.why(Some(count(on.len())), OLD);
        return Run::Stuck(Vec::new(), why);
    }
    if let Some(loss) = deployment.loss {
        rollout.agenda.entry(loss.at).or_default().push(Event::Lost);
    }
    rollout.run()
}

impl Rollout<'_> {
    fn run(mut self) -> Run {
        loop {
            if self.is_finished() {
                return Run::Finished(self.steps);
            }
            self.act();
            if self.is_finished() {
                return Run::Finished(self.steps);
            }
            if self.may_make_room() && self.make_room() {
                // A task may start beside the one that stops.
                continue;
            }
            if self.awaited == 0 {
                let why = self.why(None, NEW);
                return Run::Stuck(self.steps, why);
            }
            let Some((at, mut events)) = self.agenda.pop_first() else {
                continue;
            };
            self.now = at;
            events.sort_unstable();
            events.into_iter().for_each(|it| self.happen(it));
        }
    }

    fn is_finished(&self) -> bool {
        let side_by_side = self.deployment.strategy.is_side_by_side();
        self.healthy == [0, self.wanted]
            && self.stopping == 0
            && self.starting == 0
            && (!side_by_side || self.shifted || self.wanted == 0)
    }

    fn running(&self) -> u32 {
        self.healthy[OLD] + self.healthy[NEW] + self.starting
    }

    fn all_healthy(&self) -> u32 {
        self.healthy[OLD] + self.healthy[NEW]
    }

    /// Starts what finds room, stops what is no longer needed.
    fn act(&mut self) {
        while self.may_start() {
            match self.room.choose(NEW) {
                Some(instance) => self.start(instance),
                None => {
                    self.order();
                    break;
                }
            }
        }
        if self.deployment.strategy.is_side_by_side() {
            if self.healthy[NEW] == self.wanted && !self.shifting {
                self.shifting = true;
                self.step(Action::Shift);
                self.expect(self.deployment.strategy.bake(), Event::Shifted);
            }
            if self.shifted && self.healthy[NEW] == self.wanted {
                while self.stop() {}
            }
            return;
        }
        // More healthy tasks than wanted: the old ones among them go.
        while self.all_healthy() > self.wanted.max(self.floor) && self.stop() {}
    }

    fn may_start(&self) -> bool {
        let new = self.healthy[NEW] + self.starting;
        new < self.wanted && self.running() < self.ceiling
    }

    /// Nothing is under way that could let a task start.
    fn may_make_room(&self) -> bool {
        let waiting_for_room = self.stopping > 0 && self.running() < self.ceiling;
        self.starting == 0 && self.booting == 0 && !waiting_for_room
    }

    /// Old tasks are stopped, down to the floor.
    fn make_room(&mut self) -> bool {
        if self.deployment.strategy.is_side_by_side() {
            return false;
        }
        let mut stopped = false;
        while self.all_healthy() > self.floor && self.stop() {
            stopped = true;
        }
        stopped
    }

    fn start(&mut self, instance: usize) {
        self.room.put(instance, NEW);
        let task = self.tasks.len();
        self.tasks.push(Task {
            revision: NEW,
            instance,
            phase: Phase::Starting,
        });
        self.starting += 1;
        self.step(Action::Start { task, instance });
        let times = self.deployment.times;
        self.expect(times.start + times.healthy, Event::Healthy { task });
    }

    /// Stops an old task; `false` when there is none.
    fn stop(&mut self) -> bool {
        let Some(instance) = self.room.choose_to_stop() else {
            return false;
        };
        let here = self.old.get_mut(&instance);
        let Some(task) = here.and_then(VecDeque::pop_front) else {
            return false;
        };
        self.tasks[task].phase = Phase::Stopping;
        self.room.change(instance, |it| it.active[OLD] -= 1);
        self.healthy[OLD] -= 1;
        self.stopping += 1;
        self.step(Action::Stop { task, instance });
        let times = self.deployment.times;
        self.expect(times.drain + times.stop, Event::Stopped { task });
        true
    }

    /// Orders as many instances as the tasks that wait would take.
    fn order(&mut self) {
        let Some(scaling) = self.deployment.fleet.scaling.as_ref() else {
            return;
        };
        let new = self.healthy[NEW] + self.starting;
        let mut waiting = (self.wanted - new).min(self.ceiling - self.running());
        // Those that boot take some of them.
        let coming = self.room.places().iter().filter(|it| !it.up && it.coming);
        let coming = coming.map(|it| Place::new(it.instance.clone(), true));
        let mut ahead = Room::of(self.deployment, coming);
        let booting = ahead.places().len();
        while waiting > 0 {
            if let Some(number) = ahead.choose(NEW) {
                ahead.put(number, NEW);
                waiting -= 1;
                continue;
            }
            let ordered = ahead.places().len() - booting;
            if self.room.places().len() + ordered >= scaling.maximum
                || ahead
                    .blocker(&Place::new(scaling.instance.clone(), true), NEW)
                    .is_some()
            {
                break;
            }
            ahead.push(Place::new(scaling.instance.clone(), true));
        }
        for _ in booting..ahead.places().len() {
            let instance = self.room.places().len();
            let place = Place::new(scaling.instance.clone(), false);
            self.room.push(place);
            self.step(Action::Order { instance });
            self.expect(scaling.boot, Event::Ready { instance });
        }
    }

    fn happen(&mut self, event: Event) {
        if event != Event::Lost {
            self.awaited -= 1;
        }
        match event {
            Event::Healthy { task } => {
                // It may have been lost with its instance.
                if self.tasks[task].phase != Phase::Starting {
                    return;
                }
                self.tasks[task].phase = Phase::Healthy;
                self.starting -= 1;
                self.healthy[NEW] += 1;
                let instance = self.tasks[task].instance;
                self.step(Action::Healthy { task, instance });
            }
            Event::Stopped { task } => {
                if self.tasks[task].phase != Phase::Stopping {
                    return;
                }
                self.tasks[task].phase = Phase::Gone;
                self.stopping -= 1;
                let instance = self.tasks[task].instance;
                self.room.change(instance, |it| it.occupied[OLD] -= 1);
                self.step(Action::Stopped { task, instance });
            }
            Event::Ready { instance } => {
                self.booting -= 1;
                self.room.change(instance, |it| it.up = true);
                self.step(Action::Ready { instance });
            }
            Event::Shifted => self.shifted = true,
            Event::Lost => self.lose(),
        }
    }

    /// The instances with the most tasks are gone, and their tasks with them.
    fn lose(&mut self) {
        let Some(loss) = self.deployment.loss else {
            return;
        };
        for _ in 0..loss.instances {
            let all = self.room.places().iter().enumerate();
            let there = all.filter(|it| it.1.up && it.1.instance.eligible);
            let fullest = there.max_by_key(|(number, it)| {
                (it.active[OLD] + it.active[NEW], std::cmp::Reverse(*number))
            });
            let Some((instance, _)) = fullest else { return };
            self.room.change(instance, |it| {
                it.up = false;
                it.coming = loss.replaced_after.is_some();
                it.occupied = [0; 2];
                it.active = [0; 2];
            });
            self.old.remove(&instance);
            let mut tasks = 0;
            for task in self.tasks.iter_mut().filter(|it| it.instance == instance) {
                match task.phase {
                    Phase::Starting => self.starting -= 1,
                    Phase::Healthy => self.healthy[task.revision] -= 1,
                    Phase::Stopping => self.stopping -= 1,
                    Phase::Gone => continue,
                }
                task.phase = Phase::Gone;
                tasks += 1;
            }
            self.step(Action::Lost { instance, tasks });
            if let Some(seconds) = loss.replaced_after {
                self.expect(seconds, Event::Ready { instance });
            }
        }
    }

    fn expect(&mut self, seconds: u64, event: Event) {
        let at = self.now.saturating_add(seconds);
        self.agenda.entry(at).or_default().push(event);
        self.awaited += 1;
        self.booting += u32::from(matches!(event, Event::Ready { .. }));
    }

    fn step(&mut self, action: Action) {
        self.steps.push(Step {
            at: self.now,
            action,
            healthy: self.all_healthy(),
            running: self.running(),
        });
    }

    fn why(&self, standing: Option<u32>, revision: usize) -> Why {
        let mut blocked = BTreeMap::new();
        let up = self.room.places().iter().filter(|it| it.up);
        for place in up {
            if let Some(blocker) = self.room.blocker(place, revision) {
                *blocked.entry(blocker).or_insert(0) += 1;
            }
        }
        Why {
            standing,
            wanted: self.wanted,
            healthy: self.all_healthy(),
            floor: self.floor,
            running: self.running(),
            ceiling: self.ceiling,
            blocked: blocked.into_iter().collect(),
            instances: self.room.places().iter().filter(|it| it.up).count(),
        }
    }
}
