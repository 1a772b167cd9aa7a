//! The daemon over real sockets, on collections made by the engine's build.

mod advisories;
mod answers;
mod client;
mod collection;
mod compact;
mod compression;
mod connections;
mod embeddings;
mod encode;
mod encoder;
mod filters;
mod hot_swap;
mod kept;
mod keys;
mod load;
mod malformed;
mod memory;
mod metrics;
#[path = "../../../engine/tests/support/model_server.rs"]
mod model_server;
mod openapi;
mod operations;
#[cfg(feature = "otlp")]
mod otlp;
mod playground;
mod readiness;
mod recall;
mod rerank;
mod searches;
mod shadows;
mod sites;
mod techniques;
mod tls;
mod trees;
mod writes;
