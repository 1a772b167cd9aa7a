//! The daemon over real sockets, on collections made by the engine's build.

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
mod load;
mod malformed;
mod memory;
#[path = "../../../engine/tests/support/model_server.rs"]
mod model_server;
mod operations;
mod recall;
mod rerank;
mod searches;
mod shadows;
mod techniques;
mod trees;
mod writes;
