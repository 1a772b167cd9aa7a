//! Formats by file name.

use std::path::Path;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Markdown,
    Text,
    Code,
    Html,
    Pdf,
    Docx,
    Jsonl,
    JsonlGz,
}

const CODE: &[&str] = &[
    "adb", "ads", "bash", "bat", "c", "cc", "cfg", "clj", "cljs", "cmake", "conf", "cpp", "cs", "css", "cu", "cxx",
    "d", "dart", "el", "elm", "erl", "ex", "exs", "f90", "fish", "fs", "go", "gradle", "graphql", "groovy", "h", "hcl",
    "hh", "hpp", "hrl", "hs", "hxx", "ini", "java", "jl", "js", "json", "jsx", "kt", "kts", "less", "lisp", "lua", "m",
    "mjs", "mk", "ml", "mli", "mm", "nim", "nix", "pas", "php", "pl", "pm", "proto", "ps1", "py", "pyi", "r", "rb",
    "rs", "s", "sass", "scala", "scm", "scss", "sh", "sol", "sql", "sv", "svelte", "swift", "tcl", "tf", "toml", "ts",
    "tsx", "v", "vb", "vhd", "vim", "vue", "xml", "yaml", "yml", "zig", "zsh",
];
const TEXT: &[&str] = &["txt", "text", "rst", "adoc", "asciidoc", "org", "tex"];
const CODE_NAMES: &[&str] = &["makefile", "dockerfile", "justfile", "rakefile", "gemfile", "cmakelists.txt"];
const TEXT_NAMES: &[&str] = &["readme", "license", "licence", "copying", "notice", "changelog", "authors"];

impl Kind {
    /// The kind of a file, if its name tells.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        if name.ends_with(".jsonl.gz") {
            return Some(Self::JsonlGz);
        }
        if CODE_NAMES.contains(&name.as_str()) {
            return Some(Self::Code);
        }
        let Some(extension) = path.extension() else {
            return TEXT_NAMES.contains(&name.as_str()).then_some(Self::Text);
        };
        match extension.to_string_lossy().to_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "pdf" => Some(Self::Pdf),
            "docx" => Some(Self::Docx),
            "jsonl" => Some(Self::Jsonl),
            extension if TEXT.contains(&extension) => Some(Self::Text),
            extension if CODE.binary_search(&extension).is_ok() => Some(Self::Code),
            _ => None,
        }
    }

    /// Name in a document's metadata.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Code => "code",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Jsonl | Self::JsonlGz => "jsonl",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_name_in_any_case() {
        let kind = |name: &str| Kind::of(Path::new(name));
        assert_eq!(kind("a/B.MD"), Some(Kind::Markdown));
        assert_eq!(kind("corpus.jsonl.gz"), Some(Kind::JsonlGz));
        assert_eq!(kind("x.gz"), None);
        assert_eq!(kind("LICENSE"), Some(Kind::Text));
        assert_eq!(kind("Dockerfile"), Some(Kind::Code));
        assert_eq!(kind("noextension"), None);
    }

    #[test]
    fn code_extensions_are_sorted_for_the_search() {
        assert!(CODE.is_sorted());
        assert!(CODE.iter().all(|extension| Kind::of(Path::new(&format!("x.{extension}"))) == Some(Kind::Code)));
    }
}
