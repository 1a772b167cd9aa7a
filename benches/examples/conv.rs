use maxsimd_engine::encode::{Precision, convert};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let p = if a[3] == "f32" { Precision::F32 } else { Precision::Int8 };
    let t = std::time::Instant::now();
    let (settings, bytes) = convert(std::path::Path::new(&a[1]), p).unwrap();
    println!("{:?} {} bytes", t.elapsed(), bytes.len());
    std::fs::create_dir_all(&a[2]).unwrap();
    std::fs::write(format!("{}/model.onnx", a[2]), bytes).unwrap();
    std::fs::write(format!("{}/encoder.json", a[2]), serde_json::to_string_pretty(&settings).unwrap()).unwrap();
    std::fs::copy(format!("{}/tokenizer.json", a[1]), format!("{}/tokenizer.json", a[2])).unwrap();
}
