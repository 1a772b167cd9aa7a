//! The end of a build: the tree across documents, router, postings, manifest.

use super::journal::Journal;
use super::writer::BuildWriter;
use super::{BuildOptions, BuildReport, Progress};
use crate::collection::{BuildFacts, Description, Generation, Manifest, SegmentFiles, file_path, remove_unnamed};
use crate::encode::Encoder;
use crate::format::{self, FileKind};
use crate::kernels;
use crate::log::forget_log;
use crate::raptor::{Coding, Ground, TreeAcross};
use crate::router::{self, Source};
use crate::segment::{SegmentForm, SegmentWriter};
use crate::{Context, Error, Result};

impl BuildWriter<'_> {
    /// Grows the tree across documents, routes the segments, publishes the generation and removes what nothing names any more.
    pub(super) fn finish(
        mut self,
        context: &Context,
        encoder: Option<&dyn Encoder>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<BuildReport> {
        self.end_segment()?;
        if self.journal.documents == 0 {
            return Err(Error::invalid("documents", "there are none, so nothing was published"));
        }
        let mut manifest = Manifest {
            format: format::VERSION,
            generation: self.journal.generation,
            encoder: self.encoder.clone(),
            width: self.coder.width(),
            bits: self.options.bits,
            seed: self.options.seed,
            language: self.options.language,
            fields: self.journal.metadata.fields.clone(),
            splitting: self.splitting,
            keep_vectors: self.options.keep_vectors,
            raptor: self.options.raptor,
            represent: self.options.represent,
            next_passage_key: self.journal.next_key(),
            applied: self.applied,
            tombstones: None,
            router: None,
            routed: 0,
            efforts: Vec::new(),
            segments: self.journal.segments.clone(),
            across: None,
        };
        self.grow_across(context, encoder, &mut manifest, progress)?;
        self.route(context, &mut manifest, progress)?;
        context.check()?;
        // Opened before anyone can see it: what cannot be read does not replace what can.
        let generation = Generation::open(self.name, self.folder.path(), &manifest)?;
        if manifest.router.is_some() {
            progress(Progress::Fitting);
            manifest.efforts = generation.fit(context, self.options.threads, self.options.seed)?;
        }
        let mut description = generation.description().clone();
        if let Some(router) = &mut description.router {
            router.efforts.clone_from(&manifest.efforts);
        }
        let plan = self.options.plan.clone();
        let facts = BuildFacts { generation: manifest.generation, seconds: self.seconds(), plan };
        facts.write(&self.folder)?;
        manifest.publish(&self.folder)?;
        Journal::remove(&self.folder)?;
        remove_unnamed(&self.folder, &manifest.files())?;
        forget_log(&self.folder)?;
        Ok(BuildReport {
            description: Description {
                build_seconds: Some(facts.seconds),
                build_plan: Some(facts.plan),
                ..description
            },
            resumed_documents: self.resumed_documents,
            truncated_passages: self.journal.truncated_passages,
            truncated_tokens: self.journal.truncated_tokens,
            misfits: self.journal.metadata.misfits(),
        })
    }

    /// Puts a tree above all documents, if there is to be one.
    fn grow_across(
        &mut self,
        context: &Context,
        encoder: Option<&dyn Encoder>,
        manifest: &mut Manifest,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<()> {
        let raptor = self.options.raptor.filter(|raptor| raptor.across);
        let (Some(raptor), Some(encoder)) = (raptor, encoder) else { return Ok(()) };
        progress(Progress::Growing);
        let BuildOptions { seed, bits, keep_vectors, language, .. } = *self.options;
        let generation = Generation::open(self.name, self.folder.path(), manifest)?;
        let coding = Coding { encoder, coder: &self.coder, keep: keep_vectors };
        let ground = Ground { context, coding, generation: &generation, raptor, seed };
        let grown = TreeAcross::grow(&ground, false)?;
        if grown.is_empty() {
            return Ok(());
        }
        let form = SegmentForm { seed, bits, keep_vectors, language };
        let mut writer = SegmentWriter::create(&self.folder, &self.coder, form)?;
        grown.write(&generation, &mut writer, manifest.next_passage_key)?;
        let finished = writer.finish()?;
        manifest.next_passage_key += grown.len() as u64;
        manifest.across = Some(SegmentFiles::of(finished));
        Ok(())
    }

    /// Trains a router and writes each segment's postings, unless the collection is too small to need one.
    fn route(&self, context: &Context, manifest: &mut Manifest, progress: &mut dyn FnMut(Progress)) -> Result<()> {
        if self.journal.token_vectors < self.options.router_from.max(1) {
            return Ok(());
        }
        progress(Progress::Training);
        let path = |files: &SegmentFiles| file_path(self.folder.path(), FileKind::Segment, &files.segment);
        let paths: Vec<_> = manifest.parts().map(path).collect();
        let segments = paths.len();
        let source = Source::new(kernels::best(), &self.coder, paths, self.options.threads)?;
        let router = router::train(context, &source, self.options.seed)?;
        manifest.router = Some(router.write(&self.folder)?.hash);
        manifest.routed = self.journal.token_vectors;
        for (at, files) in manifest.parts_mut().enumerate() {
            context.check()?;
            progress(Progress::Routing { segment: at + 1, segments });
            files.postings = Some(router::route(&self.folder, &source, &router, at)?.hash);
        }
        Ok(())
    }
}
