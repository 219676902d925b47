//! A database with a secret, and what is made of it.

use stack_core::prelude::*;

fn store(app: &mut App, owner: &str, engine: &str, storage: &str) {
    let mut stack = app.stack("Store");
    stack
        .environment(Environment::new("111122223333", "eu-west-1"))
        .tag("app", owner)
        .deployment(Deployment {
            owner_tag: Some("app".to_owned()),
            ..Deployment::default()
        });
    let password = stack.parameter("Password", Parameter::secret());
    let database = Raw::new("AWS::RDS::DBInstance")
        .property("Engine", engine)
        .property("DBInstanceClass", "db.t4g.micro")
        .property("AllocatedStorage", storage)
        .property("StorageEncrypted", true)
        .property("MasterUsername", "store")
        .property(
            "MasterUserPassword",
            sub!("${password}", password = password),
        );
    stack.add("Database", database);
    stack.output(
        "Login",
        Output::new(sub!("store:${password}", password = password)),
    );
    stack.output("Engine", Output::new(engine.to_owned()));
}

pub(crate) fn define(app: &mut App) {
    store(app, "store", "postgres", "20");
}

/// With more storage, which changes in place.
pub(crate) fn larger(app: &mut App) {
    store(app, "store", "postgres", "40");
}

/// With another engine, which replaces the database.
pub(crate) fn replaced(app: &mut App) {
    store(app, "store", "mysql", "20");
}

/// With the password in plain text.
pub(crate) fn leaky(app: &mut App) {
    let mut stack = app.stack("Store");
    stack.environment(Environment::new("111122223333", "eu-west-1"));
    stack.tag("app", "store");
    let database = Raw::new("AWS::RDS::DBInstance")
        .property("Engine", "postgres")
        .property("DBInstanceClass", "db.t4g.micro")
        .property("AllocatedStorage", "20")
        .property("MasterUserPassword", super::cloud::CANARY);
    stack.add("Database", database);
}

/// Somebody else's, with the same name.
pub(crate) fn other(app: &mut App) {
    store(app, "bookshop", "postgres", "20");
}
