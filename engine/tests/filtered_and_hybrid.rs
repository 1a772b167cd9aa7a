//! Filters in every mode, words, and both rankings as one.

mod support;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::{Generation, Store};
use maxsimd_engine::filter::Filter;
use maxsimd_engine::search::{Fusion, Hit, Mode, Pruning, SearchReply, SearchRequest};
use maxsimd_engine::{Context, TokenMatrix};
use serde_json::json;
use support::{Noise, build, items, name, vectors};

const WIDTH: usize = 64;
const PASSAGES: usize = 1500;
/// What bm25 and hybrid look for; every third passage has one of the words.
const TEXT: &str = "apples and pears";

struct Fixture {
    folder: tempfile::TempDir,
    generation: Generation,
}

/// Passages with numbers and words of their own, in a collection that prunes.
fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let mut items = items(5, PASSAGES, WIDTH, 20);
    for (number, (document, _)) in items.iter_mut().enumerate() {
        let own: Vec<String> = (0..30).map(|word| format!("w{}", number * 7919 + word * 104_729)).collect();
        let fruit = ["", "apple ", "pear pear "][number % 3].repeat(number % 31);
        document.text = format!("{fruit}{}", own.join(" "));
        let lang = ["en", "de", "fr"][number % 3];
        let metadata = json!({"number": number, "lang": lang, "draft": number.is_multiple_of(2)});
        document.metadata = metadata.as_object().unwrap().clone();
    }
    let options = BuildOptions { keep_vectors: true, router_from: 1000, threads: 2, ..BuildOptions::default() };
    build(folder.path(), &items, &options).unwrap();
    let generation = open(folder.path());
    assert!(generation.description().router.is_some());
    Fixture { folder, generation }
}

fn open(folder: &Path) -> Generation {
    Store::open(folder).unwrap().open_generation(&name()).unwrap()
}

fn request(query: &TokenMatrix, k: usize, mode: Mode) -> SearchRequest {
    SearchRequest { texts: vec![TEXT.to_owned()], ..SearchRequest::new(vec![query.clone()], k, mode) }
}

impl Fixture {
    fn filter(&self, text: &str) -> Option<Filter> {
        Some(Filter::parse(text, &self.generation.description().fields).unwrap())
    }

    fn search(&self, request: &SearchRequest) -> SearchReply {
        self.generation.search(&Context::unbounded(), request).unwrap()
    }
}

fn queries() -> Vec<TokenMatrix> {
    let mut noise = Noise::new(77);
    [2, 5, 16, 33].iter().cycle().take(12).map(|&rows| vectors(&mut noise, WIDTH, rows, 0.7)).collect()
}

fn number(hit: &Hit) -> u64 {
    hit.metadata["number"].as_u64().unwrap()
}

fn scores(hits: &[Hit]) -> Vec<(String, u32)> {
    hits.iter().map(|hit| (hit.passage_id.clone(), hit.score.to_bits())).collect()
}

#[test]
fn a_filtered_ranking_is_the_ranking_without_what_does_not_match() {
    let fixture = fixture();
    for query in queries().iter().take(3) {
        for (text, passes) in [
            ("number < 150", (|n: u64| n < 150) as fn(u64) -> bool),
            ("draft and lang in (\"de\", \"fr\")", |n| n % 2 == 0 && n % 3 != 0),
            ("not exists(number) or number >= 1495", |n| n >= 1495),
            ("number < 0", |_| false),
        ] {
            for mode in [Mode::Late, Mode::Exhaustive, Mode::Exact, Mode::Bm25] {
                let whole = SearchRequest { pruning: Some(Pruning::NONE), ..request(query, 1000, mode) };
                let filtered = SearchRequest { filter: fixture.filter(text), k: 10, ..whole.clone() };
                let found = fixture.search(&filtered);
                let all = fixture.search(&whole).hits;
                let expected: Vec<Hit> = all.into_iter().filter(|hit| passes(number(hit))).take(10).collect();
                // Those that are not among the thousand best of all are not known here.
                let known = &found.hits[..expected.len().min(found.hits.len())];
                assert_eq!(scores(known), scores(&expected), "{mode} {text}");
                assert!(found.hits.iter().all(|hit| passes(number(hit))), "{mode} {text}");
                assert_eq!(found.passages, (0..PASSAGES as u64).filter(|n| passes(*n)).count());
                assert!(found.scored_passages <= found.passages);
            }
        }
    }
}

#[test]
fn late_finds_under_a_filter_what_exhaustive_finds_under_it() {
    let fixture = fixture();
    for share in [750, 150, 15, 2] {
        let filter = fixture.filter(&format!("number < {share}"));
        let (mut found, mut all) = (0, 0);
        for query in queries() {
            let of = |mode| fixture.search(&SearchRequest { filter: filter.clone(), ..request(&query, 10, mode) }).hits;
            let (late, exhaustive) = (of(Mode::Late), of(Mode::Exhaustive));
            found += exhaustive.iter().filter(|hit| late.iter().any(|l| l.passage_id == hit.passage_id)).count();
            all += exhaustive.len();
        }
        assert!(found * 100 >= all * 95, "{share} of {PASSAGES}: {found} of {all}");
    }
}

#[test]
fn hybrid_fuses_the_rankings_of_its_legs_and_says_where_they_had_a_hit() {
    let fixture = fixture();
    for query in queries().iter().take(4) {
        let leg = |mode| -> HashMap<String, (usize, f32)> {
            let hits =
                fixture.search(&SearchRequest { pruning: Some(Pruning::NONE), ..request(query, 100, mode) }).hits;
            (1..).zip(hits).map(|(rank, hit)| (hit.passage_id, (rank, hit.score))).collect()
        };
        let (late, words) = (leg(Mode::Late), leg(Mode::Bm25));
        assert!(late.len() == 100 && words.len() == 100);
        let scale = |leg: &HashMap<String, (usize, f32)>| {
            let scores = || leg.values().map(|(_, score)| *score);
            let (worst, best) = (scores().fold(f32::MAX, f32::min), scores().fold(f32::MIN, f32::max));
            move |score: f32| (score - worst) / (best - worst)
        };
        let (of_late, of_words) = (scale(&late), scale(&words));
        for fusion in [Fusion::Rrf, Fusion::Weighted] {
            let hybrid = SearchRequest { fusion, pruning: Some(Pruning::NONE), ..request(query, 100, Mode::Hybrid) };
            let reply = fixture.search(&hybrid);
            assert!(reply.failed_legs.is_empty() && reply.hits.len() == 100);
            assert!(reply.hits.is_sorted_by(|a, b| a.score >= b.score));
            for hit in &reply.hits {
                let (late, words) = (late.get(&hit.passage_id), words.get(&hit.passage_id));
                let legs = hit.legs.unwrap();
                assert_eq!(legs.late.map(|r| (r.rank, r.score)), late.copied());
                assert_eq!(legs.bm25.map(|r| (r.rank, r.score)), words.copied());
                let rrf = |leg: Option<&(usize, f32)>| leg.map_or(0.0, |(rank, _)| 1.0 / (60.0 + *rank as f32));
                let expected = match fusion {
                    Fusion::Rrf => rrf(late) + rrf(words),
                    _ => 0.7 * late.map_or(0.0, |l| of_late(l.1)) + 0.3 * words.map_or(0.0, |w| of_words(w.1)),
                };
                assert!((hit.score - expected).abs() < 1e-5, "{fusion}: {} and {expected}", hit.score);
            }
        }
        let reply = fixture.search(&SearchRequest { fusion: Fusion::MaxSim, ..request(query, 100, Mode::Hybrid) });
        let all = fixture.search(&request(query, 1000, Mode::Exhaustive)).hits;
        let score: HashMap<&str, f32> = all.iter().map(|hit| (hit.passage_id.as_str(), hit.score)).collect();
        assert!(reply.hits.len() == 100 && reply.hits.is_sorted_by(|a, b| a.score >= b.score));
        for hit in &reply.hits {
            assert!(words.contains_key(&hit.passage_id));
            assert!(score.get(hit.passage_id.as_str()).is_none_or(|score| *score == hit.score));
        }
    }
}

#[test]
fn a_leg_that_fails_is_said_and_the_other_one_answers() {
    let fixture = fixture();
    let query = &queries()[0];
    let no_vectors = SearchRequest { queries: Vec::new(), ..request(query, 5, Mode::Hybrid) };
    let reply = fixture.search(&no_vectors);
    assert_eq!(reply.failed_legs.iter().map(|failed| failed.leg).collect::<Vec<_>>(), ["late"]);
    let words = fixture.search(&request(query, 5, Mode::Bm25)).hits;
    let ids = |hits: &[Hit]| hits.iter().map(|hit| hit.passage_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&reply.hits), ids(&words));
    let candidates = fixture.search(&SearchRequest { fusion: Fusion::MaxSim, ..no_vectors.clone() });
    assert_eq!((ids(&candidates.hits), candidates.failed_legs), (ids(&words), reply.failed_legs));
    let unknown = fixture.search(&SearchRequest { texts: vec!["nowhere".to_owned()], ..no_vectors });
    assert!(unknown.hits.is_empty() && unknown.failed_legs.len() == 1, "no word is found, which is no failure");

    damage_keywords(&fixture.folder.path().join(name().as_str()));
    let generation = open(fixture.folder.path());
    let search = |mode| generation.search(&Context::unbounded(), &request(query, 5, mode));
    let reply = search(Mode::Hybrid).unwrap();
    assert_eq!(reply.failed_legs.iter().map(|failed| failed.leg).collect::<Vec<_>>(), ["bm25"]);
    assert!(reply.failed_legs[0].reason.contains("keywords"), "{}", reply.failed_legs[0].reason);
    assert_eq!(ids(&reply.hits), ids(&search(Mode::Late).unwrap().hits));
    assert!(search(Mode::Bm25).is_err());
    let candidates = SearchRequest { fusion: Fusion::MaxSim, ..request(query, 5, Mode::Hybrid) };
    let error = generation.search(&Context::unbounded(), &candidates).unwrap_err();
    assert!(error.to_string().contains("keywords"), "nothing to rank: {error}");
}

/// Turns every byte in the middle of the segment's keywords.
fn damage_keywords(folder: &Path) {
    let mut segments = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path: PathBuf = segments.find(|path| path.extension().is_some_and(|e| e == "segment")).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let table = u64_at(bytes.len() - 64);
    let entry = (table..bytes.len()).step_by(24).find(|at| bytes[*at] == 17).unwrap();
    let (start, length) = (u64_at(entry + 8), u64_at(entry + 16));
    assert!(length > 1 << 18, "blocks of 64 KiB that hold nothing else: {length}");
    // Not the first and the last block, which have other sections as well.
    bytes[start + (1 << 16)..start + length - (1 << 16)].iter_mut().for_each(|byte| *byte ^= 0x55);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let fixture = fixture();
    let query = &queries()[0];
    for (request, field) in [
        (SearchRequest { texts: Vec::new(), ..request(query, 5, Mode::Hybrid) }, "hybrid"),
        (SearchRequest { texts: vec![TEXT.to_owned(); 2], ..request(query, 5, Mode::Hybrid) }, "queries"),
        (SearchRequest { explain: true, ..request(query, 5, Mode::Bm25) }, "explain"),
    ] {
        let error = fixture.generation.search(&Context::unbounded(), &request).unwrap_err().to_string();
        assert!(error.contains(field), "{error}");
    }
}
