//! Keywords of a segment's passages, gathered in memory and packed into sections of its file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use tantivy::directory::RamDirectory;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Directory, Index, IndexSettings, SingleSegmentIndexWriter, TantivyDocument};

use super::{Language, META, SUMMARY, TEXT, failed, packed_name};
use crate::Result;
use crate::format::PackedFile;

/// Name of the one segment inside, in place of a random one.
const CANONICAL: &str = "00000000-0000-0000-0000-000000000000";
/// What the size of a writer's hash table is taken from: small, so that a segment of one document costs little. It grows
/// beyond that.
const MEMORY: usize = 200_000;

/// Gathers the keywords of one segment.
pub(crate) struct KeywordWriter {
    writer: SingleSegmentIndexWriter,
    directory: RamDirectory,
    field: Field,
    summary: Field,
}

/// What goes into a segment's sections.
#[derive(Debug)]
pub(crate) struct PackedKeywords {
    pub(crate) files: Vec<PackedFile>,
    pub(crate) bytes: Vec<u8>,
}

impl KeywordWriter {
    pub(crate) fn new(language: Language) -> Result<Self> {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(language.name())
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(true);
        let mut schema = Schema::builder();
        let options = TextOptions::default().set_indexing_options(indexing);
        let field = schema.add_text_field(TEXT, options.clone());
        let summary = schema.add_text_field(SUMMARY, options);
        let directory = RamDirectory::create();
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let tokenizers = TokenizerManager::new();
        tokenizers.register(language.name(), language.analyzer());
        let index = Index::builder().schema(schema.build()).settings(settings).tokenizers(tokenizers);
        let writer = index.single_segment_index_writer(directory.clone(), MEMORY).map_err(failed)?;
        Ok(Self { writer, directory, field, summary })
    }

    /// Adds the next passage, which has these texts.
    pub(crate) fn push(&mut self, texts: &[&str]) -> Result<()> {
        let mut document = TantivyDocument::new();
        texts.iter().for_each(|text| document.add_text(self.field, text));
        self.writer.add_document(document).map_err(failed)
    }

    /// Adds the next node, which has these words; without any it is not found by them.
    pub(crate) fn push_summary(&mut self, words: &str) -> Result<()> {
        let mut document = TantivyDocument::new();
        if !words.is_empty() {
            document.add_text(self.summary, words);
        }
        self.writer.add_document(document).map_err(failed)
    }

    /// The files of the index, one after the other.
    pub(crate) fn finish(self) -> Result<PackedKeywords> {
        let index = self.writer.finalize().map_err(failed)?;
        let metas = index.load_metas().map_err(failed)?;
        let [segment] = metas.segments.as_slice() else { return Err(failed("not one segment")) };
        let mut files = BTreeMap::new();
        for path in metas.list_segment_files() {
            // What there is no need for, such as a list of deleted rows, has no file.
            if let (Some(name), true) = (packed_name(&path), self.directory.exists(&path).map_err(failed)?) {
                let bytes = self.directory.open_read(&path).map_err(failed)?.read_bytes().map_err(failed)?;
                files.insert(name.to_owned(), bytes.to_vec());
            }
        }
        let meta = self.directory.atomic_read(Path::new(META)).map_err(failed)?;
        let meta = String::from_utf8(meta).map_err(failed)?;
        let id = hyphenated(&segment.id().uuid_string());
        files.insert(META.to_owned(), meta.replace(&id, CANONICAL).into_bytes());
        let mut packed = PackedKeywords { files: Vec::new(), bytes: Vec::new() };
        for (name, bytes) in files {
            packed.files.push(PackedFile::new(&name, packed.bytes.len(), bytes.len()).map_err(failed)?);
            packed.bytes.extend(bytes);
        }
        Ok(packed)
    }
}

/// `8-4-4-4-12`, as ids stand in the index's own list.
fn hyphenated(id: &str) -> String {
    [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-")
}

impl fmt::Debug for KeywordWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeywordWriter").finish_non_exhaustive()
    }
}
