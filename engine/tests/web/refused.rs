//! Machines that are not asked, whoever names them and however.

use super::*;

/// What production does.
fn public(url: &str) -> WebError {
    Fetcher::default().fetch(&within(20), url).unwrap_err()
}

#[test]
fn no_way_of_writing_an_address_reaches_a_machine_that_is_not_public() {
    for url in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://017700000001",
        "https://127.0.0.1./",
        "http://127.0.0.1:80/",
        "http://\u{ff11}27.0.0.1/",
        "http://0/",
        "http://localhost/",
        "http://LOCALHOST:443/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://127.0.0.1:80\\@public.example/",
        "http:127.0.0.1",
        "http:/\\127.0.0.1",
        " http://127.0.0.1\n/",
    ] {
        let error = public(url);
        assert!(matches!(error, WebError::RefusedAddress { .. }), "{url}: {error:?}");
        assert_eq!(error.name(), "web_refused_address");
    }
}

#[test]
fn addresses_of_another_kind_are_refused_before_anything_is_looked_up() {
    let long = format!("http://public.example/{}", "x".repeat(3000));
    for url in [
        "",
        "public.example",
        "/page",
        "file:///etc/passwd",
        "ftp://public.example/",
        "gopher://127.0.0.1:6379/_x",
        "data:text/html,hello",
        "javascript:alert(1)",
        "unix:/var/run/docker.sock",
        "http://",
        "http:///",
        "http://user@public.example/",
        "http://public.example:80@127.0.0.1/",
        "http://:word@public.example/",
        "http://public.example:8080/",
        "http://127.0.0.1:22/",
        "https://public.example:0/",
        "http://public.example:99999/",
        "http://[fe80::1%25eth0]/",
        "http://a b.example/",
        "http://%zz/",
        &long,
    ] {
        let error = public(url);
        assert!(matches!(error, WebError::RefusedUrl { .. }), "{url}: {error:?}");
    }
}

#[test]
fn a_redirect_to_a_machine_that_is_not_public_is_not_followed() {
    let secret = serve("text/html", "secret");
    let inside = at(&secret, "");
    let port = secret.address.port();
    for to in [
        inside.clone(),
        format!("//127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://127.0.0.1/".to_owned(),
        "http://[::1]/".to_owned(),
    ] {
        let location = to.clone();
        let open =
            Server::start(move |_, _, stream| head(stream, &format!("302 Go\r\nlocation: {location}"), "text/html"));
        let error = fetcher(&[&open]).fetch(&within(20), &at(&open, "")).unwrap_err();
        let refused = matches!(error, WebError::RefusedAddress { .. } | WebError::RefusedUrl { .. });
        assert!(refused, "{to}: {error:?}");
    }
    assert_eq!(secret.asked(), 0);
    assert_eq!(fetcher(&[&secret]).fetch(&within(20), &inside).unwrap().text, "secret");
}

/// A name may have any number of addresses: only those that may be asked are.
#[test]
fn of_a_name_only_addresses_that_may_be_asked_are() {
    let server = serve("text/html", "here");
    let url = format!("http://localhost:{}/", server.address.port());
    assert_eq!(fetcher(&[&server]).fetch(&within(20), &url).unwrap().text, "here");
    let elsewhere = format!("127.0.0.2:{}", server.address.port()).parse().unwrap();
    let other = Fetcher::default().allowing(Addresses::PublicAnd(vec![elsewhere]));
    let error = other.fetch(&within(20), &url).unwrap_err();
    assert_eq!(error, WebError::RefusedAddress { host: "localhost".to_owned() });
    assert_eq!(server.asked(), 1);
}
