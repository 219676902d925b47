//! `up` gives the service its image, and sees that it runs.

use std::time::Duration;

use branch_naming::Names;

use crate::api::StackDescription;
use crate::engine::{End, Success};

use super::fast::{self, Rolled};
use super::plan::{self, Planned};
use super::run_id;
use super::system::Deployed;
use super::tools::{LOOK, News};
use super::up::{Run, UpEnd};

impl Run<'_> {
    /// What the service runs now.
    pub(super) fn live_by(&self, planned: &Planned, stack: &StackDescription) -> Option<String> {
        let service = fast::service(self.tools, stack, &planned.shape).ok()??;
        fast::image(self.tools, &planned.shape, &service).ok()?
    }

    /// Whether a run that was asked for later has changed the stack.
    pub(super) fn is_overtaken(&self, names: &Names<'_>) -> Result<bool, UpEnd> {
        let now = self.describe(&names.stack())?;
        Ok(now.is_some_and(|it| run_id::is_overtaken(&it, self.options.asked)))
    }

    /// The service gets the image at once; CloudFormation learns of it afterwards. False when it must
    /// be begun with anew.
    ///
    /// Several runs can tell a service at once, and which was asked for later only the stack says.
    /// So a run that finds a later one in the stack takes back what it told; a run whose word was
    /// replaced looks at the stack, and tells again when nobody later is there.
    pub(super) fn image_first(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        stack: &StackDescription,
    ) -> Result<bool, UpEnd> {
        let Some(wanted) = &planned.image else {
            return Ok(true);
        };
        if self.is_overtaken(names)? {
            return Err(UpEnd::Superseded);
        }
        self.tools.step(format!("image `{wanted}` to the service"));
        let rolled = self.roll(planned, stack, wanted);
        if self.is_overtaken(names)? {
            self.take_back(names, planned, wanted)?;
            return Err(UpEnd::Superseded);
        }
        match rolled {
            Rolled::Done => {
                let seconds = self.elapsed();
                self.up.seconds = Some(seconds);
                let url = self.up.url.clone().unwrap_or_default();
                self.tools.around.tell(&News::Live { url, seconds });
                Ok(true)
            }
            // The stack knows how to get there as well.
            Rolled::Cannot(why) => {
                self.warn(format!("the image goes through the stack: {why}"));
                Ok(true)
            }
            Rolled::Overtaken => Ok(false),
            Rolled::Failed(why) => {
                let mut outcome = plan::no_outcome(&self.up.stack);
                outcome.arn = Some(stack.arn.clone());
                outcome.end = End::Failed(why.clone());
                self.up.diagnosis = self.tools.around.diagnose(&outcome);
                Err(UpEnd::Failed(why))
            }
            Rolled::Unknown(why) => Err(UpEnd::Unknown(why)),
        }
    }

    pub(super) fn roll(&self, planned: &Planned, stack: &StackDescription, image: &str) -> Rolled {
        fast::roll(
            self.tools,
            stack,
            &planned.shape,
            image,
            self.options.timeout,
        )
    }

    /// The service is told what the stack says, when it still runs what we told it.
    pub(super) fn take_back(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        told: &str,
    ) -> Result<(), UpEnd> {
        let until = self.tools.now() + self.options.patience;
        while self.tools.now() < until {
            let Some(stack) = self.describe(&names.stack())? else {
                return Ok(());
            };
            // CloudFormation is about to tell it.
            if stack.status.in_progress() {
                self.pause(LOOK)?;
                continue;
            }
            let says = planned.recorded_image(&stack);
            let runs_ours = self.live_by(planned, &stack).as_deref() == Some(told);
            if let Some(image) = says.filter(|it| it != told && runs_ours) {
                self.tools.step(format!(
                    "a later run wants `{image}`: the service is told so"
                ));
                let _ = self.roll(planned, &stack, &image);
            }
            return Ok(());
        }
        Ok(())
    }

    /// The image runs, and that is seen, not believed.
    pub(super) fn live_now(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        stack: &StackDescription,
        success: Success,
        leftover: Option<String>,
    ) -> Result<(), UpEnd> {
        self.up.expires = Deployed::of(self.system, stack).and_then(|it| it.expires());
        let until = self.tools.now() + Duration::from_secs(120);
        let end = self.tools.now() + self.options.timeout;
        while let Some(wanted) = &planned.image
            && let Some(live) = self.live_by(planned, stack)
            && live != *wanted
        {
            if self.is_overtaken(names)? {
                return Err(UpEnd::Superseded);
            }
            // What somebody tells it meanwhile they take back, or write into the stack.
            let is_old = Some(&live) == leftover.as_ref();
            if !is_old && self.tools.now() < until {
                self.pause(LOOK)?;
                continue;
            }
            // The stack was told nothing new, and the service had been told something else.
            self.warn(format!("the service runs `{live}`, and is told `{wanted}`"));
            match self.roll(planned, stack, wanted) {
                Rolled::Done => break,
                Rolled::Overtaken if self.tools.now() < end => (),
                Rolled::Overtaken => {
                    return Err(UpEnd::Busy("the service is told something else".to_owned()));
                }
                Rolled::Cannot(why) | Rolled::Failed(why) => return Err(UpEnd::Failed(why)),
                Rolled::Unknown(why) => return Err(UpEnd::Unknown(why)),
            }
        }
        if self.up.seconds.is_none() && success != Success::NoChanges {
            let seconds = self.elapsed();
            self.up.seconds = Some(seconds);
            let url = self.up.url.clone().unwrap_or_default();
            self.tools.around.tell(&News::Live { url, seconds });
        }
        Ok(())
    }
}
