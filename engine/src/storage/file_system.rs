//! Which file systems are remote: there a failed read of a mapped file ends the process, and locks and renames may not
//! be what they are elsewhere.

use std::io;
use std::path::Path;

/// Magics of `statfs(2)` and what people call the file system.
///
/// FUSE is among them although some of it is local: what serves it is a process, and when that goes, every mapped page
/// goes with it. 9P is not: it is how sandboxes and virtual machines show a disk of the machine that they run on.
const REMOTE: [(u32, &str); 14] = [
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x7375_7245, "Coda"),
    (0x0000_564c, "NCP"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0x786f_4256, "VirtualBox's shared folders"),
];

/// What a path's file system is called, if it is a remote one. Outside Linux nothing is known to be.
pub fn is_remote(path: &Path) -> io::Result<Option<&'static str>> {
    #[cfg(target_os = "linux")]
    {
        let found = rustix::fs::statfs(path)?;
        // Magics have 32 bits; some machines extend the highest one.
        Ok(remote(found.f_type as u32))
    }
    #[cfg(not(target_os = "linux"))]
    {
        path.metadata().map(|_| None)
    }
}

/// Bytes that a path's file system has room for.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

fn remote(magic: u32) -> Option<&'static str> {
    REMOTE.iter().find(|(known, _)| *known == magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_network_or_another_process_serves_is_remote() {
        let table = [
            (0x6969, Some("NFS")),
            (0x517b, Some("SMB")),
            (0xfe53_4d42, Some("SMB")),
            (0xff53_4d42, Some("CIFS")),
            (0x6573_5546, Some("FUSE")),
            (0x00c3_6400, Some("Ceph")),
            (0x5346_414f, Some("AFS")),
            (0x0bd0_0bd0, Some("Lustre")),
            // ext4, XFS, Btrfs, ZFS, tmpfs, overlay, F2FS, and 9P.
            (0xef53, None),
            (0x5846_5342, None),
            (0x9123_683e, None),
            (0x2fc1_2fc1, None),
            (0x0102_1994, None),
            (0x794c_7630, None),
            (0xf2f5_2010, None),
            (0x0102_1997, None),
        ];
        for (magic, expected) in table {
            assert_eq!(remote(magic), expected, "{magic:08x}");
        }
    }

    #[test]
    fn a_folder_of_this_machine_is_looked_at_and_a_missing_one_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_remote(folder.path()).is_ok());
        assert!(free_bytes(folder.path()).unwrap() > 0);
        assert!(is_remote(&folder.path().join("absent")).is_err());
    }
}
