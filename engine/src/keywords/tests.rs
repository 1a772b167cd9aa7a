//! Keywords written to segment files and read back.

use std::path::Path;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use super::*;
use crate::format::{FileKind, Section, SectionWriter, Sections};
use crate::storage::{Disk, Folder};
use crate::{Error, Result};

/// Words of a passage: common ones and rare ones, as numbers have them.
fn passage(number: usize) -> String {
    let words = [(2, "common"), (3, "third"), (7, "seventh"), (31, "rarer"), (401, "rare"), (5, "common Words")];
    let own = format!("passage{number} ");
    let of = words.iter().filter(|(every, _)| number.is_multiple_of(*every)).map(|(_, word)| *word);
    own + &of.chain(std::iter::repeat_n("filler", number % 11)).collect::<Vec<_>>().join(" ")
}

fn write(folder: &Path, language: Language, passages: &[String]) -> Vec<u8> {
    let mut keywords = KeywordWriter::new(language).unwrap();
    passages.iter().for_each(|passage| keywords.push(&["", passage]).unwrap());
    let packed = keywords.finish().unwrap();
    let mut file = SectionWriter::create(&Folder::new(folder.into(), Arc::new(Disk)), FileKind::Segment).unwrap();
    file.section(Section::KeywordFiles, &packed.files).unwrap();
    file.section(Section::Keywords, &packed.bytes).unwrap();
    let hash = file.publish().unwrap().hash;
    std::fs::read(crate::collection::file_path(folder, FileKind::Segment, &hash)).unwrap()
}

fn open(folder: &Path, bytes: &[u8], language: Language, passages: usize) -> Result<KeywordIndex> {
    let path = folder.join("read.segment");
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, bytes).unwrap();
    KeywordIndex::open(&Arc::new(Sections::open(&path, FileKind::Segment)?), language, (passages, 0))
}

/// Passages found in some segments of so many passages each, with their scores to four digits: the order in which the
/// shares of a query's words are added up differs from segment to segment.
fn ranked(segments: &[KeywordIndex], each: usize, query: &str) -> Vec<(usize, i64)> {
    let words = Words::of(query, Language::English);
    let statistics = Statistics::of(segments.iter(), &words, Looked::Passages).unwrap();
    let mut found = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        let best = segment.best((&words, Looked::Passages), &statistics, segments.len() * each, None).unwrap();
        found.extend(best.into_iter().map(|(passage, score)| (at * each + passage, (score * 1e4).round() as i64)));
    }
    found.sort_by_key(|&(passage, score)| (std::cmp::Reverse(score), passage));
    found
}

#[test]
fn a_thousand_small_segments_rank_as_one_big_one() {
    let folder = tempfile::tempdir().unwrap();
    let passages: Vec<String> = (0..2000).map(passage).collect();
    let of = |passages: &[String]| {
        open(folder.path(), &write(folder.path(), Language::English, passages), Language::English, passages.len())
    };
    let whole = [of(&passages).unwrap()];
    let parts: Vec<KeywordIndex> = passages.chunks(2).map(|chunk| of(chunk).unwrap()).collect();
    assert_eq!(parts.len(), 1000);
    for query in ["rare", "common rarer words", "passage7", "seventh seventh THIRD", "nowhere"] {
        let (one, many) = (ranked(&whole, 2000, query), ranked(&parts, 2, query));
        let first = one.iter().zip(&many).find(|(one, many)| one != many);
        assert!(one.len() == many.len() && first.is_none(), "{query}: {first:?}");
        assert_eq!(one.is_empty(), query == "nowhere");
    }
}

#[test]
fn every_word_may_be_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let passages: Vec<String> = (0..300).map(passage).collect();
    let segment = open(folder.path(), &write(folder.path(), Language::English, &passages), Language::English, 300);
    let segment = segment.unwrap();
    let found = |every: bool, passing: Option<&FixedBitSet>| {
        let words = Words::of("common rarer", Language::English).every(every);
        let statistics = Statistics::of([&segment].into_iter(), &words, Looked::Passages).unwrap();
        segment.best((&words, Looked::Passages), &statistics, 300, passing).unwrap()
    };
    let has = |(number, _): &(usize, f32)| ["common", "rarer"].iter().all(|word| passages[*number].contains(word));
    let (any, every) = (found(false, None), found(true, None));
    assert!(!every.is_empty() && every.len() < any.len());
    assert_eq!(every, any.into_iter().filter(has).collect::<Vec<_>>(), "with the same scores");
    let mut some = FixedBitSet::with_capacity(300);
    some.insert(every[1].0);
    assert_eq!(found(true, Some(&some)), [every[1]]);
    let none = Words::of("?!", Language::English).every(true);
    let statistics = Statistics::of([&segment].into_iter(), &none, Looked::Passages).unwrap();
    assert_eq!(segment.best((&none, Looked::Both), &statistics, 10, None).unwrap(), []);
}

#[test]
fn the_same_passages_make_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let passages: Vec<String> = (0..100).map(passage).collect();
    assert_eq!(write(folder.path(), Language::English, &passages), write(folder.path(), Language::English, &passages));
}

#[test]
fn words_are_stemmed_by_the_rules_of_the_language_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let found = |language: Language, text: &str, query: &str| {
        let segment = write(folder.path(), language, &[text.to_owned(), "something else".to_owned()]);
        let segment = open(folder.path(), &segment, language, 2).unwrap();
        let words = Words::of(query, language);
        let statistics = Statistics::of([&segment].into_iter(), &words, Looked::Passages).unwrap();
        segment
            .best((&words, Looked::Passages), &statistics, 10, None)
            .unwrap()
            .iter()
            .map(|(passage, _)| *passage)
            .collect::<Vec<_>>()
    };
    assert_eq!(found(Language::English, "Several COMPUTERS were computing.", "computer"), [0]);
    assert_eq!(found(Language::None, "Several COMPUTERS were computing.", "computer"), Vec::<usize>::new());
    assert_eq!(found(Language::None, "part AB-1234/x", "ab-1234"), [0]);
    assert_eq!(found(Language::German, "Die Häuser am See", "haus"), [0]);
    assert_eq!(found(Language::English, "日本語 テキスト", "日本語"), [0]);
    assert_eq!(found(Language::English, "text", "?!"), Vec::<usize>::new());
}

#[test]
fn the_more_of_a_rare_word_the_better_and_long_passages_weigh_less() {
    let folder = tempfile::tempdir().unwrap();
    let passages = ["rare other", "rare rare", "rare common common common common common", "common"].map(String::from);
    let segment =
        [open(folder.path(), &write(folder.path(), Language::English, &passages), Language::English, 4).unwrap()];
    let order: Vec<usize> = ranked(&segment, 4, "rare").into_iter().map(|(passage, _)| passage).collect();
    assert_eq!(order, [1, 0, 2]);
}

#[test]
fn damage_is_an_error_and_never_another_answer() {
    let folder = tempfile::tempdir().unwrap();
    let passages: Vec<String> = (0..50).map(passage).collect();
    let sound = write(folder.path(), Language::English, &passages);
    let search = |bytes: &[u8]| {
        let segment = open(folder.path(), bytes, Language::English, 50)?;
        let words = Words::of("common rarer", Language::English);
        let statistics = Statistics::of([&segment].into_iter(), &words, Looked::Passages)?;
        segment.best((&words, Looked::Passages), &statistics, 10, None)
    };
    let right = search(&sound).unwrap();
    for at in (0..sound.len()).step_by(7) {
        let mut damaged = sound.clone();
        damaged[at] ^= 0x55;
        match search(&damaged) {
            Ok(found) => assert_eq!(found, right, "byte {at}"),
            Err(Error::Corrupt { .. } | Error::Keywords { .. } | Error::Version { .. }) => {}
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
}
