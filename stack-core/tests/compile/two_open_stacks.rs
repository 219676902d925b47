use stack_core::prelude::*;

fn main() {
    let mut app = App::new();
    let mut shop = app.stack("Shop");
    let mut base = app.stack("Base");
    shop.add("Topic", Raw::new("AWS::SNS::Topic"));
    base.add("Topic", Raw::new("AWS::SNS::Topic"));
}
