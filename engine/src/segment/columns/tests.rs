//! Columns written to files and asked, against the meaning of filters on each document by itself.

use std::path::Path;
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::filter::tests::arbitrary::{document, filter};
use crate::filter::{Filter, Values};
use crate::format::{FileKind, Section, SectionWriter, Sections};
use crate::storage::{Disk, Folder};
use crate::{Error, Result};

fn write(folder: &Path, documents: &[Values]) -> Vec<u8> {
    let (mut columns, mut text) = (ColumnsWriter::default(), b"text before".to_vec());
    (0..).zip(documents).for_each(|(at, values)| columns.push(at, values));
    let packed = columns.finish(&mut text).unwrap();
    let mut file = SectionWriter::create(&Folder::new(folder.into(), Arc::new(Disk)), FileKind::Segment).unwrap();
    file.section(Section::Fields, &packed.fields).unwrap();
    file.section(Section::FieldValues, &packed.values).unwrap();
    file.section(Section::FieldDocuments, &packed.documents).unwrap();
    file.section(Section::Text, &text).unwrap();
    let hash = file.publish().unwrap().hash;
    std::fs::read(crate::collection::file_path(folder, FileKind::Segment, &hash)).unwrap()
}

fn ask(folder: &Path, bytes: &[u8], documents: usize, filter: &Filter) -> Result<FixedBitSet> {
    let path = folder.join("asked.segment");
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, bytes).unwrap();
    select(&Sections::open(&path, FileKind::Segment)?, documents, filter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_segment_finds_what_matches_by_itself(documents in vec(document(), 0..60), filters in vec(filter(), 1..20)) {
        let folder = tempfile::tempdir().unwrap();
        let bytes = write(folder.path(), &documents);
        for filter in &filters {
            let found = ask(folder.path(), &bytes, documents.len(), filter).unwrap();
            let expected: Vec<usize> = (0..documents.len()).filter(|at| filter.matches(&documents[*at])).collect();
            prop_assert_eq!(found.ones().collect::<Vec<_>>(), expected, "{}", filter);
        }
    }

    #[test]
    fn damage_is_an_error_and_never_another_answer(
        documents in vec(document(), 20..40), filter in filter(), at in any::<prop::sample::Index>(), turned in 1u8..,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = write(folder.path(), &documents);
        let right = ask(folder.path(), &bytes, documents.len(), &filter).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= turned;
        match ask(folder.path(), &bytes, documents.len(), &filter) {
            Ok(found) => prop_assert_eq!(found, right),
            Err(Error::Corrupt { .. } | Error::Version { .. }) => {}
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}

#[test]
fn a_document_beyond_the_segment_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let fields = serde_json::from_value(serde_json::json!({"year": "integer"})).unwrap();
    let metadata = serde_json::from_str(r#"{"year": 2020}"#).unwrap();
    let (values, _) = crate::filter::Fields::typed(&fields, &metadata);
    let bytes = write(folder.path(), &[Values::default(), values]);
    let filter = Filter::parse("year = 2020", &fields).unwrap();
    assert_eq!(ask(folder.path(), &bytes, 2, &filter).unwrap().count_ones(..), 1);
    assert!(matches!(ask(folder.path(), &bytes, 1, &filter), Err(Error::Corrupt { .. })));
}

#[test]
fn bits_ascend_with_what_they_stand_for() {
    let integers = [i64::MIN, -2, -1, 0, 1, i64::MAX].map(of_integer);
    let floats = [f64::MIN, -1.5, -f64::MIN_POSITIVE, 0.0, f64::MIN_POSITIVE, 1.5, f64::MAX].map(of_float);
    assert!(integers.is_sorted() && floats.is_sorted() && of_float(-0.0) == of_float(0.0));
}
