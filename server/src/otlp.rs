//! Traces for a collector of OpenTelemetry, over HTTP as protobuf: a span for each request and one for each of its stages. Compiled with
//! feature `otlp` only; all of it is here.

use std::env;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, Method, StatusCode};
use maxsimd_engine::Timings;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use ureq::Agent;

use crate::http::request_id::RequestId;

/// Where the environment names a collector.
const NAMED: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// What is asked by who watches the daemon, again and again.
const UNTRACED: [&str; 3] = ["/livez", "/readyz", "/metrics"];
/// For the collector to take a batch of spans.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of what it says.
const MOST_BYTES: u64 = 64 * 1024;

/// Where traces go.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Logs")]
pub struct OtlpFlags {
    /// Collector that traces are sent to, e.g. http://127.0.0.1:4318; the other variables of OpenTelemetry are understood
    /// [default: OTEL_EXPORTER_OTLP_ENDPOINT, or none]
    #[arg(long, value_name = "URL", env = "MAXSIMD_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
}

/// No traces can be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces: {0}")]
pub struct OtlpError(#[from] ExporterBuildError);

impl OtlpFlags {
    /// What traces go through, if a collector is named.
    pub fn open(&self) -> Result<Option<Arc<Traces>>, OtlpError> {
        let named = self.otlp_endpoint.is_some() || NAMED.iter().any(|name| env::var_os(name).is_some());
        let disabled = env::var_os("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let open = || Traces::open(self.otlp_endpoint.as_deref()).map(Arc::new);
        (named && !disabled).then(open).transpose()
    }
}

/// What traces go through. Dropping it sends what waits.
#[derive(Debug)]
pub struct Traces {
    tracer: SdkTracer,
    propagator: TraceContextPropagator,
    _provider: SdkTracerProvider,
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Traced<'a> {
    traces: &'a Traces,
    /// The span of who asks, if the request says so.
    parent: Context,
    started: SystemTime,
}

/// What is told of a request.
pub(crate) struct Told<'a> {
    pub(crate) method: &'a Method,
    pub(crate) route: Option<&'a str>,
    pub(crate) status: StatusCode,
    pub(crate) id: &'a RequestId,
    pub(crate) timings: Option<&'a Timings>,
}

impl Traces {
    /// To a collector, or the one that the environment names.
    pub fn open(endpoint: Option<&str>) -> Result<Self, OtlpError> {
        let exporter = SpanExporter::builder().with_http().with_http_client(Client::new());
        let exporter = match endpoint {
            Some(endpoint) => exporter.with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/'))),
            None => exporter,
        };
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        // Attributes and names of the environment come before these.
        let resource = match env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => Resource::builder(),
            None => Resource::builder().with_service_name("maxsimd"),
        };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter.build()?);
        let provider = provider.with_resource(resource.with_attribute(version).build()).build();
        let (tracer, propagator) = (provider.tracer("maxsimd"), TraceContextPropagator::new());
        Ok(Self { tracer, propagator, _provider: provider })
    }

    /// A request that has arrived just now.
    pub(crate) fn begin(&self, headers: &HeaderMap) -> Traced<'_> {
        let parent = self.propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        Traced { traces: self, parent, started: SystemTime::now() }
    }
}

impl Traced<'_> {
    /// Makes a span of a request whose reply has a head, and one of each stage. Stages are known by how long they took altogether and
    /// in which order they first ran: they stand one behind the other.
    pub(crate) fn end(self, told: &Told<'_>) {
        if told.route.is_some_and(|route| UNTRACED.contains(&route)) {
            return;
        }
        let (tracer, ended) = (&self.traces.tracer, SystemTime::now());
        let name = told.route.map_or(told.method.to_string(), |route| format!("{} {route}", told.method));
        let mut attributes = vec![
            KeyValue::new("http.request.method", told.method.to_string()),
            KeyValue::new("http.response.status_code", i64::from(told.status.as_u16())),
            KeyValue::new("maxsimd.request_id", told.id.as_str().to_owned()),
        ];
        attributes.extend(told.route.map(|route| KeyValue::new("http.route", route.to_owned())));
        let builder = tracer.span_builder(name).with_kind(SpanKind::Server).with_start_time(self.started);
        let mut span = builder.with_attributes(attributes).start_with_context(tracer, &self.parent);
        if told.status.is_server_error() {
            span.set_status(Status::error(""));
        }
        if span.is_recording() {
            self.stages(span.span_context(), told.timings, ended);
        }
        span.end_with_timestamp(ended);
    }

    fn stages(&self, request: &SpanContext, timings: Option<&Timings>, ended: SystemTime) {
        let (tracer, mut at) = (&self.traces.tracer, self.started);
        let parent = Context::new().with_remote_span_context(request.clone());
        for (stage, spent) in timings.into_iter().flat_map(Timings::iter) {
            let until = at.checked_add(spent).map_or(ended, |until| until.min(ended));
            let builder = tracer.span_builder(stage.name()).with_kind(SpanKind::Internal).with_start_time(at);
            builder.start_with_context(tracer, &parent).end_with_timestamp(until);
            at = until;
        }
    }
}

/// The client of HTTP that the daemon has anyway; the exporter calls it on a thread of its own.
#[derive(Debug)]
struct Client {
    agent: Agent,
    failing: AtomicBool,
}

impl Client {
    fn new() -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).max_redirects(0);
        Self { agent: agent.build().into(), failing: AtomicBool::new(false) }
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let reply = self.agent.run(request.map(Vec::from))?;
        let (head, body) = reply.into_parts();
        let body = body.into_with_config().limit(MOST_BYTES).read_to_vec()?;
        Ok(Response::from_parts(head, body.into()))
    }

    /// Says so when it begins to fail and when that is over, not each time.
    fn note(&self, sent: &Result<Response<Bytes>, HttpError>) {
        let why = match sent {
            Ok(reply) if reply.status().is_success() => None,
            Ok(reply) => Some(reply.status().to_string()),
            Err(error) => Some(error.to_string()),
        };
        match (self.failing.swap(why.is_some(), Ordering::Relaxed), why) {
            (false, Some(why)) => tracing::warn!(why, "the collector does not take traces; some are lost"),
            (true, None) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
    }
}

impl HttpClient for Client {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let sent = self.send(request);
            self.note(&sent);
            sent
        })
    }
}
