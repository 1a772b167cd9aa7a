//! The daemon over real sockets, on collections made by the engine's build.

mod client;
mod collection;
mod connections;
mod encoder;
mod filters;
mod hot_swap;
mod load;
mod malformed;
mod memory;
mod operations;
mod recall;
mod searches;
mod shadows;
mod trees;
mod writes;
