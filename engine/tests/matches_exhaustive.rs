//! The modes agree: `late` without pruning is `exhaustive`, codes rank like full vectors, defaults find nearly all.

mod support;

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::Store;
use maxsimd_engine::search::{Mode, Pruning, SearchReply, SearchRequest};
use maxsimd_engine::{Context, TokenMatrix};
use support::{Noise, build, items, name, vectors};

const WIDTH: usize = 64;

struct Fixture {
    _folder: tempfile::TempDir,
    generation: maxsimd_engine::collection::Generation,
    items: Vec<(maxsimd_engine::Document, TokenMatrix)>,
}

fn fixture(bits: u8) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let items = items(5, 1500, WIDTH, 20);
    let options = BuildOptions { bits, keep_vectors: true, router_from: 1000, threads: 2, ..BuildOptions::default() };
    build(folder.path(), &items, &options).unwrap();
    let generation = Store::open(folder.path()).unwrap().open_generation(&name()).unwrap();
    assert!(generation.description().router.is_some());
    Fixture { _folder: folder, generation, items }
}

impl Fixture {
    fn search(&self, query: &TokenMatrix, mode: Mode, pruning: Option<Pruning>) -> SearchReply {
        let request = SearchRequest { pruning, explain: true, ..SearchRequest::new(vec![query.clone()], 10, mode) };
        self.generation.search(&Context::unbounded(), &request).unwrap()
    }
}

fn queries() -> Vec<TokenMatrix> {
    let mut noise = Noise::new(77);
    [1, 2, 5, 16, 17, 33].iter().cycle().take(30).map(|&rows| vectors(&mut noise, WIDTH, rows, 0.7)).collect()
}

fn ids(reply: &SearchReply) -> Vec<String> {
    reply.hits.iter().map(|hit| hit.passage_id.clone()).collect()
}

#[test]
fn late_with_everything_probed_and_nothing_pruned_equals_exhaustive() {
    for bits in [1, 2, 3, 4, 8] {
        let fixture = fixture(bits);
        for query in queries() {
            let late = fixture.search(&query, Mode::Late, Some(Pruning::NONE));
            let all = fixture.search(&query, Mode::Exhaustive, None);
            let scores = |reply: &SearchReply| reply.hits.iter().map(|h| h.score.to_bits()).collect::<Vec<_>>();
            assert_eq!(ids(&late), ids(&all));
            assert_eq!(scores(&late), scores(&all));
        }
    }
}

#[test]
fn late_with_defaults_finds_most_of_what_exhaustive_finds() {
    let fixture = fixture(2);
    let (mut found, mut all) = (0, 0);
    for query in queries() {
        let exhaustive = ids(&fixture.search(&query, Mode::Exhaustive, None));
        let late = fixture.search(&query, Mode::Late, None);
        assert!(late.scored_passages < fixture.items.len(), "pruning prunes");
        let late = ids(&late);
        found += exhaustive.iter().filter(|id| late.contains(id)).count();
        all += exhaustive.len();
    }
    assert!(found * 100 >= all * 95, "{found} of {all}");
}

#[test]
fn exact_is_maxsim_over_the_vectors_as_given() {
    let fixture = fixture(2);
    for query in queries() {
        let reply = fixture.search(&query, Mode::Exact, None);
        let score = |vectors: &TokenMatrix| {
            let best = |q: &[f32]| {
                let dots = vectors.iter_rows().map(|row| row.iter().zip(q).map(|(a, b)| a * b).sum::<f32>());
                dots.fold(f32::NEG_INFINITY, f32::max)
            };
            query.iter_rows().map(best).sum::<f32>()
        };
        let mut scores: Vec<f32> = fixture.items.iter().map(|(_, vectors)| score(vectors)).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        for (hit, want) in reply.hits.iter().zip(scores) {
            // The sidecar is f16: 2^-11 of each value.
            assert!((hit.score - want).abs() < 1e-3 * query.rows() as f32, "{} {want}", hit.score);
        }
    }
}

#[test]
fn explanations_add_up_to_the_score_and_hits_carry_their_document() {
    let fixture = fixture(4);
    for (query, mode) in queries().iter().zip([Mode::Late, Mode::Exhaustive, Mode::Exact].iter().cycle()) {
        for hit in fixture.search(query, *mode, None).hits {
            let sum: f32 = hit.explain.as_ref().unwrap().iter().map(|m| m.score).sum();
            assert!((sum - hit.score).abs() < 1e-3 * hit.score.abs(), "{sum} {}", hit.score);
            let n: usize = hit.document_id.as_ref().unwrap().trim_start_matches("doc-").parse().unwrap();
            assert_eq!(hit.passage_id, format!("doc-{n}#0"));
            assert_eq!((&hit.title, &hit.text), (&fixture.items[n].0.title, &fixture.items[n].0.text));
            assert_eq!((hit.start, hit.end), (0, hit.text.len() as u64));
            assert_eq!(hit.metadata["n"], n);
        }
    }
}

#[test]
fn limits_and_deadlines_are_kept() {
    use maxsimd_engine::Error;
    let fixture = fixture(2);
    let query = || vectors(&mut Noise::new(1), WIDTH, 3, 0.5);
    let search = |request: SearchRequest| fixture.generation.search(&Context::unbounded(), &request);
    for k in [0, 1001] {
        let refused = search(SearchRequest::new(vec![query()], k, Mode::Late));
        assert!(matches!(refused, Err(Error::Invalid { field: "k", .. })));
    }
    assert!(matches!(search(SearchRequest::new(vec![], 1, Mode::Late)), Err(Error::Invalid { .. })));
    let wide = vectors(&mut Noise::new(1), 32, 3, 0.5);
    let refused = search(SearchRequest::new(vec![wide], 1, Mode::Late));
    assert!(matches!(refused, Err(Error::Width { expected: WIDTH, found: 32 })));
    let late = Context::until(std::time::Instant::now());
    let refused = fixture.generation.search(&late, &SearchRequest::new(vec![query()], 1, Mode::Late));
    assert!(matches!(refused, Err(Error::Deadline)));
    assert_eq!(search(SearchRequest::new(vec![query()], 1000, Mode::Exhaustive)).unwrap().hits.len(), 1000);
    let good = SearchRequest { min_score: Some(1e9), ..SearchRequest::new(vec![query()], 5, Mode::Late) };
    assert!(search(good).unwrap().hits.is_empty());
    let five = |max_bytes| SearchRequest { max_bytes, ..SearchRequest::new(vec![query()], 5, Mode::Late) };
    let texts: usize = search(five(usize::MAX)).unwrap().hits.iter().map(|hit| hit.title.len() + hit.text.len()).sum();
    assert!(matches!(search(five(texts)), Err(Error::Invalid { field: "k", .. })));
    assert_eq!(search(five(texts * 100)).unwrap().hits.len(), 5);
}
