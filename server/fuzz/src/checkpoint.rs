//! Model folders of which one file is edited, read as what a conversion starts from. Nothing may panic, or allocate what a
//! header asks for.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use maxsimd_engine::Error;
use maxsimd_engine::encode::{EncoderSettings, Precision, convert};

use crate::edits::{apply, edits};

const CHECKPOINTS: [&str; 5] = ["bert", "distilbert", "roberta", "modernbert", "stanford"];
/// What a conversion reads.
const NAMES: [&str; 9] = [
    "config.json",
    "model.safetensors",
    "modules.json",
    "config_sentence_transformers.json",
    "1_Dense/config.json",
    "1_Dense/model.safetensors",
    "2_Dense/config.json",
    "2_Dense/model.safetensors",
    "artifact.metadata",
];
/// The settings of what a conversion made.
const SETTINGS: &str = "encoder.json";
/// Bytes of the length at the start of safetensors.
const LENGTH: usize = 8;

/// A small checkpoint: its files that are there.
type Checkpoint = Vec<(&'static str, Vec<u8>)>;

static ALL: LazyLock<Vec<Checkpoint>> = LazyLock::new(|| {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/encoders");
    CHECKPOINTS.map(|name| files(&golden.join(name))).into()
});

fn files(folder: &Path) -> Checkpoint {
    let there = NAMES.into_iter().filter_map(|name| Some((name, fs::read(folder.join(name)).ok()?)));
    let (settings, _) = convert(folder, Precision::Int8).expect("a checkpoint");
    there.chain([(SETTINGS, serde_json::to_vec(&settings).expect("JSON"))]).collect()
}

/// The first byte says which file of which checkpoint; then come edits of it.
pub fn checkpoint(input: &[u8]) {
    let Some((&which, input)) = input.split_first() else { return };
    let mut files: Vec<_> = ALL.iter().flat_map(|files| files.iter().map(move |file| (files, file))).collect();
    let (files, (edited, sound)) = files.swap_remove(usize::from(which) % files.len());
    let content = content(sound, edited.ends_with(".safetensors"), input);
    if *edited == SETTINGS {
        let _ = EncoderSettings::parse(Path::new(SETTINGS), &content);
        return;
    }
    let folder = tempfile::tempdir().expect("a folder to write to");
    for part in ["1_Dense", "2_Dense"] {
        fs::create_dir(folder.path().join(part)).expect("a folder to write to");
    }
    for (name, bytes) in files {
        let bytes = if name == edited { &content } else { bytes };
        fs::write(folder.path().join(name), bytes).expect("a folder to write to");
    }
    match convert(folder.path(), Precision::Int8) {
        Ok(_) | Err(Error::Model { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
}

/// A file after edits; the header of safetensors has the length that stands before it, unless an edit was of that.
fn content(sound: &[u8], is_safetensors: bool, input: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
    let header = if is_safetensors { LENGTH } else { 0 };
    let (start, rest) = sound.split_at(header);
    let (middle, end) = rest.split_at(usize::try_from(length(start)).unwrap_or(0));
    let mut pieces = [start, middle, end].map(<[u8]>::to_vec);
    apply(&edits(input), &mut pieces, (0, 3));
    let grown = (pieces[1].len() as u64).wrapping_sub(middle.len() as u64);
    if is_safetensors && pieces[0].len() == LENGTH {
        pieces[0] = length(&pieces[0]).wrapping_add(grown).to_le_bytes().to_vec();
    }
    pieces.concat()
}
