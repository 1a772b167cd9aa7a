use maxsimd_engine::kernels::*;
use std::hint::black_box;
use std::time::Instant;
fn med(mut f: impl FnMut()) -> f64 {
    f();
    let mut t: Vec<f64> = (0..21)
        .map(|_| {
            let s = Instant::now();
            f();
            s.elapsed().as_secs_f64()
        })
        .collect();
    t.sort_by(f64::total_cmp);
    t[5]
}
fn ghz() -> f64 {
    let n = 20_000_000u64;
    let mut x = black_box(3u64);
    let k = black_box(0x9e3779b97f4a7c15u64);
    let s = Instant::now();
    for _ in 0..n {
        x = x.wrapping_mul(k);
    }
    black_box(x);
    3.0 * n as f64 / s.elapsed().as_secs_f64() / 1e9
}
fn main() {
    let mut st = 1u64;
    let mut rnd = move || {
        st = st.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (st >> 33) as u32
    };
    println!("ghz {:.3} {:.3}", ghz(), ghz());
    for width in [128usize, 384] {
        for nlanes in [32usize] {
            let q: Vec<Vec<i8>> = (0..nlanes).map(|_| (0..width).map(|_| (rnd() % 255) as i8 | 1).collect()).collect();
            let v: Vec<&[i8]> = q.iter().map(|x| &x[..]).collect();
            let block = IntBlock::new(&v, width);
            let g = ghz();
            let bound = g * 1e3 * 2.0 * 64.0 / (width * 32) as f64;
            for k in available() {
                if k.name() == "scalar" {
                    continue;
                }
                let n = 120;
                let rows: Vec<u8> = (0..n * width).map(|_| (rnd() % 255 + 1) as u8).collect();
                let scales = vec![1.0f32; n];
                let mut best = vec![0f32; block.lanes()];
                let reps = 200;
                let t = med(|| {
                    for _ in 0..reps {
                        k.row_max_i8(&block, &rows, &scales, &mut best);
                        black_box(&best);
                    }
                });
                let r = (n * reps) as f64 / t / 1e6;
                println!("{width} {} i8      {r:.1} M/s  {:.2} of bound {bound:.1} at {g:.2} GHz", k.name(), r / bound);
                for bits in [1u8, 2, 3, 4, 8] {
                    let bytes: Vec<u8> = (0..n * width * bits as usize / 8).map(|_| rnd() as u8).collect();
                    let sc = vec![0x3c00u16; n];
                    let codes = Codes::new(
                        width,
                        bits,
                        [118, 125, 131, 138, 118, 125, 131, 138, 118, 125, 131, 138, 118, 125, 131, 138],
                        &bytes,
                        &sc,
                    );
                    let t = med(|| {
                        for _ in 0..reps {
                            k.row_max_codes(&block, &codes, &mut best);
                            black_box(&best);
                        }
                    });
                    let r = (n * reps) as f64 / t / 1e6;
                    println!("{width} {} codes {bits} {r:.1} M/s  {:.2}", k.name(), r / bound);
                }
                let fq: Vec<Vec<f32>> = q.iter().map(|r| r.iter().map(|&x| x as f32).collect()).collect();
                let fv: Vec<&[f32]> = fq.iter().map(|x| &x[..]).collect();
                let fb = FloatBlock::new(&fv, width);
                let fr: Vec<f32> = rows.iter().map(|&x| x as f32).collect();
                let hr: Vec<u16> = rows.iter().map(|&x| 0x3c00 + x as u16).collect();
                let t = med(|| {
                    for _ in 0..reps / 4 {
                        k.row_max_f32(&fb, &fr, &mut best);
                        black_box(&best);
                    }
                });
                let r = (n * reps / 4) as f64 / t / 1e6;
                println!("{width} {} f32 {r:.1} M/s  {:.2}", k.name(), r / bound * 4.0);
                let t = med(|| {
                    for _ in 0..reps / 4 {
                        k.row_max_f16(&fb, &hr, &mut best);
                        black_box(&best);
                    }
                });
                let r = (n * reps / 4) as f64 / t / 1e6;
                println!("{width} {} f16 {r:.1} M/s  {:.2}", k.name(), r / bound * 4.0);
                // pairs
                let pb = PairBlock::new(&v, width);
                for bits in [1u8, 2, 3, 4, 8] {
                    let passages = 3000usize;
                    let n = 240;
                    let cb = width * bits as usize / 8;
                    let bytes: Vec<u8> = (0..passages * n * cb).map(|_| rnd() as u8).collect();
                    let sc = vec![0x3c00u16; passages * n];
                    let picks: Vec<Vec<Picked>> = (0..passages)
                        .map(|_| {
                            let mut p: Vec<Picked> = (0..60)
                                .map(|i| Picked {
                                    row: i * 4 + rnd() % 4,
                                    group: 0,
                                    lanes: (1 << (rnd() % 21)) | (if rnd() % 3 == 0 { 1 << (rnd() % 21) } else { 0 }),
                                })
                                .collect();
                            p.sort_by_key(|p| p.row);
                            p
                        })
                        .collect();
                    let mut best = vec![0f32; pb.lanes()];
                    let order: Vec<usize> = (0..passages).map(|_| rnd() as usize % passages).collect();
                    let view = |i: usize| {
                        Codes::new(
                            width,
                            bits,
                            [118, 125, 131, 138, 118, 125, 131, 138, 118, 125, 131, 138, 118, 125, 131, 138],
                            &bytes[i * n * cb..][..n * cb],
                            &sc[i * n..][..n],
                        )
                    };
                    let t1 = med(|| {
                        for _ in 0..256 {
                            k.row_max_picked(&pb, &view(0), &picks[0], &mut best);
                            black_box(&best);
                        }
                    }) / 256.0;
                    let t2 = med(|| {
                        for &i in &order[..512] {
                            k.row_max_picked(&pb, &view(i), &picks[i], &mut best);
                            black_box(&best);
                        }
                    }) / 512.0;
                    let t3 = med(|| {
                        for w in order.windows(2).take(512) {
                            k.prefetch(&view(w[1]), &picks[w[1]]);
                            let i = w[0];
                            k.row_max_picked(&pb, &view(i), &picks[i], &mut best);
                            black_box(&best);
                        }
                    }) / 512.0;
                    println!(
                        "{width} {} pairs {bits}: hot {:.2} us, {:.0} cycles a row; cold {:.2} us; prefetched passage {:.2} us ({} MB)",
                        k.name(),
                        t1 * 1e6,
                        t1 * g * 1e9 / 60.0,
                        t2 * 1e6,
                        t3 * 1e6,
                        bytes.len() / 1000000
                    );
                }
                let table: Vec<u8> = (0..8192 * 32).map(|_| rnd() as u8).collect();
                let ids: Vec<Vec<u16>> = (0..1000).map(|_| (0..240).map(|_| (rnd() % 8192) as u16).collect()).collect();
                let mut bb = vec![0u8; 32];
                let least = vec![250u8; 32];
                let mut p = Vec::new();
                let t = med(|| {
                    for i in &ids {
                        bb.fill(0);
                        k.row_max_bytes(&table, i, &mut bb).unwrap();
                        black_box(&bb);
                    }
                }) / 1000.0;
                let t2 = med(|| {
                    for i in &ids {
                        p.clear();
                        k.pick(&table, i, &least, &mut p).unwrap();
                        black_box(&p);
                    }
                }) / 1000.0;
                println!(
                    "row_max_bytes {:.3} us a passage of 240; pick {:.3} us ({} picked)",
                    t * 1e6,
                    t2 * 1e6,
                    p.len()
                );
            }
        }
    }
}
