//! Back to what ran before.

use stack_deploy::Utc;
use stack_deploy::engine::Exit;
use stack_deploy::history::{History, Ledger};
use stack_deploy::images::Freezes;
use stack_deploy::services::{
    RollbackPlan, Rollout, RolloutEnd, Stopped, Wanted, Way, plan_rollback, roll_back, roll_out,
};

use crate::cloud::{Cloud, digests};
use crate::histories::Shared;
use crate::rollouts::rollout_plan;
use crate::shop::*;

fn rollback_plan(
    cloud: &Cloud,
    history: Option<&dyn History>,
    environment: &str,
    to: &str,
) -> Result<RollbackPlan, Stopped> {
    let declaration = declaration();
    let rollout = Rollout {
        service: declaration.service("Api", environment).unwrap(),
        container: None,
        wanted: Wanted::Current,
        force: None,
    };
    let ledger = Ledger::new(history, cloud, "run");
    plan_rollback(cloud, &ledger, &rollout, to, &Freezes::default())
}

/// `new` is promoted to prod and rolled out there, an hour after noon.
fn released(history: Option<&dyn History>) -> Cloud {
    let cloud = shop();
    let hour = std::time::Duration::from_secs(3600);
    stack_deploy::services::Clock::sleep(&cloud, hour);
    let forced = stack_deploy::images::Promotion {
        force: Some("now".to_owned()),
        ..promotion("dev", "prod")
    };
    promoted(&cloud, &forced, history).unwrap();
    let plan = rollout_plan(&cloud, "prod", Wanted::Current).unwrap();
    let run = run();
    let end = roll_out(
        &cloud,
        &plan,
        &waiting(),
        &Ledger::new(history, &cloud, &run),
    )
    .end;
    assert_eq!(end, RolloutEnd::Done(2));
    cloud
}

#[test]
fn an_image_is_meant_by_tag_digest_commit_or_time() {
    let cloud = released(None);
    let older = image("older").digest;
    for to in [
        "prod-20261101000000-aaaaaa1",
        "prod-20261101",
        "aaaaaa1",
        older.as_str(),
        older.short(),
        &older.as_str()[7..20],
        "2026-11-20",
        "2026-11-21T12:59:59Z",
    ] {
        let plan = rollback_plan(&cloud, None, "prod", to).unwrap();
        assert_eq!(plan.choice.digest, older, "{to}");
    }
}

#[test]
fn what_is_not_clear_lists_the_choices() {
    let cloud = released(None);
    let list = format!(
        "choose one of\n    2026-11-21T13:00:00Z  {}  dev prod prod-20261121130000-bbbbbb2 sha-bbbbbb2  (runs now)\n    2026-11-01T00:00:00Z  {}  prod-20261101000000-aaaaaa1",
        image("new").digest.short(),
        image("older").digest.short()
    );
    for (to, message) in [
        ("prod-2026", "`prod-2026` means 2 images"),
        (
            "?",
            "`?` is no tag, digest, commit or moment of an image that is there",
        ),
        (
            "2026-10-31",
            "nothing is known of what ran at 2026-10-31T00:00:00Z",
        ),
        (
            "sha256:0",
            "`sha256:0` is no tag, digest, commit or moment of an image that is there",
        ),
    ] {
        let stopped = rollback_plan(&cloud, None, "prod", to).unwrap_err();
        assert_eq!(stopped.message, message);
        assert_eq!(stopped.help.as_deref(), Some(list.as_str()), "{to}");
        assert_eq!(stopped.exit, Exit::Refused);
    }
}

#[test]
fn the_history_says_what_ran_when_no_tag_does() {
    let shared = Shared::default();
    let cloud = shop();
    let ledger = |run| Ledger::new(Some(&shared), &cloud, run);
    for (run, name) in [("1", "old"), ("2", "new")] {
        {
            let mut data = cloud.data();
            let shelf = data.repositories.get_mut(&repository()).unwrap();
            shelf.tags.insert("staging".to_owned(), image(name).digest);
        }
        let plan = rollout_plan(&cloud, "staging", Wanted::Current).unwrap();
        assert_eq!(
            roll_out(&cloud, &plan, &waiting(), &ledger(run)).end,
            RolloutEnd::Done(2)
        );
    }
    let records = shared.all().unwrap();
    let first = Utc(records[1].when).to_string();
    let plan = rollback_plan(&cloud, Some(&shared), "staging", &first).unwrap();
    assert_eq!(plan.choice.digest, image("old").digest);
}

#[test]
fn a_tag_that_moves_goes_back_with_the_service() {
    let cloud = shop();
    promoted(&cloud, &promotion("dev", "staging"), None).unwrap();
    let forward = rollout_plan(&cloud, "staging", Wanted::Current).unwrap();
    roll_out(
        &cloud,
        &forward,
        &waiting(),
        &Ledger::new(None, &cloud, "run"),
    );
    let old = image("old").digest;
    let plan = rollback_plan(&cloud, None, "staging", old.as_str()).unwrap();
    assert_eq!(plan.rollout.way, Way::Anew);
    let result = roll_back(&cloud, &plan, &waiting(), &Ledger::new(None, &cloud, "run"));
    assert_eq!(result.end, RolloutEnd::Done(2));
    assert_eq!(tag(&cloud, "staging"), Some(old.clone()));
    assert_eq!(
        digests(&cloud.data(), &arn("staging")),
        [old.to_string()].into()
    );
}

#[test]
fn a_release_goes_back_under_its_name_and_so_does_the_environments_tag() {
    let shared = Shared::default();
    let cloud = released(Some(&shared));
    let plan = rollback_plan(&cloud, Some(&shared), "prod", "aaaaaa1").unwrap();
    let image_name = name("prod-20261101000000-aaaaaa1");
    assert_eq!(
        plan.rollout.way,
        Way::Revision([("app".to_owned(), image_name)].into())
    );
    assert_eq!(plan.rollout.template_says, None);
    let result = roll_back(
        &cloud,
        &plan,
        &waiting(),
        &Ledger::new(Some(&shared), &cloud, "back"),
    );
    assert_eq!(result.end, RolloutEnd::Done(2));
    assert_eq!(tag(&cloud, "prod"), Some(image("older").digest));
}

#[test]
fn nothing_is_rolled_back_while_a_deployment_is_in_progress_or_in_a_freeze() {
    let cloud = released(None);
    let declaration = declaration();
    let rollout = Rollout {
        service: declaration.service("Api", "prod").unwrap(),
        container: None,
        wanted: Wanted::Current,
        force: None,
    };
    let freezes = Freezes::parse("prod: freeze 2026-11-21..2026-11-22").unwrap();
    let ledger = Ledger::new(None, &cloud, "run");
    let frozen = plan_rollback(&cloud, &ledger, &rollout, "aaaaaa1", &freezes).unwrap_err();
    assert_eq!(frozen.code, "frozen");
    {
        let mut data = cloud.data();
        let service = data.services.get_mut(&arn("prod")).unwrap();
        service.deployments[0].rollout = Some("IN_PROGRESS".to_owned());
    }
    let busy = rollback_plan(&cloud, None, "prod", "aaaaaa1").unwrap_err();
    assert_eq!((busy.exit, busy.code), (Exit::Busy, "in-progress"));
}
