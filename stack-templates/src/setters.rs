//! What can be said of services and tasks, shared by the patterns.

/// The setters of every task.
macro_rules! task_setters {
    () => {
        /// A variable of the container's environment. Not for secrets: the value stands in the
        /// template. A change starts a deployment.
        pub fn env(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
            self.task
                .environment
                .push((name.into(), value.into_value()));
            self
        }

        /// A variable whose value is read from Secrets Manager or Parameter Store when a task
        /// starts. The execution role may read this one and no other.
        pub fn secret(mut self, name: impl Into<String>, secret: crate::Secret) -> Self {
            self.task.secrets.push((name.into(), secret));
            self
        }

        /// The command instead of the image's own.
        pub fn command<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
            self.task.command = words.into_iter().map(Into::into).collect();
            self
        }

        /// A file that the container finds when it starts: text, a template with settings, or a
        /// configuration such as [`NginxConfig`](crate::NginxConfig), which also says what command
        /// starts the program with it. Its folder holds nothing else. A small container of the same
        /// image writes it first; the image needs `sh` and `printf`. A change starts a deployment.
        pub fn config_file(
            mut self,
            path: impl Into<String>,
            text: impl Into<crate::ConfigText>,
        ) -> Self {
            self.task.files.push(path.into(), text.into());
            self
        }

        /// A folder the container may write to, empty at each start, such as `/tmp`.
        pub fn scratch(mut self, path: impl Into<String>) -> Self {
            self.task.scratch.push(path.into());
            self
        }

        /// Lets the container write anywhere. By default its root file system is read-only, and
        /// only [`scratch`](Self::scratch) folders can be written to.
        pub fn writable_root_filesystem(mut self) -> Self {
            self.task.writable_root = true;
            self
        }

        /// The user and group the container runs as, such as `1000:1000` (default: the image's).
        pub fn user(mut self, user: impl Into<String>) -> Self {
            self.task.user = Some(user.into());
            self
        }

        /// A shell command in the container that succeeds while it is healthy; every 10 seconds.
        /// A task then counts as healthy only when this and the load balancer say so.
        pub fn container_check(mut self, command: impl Into<String>) -> Self {
            self.task.check = Some(command.into());
            self
        }

        /// How long the program may take until it answers: bad answers do not count until then (0–300
        /// seconds; default 15 with a [`container_check`](Self::container_check), else none). A
        /// deployment waits no longer than it has to.
        pub fn start_period(mut self, time: Seconds) -> Self {
            self.task.start_period = Some(time);
            self
        }

        /// How long a container may take to stop after `SIGTERM` before it is killed (2–120 seconds
        /// on Fargate, default 30).
        pub fn stop_timeout(mut self, timeout: Seconds) -> Self {
            self.task.stop_timeout = timeout;
            self
        }

        /// How many days logs are kept (default 365), one of CloudWatch's periods. Updates in place.
        pub fn log_retention(mut self, days: u32) -> Self {
            self.task.log_retention = days;
            self
        }

        /// What the container's program may do in AWS; nothing by default.
        pub fn permission(mut self, statement: stack_core::aws::policy::Statement) -> Self {
            self.task.permissions.push(statement);
            self
        }
    };
}

/// The setters of what a task has beside its program.
macro_rules! side_setters {
    () => {
        /// A folder of a file system in the container, to read and write; the root file system stays
        /// read-only. The task role may use this folder alone, the security groups are opened, and
        /// what is written there is seen by every task at once. On EC2 the instances mount for their
        /// tasks: their capacity says [`mounts`](crate::Ec2Capacity::mounts). A change starts a
        /// deployment.
        pub fn volume(mut self, folder: crate::FolderHandle, path: impl Into<String>) -> Self {
            self.task.mounts.push(crate::volume::Mount {
                folder,
                path: path.into(),
                read_only: false,
            });
            self
        }

        /// The same, to read alone.
        pub fn volume_read_only(
            mut self,
            folder: crate::FolderHandle,
            path: impl Into<String>,
        ) -> Self {
            self.task.mounts.push(crate::volume::Mount {
                folder,
                path: path.into(),
                read_only: true,
            });
            self
        }

        /// Sends the program's output elsewhere than to CloudWatch Logs. A change starts a
        /// deployment.
        pub fn log_router(mut self, router: crate::LogRouter) -> Self {
            self.task.router = Some(router);
            self
        }
    };
}

/// The setters of what there can be several of.
macro_rules! replica_setters {
    () => {
        /// How many tasks run (default 2). Updates in place.
        pub fn count(mut self, count: impl IntoValue<i64>) -> Self {
            self.service.count = Some(count.into_value());
            self
        }

        /// Follows the load instead of running a fixed number of tasks.
        pub fn scale(mut self, scaling: crate::Scaling) -> Self {
            self.service.scaling = Some(scaling);
            self
        }

        /// The share of the tasks that stays healthy during a deployment, and the share that may
        /// run at most (default 100 and 200 %). Updates in place.
        pub fn rolling(mut self, minimum_percent: u32, maximum_percent: u32) -> Self {
            self.service.rolling = Some((minimum_percent, maximum_percent));
            self
        }
    };
}

/// The setters of what goes back when alarms say so.
macro_rules! alarm_setters {
    () => {
        /// Goes back to the tasks before when the service does badly during a deployment; makes the
        /// alarm. Updates in place.
        pub fn rollback_when(mut self, alarm: crate::ServiceAlarm) -> Self {
            self.service.watched.push(alarm);
            self
        }

        /// Goes back to the tasks before when one of these CloudWatch alarms goes off during a
        /// deployment. Updates in place.
        ///
        /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>
        pub fn rollback_on(
            mut self,
            alarm: impl IntoValue<stack_core::aws::kinds::AlarmName>,
        ) -> Self {
            self.service.alarms.push(alarm.into_value());
            self
        }
    };
}

/// The setters of what gets traffic.
macro_rules! traffic_setters {
    () => {
        /// Receives traffic from a load balancer; also opens the security groups for it.
        pub fn behind(mut self, route: crate::Route) -> Self {
            self.service.routes.push(route);
            self
        }

        /// How long a new task may fail the load balancer's checks before it is replaced
        /// (default 60 seconds). Updates in place.
        pub fn grace_period(mut self, time: Seconds) -> Self {
            self.service.grace_period = time;
            self
        }

        /// Deploys by shifting traffic instead of replacing tasks a few at a time; in the place of
        /// [`rolling`](Self::rolling). Updates in place, for the next deployment.
        pub fn shift(mut self, shift: crate::TrafficShift) -> Self {
            self.service.shift = Some(shift);
            self
        }
    };
}

/// The setter of what a shell can be opened in.
macro_rules! exec_setters {
    () => {
        /// Lets `aws ecs execute-command` open a shell in the container. Whoever may do that acts
        /// with the rights of the task role. The agent in the container writes files, so
        /// [`writable_root_filesystem`](Self::writable_root_filesystem) is needed. A change takes
        /// effect for tasks that start afterwards.
        ///
        /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html>
        pub fn exec(mut self) -> Self {
            self.task.exec = true;
            self.service.exec = true;
            self
        }
    };
}

/// The setters of what runs all the time.
macro_rules! service_setters {
    () => {
        crate::setters::alarm_setters!();
        crate::setters::exec_setters!();

        /// Calls another service by its name in the cluster's namespace: puts a proxy into each task,
        /// opens the security groups, and is deployed after the other one. See
        /// [`ConnectName`](crate::ConnectName).
        pub fn connects_to(mut self, server: crate::RunningService) -> Self {
            self.service.calls.push(server);
            self
        }
    };
}

/// The setters of what is called.
macro_rules! route_setters {
    () => {
        crate::setters::traffic_setters!();

        /// Has a name in the cluster's namespace, by which other services reach it: a name, or a
        /// [`ConnectName`](crate::ConnectName). A change starts a deployment, and callers learn it
        /// with their next one.
        pub fn named(mut self, name: impl Into<crate::ConnectName>) -> Self {
            self.service.name = Some(name.into());
            self
        }
    };
}

/// The setters of a service whose tasks are not the stack's.
macro_rules! deployed_setters {
    () => {
        crate::setters::alarm_setters!();
        crate::setters::traffic_setters!();

        /// Lets `aws ecs execute-command` open a shell in the container, where the task definition
        /// and the task role do.
        pub fn exec(mut self) -> Self {
            self.service.exec = true;
            self
        }
    };
}

pub(crate) use {
    alarm_setters, deployed_setters, exec_setters, replica_setters, route_setters, service_setters,
    side_setters, task_setters, traffic_setters,
};
