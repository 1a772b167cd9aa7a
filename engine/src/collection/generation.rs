//! One complete, immutable state of a collection, mapped.

use std::path::Path;

use super::{BuildFacts, CollectionName, Description, EncoderId, Manifest, RouterDescription, file_path};
use crate::codes::Coder;
use crate::format::{FileKind, Section, Sections};
use crate::router::{Postings, Router};
use crate::segment::{Segment, Vectors};
use crate::{Error, Result};

/// One complete, immutable state of a collection, mapped. Shared between threads by reference or `Arc`.
#[derive(Debug)]
pub struct Generation {
    manifest: Manifest,
    coder: Coder,
    parts: Vec<Part>,
    router: Option<Router>,
    description: Description,
}

/// A segment with what belongs to it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) segment: Segment,
    pub(crate) vectors: Option<Vectors>,
    pub(crate) postings: Option<Postings>,
}

impl Part {
    /// The mapped files of this part.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Sections> {
        let vectors = self.vectors.iter().map(Vectors::sections);
        let postings = self.postings.iter().map(Postings::sections);
        [self.segment.sections()].into_iter().chain(vectors).chain(postings)
    }
}

impl Generation {
    pub(crate) fn open(name: &CollectionName, folder: &Path, manifest: &Manifest) -> Result<Self> {
        let coder = Coder::new(manifest.width, manifest.bits, manifest.seed)?;
        let router_path = manifest.router.as_ref().map(|hash| file_path(folder, FileKind::Router, hash));
        let router = router_path.as_deref().map(|path| Router::open(path, manifest.width)).transpose()?;
        let mut parts = Vec::with_capacity(manifest.segments.len());
        for files in &manifest.segments {
            let segment = Segment::open(&file_path(folder, FileKind::Segment, &files.segment))?;
            check_segment(&segment, manifest)?;
            let vectors = files.vectors.as_ref().map(|hash| file_path(folder, FileKind::Vectors, hash));
            let vectors = vectors.map(|path| Vectors::open(&path, &segment)).transpose()?;
            let postings = files.postings.as_ref().map(|hash| file_path(folder, FileKind::Postings, hash));
            let postings = match (&router, postings) {
                (Some(router), Some(path)) => Some(Postings::open(&path, router, &segment)?),
                _ => None,
            };
            parts.push(Part { segment, vectors, postings });
        }
        let router_bytes = router.as_ref().map_or(0, |router| router.sections().map_or(0, Sections::file_length));
        // Damage there is reported by `verify`; how long a build took is no reason not to search.
        let build = BuildFacts::read(folder).ok().flatten().filter(|facts| facts.generation == manifest.generation);
        let count = |get: fn(&Part) -> u64| parts.iter().map(get).sum::<u64>();
        let text_bytes = count(|part| part.segment.sections().length(Section::Text));
        let index_files = count(|part| {
            let postings = part.postings.as_ref().map_or(0, |p| p.sections().file_length());
            part.segment.sections().file_length() + postings
        });
        let description = Description {
            name: name.clone(),
            generation: manifest.generation,
            documents: count(|part| part.segment.header().documents),
            passages: count(|part| part.segment.header().passages),
            token_vectors: count(|part| part.segment.header().token_vectors),
            width: manifest.width,
            bits: manifest.bits,
            encoder: manifest.encoder.clone(),
            language: manifest.language,
            fields: manifest.fields.clone(),
            segments: parts.len(),
            router: router.as_ref().map(|r| RouterDescription {
                centroids: r.centroids(),
                width: r.width(),
                efforts: manifest.efforts.clone(),
            }),
            index_bytes: index_files + router_bytes - text_bytes,
            text_bytes,
            vector_bytes: count(|part| part.vectors.as_ref().map_or(0, |v| v.sections().file_length())),
            build_seconds: build.as_ref().map(|facts| facts.seconds),
            build_plan: build.map(|facts| facts.plan),
        };
        Ok(Self { manifest: manifest.clone(), coder, parts, router, description })
    }

    /// Counts, sizes and encoder.
    pub fn description(&self) -> &Description {
        &self.description
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

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn router(&self) -> Option<&Router> {
        self.router.as_ref()
    }
}

fn check_segment(segment: &Segment, manifest: &Manifest) -> Result<()> {
    let header = segment.header();
    let same = header.width as usize == manifest.width
        && header.bits == u32::from(manifest.bits)
        && header.seed == manifest.seed;
    if same {
        return Ok(());
    }
    let expected = format!("width {}, {} bits, seed {}", manifest.width, manifest.bits, manifest.seed);
    Err(segment.sections().corrupt(Section::Header, &expected, &format!("{header:?}")))
}
