//! Traces, as a collector on a socket of this test gets them: protobuf over HTTP, decoded by declarations of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use maxsimd_server::otlp::Traces;
use prost::Message;

use crate::client::{JSON, get, request, search};
use crate::collection::{Running, start, wait_until};

/// `opentelemetry/proto/trace/v1` and `common/v1`, as far as they are looked at.
mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Export {
        #[prost(message, repeated, tag = "1")]
        pub(super) resource_spans: Vec<ResourceSpans>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct ResourceSpans {
        #[prost(message, optional, tag = "1")]
        pub(super) resource: Option<Resource>,
        #[prost(message, repeated, tag = "2")]
        pub(super) scope_spans: Vec<ScopeSpans>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Resource {
        #[prost(message, repeated, tag = "1")]
        pub(super) attributes: Vec<KeyValue>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct ScopeSpans {
        #[prost(message, repeated, tag = "2")]
        pub(super) spans: Vec<Span>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Span {
        #[prost(bytes = "vec", tag = "1")]
        pub(super) trace_id: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")]
        pub(super) span_id: Vec<u8>,
        #[prost(bytes = "vec", tag = "4")]
        pub(super) parent_span_id: Vec<u8>,
        #[prost(string, tag = "5")]
        pub(super) name: String,
        #[prost(int32, tag = "6")]
        pub(super) kind: i32,
        #[prost(fixed64, tag = "7")]
        pub(super) start: u64,
        #[prost(fixed64, tag = "8")]
        pub(super) end: u64,
        #[prost(message, repeated, tag = "9")]
        pub(super) attributes: Vec<KeyValue>,
        #[prost(message, optional, tag = "15")]
        pub(super) status: Option<Status>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Status {
        #[prost(int32, tag = "3")]
        pub(super) code: i32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct KeyValue {
        #[prost(string, tag = "1")]
        pub(super) key: String,
        #[prost(message, optional, tag = "2")]
        pub(super) value: Option<AnyValue>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct AnyValue {
        #[prost(oneof = "Value", tags = "1, 3")]
        pub(super) value: Option<Value>,
    }

    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(super) enum Value {
        #[prost(string, tag = "1")]
        Text(String),
        #[prost(int64, tag = "3")]
        Number(i64),
    }
}

use proto::{KeyValue, Span, Value};

const SERVER: i32 = 2;
const INTERNAL: i32 = 1;
const FAILED: i32 = 2;

/// What a collector was sent.
#[derive(Default)]
struct Collected {
    services: Vec<String>,
    spans: Vec<Span>,
}

struct Collector {
    url: String,
    collected: Arc<Mutex<Collected>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let collected = Arc::<Mutex<Collected>>::default();
        let into = Arc::clone(&collected);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let into = Arc::clone(&into);
                thread::spawn(move || serve(&stream.expect("a connection"), &into));
            }
        });
        Self { url, collected }
    }

    /// A span by what it is called, once it is there.
    fn span(&self, wanted: impl Fn(&Span) -> bool) -> Span {
        let find = || self.collected.lock().expect("whole").spans.iter().find(|span| wanted(span)).cloned();
        wait_until(|| find().is_some());
        find().expect("a span")
    }

    fn below(&self, span: &Span) -> Vec<Span> {
        let spans = &self.collected.lock().expect("whole").spans;
        let mut below: Vec<Span> = spans.iter().filter(|other| other.parent_span_id == span.span_id).cloned().collect();
        below.sort_by_key(|span| span.start);
        below
    }
}

fn serve(stream: &TcpStream, into: &Mutex<Collected>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).expect("UTF-8") == 0 {
                return;
            }
        }
        assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
        let head = head.to_ascii_lowercase();
        assert!(head.contains("content-type: application/x-protobuf"), "{head}");
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        let mut body = vec![0; length.expect("a length")];
        reader.read_exact(&mut body).expect("a body");
        let export = proto::Export::decode(&body[..]).expect("protobuf");
        let mut into = into.lock().expect("whole");
        for spans in export.resource_spans {
            let resource = spans.resource.unwrap_or_default();
            into.services.extend(text(&resource.attributes, "service.name"));
            into.spans.extend(spans.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
        drop(into);
        (&mut &*stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").expect("the daemon reads");
    }
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    value(attributes, key).and_then(|value| match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(_) => None,
    })
}

/// 0 if nothing is said of it.
fn code(span: &Span) -> i32 {
    span.status.as_ref().map_or(0, |status| status.code)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A daemon whose traces go to a collector; what waits is sent when it stops.
fn traced(collector: &Collector) -> Running {
    let traces = Arc::new(Traces::open(Some(&collector.url)).expect("a collector"));
    start(|config| config.traces = Some(traces))
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ASKER: &str = "00f067aa0ba902b7";

#[test]
fn a_search_is_a_span_of_who_asks_with_its_stages_below() {
    let collector = Collector::start();
    let running = traced(&collector);
    let with = format!("{JSON}traceparent: 00-{TRACE}-{ASKER}-01\r\nX-Request-Id: mine\r\n");
    let reply = request(running.address, "POST /v1/collections/docs/search", &with, br#"{"query":"x"}"#);
    assert_eq!(reply.status, 200);
    running.daemon.stop().expect("stopped");
    let span = collector.span(|span| span.name == "POST /v1/collections/{collection}/search");
    assert_eq!((hex(&span.trace_id).as_str(), hex(&span.parent_span_id).as_str()), (TRACE, ASKER));
    assert_eq!((span.kind, code(&span)), (SERVER, 0));
    let said = |key: &str| text(&span.attributes, key);
    assert_eq!(said("http.route").as_deref(), Some("/v1/collections/{collection}/search"));
    assert_eq!(
        (said("http.request.method").as_deref(), said("maxsimd.request_id").as_deref()),
        (Some("POST"), Some("mine"))
    );
    assert_eq!(value(&span.attributes, "http.response.status_code"), Some(&Value::Number(200)));
    let stages = collector.below(&span);
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    assert!(names.contains(&"queue") && names.contains(&"score") && names.contains(&"fetch"), "{names:?}");
    for stage in &stages {
        assert_eq!((&stage.trace_id, stage.kind), (&span.trace_id, INTERNAL));
        assert!(span.start <= stage.start && stage.start <= stage.end && stage.end <= span.end, "{stage:?} {span:?}");
    }
    assert!(collector.collected.lock().expect("whole").services.iter().all(|service| service == "maxsimd"));
}

#[test]
fn failures_show_probes_do_not_and_who_asks_decides_what_is_sampled() {
    let collector = Collector::start();
    let running = traced(&collector);
    assert_eq!(search(running.address, r#"{"query":"panic"}"#).status, 500);
    let unsampled = format!("traceparent: 00-{TRACE}-{ASKER}-00\r\n");
    assert_eq!(request(running.address, "GET /version", &unsampled, b"").status, 200);
    for path in ["/livez", "/readyz", "/metrics", "/nowhere"] {
        get(running.address, path);
    }
    // What says nonsense of a trace begins one.
    let nonsense = "traceparent: 00-xyz-1-01\r\n";
    assert_eq!(request(running.address, "GET /v1/collections", nonsense, b"").status, 200);
    running.daemon.stop().expect("stopped");
    let failed = collector.span(|span| span.name.starts_with("POST "));
    assert_eq!((code(&failed), failed.parent_span_id.len()), (FAILED, 0));
    let begun = collector.span(|span| span.name == "GET /v1/collections");
    assert_eq!((begun.trace_id.len(), begun.parent_span_id.len()), (16, 0));
    collector.span(|span| span.name == "GET");
    let spans = &collector.collected.lock().expect("whole").spans;
    for name in ["GET /livez", "GET /readyz", "GET /metrics", "GET /version"] {
        assert!(!spans.iter().any(|span| span.name == name), "{name}");
    }
}

#[test]
fn a_collector_that_is_not_there_costs_a_request_nothing() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let traces = Arc::new(Traces::open(Some(&format!("http://{nobody}/"))).expect("an address"));
    let running = start(|config| config.traces = Some(traces));
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
    assert!(running.daemon.stop().is_ok());
    assert!(Traces::open(Some("no address at all")).is_err());
}
