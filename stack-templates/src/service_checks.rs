//! What cannot work together in a service, with the numbers.

use stack_core::prelude::*;

use crate::service::{Program, ServiceSettings};
use crate::way_out;

impl ServiceSettings {
    pub(crate) fn check(&self, scope: &mut Scope<'_>, program: &Program) {
        self.check_count(scope);
        self.check_shift(scope);
        if let Some((least, most)) = self.rolling {
            check_rolling(scope, least, most, self.count.as_ref());
        }
        self.check_start(scope, program.starts_within);
        way_out::check(scope, self.network.vpc, &program.needs);
    }

    fn check_count(&self, scope: &mut Scope<'_>) {
        if let (Some(count), Some(scaling)) = (&self.count, &self.scaling) {
            let count = match count.expr() {
                Expr::Int(count) => count.to_string(),
                _ => "a number that is given at deployment".to_owned(),
            };
            let message = format!("`count` says {count}, and `scale` {}", scaling.bounds());
            scope.problem(
                Problem::error("count", message)
                    .help("leave `count` out: what scales starts from the number that runs, and stays within the bounds"),
            );
        }
    }

    fn check_shift(&self, scope: &mut Scope<'_>) {
        let Some(shift) = &self.shift else { return };
        shift.check_times(scope);
        let mut refuse = |message: String, help: &str| {
            scope.problem(Problem::error("traffic-shift", message).help(help));
        };
        if self.rolling.is_some() {
            refuse(
                format!("`rolling` and a {} deployment", shift.name()),
                "choose one: a shift of traffic starts all new tasks before it stops an old one",
            );
        }
        if self.routes.is_empty() && self.name.is_none() && shift.needs_traffic() {
            refuse(
                format!("a {} deployment has no traffic to shift", shift.name()),
                "put the service `behind` a load balancer, give it a name with `named`, or deploy with `TrafficShift::blue_green()`",
            );
        }
        if self.routes.len() > 1 {
            refuse(
                format!(
                    "a {} deployment behind {} routes",
                    shift.name(),
                    self.routes.len()
                ),
                "ECS documents shifting for one production rule: give one route several hosts or paths, or deploy with `rolling`",
            );
        }
        if self.routes.is_empty() && shift.test.is_some() {
            refuse(
                "test traffic without a route".to_owned(),
                "put the service `behind` an HTTPS load balancer, or leave `test_header` out",
            );
        }
    }

    /// A task that is not healthy when its time of grace is over is stopped, and another one has no
    /// more time.
    fn check_start(&self, scope: &mut Scope<'_>, start: Seconds) {
        let checks = self.routes.iter().map(|it| it.first_traffic());
        let Some((every, times)) = checks.max_by_key(|(every, times)| every.0 * times) else {
            return;
        };
        let needed = start.0 + every.0 * times;
        if self.grace_period.0 < needed {
            let message = format!(
                "{} seconds of grace, and a task may take {} to start and {times} checks {} seconds apart: {needed}",
                self.grace_period.0, start.0, every.0
            );
            scope.problem(Problem::error("restart-loop", message).help(format!(
                "tasks would be stopped before they are healthy, again and again: `.grace_period(seconds({needed}))` or longer"
            )));
        }
    }
}

/// Neither a task that may stop nor one that may start: a deployment would stand still.
fn check_rolling(scope: &mut Scope<'_>, least: u32, most: u32, count: Option<&Value<i64>>) {
    if least > 100 || most < 100 || (least == 100 && most == 100) {
        let message = format!("`rolling({least}, {most})` leaves no way to deploy");
        scope.problem(Problem::error("rolling", message).help(
            "the first is 0 to 100, the second 100 or more, and not both 100: `rolling(100, 200)`",
        ));
        return;
    }
    let Some(Expr::Int(count)) = count.map(Value::expr) else {
        return;
    };
    let kept = (count * i64::from(least) + 99) / 100;
    let room = count * i64::from(most) / 100;
    if *count > 0 && kept >= *count && room <= *count {
        let message = format!(
            "of {count} tasks `rolling({least}, {most})` keeps {kept} and allows {room}: none can stop, none can start"
        );
        scope.problem(
            Problem::error("rolling", message)
                .help("ECS rounds the first up and the second down: take a smaller first or a larger second one"),
        );
    }
}
