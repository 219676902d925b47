//! What a swarm refuses.

use stack_core::prelude::*;

use super::Swarm;

impl Swarm {
    pub(super) fn check(&self, scope: &mut Scope<'_>) {
        let zones = self.network.private.len();
        let managers = self.managers;
        let majority = managers / 2 + 1;
        let in_one = (managers as usize).div_ceil(zones.max(1));
        if managers.is_multiple_of(2) || !(3..=7).contains(&managers) {
            let lost = managers.saturating_sub(majority);
            let message =
                format!("{managers} managers: {majority} must agree, so {lost} may be lost");
            scope.problem(Problem::error("swarm-managers", message).help(
                "take 3, 5 or 7: an even number survives no more losses than one less, fewer than 3 none, and more than 7 only agree slower",
            ));
        }
        if zones < 3 {
            let message = format!(
                "{managers} managers in {zones} zones: {majority} must agree, and with its zone {in_one} are lost at once, which leaves {}",
                (managers as usize).saturating_sub(in_one)
            );
            scope.problem(
                Problem::error("swarm-zones", message).help(
                    "give the network three zones, so that the loss of any leaves a majority",
                ),
            );
        }
        let (least, most) = self.workers;
        if least == 0 || most <= least {
            let message = format!("between {least} and {most} workers");
            scope.problem(Problem::error("swarm-workers", message).help(
                "begin with one at least and allow one more: an update adds the new worker before the old one goes",
            ));
        }
        if self.overlay.overlaps(self.network.cidr) || self.overlay.prefix() > 24 {
            let message = format!(
                "overlay networks in `{}`, the VPC in `{}`",
                self.overlay, self.network.cidr
            );
            scope.problem(Problem::error("swarm-overlay", message).help(
                "give a range of /24 or larger that the VPC does not use, for example `100.64.0.0/16`",
            ));
        }
        let plain = |it: u8| it.is_ascii_alphanumeric() || b".-".contains(&it);
        let version = self.docker.split('-').next().unwrap_or_default();
        let numbers = version.split('.').filter(|it| it.parse::<u32>().is_ok());
        if numbers.count() != 3
            || version.split('.').count() != 3
            || !self.docker.bytes().all(plain)
        {
            let message = format!("`{}` is no version of Docker", self.docker);
            scope.problem(
                Problem::error("swarm-docker", message)
                    .help("give it in full, as in `25.0.16` or `25.0.16-1.amzn2023.0.1`"),
            );
        }
        if !(1..=100).contains(&self.cpu) {
            let message = format!("workers follow a CPU of {} %", self.cpu);
            scope.problem(
                Problem::error("swarm-cpu", message).help("give 1 to 100, for example `.cpu(60)`"),
            );
        }
    }
}
