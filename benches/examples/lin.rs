//! x
use maxsimd_engine::kernels::{self, Linear, Quantized};
use std::time::Instant;
fn main() {
    let k = kernels::best();
    for width in [384usize, 1536] {
        let q: Vec<Vec<i8>> = (0..32).map(|r| (0..width).map(|i| ((i * 7 + r) % 200) as i8).map(|v| v.max(-127)).collect()).collect();
        let views: Vec<&[i8]> = q.iter().map(Vec::as_slice).collect();
        let block = maxsimd_engine::kernels::IntBlock::new(&views, width);
        let rows: Vec<u8> = (0..240 * width).map(|i| (i % 250 + 1) as u8).collect();
        let scales = vec![1f32; 240];
        let mut best = vec![0f32; 32];
        let mut t0 = f64::MAX;
        for _ in 0..200 {
            let t = Instant::now();
            k.row_max_i8(&block, &rows, &scales, &mut best);
            t0 = t0.min(t.elapsed().as_secs_f64());
        }
        println!("row_max {width}: {:.1} GMAC/s", (32 * 240 * width) as f64 / t0 / 1e9);
    }
    for (width, outputs) in [(384usize, 1152usize), (384, 384), (384, 1536), (1536, 384)] {
        for rows in [12usize, 24, 240] {
            let w: Vec<i8> = (0..width * outputs).map(|i| ((i * 7919) % 255) as i8).map(|v| v.max(-127)).collect();
            let s = vec![0.01f32; outputs];
            let b = vec![0.1f32; outputs];
            let l = Linear::new(&w, width, &s, &b);
            let x: Vec<f32> = (0..rows * width).map(|i| ((i * 31) % 97) as f32 - 48.0).collect();
            let mut out = vec![0f32; rows * outputs];
            let mut q = Quantized::default();
            let mut best = f64::MAX;
            for _ in 0..60 {
                let t = Instant::now();
                k.linear(&l, &x, &mut q, &mut out);
                best = best.min(t.elapsed().as_secs_f64());
            }
            println!("{width}x{outputs} rows {rows}: {:.1} GMAC/s", (rows * width * outputs) as f64 / best / 1e9);
        }
    }
}
