//! Requests and answers of API Gateway's HTTP APIs, payload version 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use branch_webhook::{Headers, Request, from_base64};
use serde_json::{Value, json};

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// A few words, which tell a stranger nothing.
    pub text: &'static str,
}

impl Answer {
    pub(crate) const fn new(status: u16, text: &'static str) -> Answer {
        Answer { status, text }
    }

    /// As API Gateway takes it.
    pub fn to_json(&self) -> Value {
        json!({
            "statusCode": self.status,
            "headers": { "content-type": "text/plain; charset=utf-8" },
            "body": format!("{}\n", self.text),
        })
    }
}

/// The method and path of a request, and the request.
pub(crate) fn request(event: &Value) -> Option<(&str, &str, Request)> {
    let http = &event["requestContext"]["http"];
    let headers = event["headers"].as_object()?;
    let headers: Option<Headers> = headers
        .iter()
        .map(|(name, value)| Some((name, value.as_str()?)))
        .collect();
    let body = event["body"].as_str().unwrap_or_default();
    // The bytes that were signed: API Gateway sends text as it is and anything else in Base64.
    let body = match event["isBase64Encoded"].as_bool() {
        Some(true) => from_base64(body)?,
        _ => body.as_bytes().to_vec(),
    };
    let request = Request {
        headers: headers?,
        body,
    };
    Some((http["method"].as_str()?, http["path"].as_str()?, request))
}
