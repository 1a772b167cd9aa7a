//! Generators that the daemon brings along.

pub mod managed;
