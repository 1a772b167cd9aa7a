//! The router: centroids in a narrow space that find and estimate candidates. Trained from score codes, replaceable.
//!
//! PLAID (Santhanam et al. 2022) has centroids to find passages and to estimate their score; ours lie in the space of
//! the leading principal directions of the collection's (rotated, decoded) token vectors.

mod assign;
mod kmeans;
mod points;
mod postings;
mod project;
mod source;
mod table;
mod train;

use std::path::Path;

use crate::format::{FileKind, RouterHeader, Section, SectionWriter, Sections, Written};
use crate::kernels::Kernels;
use crate::storage::Folder;
use crate::{Result, TokenMatrix};

pub(crate) use postings::{Postings, route, write_postings};
pub(crate) use project::Projection;
pub(crate) use source::Source;
pub(crate) use table::{CentroidTable, Probe};
pub(crate) use train::train;

/// Width of the centroid space (or the token vectors' width, if that is less).
pub(crate) const WIDTH: usize = 128;
/// Most centroids: their ids are u16.
pub(crate) const MAX_CENTROIDS: usize = 1 << 16;

/// Centroids and the projection into their space.
#[derive(Debug)]
pub(crate) struct Router {
    /// The file, if this router was read from one.
    sections: Option<Sections>,
    projection: Projection,
    /// centroids x width, each value + 128.
    biased: Vec<u8>,
    units: Vec<f32>,
    /// Of its content.
    identity: u64,
}

impl Router {
    /// A router of mean vectors (centroids x the projection's width).
    pub(crate) fn new(projection: Projection, means: &[f32]) -> Self {
        let width = projection.width();
        let (mut biased, mut units, mut row) = (Vec::with_capacity(means.len()), Vec::new(), Vec::new());
        for mean in means.chunks_exact(width) {
            units.push(crate::codes::quantise(mean, &mut row));
            biased.extend(row.iter().map(|&v| v.cast_unsigned() ^ 128));
        }
        Self::of(None, projection, biased, units)
    }

    fn of(sections: Option<Sections>, projection: Projection, biased: Vec<u8>, units: Vec<f32>) -> Self {
        let centroids: Vec<u8> = biased.iter().map(|value| value ^ 128).collect();
        let mut hash = blake3::Hasher::new();
        hash.update(bytemuck::cast_slice(projection.values())).update(&centroids);
        let hash = *hash.update(bytemuck::cast_slice(&units)).finalize().as_bytes();
        let identity = bytemuck::pod_read_unaligned(&hash[..size_of::<u64>()]);
        Self { sections, projection, biased, units, identity }
    }

    /// Reads a router for token vectors of a width into memory (about 130 bytes a centroid).
    pub(crate) fn open(path: &Path, source_width: usize) -> Result<Self> {
        let sections = Sections::open(path, FileKind::Router)?;
        let header: RouterHeader = sections.one(Section::Header, 0)?;
        let (width, source) = (header.width as usize, header.source_width as usize);
        let sound = (1..=MAX_CENTROIDS).contains(&(header.centroids as usize))
            && (8..=WIDTH).contains(&width)
            && width.is_multiple_of(8)
            && width <= source
            && source == source_width;
        if !sound {
            let expected = format!("counts in range, for vectors of width {source_width}");
            return Err(sections.corrupt(Section::Header, &expected, &format!("{header:?}")));
        }
        let values = |rows: u32| u64::from(rows) * u64::from(header.width);
        sections.expect_count::<f32>(Section::Projection, values(header.source_width))?;
        sections.expect_count::<i8>(Section::Centroids, values(header.centroids))?;
        sections.expect_count::<f32>(Section::CentroidUnits, u64::from(header.centroids))?;
        let biased = sections.values::<u8>(Section::Centroids)?.iter().map(|v| (v ^ 128).max(1)).collect();
        let units: Vec<f32> = sections.values(Section::CentroidUnits)?.to_vec();
        let directions: Vec<f32> = sections.values(Section::Projection)?.to_vec();
        if let Some(value) = units.iter().chain(&directions).find(|value| !value.is_finite()) {
            return Err(sections.corrupt(Section::Projection, "finite numbers", &value.to_string()));
        }
        let projection = Projection::new(directions, source);
        Ok(Self::of(Some(sections), projection, biased, units))
    }

    /// Writes the router to a collection's folder.
    pub(crate) fn write(&self, folder: &Folder) -> Result<Written> {
        let mut file = SectionWriter::create(folder, FileKind::Router)?;
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let header = RouterHeader {
            source_width: count(self.projection.source_width()),
            width: count(self.projection.width()),
            centroids: count(self.centroids()),
            reserved: 0,
        };
        file.section(Section::Header, &[header])?;
        file.section(Section::Projection, self.projection.values())?;
        file.section(Section::Centroids, &self.biased.iter().map(|v| v ^ 128).collect::<Vec<u8>>())?;
        file.section(Section::CentroidUnits, &self.units)?;
        file.publish()
    }

    /// The file, if this router was read from one.
    pub(crate) fn sections(&self) -> Option<&Sections> {
        self.sections.as_ref()
    }

    /// Stands for its content in the postings under it.
    pub(crate) fn identity(&self) -> u64 {
        self.identity
    }

    /// Number of centroids.
    pub(crate) fn centroids(&self) -> usize {
        self.units.len()
    }

    /// Width of the centroid space.
    pub(crate) fn width(&self) -> usize {
        self.projection.width()
    }

    /// Centroids laid out for assignment.
    fn directions(&self) -> assign::Directions {
        let means: Vec<f32> = self.biased.iter().map(|&v| f32::from(i16::from(v) - 128)).collect();
        assign::Directions::new(&means, self.width())
    }

    /// Scores every centroid for every query token (probe). `rotated`: the query in the rotated space.
    pub(crate) fn score_centroids(&self, kernels: Kernels, rotated: &TokenMatrix) -> CentroidTable {
        CentroidTable::new(self, kernels, rotated)
    }
}
