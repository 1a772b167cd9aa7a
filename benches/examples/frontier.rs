use std::time::Instant;
use maxsimd_engine::collection::Store;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, TokenMatrix, Stage};

fn queries(dir: &str, keep: &std::collections::HashSet<String>) -> Vec<TokenMatrix> {
    let raw = std::fs::read(format!("{dir}/vectors.npy")).unwrap();
    let off = std::fs::read(format!("{dir}/offsets.npy")).unwrap();
    let ids: Vec<String> = serde_json::from_slice(&std::fs::read(format!("{dir}/ids.json")).unwrap()).unwrap();
    let data = |b: &[u8]| 10 + u16::from_le_bytes([b[8], b[9]]) as usize;
    let offsets: Vec<i64> = off[data(&off)..].chunks_exact(8).map(|c| i64::from_le_bytes(c.try_into().unwrap())).collect();
    let width = 384;
    let values: Vec<f32> = raw[data(&raw)..].chunks_exact(2).map(|c| half::f16::from_le_bytes([c[0], c[1]]).to_f32()).collect();
    offsets.windows(2).zip(&ids).filter(|(_, id)| keep.is_empty() || keep.contains(*id)).map(|(o, _)| TokenMatrix::new(width, values[o[0] as usize * width..o[1] as usize * width].to_vec()).unwrap()).collect()
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let (data, name, qdir, qrels, k) = (&a[1], &a[2], &a[3], &a[4], a[5].parse::<usize>().unwrap());
    let keep = std::fs::read_to_string(qrels).unwrap_or_default().lines().skip(1).map(|l| l.split('\t').next().unwrap().to_owned()).collect();
    let queries = queries(qdir, &keep);
    let step = a.get(6).map_or(1, |s| s.parse().unwrap());
    let queries: Vec<_> = queries.into_iter().step_by(step).collect();
    let generation = Store::open(std::path::Path::new(data)).unwrap().open_generation(&maxsimd_engine::collection::CollectionName::parse(name).unwrap()).unwrap();
    let cache = format!("/tmp/s2/exh-{name}-{k}-{step}.json");
    let truth: Vec<Vec<String>> = match std::fs::read(&cache) {
        Ok(b) => serde_json::from_slice(&b).unwrap(),
        _ => {
            let t: Vec<Vec<String>> = queries.iter().map(|q| {
                let r = generation.search(&Context::unbounded(), &SearchRequest::new(vec![q.clone()], k, Mode::Exhaustive)).unwrap();
                r.hits.into_iter().map(|h| h.passage_id).collect()
            }).collect();
            std::fs::write(&cache, serde_json::to_vec(&t).unwrap()).unwrap();
            t
        }
    };
    let reps: usize = std::env::var("X_REPS").map_or(2, |v| v.parse().unwrap());
    let mut times = Vec::new();
    let mut stages: Vec<Vec<f64>> = vec![vec![]; 5];
    let mut found = 0;
    for rep in 0..reps {
        for (q, t) in queries.iter().zip(&truth) {
            let pruning = std::env::var("PRUNE").ok().map(|p| { let v: Vec<usize> = p.split(',').map(|x| x.parse().unwrap()).collect(); maxsimd_engine::search::Pruning { probes: v[0], candidates: v[1], finalists: v[2] } });
            let recall = std::env::var("RECALL").ok().map(|r| r.parse().unwrap());
            let req = SearchRequest { pruning, recall, ..SearchRequest::new(vec![q.clone()], k, Mode::Late) };
            let ctx = Context::unbounded();
            let s = Instant::now();
            let r = generation.search(&ctx, &req).unwrap();
            let e = s.elapsed().as_secs_f64() * 1e3;
            if rep > 0 || reps == 1 { times.push(e); 
            for (v, st) in stages.iter_mut().zip([Stage::Probe, Stage::Gather, Stage::Estimate, Stage::Score, Stage::Fetch]) { v.push(ctx.timings().get(st).as_secs_f64() * 1e3); } }
            if rep == 0 { let ids: std::collections::HashSet<_> = r.hits.iter().map(|h| &h.passage_id).collect(); found += t.iter().filter(|i| ids.contains(i)).count(); }
        }
    }
    let med = |v: &mut Vec<f64>, q: f64| { v.sort_by(f64::total_cmp); v[((v.len() - 1) as f64 * q) as usize] };
    let total: usize = truth.iter().map(|t| t.len()).sum();
    let st: Vec<String> = stages.iter_mut().map(|v| format!("{:.3}", med(v, 0.5))).collect();
    println!("recall@{k} {:.4}  p50 {:.3} p95 {:.3} ms  probe/gather/estimate/score/fetch {}", found as f64 / total as f64, med(&mut times, 0.5), med(&mut times, 0.95), st.join(" "));
}
