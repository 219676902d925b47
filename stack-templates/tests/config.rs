//! Configuration files: what is refused, and what a container starts with.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde::Serialize;
use stack_core::prelude::*;
use stack_templates::*;

/// A service with these files; what synth says, line by line.
fn synth(files: &[(&str, ConfigText)], stop: u32) -> Result<String, Vec<String>> {
    let mut app = App::new();
    let mut stack = app.stack("It");
    let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = stack.add("Cluster", Cluster::new());
    let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
    let capacity = stack.add("Capacity", capacity);
    let service = Ec2Service::new(network, capacity, Image::ecr("a/b", "1"), port!(80));
    let service = files.iter().fold(service, |service, (path, text)| {
        service.config_file(*path, text.clone())
    });
    stack.add("Web", service.stop_timeout(seconds(stop)));
    match app.synth() {
        Ok(assembly) => Ok(assembly.stack("It").unwrap().body().to_owned()),
        Err(problems) => Err(problems.iter().map(|it| it.message.clone()).collect()),
    }
}

fn nginx() -> NginxConfig {
    NginxConfig::new(port!(8080), "/app", "php.shop.internal", port!(9000)).host("shop.example")
}

#[derive(Serialize)]
struct Staging {
    workers: u32,
    hosts: Vec<&'static str>,
}

const STAGING: Staging = Staging {
    workers: 4,
    hosts: vec![],
};

#[test]
fn a_missing_and_an_unused_setting_are_both_refused() {
    for (template, expected) in [
        ("a {{workers}};\n", vec!["no placeholder uses `hosts`"]),
        (
            "a {{workers}} {{hosts}} {{wrokers}};\n",
            vec!["`wrokers` has no value"],
        ),
        (
            "{{worker}} {{hosts}}",
            vec!["`worker` has no value", "no placeholder uses `workers`"],
        ),
    ] {
        let settings = Staging {
            hosts: vec!["a.example", "b.example"],
            ..STAGING
        };
        let text = ConfigText::template(template, "app.conf", &settings);
        assert_eq!(
            synth(&[("/etc/app/app.conf", text)], 30),
            Err(expected.iter().map(|it| (*it).to_owned()).collect()),
            "{template}"
        );
    }
}

#[test]
fn settings_of_an_environment_become_words_of_the_configuration() {
    let settings = Staging {
        hosts: vec!["a.example", "b.example"],
        ..STAGING
    };
    let text = ConfigText::template("{{workers}}: {{hosts}};\n", "app.conf", &settings);
    assert_eq!(text.text(), Ok("4: a.example b.example;\n"));
}

#[test]
fn a_value_that_would_say_more_than_its_place_is_refused() {
    for hostile in [
        "php.internal; } http { evil on",
        "a b",
        "$host",
        "\"",
        "a\nserver {}",
        "# rest",
        "",
    ] {
        let config = NginxConfig::new(port!(8080), "/app", hostile, port!(9000));
        let text = config.host("shop.example").text();
        let problems = text.text().unwrap_err();
        assert_eq!(problems.len(), 1, "{hostile:?}: {problems:?}");
        assert_eq!(problems[0].code, "unsafe-value", "{hostile:?}");
    }
}

#[test]
fn what_the_task_cannot_give_is_refused_with_the_numbers() {
    let file = |text: ConfigText| [("/etc/shop/it.conf", text)];
    for (files, stop, expected) in [
        // 12 × 32 MiB + 160 MiB = 544 MiB; the task has 512.
        (
            file(PhpFpmConfig::new(port!(9000), 12, mib(32)).into()),
            30,
            "`/etc/shop/it.conf` lets its program use 544 MiB, and the task has 512 MiB",
        ),
        (
            file(PhpFpmConfig::new(port!(9000), 0, mib(32)).into()),
            30,
            "PHP-FPM without a worker answers nothing",
        ),
        (
            file(nginx().finish_within(seconds(30)).into()),
            30,
            "`/etc/shop/it.conf` lets requests finish for 30 seconds after the signal to stop, and the container is killed after 30",
        ),
        (
            file(NginxConfig::new(port!(8080), "/app", "php", port!(9000)).into()),
            30,
            "nginx's configuration names no host, so every request would get 404",
        ),
        (
            file(nginx().health_path("health").into()),
            30,
            "`health` in nginx's configuration does not begin with `/`",
        ),
    ] {
        assert_eq!(synth(&files, stop), Err(vec![expected.to_owned()]));
    }
    // 11 × 32 MiB + 160 MiB = 512 MiB.
    let fits = PhpFpmConfig::new(port!(9000), 11, mib(32));
    assert!(synth(&file(fits.into()), 26).is_ok());
}

#[test]
fn a_path_is_a_file_in_a_folder_and_nothing_to_a_shell() {
    for path in [
        "nginx.conf",
        "/nginx.conf",
        "/etc/",
        "/etc/../x",
        "/etc//x",
        "/etc/a b",
        "/etc/$(id)/x",
        "/etc/x;id",
        "/-rf/x",
        "",
    ] {
        let refused = synth(&[(path, "text".into())], 30).unwrap_err();
        let expected = format!("`{path}` is no path of a file in a folder of its own");
        assert_eq!(refused, [expected]);
    }
    let twice = [("/etc/a/b", "1".into()), ("/etc/a/b", "2".into())];
    let refused = synth(&twice, 30).unwrap_err();
    assert_eq!(refused, ["the file `/etc/a/b` is given twice"]);
}

#[test]
fn a_container_waits_for_its_files_and_starts_with_the_first_that_says_how() {
    let files = [
        ("/etc/other/app.ini", "key = value".into()),
        ("/etc/shop/nginx.conf", nginx().into()),
    ];
    let template: serde_json::Value = serde_json::from_str(&synth(&files, 30).unwrap()).unwrap();
    let task = &template["Resources"]["WebTaskDefinition"]["Properties"];
    let (app, config) = (
        &task["ContainerDefinitions"][0],
        &task["ContainerDefinitions"][1],
    );
    assert_eq!(app["Command"][2], "/etc/shop/nginx.conf");
    assert_eq!(app["DependsOn"][0]["ContainerName"], config["Name"]);
    assert_eq!(app["DependsOn"][0]["Condition"], "SUCCESS");
    assert_eq!(config["Essential"], false);
    // Folders are sorted: each is a volume that only the writer may write to.
    for (n, folder) in ["/etc/other", "/etc/shop"].into_iter().enumerate() {
        assert_eq!(app["MountPoints"][n]["ContainerPath"], folder);
        assert_eq!(app["MountPoints"][n]["ReadOnly"], true);
        assert_eq!(config["MountPoints"][n]["ContainerPath"], folder);
        assert_eq!(
            task["Volumes"][n]["Name"],
            app["MountPoints"][n]["SourceVolume"]
        );
    }
    assert_eq!(
        config["Command"][0],
        "printf '%s' \"$FILE_1\" > /etc/other/app.ini && printf '%s' \"$FILE_2\" > /etc/shop/nginx.conf"
    );
}
