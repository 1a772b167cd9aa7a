//! When `/readyz` says that requests should be sent here.

use std::sync::Arc;

use maxsimd_server::{Config, Daemon, EncoderSource};

use crate::client::get;
use crate::collection::{publish, wait_until};
use crate::encoder::GatedEncoder;

#[test]
fn a_daemon_is_not_ready_before_its_encoder_has_encoded_something() {
    let data = tempfile::tempdir().expect("a folder");
    publish(data.path(), "docs", "first");
    let encoder = Arc::new(GatedEncoder::new());
    encoder.close();
    let daemon = Daemon::start(Config::local(data.path(), EncoderSource::Given(encoder.clone()))).expect("started");
    let ready = || get(daemon.address(), "/readyz");
    // The text that warms it is inside, and nothing has come out.
    encoder.wait_inside(1);
    wait_until(|| ready().json()["collections"]["mapped"] == true);
    let reply = ready();
    assert_eq!(
        (reply.status, &reply.json()["ready"], &reply.json()["encoder"]),
        (503, &false.into(), &"loading".into())
    );
    assert_eq!(get(daemon.address(), "/livez").status, 200);
    encoder.open();
    wait_until(|| ready().status == 200);
    assert_eq!(ready().json()["encoder"], "ready");
}

#[test]
fn a_daemon_is_not_ready_before_its_collections_are_mapped() {
    let data = tempfile::tempdir().expect("a folder");
    (0..8).for_each(|number| publish(data.path(), &format!("docs-{number}"), "first"));
    let daemon = Daemon::start(Config::local(data.path(), EncoderSource::Absent)).expect("started");
    // From the first moment that it answers: ready and mapped come together, and with all collections.
    loop {
        let reply = get(daemon.address(), "/readyz");
        let body = reply.json();
        assert_eq!(
            (reply.status == 200, body["ready"] == true),
            (body["ready"] == true, reply.status == 200),
            "{body}"
        );
        if reply.status == 200 {
            assert_eq!((&body["collections"]["mapped"], &body["collections"]["count"]), (&true.into(), &8.into()));
            break;
        }
    }
    let names: Vec<String> = (0..8).map(|number| format!("/v1/collections/docs-{number}")).collect();
    assert!(names.iter().all(|name| get(daemon.address(), name).status == 200));
}

#[test]
fn a_daemon_whose_encoder_fails_is_never_ready() {
    let data = tempfile::tempdir().expect("a folder");
    let (folder, runtime) = (data.path().join("no-model"), data.path().join("no-library"));
    let daemon = Daemon::start(Config::local(data.path(), EncoderSource::Folder { folder, runtime })).expect("started");
    wait_until(|| get(daemon.address(), "/readyz").json()["encoder"] == "failed");
    assert_eq!(get(daemon.address(), "/readyz").status, 503);
}
