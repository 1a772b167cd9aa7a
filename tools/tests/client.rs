//! The client against a daemon, in both forms.

use maxsimd_engine::TokenMatrix;
use maxsimd_server::keys::{KeyScope, KeySource, Keyring, NewKey};
use maxsimd_server::tls::Tls;
use maxsimd_server::wire::{
    AliasSetBody, CreateBody, DeleteBody, DocumentBody, Form, Free, List, SearchBody, UpsertBody, Values, Vectors,
    Whole,
};
use maxsimd_server::{Config, Daemon, EncoderSource};
use maxsimd_tools::client::{Client, ClientError, Wait};
use maxsimd_tools::reach::Target;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tokio::runtime::Builder;

const WIDTH: usize = 8;

/// A unit vector along an axis.
fn axis(axis: usize) -> TokenMatrix {
    TokenMatrix::new(WIDTH, (0..WIDTH).map(|at| if at == axis { 1.0 } else { 0.0 }).collect()).unwrap()
}

fn document((number, metadata): (usize, &RawValue)) -> DocumentBody<'_> {
    DocumentBody {
        id: Some(format!("d/{number}").into()),
        text: Some(format!("axis {number}").into()),
        vectors: Some(Vectors::bytes(&axis(number), Values::F32)),
        metadata: Some(Free(metadata)),
        ..DocumentBody::default()
    }
}

async fn lives(form: Form, target: Target) -> Result<(), ClientError> {
    let mut client = Client::new(target, form);
    let new = CreateBody { name: Some("axes".into()), width: Some(Whole(8)), ..CreateBody::default() };
    assert_eq!(client.create(&new).await?.name, "axes");
    let again = client.create(&new).await.unwrap_err();
    assert!(matches!(&again, ClientError::Refused(problem) if problem.code == "collection_exists"), "{again}");
    let metadata: Vec<_> = (0..WIDTH).map(|number| to_raw_value(&json!({"number": number})).unwrap()).collect();
    let documents = (0..WIDTH).zip(metadata.iter().map(|metadata| &**metadata)).map(document);
    let documents = UpsertBody { documents: Some(List(documents.collect())) };
    let change = client.upsert("axes", &documents, Wait::Searchable).await?;
    assert_eq!((change.accepted, change.generation.is_some()), (WIDTH, true));
    assert_eq!(client.operation(&change.operation).await?.state, "done");
    let stored = client.document("axes", "d/3").await?;
    assert_eq!((stored.text.as_str(), &stored.metadata.0["number"]), ("axis 3", &json!(3)));
    for values in [Values::F32, Values::F16] {
        let vectors = Some(Vectors::bytes(&axis(5), values));
        let found = client.search("axes", &SearchBody { vectors, k: Some(Whole(1)), ..SearchBody::default() }).await?;
        assert_eq!(found.hits[0].document_id.as_deref(), Some("d/5"));
    }
    let alias = AliasSetBody { collection: Some("axes".into()) };
    assert_eq!(client.set_alias("live", &alias).await?.collection, "axes");
    assert_eq!(client.aliases().await?.aliases.0["live"], "axes");
    client.remove_alias("live").await?;
    let ids = DeleteBody { ids: Some(List(vec!["d/5".into()])), filter: None };
    client.delete("axes", &ids, Wait::Searchable).await?;
    let description = client.compact("axes").await?.description.unwrap();
    assert_eq!(description.documents, 7);
    assert_eq!(client.collections().await?.collections.len(), 1);
    let missing = client.document("axes", "d/5").await.unwrap_err();
    assert!(matches!(&missing, ClientError::Refused(problem) if problem.status == 404), "{missing}");
    let bad = client.search("axes", &SearchBody { k: Some(Whole(0)), ..SearchBody::default() }).await.unwrap_err();
    assert!(matches!(&bad, ClientError::Refused(problem) if problem.field.as_deref() == Some("k")), "{bad}");
    client.drop_collection("axes").await
}

#[test]
fn a_client_does_the_same_in_both_forms() {
    let data = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(Config::local(data.path(), EncoderSource::Absent)).unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let target = Target::parse(&format!("http://{}", daemon.address())).unwrap();
    while ureq::get(format!("{}/readyz", target.url)).call().is_err() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    for form in [Form::Json, Form::Compact] {
        runtime.block_on(lives(form, target.clone())).unwrap_or_else(|error| panic!("{form:?}: {error}"));
    }
    daemon.stop().unwrap();
}

#[test]
fn a_daemon_with_keys_is_asked_with_one() {
    let data = tempfile::tempdir().unwrap();
    let key = NewKey::make(None, KeyScope::Read, None).unwrap();
    let ring = Keyring::open(KeySource { file: None, lines: Some(key.line.clone()) }).unwrap();
    let mut config = Config::local(data.path(), EncoderSource::Absent);
    config.keys = Some(std::sync::Arc::new(ring));
    let daemon = Daemon::start(config).unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let target = Target::parse(&format!("http://{}", daemon.address())).unwrap();
    let refused = runtime.block_on(Client::new(target.clone(), Form::Json).collections());
    assert!(matches!(&refused, Err(ClientError::Refused(problem)) if problem.code == "key_missing"), "{refused:?}");
    let mut keyed = Client::new(target.with_key(&key.key).unwrap(), Form::Compact);
    assert!(runtime.block_on(keyed.collections()).unwrap().collections.is_empty());
    daemon.stop().unwrap();
}

#[test]
fn a_daemon_with_a_certificate_is_asked_if_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut config = Config::local(folder.path().join("data"), EncoderSource::Absent);
    std::fs::create_dir(&config.data).unwrap();
    config.tls = Some(std::sync::Arc::new(Tls::open(&certificate, &key).unwrap()));
    let daemon = Daemon::start(config).unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let target = Target::parse(&format!("https://{}", daemon.address())).unwrap();
    let stranger = runtime.block_on(Client::new(target.clone(), Form::Json).collections());
    assert!(
        matches!(&stranger, Err(ClientError::Connect(error)) if error.to_string().contains("UnknownIssuer")),
        "{stranger:?}"
    );
    let mut trusting = Client::new(target.trusting(&certificate).unwrap(), Form::Compact);
    assert!(runtime.block_on(trusting.collections()).unwrap().collections.is_empty());
    daemon.stop().unwrap();
}

#[test]
fn where_nobody_listens_is_no_connection() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let target = Target::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let asked = runtime.block_on(Client::new(target, Form::Compact).collections());
    assert!(matches!(asked, Err(ClientError::Connect(_))));
}
