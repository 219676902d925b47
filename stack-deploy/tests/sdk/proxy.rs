//! A server on this machine that plays AWS, and a layer of faults between it and the SDK: the first
//! so many requests of an action get a fault.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use stack_deploy::Secret;
use stack_deploy::sdk::{Connection, Keys};

/// What came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `CreateChangeSet`, `DescribeServices`, `PutObject`, …
    pub(crate) action: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// A field of a form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let pairs = self.body.split('&').filter_map(|it| it.split_once('='));
        let value = pairs.into_iter().find(|it| it.0 == name)?.1;
        Some(
            value
                .replace("%3A", ":")
                .replace("%2F", "/")
                .replace('+', " "),
        )
    }
}

/// What goes back.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) body: String,
}

pub(crate) fn told(status: u16, body: impl Into<String>) -> Told {
    Told {
        status,
        body: body.into(),
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Throttled,
    Unavailable,
    HtmlError,
    HtmlSuccess,
    LostBefore,
    LostAfter,
    Hang,
    Cut,
    Expired,
    Denied,
    ClockOff,
}

type Answers = dyn Fn(&Asked) -> Told + Send + Sync;

struct Inside {
    answers: Box<Answers>,
    faults: Mutex<BTreeMap<String, (Fault, usize)>>,
    asked: Mutex<Vec<Asked>>,
    /// How far the clock is off, in seconds.
    off: Mutex<i64>,
    /// How long an answer is waited for.
    patience: Mutex<Duration>,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Proxy {
    inside: Arc<Inside>,
    port: u16,
}

impl Proxy {
    pub(crate) fn start(answers: impl Fn(&Asked) -> Told + Send + Sync + 'static) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let inside = Arc::new(Inside {
            answers: Box::new(answers),
            faults: Mutex::default(),
            asked: Mutex::default(),
            off: Mutex::default(),
            patience: Mutex::new(Duration::from_secs(30)),
        });
        let proxy = Proxy { inside, port };
        let serving = proxy.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                thread::spawn(move || serving.serve(&stream));
            }
        });
        proxy
    }

    pub(crate) fn fault(&self, action: &str, fault: Fault, times: usize) {
        let mut faults = self.inside.faults.lock().unwrap();
        faults.insert(action.to_owned(), (fault, times));
    }

    /// Waits less, for what does not come.
    pub(crate) fn waits(self, patience: Duration) -> Proxy {
        *self.inside.patience.lock().unwrap() = patience;
        self
    }

    pub(crate) fn clock_off(&self, seconds: i64) {
        *self.inside.off.lock().unwrap() = seconds;
    }

    /// The requests so far, of one action.
    pub(crate) fn asked(&self, action: &str) -> Vec<Asked> {
        let asked = self.inside.asked.lock().unwrap();
        asked
            .iter()
            .filter(|it| it.action == action)
            .cloned()
            .collect()
    }

    pub(crate) fn forget(&self) {
        self.inside.asked.lock().unwrap().clear();
        self.inside.faults.lock().unwrap().clear();
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection {
            region: Some("eu-west-1".to_owned()),
            keys: Some(Keys {
                id: "111122223333".to_owned(),
                secret: Secret::new("test"),
                token: None,
            }),
            endpoint: Some(format!("http://127.0.0.1:{}", self.port)),
            call_timeout: *self.inside.patience.lock().unwrap(),
            ..Connection::default()
        }
    }

    /// Requests on one connection, until it ends.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(asked) = read(&mut reader) {
            self.inside.asked.lock().unwrap().push(asked.clone());
            let answer = || (self.inside.answers)(&asked);
            let answer = match self.take(&asked.action) {
                None => self.text(&answer()),
                Some(Fault::LostBefore) => return,
                Some(Fault::LostAfter) => {
                    answer();
                    return;
                }
                Some(Fault::Hang) => {
                    thread::sleep(Duration::from_secs(20));
                    return;
                }
                Some(Fault::Cut) => {
                    let whole = self.text(&answer());
                    let _ = (&*stream).write_all(&whole.as_bytes()[..whole.len() - 20]);
                    return;
                }
                Some(fault) => self.text(&error(fault, &asked)),
            };
            if (&*stream).write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn take(&self, action: &str) -> Option<Fault> {
        let mut faults = self.inside.faults.lock().unwrap();
        let (fault, left) = faults.get_mut(action)?;
        *left = left.checked_sub(1)?;
        Some(*fault)
    }

    fn text(&self, told: &Told) -> String {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = since.unwrap().as_secs() as i64 + *self.inside.off.lock().unwrap();
        let date = DateTime::from_secs(now).fmt(Format::HttpDate).unwrap();
        format!(
            "HTTP/1.1 {} -\r\nDate: {date}\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{}",
            told.status,
            told.body.len(),
            told.body
        )
    }
}

/// What AWS answers, in the form of the protocol that asked.
fn error(fault: Fault, asked: &Asked) -> Told {
    let (status, code, message) = match fault {
        Fault::Throttled => (400, "Throttling", "Rate exceeded"),
        Fault::Unavailable => (503, "ServiceUnavailable", "try again"),
        Fault::Expired => {
            let message = "The security token included in the request is expired";
            (403, "ExpiredToken", message)
        }
        Fault::Denied => (
            403,
            "AccessDenied",
            "User: x is not authorized to perform: y",
        ),
        Fault::ClockOff => {
            let message = "Signature expired: 20261121T080000Z is now earlier than 20261121T081500Z (20261121T082000Z - 5 min.)";
            (403, "SignatureDoesNotMatch", message)
        }
        Fault::HtmlSuccess => return told(200, "<html><body>Sign in</body></html>"),
        _ => return told(500, "<html><body>Bad gateway</body></html>"),
    };
    if asked.headers.contains_key("x-amz-target") {
        let code = format!("{code}Exception");
        let body = serde_json::json!({"__type": code, "message": message});
        return told(status, body.to_string());
    }
    if asked.action == "PutObject" {
        let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        return told(status, body);
    }
    told(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    )
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Asked> {
    let mut first = String::new();
    if reader.read_line(&mut first).ok()? == 0 {
        return None;
    }
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut asked = Asked {
        action: String::new(),
        path,
        headers,
        body: String::from_utf8(body).unwrap(),
    };
    asked.action = match asked.headers.get("x-amz-target") {
        Some(target) => target.rsplit('.').next()?.to_owned(),
        None if method == "PUT" => "PutObject".to_owned(),
        None => asked.field("Action")?,
    };
    Some(asked)
}
