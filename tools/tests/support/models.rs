//! The pulled library and model, pulled if they are not there.

#![allow(clippy::allow_attributes, dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part")]

use std::path::PathBuf;
use std::sync::OnceLock;

use maxsimd_engine::encode::Runtime;
use maxsimd_server::home::Home;

pub fn home() -> &'static Home {
    static HOME: OnceLock<Home> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = Home::locate(std::env::var_os("MAXSIMD_HOME").map(PathBuf::from)).expect("a cache folder");
        maxsimd_tools::assets::pull(&home, None, &mut |line| eprintln!("{line}")).expect("assets");
        home
    })
}

pub fn runtime() -> Runtime {
    let library = home().library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    Runtime::load(&library).expect("ONNX Runtime")
}
