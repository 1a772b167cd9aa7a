//! One complete, immutable state of a collection, mapped.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use fixedbitset::FixedBitSet;

use super::{
    BuildFacts, CollectionName, Description, EncoderId, Manifest, Part, Passing, Place, RouterDescription,
    SegmentFiles, Tombstones, file_path,
};
use crate::codes::Coder;
use crate::format::{FileKind, Section, Sections};
use crate::raptor::{Raptor, Represent};
use crate::router::Router;
use crate::segment::Scope;
use crate::split::Splitting;
use crate::{Error, Result};

/// One complete, immutable state of a collection, mapped. Shared between threads by reference or `Arc`.
#[derive(Debug)]
pub struct Generation {
    manifest: Manifest,
    coder: Coder,
    /// Segments, then the tree across documents.
    parts: Vec<Arc<Part>>,
    router: Option<Arc<Router>>,
    tombstones: Tombstones,
    tombstones_file: Option<Sections>,
    /// The passages and nodes that are not deleted; absent if none is.
    alive: Option<Passing>,
    /// What scopes hold of them, found when it is first asked for.
    scopes: [OnceLock<Passing>; Scope::ALL.len()],
    description: Description,
}

impl Generation {
    pub(crate) fn open(name: &CollectionName, folder: &Path, manifest: &Manifest) -> Result<Self> {
        let coder = Coder::new(manifest.width, manifest.bits, manifest.seed)?;
        Self::assemble((name, folder), manifest, coder, None)
    }

    /// The generation that follows, with what it has in common with this one not opened again.
    pub(crate) fn next(&self, folder: &Path, manifest: &Manifest) -> Result<Self> {
        Self::assemble((&self.description.name, folder), manifest, self.coder.clone(), Some(self))
    }

    fn assemble(
        (name, folder): (&CollectionName, &Path),
        manifest: &Manifest,
        coder: Coder,
        before: Option<&Self>,
    ) -> Result<Self> {
        let same_router = before.filter(|before| before.manifest.router == manifest.router);
        let router = match (same_router, &manifest.router) {
            (Some(before), _) => before.router.clone(),
            (None, Some(hash)) => {
                Some(Arc::new(Router::open(&file_path(folder, FileKind::Router, hash), manifest.width)?))
            }
            (None, None) => None,
        };
        let known = |files: &SegmentFiles| same_router?.parts.iter().find(|part| part.files == *files);
        let parts = manifest.parts().map(|files| match known(files) {
            Some(part) => Ok(Arc::clone(part)),
            None => Part::open(folder, manifest, router.as_deref(), files).map(Arc::new),
        });
        let parts: Vec<Arc<Part>> = parts.collect::<Result<_>>()?;
        let tombstones = manifest.tombstones.as_ref().map(|hash| file_path(folder, FileKind::Tombstones, hash));
        let (tombstones, tombstones_file) = match tombstones.map(|path| Tombstones::open(&path)).transpose()? {
            Some((tombstones, file)) => (tombstones, Some(file)),
            None => (Tombstones::default(), None),
        };
        let deleted = parts.iter().map(|part| part.deleted(&tombstones)).collect::<Result<Vec<_>>>()?;
        let segments = &parts[..manifest.segments.len()];
        let mut gone = Gone::count(segments, &deleted)?;
        gone.nodes += deleted[segments.len()..].iter().map(|rows| rows.count_ones(..) as u64).sum::<u64>();
        let alive = (gone.rows() > 0).then(|| Passing::new(deleted.into_iter().map(others).collect()));
        // Damage there is reported by `verify`; how long a build took is no reason not to search.
        let build = BuildFacts::read(folder).ok().flatten().filter(|facts| facts.generation == manifest.generation);
        let count = |get: fn(&Part) -> u64| parts.iter().map(|part| get(part)).sum::<u64>();
        let documents = segments.iter().map(|part| part.segment.header().documents).sum::<u64>();
        let text_bytes = count(|part| part.segment.sections().length(Section::Text));
        let index_files = count(|part| {
            let postings = part.postings.as_ref().map_or(0, |p| p.sections().file_length());
            part.segment.sections().file_length() + postings
        });
        let router_bytes = router.as_ref().and_then(|router| router.sections()).map_or(0, Sections::file_length);
        let tombstones_bytes = tombstones_file.as_ref().map_or(0, Sections::file_length);
        let description = Description {
            name: name.clone(),
            generation: manifest.generation,
            documents: documents.saturating_sub(gone.documents),
            passages: count(|part| part.segment.header().passages - part.segment.header().nodes)
                .saturating_sub(gone.passages),
            nodes: count(|part| part.segment.header().nodes - part.segment.header().representations)
                .saturating_sub(gone.nodes),
            representations: count(|part| part.segment.header().representations).saturating_sub(gone.representations),
            deleted_passages: gone.passages,
            token_vectors: count(|part| part.segment.header().token_vectors),
            width: manifest.width,
            bits: manifest.bits,
            encoder: manifest.encoder.clone(),
            language: manifest.language,
            fields: manifest.fields.clone(),
            segments: manifest.segments.len(),
            router: router.as_ref().map(|r| RouterDescription {
                centroids: r.centroids(),
                width: r.width(),
                efforts: manifest.efforts.clone(),
            }),
            index_bytes: index_files + router_bytes + tombstones_bytes - text_bytes,
            text_bytes,
            vector_bytes: count(|part| part.vectors.as_ref().map_or(0, |v| v.sections().file_length())),
            build_seconds: build.as_ref().map(|facts| facts.seconds),
            build_plan: build.map(|facts| facts.plan),
        };
        let manifest = manifest.clone();
        let scopes = Default::default();
        Ok(Self { manifest, coder, parts, router, tombstones, tombstones_file, alive, scopes, description })
    }

    /// Counts, sizes and encoder.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// How texts become passages.
    pub fn splitting(&self) -> Splitting {
        self.manifest.splitting
    }

    /// How trees are made, if they are.
    pub fn raptor(&self) -> Option<Raptor> {
        self.manifest.raptor
    }

    /// What stands for passages, if anything does.
    pub fn represent(&self) -> Option<Represent> {
        self.manifest.represent
    }

    /// Fails unless an encoder is the one that made this collection's token vectors.
    pub fn check_encoder(&self, encoder: &EncoderId) -> Result<()> {
        let stored = &self.manifest.encoder;
        // Vectors from elsewhere may come without a fingerprint, or without any name: what there is, is compared.
        let same = match stored.fingerprint.is_empty() {
            true => stored.name.is_empty() || stored.name == encoder.name,
            false => stored.fingerprint == encoder.fingerprint,
        };
        if same {
            return Ok(());
        }
        let say = |id: &EncoderId| format!("{} ({})", id.name, id.fingerprint.get(..12).unwrap_or(&id.fingerprint));
        Err(Error::EncoderMismatch { expected: say(stored), found: say(encoder) })
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn coder(&self) -> &Coder {
        &self.coder
    }

    pub(crate) fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    /// Those of them that hold documents: all but the tree across documents.
    pub(crate) fn segments(&self) -> &[Arc<Part>] {
        &self.parts[..self.manifest.segments.len()]
    }

    /// The tree across documents, and the number of its part.
    pub(crate) fn across(&self) -> Option<(usize, &Part)> {
        let at = self.manifest.segments.len();
        Some((at, self.parts.get(at)?))
    }

    /// The passage or node that has a key: part and ordinal, whether or not it is deleted.
    pub(crate) fn row_of(&self, key: u64) -> Result<Option<Place>> {
        for (at, part) in self.parts.iter().enumerate() {
            let Some(last) = part.segment.passages().checked_sub(1) else { continue };
            let (first, last) = (part.segment.passage(0)?.key, part.segment.passage(last)?.key);
            if !(first..=last).contains(&key) {
                continue;
            }
            if let Some(row) = part.segment.ordinal_of(key)? {
                return Ok(Some((at, row)));
            }
        }
        Ok(None)
    }

    pub(crate) fn router(&self) -> Option<&Router> {
        self.router.as_deref()
    }

    pub(crate) fn tombstones(&self) -> &Tombstones {
        &self.tombstones
    }

    /// The passages and nodes that are not deleted; `None` if none is.
    pub(crate) fn alive(&self) -> Option<&Passing> {
        self.alive.as_ref()
    }

    /// What a scope holds and is not deleted; `None` if that is everything.
    pub(crate) fn in_scope(&self, scope: Scope) -> Result<Option<&Passing>> {
        let made = match scope {
            Scope::Passages | Scope::All => true,
            Scope::Summaries => self.manifest.raptor.is_some(),
            Scope::Representations => self.manifest.represent.is_some(),
        };
        if !made && !self.parts.iter().any(|part| part.segment.has(scope)) {
            return Err(Error::ScopeUnavailable { scope: scope.name() });
        }
        if self.parts.iter().all(|part| part.segment.nodes() == 0) && matches!(scope, Scope::Passages | Scope::All) {
            return Ok(self.alive());
        }
        let slot = &self.scopes[scope as usize];
        if let Some(rows) = slot.get() {
            return Ok(Some(rows));
        }
        let parts = self.parts.iter().enumerate().map(|(at, part)| {
            let mut rows = part.segment.in_scope(scope)?.clone();
            if let Some(alive) = &self.alive {
                rows.intersect_with(alive.part(at));
            }
            Ok(rows)
        });
        let rows = Passing::new(parts.collect::<Result<_>>()?);
        Ok(Some(slot.get_or_init(|| rows)))
    }

    /// Documents of an id that are not deleted: part and ordinal, oldest first.
    pub(crate) fn documents_called(&self, id: &str) -> Result<Vec<(usize, usize)>> {
        let mut found = Vec::new();
        for (at, part) in self.segments().iter().enumerate() {
            for ordinal in part.segment.documents_called(id)? {
                let record = part.segment.document(ordinal)?;
                if !self.is_deleted(at, record.first_passage as usize) {
                    found.push((at, ordinal));
                }
            }
        }
        Ok(found)
    }

    /// Whether a passage of a part is deleted.
    pub(crate) fn is_deleted(&self, part: usize, passage: usize) -> bool {
        self.alive().is_some_and(|alive| !alive.part(part).contains(passage))
    }

    /// Passages and nodes in the files, deleted ones among them.
    pub(crate) fn stored_passages(&self) -> usize {
        self.parts.iter().map(|part| part.segment.passages()).sum()
    }

    /// The mapped files.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &Sections> {
        let router = self.router.iter().filter_map(|router| router.sections());
        let parts = self.parts.iter().flat_map(|part| part.sections());
        router.chain(&self.tombstones_file).chain(parts)
    }
}

/// What is deleted and still stored: documents go whole.
#[derive(Debug, Default)]
struct Gone {
    documents: u64,
    passages: u64,
    nodes: u64,
    representations: u64,
}

impl Gone {
    fn rows(&self) -> u64 {
        self.passages + self.nodes + self.representations
    }

    fn count(parts: &[Arc<Part>], deleted: &[FixedBitSet]) -> Result<Self> {
        let mut gone = Self::default();
        for (part, deleted) in parts.iter().zip(deleted) {
            let mut last = None;
            for row in deleted.ones() {
                let passage = part.segment.passage(row)?;
                let document = part.segment.document_of(&passage)?;
                gone.documents += u64::from(last != Some(passage.document));
                match part.segment.node(row, &document)?.map(|node| node.layer()) {
                    None => gone.passages += 1,
                    Some(0) => gone.representations += 1,
                    Some(_) => gone.nodes += 1,
                }
                last = Some(passage.document);
            }
        }
        Ok(gone)
    }
}

fn others(mut passages: FixedBitSet) -> FixedBitSet {
    passages.toggle_range(..);
    passages
}
