//! The end of a build: router, postings, manifest.

use super::journal::Journal;
use super::writer::BuildWriter;
use super::{BuildReport, Progress};
use crate::collection::{BuildFacts, Description, Generation, Manifest, SegmentFiles, file_path, remove_unnamed};
use crate::format::{self, FileKind};
use crate::kernels;
use crate::log::forget_log;
use crate::router::{self, Source};
use crate::{Context, Error, Result};

impl BuildWriter<'_> {
    /// Routes the segments, publishes the generation and removes what nothing names any more.
    pub(super) fn finish(mut self, context: &Context, progress: &mut dyn FnMut(Progress)) -> Result<BuildReport> {
        self.end_segment()?;
        if self.journal.documents == 0 {
            return Err(Error::invalid("documents", "there are none, so nothing was published"));
        }
        let (router, segments) = self.route(context, progress)?;
        context.check()?;
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
            routed: router.as_ref().map_or(0, |_| self.journal.token_vectors),
            router,
            efforts: Vec::new(),
            segments,
        };
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

    /// Trains a router and writes each segment's postings, unless the collection is too small to need one.
    fn route(
        &self,
        context: &Context,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Option<String>, Vec<SegmentFiles>)> {
        let mut files = self.journal.segments.clone();
        if self.journal.token_vectors < self.options.router_from.max(1) {
            return Ok((None, files));
        }
        progress(Progress::Training);
        let path = |files: &SegmentFiles| file_path(self.folder.path(), FileKind::Segment, &files.segment);
        let paths = files.iter().map(path).collect();
        let source = Source::new(kernels::best(), &self.coder, paths, self.options.threads)?;
        let router = router::train(context, &source, self.options.seed)?;
        let written = router.write(&self.folder)?;
        let segments = files.len();
        for (at, files) in files.iter_mut().enumerate() {
            context.check()?;
            progress(Progress::Routing { segment: at + 1, segments });
            let postings = router::route(&self.folder, &source, &router, at)?;
            files.postings = Some(postings.hash);
        }
        Ok((Some(written.hash), files))
    }
}
