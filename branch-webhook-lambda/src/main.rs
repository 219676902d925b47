//! The program that Lambda starts.

use branch_webhook_lambda::Function;
use branch_webhook_lambda::aws::Aws;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let get = |name: &str| std::env::var(name).ok();
    let function = Function::from_variables(get)?;
    let cloud = Aws::new(get).await?;
    let cloud = &cloud;
    let answer = async |event: LambdaEvent<Value>| {
        let answer = function.handle(cloud, &event.payload).await;
        answer.map_err(Error::from)
    };
    lambda_runtime::run(service_fn(answer)).await
}
