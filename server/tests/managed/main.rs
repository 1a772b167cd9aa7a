//! Managed generators: how a server is started, watched and stopped. What is started only stands in for a llama.cpp
//! server; the tools' tests start a real one.

#![cfg(target_os = "linux")]

mod lives;
mod processes;
mod stand_in;
mod starts;
