//! Checking everything: every byte of every file that the manifest names, and that each has the hash it is named by.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::across::broken;
use super::manifest::BuildFacts;
use super::{CollectionName, Generation, Manifest, Store, file_path};
use crate::format::{FileKind, Section, Sections};
use crate::log;
use crate::router::Postings;
use crate::segment::Segment;
use crate::{Context, Error, Result};

/// Something that is wrong.
#[derive(Debug)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it; names the section.
    pub error: Error,
}

impl Store {
    /// Checks a collection completely; the list is empty if all is well. Fails only if it could not look.
    pub fn verify(&self, context: &Context, name: &CollectionName) -> Result<Vec<Damage>> {
        loop {
            let before = self.stamp(name)?;
            let found = self.verify_once(context, name)?;
            // A writer that published meanwhile may have removed files of the generation that was looked at.
            if found.is_empty() || self.stamp(name)? == before {
                return Ok(found);
            }
        }
    }

    fn verify_once(&self, context: &Context, name: &CollectionName) -> Result<Vec<Damage>> {
        let folder = self.folder(name);
        let damage = |path: &Path, error| Damage { path: path.to_path_buf(), error };
        let manifest = match Manifest::read(&folder) {
            Ok(Some(manifest)) => manifest,
            Ok(None) => return Err(Error::CollectionNotFound { name: name.as_str().to_owned() }),
            Err(error) => return Ok(vec![damage(&folder.join(super::manifest::MANIFEST), error)]),
        };
        let mut found = Vec::new();
        if let Err(error) = BuildFacts::read(&folder) {
            found.push(damage(&folder.join("build.json"), error));
        }
        if let Err(error) = log::verify(&folder, manifest.applied) {
            let path = match &error {
                Error::Corrupt { path, .. } | Error::Version { path, .. } | Error::Io { path, .. } => path.clone(),
                _ => folder.clone(),
            };
            found.push(Damage { path, error });
        }
        for (kind, hash) in manifest.files() {
            context.check()?;
            let path = file_path(&folder, kind, hash);
            if let Err(error) = check_file(&path, kind, hash) {
                found.push(damage(&path, error));
            }
        }
        // Only sound files are worth looking into: references between records, postings, ids.
        if found.is_empty() {
            let checked = Generation::open(name, &folder, &manifest).and_then(|g| check_contents(context, &g));
            found.extend(checked.err().map(|error| damage(&folder, error)));
        }
        Ok(found)
    }
}

/// Blocks first, because they tell the section; then the hash over everything.
fn check_file(path: &Path, kind: FileKind, hash: &str) -> Result<()> {
    Sections::open(path, kind)?.verify()?;
    let mut hasher = blake3::Hasher::new();
    let mut file = std::fs::File::open(path).map_err(Error::io(path))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(Error::io(path))? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        };
    }
    let found = hasher.finalize().to_hex().to_string();
    if found == hash {
        return Ok(());
    }
    let section = "whole file".to_owned();
    Err(Error::Corrupt { path: path.to_path_buf(), section, expected: format!("BLAKE3 {hash}"), found })
}

pub(super) fn check_contents(context: &Context, generation: &Generation) -> Result<()> {
    for (at, part) in generation.parts().iter().enumerate() {
        context.check()?;
        part.segment.verify(generation.manifest().language, at == generation.segments().len())?;
        part.postings.as_ref().map_or(Ok(()), Postings::verify)?;
        check_keys(generation, &part.segment)?;
    }
    generation.verify_across(context)
}

/// A key that is given twice would delete a stranger's passage.
fn check_keys(generation: &Generation, segment: &Segment) -> Result<()> {
    let Some(last) = segment.passages().checked_sub(1) else { return Ok(()) };
    let (last, next) = (segment.passage(last)?.key, generation.manifest().next_passage_key);
    match last < next {
        true => Ok(()),
        false => Err(segment.sections().corrupt(Section::Passages, &format!("keys below {next}"), &last.to_string())),
    }
}

impl Generation {
    /// Checks the tree across documents: children below their parents, quotes within the passages that they are from.
    /// Documents may have gone since, and what quotes them is deleted with them.
    fn verify_across(&self, context: &Context) -> Result<()> {
        let Some((_, part)) = self.across() else { return Ok(()) };
        let record = part.segment.document(0)?;
        if part.segment.header().documents != 1 || record.passages > 0 {
            return Err(broken(part, "nodes over documents", "passages"));
        }
        for row in part.segment.checked_rows(&record)? {
            context.check()?;
            let Some(node) = part.segment.node(row, &record)? else { continue };
            for key in node.children()? {
                let own = part.segment.ordinal_of(*key)?;
                let child = own.map(|child| part.segment.node(child, &record)).transpose()?.flatten();
                let below = match (own, child) {
                    (Some(at), Some(child)) => at < row && child.layer() < node.layer(),
                    _ => *key < self.manifest().next_passage_key,
                };
                if !below {
                    return Err(broken(part, "children below their parents", &format!("{key} below row {row}")));
                }
            }
        }
        for (row, node) in self.nodes_across(context)? {
            for quote in self.quotes(&node)? {
                let passage = self.parts()[quote.leaf.0].segment.passage(quote.leaf.1)?;
                let within = passage.start as usize <= quote.range.start && quote.range.end <= passage.end as usize;
                let deleted = self.is_deleted(quote.leaf.0, quote.leaf.1);
                if !within || deleted || self.parts().len() == quote.leaf.0 + 1 {
                    return Err(broken(part, "sentences of passages", &format!("{quote:?} of row {row}")));
                }
                self.quoted(&quote)?;
            }
        }
        Ok(())
    }
}
