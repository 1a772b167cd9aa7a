//! What is taken of a repository, and what is refused.

use maxsimd_engine::encode::{CrossEncoder, Encoder, OnnxCrossEncoder, OnnxEncoder, Runtime};
use maxsimd_tools::assets;
use maxsimd_tools::hub;

use super::repository::{NAME, Repository};
use super::server::{Reply, Server};
use super::support::fixtures;
use super::{Place, files_of, serve};

#[test]
fn a_pulled_checkpoint_is_converted_pinned_and_the_same_encoder_as_its_folder() {
    let server = serve(Repository::checkpoint());
    let place = Place::new(&server);
    let folder = place.pull().unwrap();
    assert_eq!(folder, place.home.model(NAME));
    for (name, content) in Repository::checkpoint().files {
        let wanted = !["README.md", "pytorch_model.bin"].contains(&name.as_str()) && !name.starts_with("golden");
        assert_eq!(std::fs::read(folder.join(&name)).ok(), wanted.then_some(content), "{name}");
    }
    let listed = hub::list(&place.home);
    assert_eq!((listed[0].name.as_str(), listed[0].revision.as_str(), listed[0].pulled), (NAME, "main", true));
    assert_eq!(listed[0].commit, "a".repeat(40));
    let verified = hub::verify(&place.home);
    assert!(verified.len() > 10 && verified.iter().all(|file| file.problem.is_none()), "{verified:?}");

    let runtime = Runtime::load(&runtime_library()).unwrap();
    let pulled = OnnxEncoder::open(&runtime, &folder, 1).unwrap();
    let original = OnnxEncoder::open(&runtime, fixtures("golden/encoders/bert").as_ref(), 1).unwrap();
    assert_eq!(pulled.fingerprint(), original.fingerprint());
    assert!(folder.join("encoder.json").is_file() && folder.join("model.onnx").is_file());
}

pub(crate) fn runtime_library() -> std::path::PathBuf {
    let home = std::env::var_os("MAXSIMD_HOME").map(std::path::PathBuf::from);
    let home = maxsimd_server::home::Home::locate(home).unwrap();
    assets::pull_named(&home, "runtime", None, &mut |line| eprintln!("{line}")).unwrap();
    home.library(std::env::var_os("ORT_DYLIB_PATH").map(std::path::PathBuf::from))
}

#[test]
fn an_export_is_taken_as_it_is_and_its_int8_graph_first() {
    let files: [(&str, &[u8]); 5] = [
        ("onnx_config.json", b"{}"),
        ("model.onnx", b"f32"),
        ("model_int8.onnx", b"int8"),
        ("tokenizer.json", b"{}"),
        ("config.json", b"{}"),
    ];
    let server = serve(Repository::new('b', &files));
    let place = Place::new(&server);
    place.pull().unwrap();
    assert_eq!(files_of(&server.asked()), ["model_int8.onnx", "onnx_config.json", "tokenizer.json"].map(String::from));
    assert_eq!(place.file("model_int8.onnx"), b"int8");
}

#[test]
fn a_checkpoint_that_cannot_be_converted_gives_way_to_an_export_beside_it() {
    let files: [(&str, &[u8]); 5] = [
        ("onnx_config.json", b"{}"),
        ("model.onnx", b"graph"),
        ("tokenizer.json", b"{}"),
        ("config.json", br#"{"model_type": "mamba"}"#),
        ("model.safetensors", b"weights"),
    ];
    let mut repository = Repository::new('b', &files);
    let server = serve(repository.clone());
    let place = Place::new(&server);
    let (pulled, said) = place.pull_at("", false);
    let folder = pulled.unwrap();
    assert!(said.iter().any(|line| line.contains("instead")), "{said:?}");
    assert!(folder.join("model.onnx").is_file() && !folder.join("model.safetensors").exists());

    repository.files.remove("onnx_config.json");
    let error = Place::new(&serve(repository)).refusal();
    assert!(error.contains("config.json"), "{error}");
}

#[test]
fn pickles_are_never_fetched_and_what_else_is_missing_is_said() {
    let base: [(&str, &[u8]); 2] = [("config.json", b"{}"), ("tokenizer.json", b"{}")];
    let cases: [(&[&str], &[&str]); 5] = [
        (&["pytorch_model.bin"], &["pytorch_model.bin", "pickle", "model.safetensors"]),
        (&["model.pt"], &["model.pt", "pickle"]),
        (&["model.safetensors", "1_Dense/config.json", "1_Dense/pytorch_model.bin"], &["1_Dense/", "pickle"]),
        (&["model.safetensors.index.json", "pytorch_model.bin"], &["several files"]),
        (&[], &["holds no encoder", "onnx_config.json"]),
    ];
    for (names, words) in cases {
        let mut repository = Repository::new('c', &base);
        repository.files.extend(names.iter().map(|name| ((*name).to_owned(), b"x".to_vec())));
        let server = serve(repository);
        let error = Place::new(&server).refusal();
        assert!(words.iter().all(|word| error.contains(word)) && error.contains(NAME), "{error}");
        assert_eq!(files_of(&server.asked()), Vec::<String>::new());
    }
    let without = Repository::new('c', &[("config.json", b"{}"), ("model.safetensors", b"x")]);
    let error = Place::new(&serve(without)).refusal();
    assert!(error.contains("tokenizer.json"), "{error}");
}

#[test]
fn of_a_cross_encoder_come_its_settings_and_the_graph_that_is_opened() {
    let fixture = |name: &str| std::fs::read(fixtures(&format!("golden/encoders/cross-roberta/{name}"))).unwrap();
    let mut repository = Repository::new('d', &[("model.safetensors", b"x"), ("onnx/model_O4.onnx", b"x")]);
    let names = ["config.json", "onnx/model.onnx", "tokenizer.json", "tokenizer_config.json"];
    repository.files.extend(names.map(|name| (name.to_owned(), fixture(name))));
    repository.files.insert("special_tokens_map.json".to_owned(), fixture("special_tokens_map.json"));
    let server = serve(repository.clone());
    let place = Place::new(&server);
    let folder = place.pull().unwrap();
    assert_eq!(files_of(&server.asked()), names.map(String::from));
    assert!(hub::verify(&place.home).iter().all(|file| file.problem.is_none()));
    let runtime = Runtime::load(&runtime_library()).unwrap();
    let original = OnnxCrossEncoder::open(&runtime, fixtures("golden/encoders/cross-roberta").as_ref(), 1).unwrap();
    assert_eq!(OnnxCrossEncoder::open(&runtime, &folder, 1).unwrap().fingerprint(), original.fingerprint());

    repository.files.insert("onnx/model_quantized.onnx".to_owned(), fixture("onnx/model.onnx"));
    let place = Place::new(&serve(repository));
    let folder = place.pull().unwrap();
    assert!(folder.join("onnx/model_quantized.onnx").is_file() && !folder.join("onnx/model.onnx").exists());
}

#[test]
fn a_graph_in_a_folder_of_its_own_makes_no_cross_encoder_of_another_model() {
    for config in ["{}", r#"{"architectures": ["BertModel"]}"#, "no JSON"] {
        let files = [("config.json", config.as_bytes()), ("tokenizer.json", b"{}"), ("onnx/model.onnx", b"x")];
        let server = serve(Repository::new('d', &files));
        let error = Place::new(&server).refusal();
        assert!(error.contains("holds no encoder"), "{error}");
        assert_eq!(files_of(&server.asked()), ["config.json"]);
    }
}

#[test]
fn hostile_paths_of_a_listing_are_neither_asked_for_nor_written() {
    let mut repository = Repository::checkpoint();
    for path in
        ["../../evil", "/tmp/evil", "1_Dense/../../../evil", "..\\evil", "2_Dense/../config.json", "maxsim.lock"]
    {
        repository.files.insert(path.to_owned(), b"evil".to_vec());
    }
    let server = serve(repository);
    let place = Place::new(&server);
    place.pull().unwrap();
    assert!(!files_of(&server.asked()).iter().any(|path| path.contains("..") || path.contains("evil")));
    assert!(!place.file("maxsim.lock").starts_with(b"evil"));
}

#[test]
fn a_file_that_is_larger_than_any_encoder_opens_is_refused_before_it_is_asked_for() {
    let repository = Repository::checkpoint();
    let server = Server::start(move |asked| {
        let mut listing = repository.listing();
        for file in listing["siblings"].as_array_mut().unwrap() {
            if file["rfilename"] == "tokenizer.json" {
                file["size"] = (1_u64 << 40).into();
            }
        }
        if asked.path.starts_with("/api/") { Reply::new(200, listing.to_string()) } else { repository.answer(asked) }
    });
    let error = Place::new(&server).refusal();
    assert!(error.contains("tokenizer.json") && error.contains("1099511627776"), "{error}");
    assert_eq!(files_of(&server.asked()), Vec::<String>::new());
}
