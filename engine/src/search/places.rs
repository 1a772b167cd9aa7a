//! Where tokens stand that a query matched: in the title, the headings or the text of its hits.

use serde::{Deserialize, Serialize};

use super::{Hit, HitKind};
use crate::collection::{Generation, Place};
use crate::encode::{Encoder, encoded_text};
use crate::format::{NodeKind, Section};
use crate::segment::{Laid, laid};
use crate::{Context, Error, Result};

/// A part of a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitPart {
    /// The document's title.
    Title,
    /// The headings above it.
    Heading,
    /// Its text.
    Text,
}

impl Generation {
    /// Notes with explained matches where their tokens are: of each query, from what the encoder told of it
    /// ([`Encoded::starts`](crate::encode::Encoded::starts)), and of hits, by asking the encoder, which has to be the
    /// collection's. What is not known stays as it is; once the deadline has passed, that is everything.
    pub fn place_matches(
        &self,
        context: &Context,
        encoder: &dyn Encoder,
        queries: &[&[Option<usize>]],
        hits: &mut [Hit],
    ) -> Result<()> {
        let row = |hit: &Hit| hit.explained.map(|place| self.explained(place, hit)).transpose();
        let rows = hits.iter().map(row).collect::<Result<Vec<_>>>()?;
        let texts: Vec<&str> = rows.iter().flatten().map(|row| row.encoded.as_str()).collect();
        let mut starts = match encoder.passage_starts(context, &texts) {
            Err(Error::Deadline) => return Ok(()),
            starts => starts?.into_iter(),
        };
        for (hit, row) in hits.iter_mut().zip(rows) {
            let Some(row) = row else { continue };
            // Of other vectors than the encoder makes, as those that came with their document, nothing is known.
            let starts = starts.next().filter(|starts| starts.len() == row.vectors).unwrap_or_default();
            let query = queries.get(hit.query).copied().unwrap_or_default();
            for found in hit.explain.iter_mut().flatten() {
                let place = row.place(&starts, found.passage_token, hit.title.len());
                (found.part, found.at) = (place.map(|(part, _)| part), place.map(|(_, at)| at));
                found.query_at = query.get(found.query_token).copied().flatten();
            }
        }
        Ok(())
    }

    /// What is to be known of the row that a hit was found by.
    fn explained(&self, (at, row): Place, hit: &Hit) -> Result<Row> {
        let segment = &self.parts()[at].segment;
        let passage = segment.passage(row)?;
        let document = segment.document_of(&passage)?;
        let text = segment.sections().text(Section::Text, document.text)?;
        let range = |[start, end]: &[u64; 2]| {
            usize::try_from(*start).unwrap_or(usize::MAX)..usize::try_from(*end).unwrap_or(usize::MAX)
        };
        let said = match hit.kind {
            HitKind::Passage | HitKind::Document => vec![Laid { at: 0, range: range(&[hit.start, hit.end]) }],
            HitKind::Summary | HitKind::Representation => laid(text, hit.pieces.iter().map(range)).1,
        };
        let vectors = segment.token_range(row)?.len();
        let found =
            Row { encoded: String::new(), vectors, heading: None, before: 0, stored: None, own: Vec::new(), said };
        let Some(node) = segment.node(row, &document)? else {
            let own = segment.passage_text(&passage, &document)?;
            let heading = segment.sections().text(Section::Text, passage.heading)?;
            let encoded = encoded_text(&hit.title, heading, own);
            let before = encoded.len() - own.len();
            let range = range(&[passage.start.into(), passage.end.into()]);
            let heading = (heading == hit.heading && !own.is_empty()).then_some(heading.len());
            return Ok(Row { before, encoded, heading, own: vec![Laid { at: 0, range }], ..found });
        };
        let kind = node.kind()?;
        let (title, (own, places)) = match kind {
            NodeKind::Medoids => {
                let stored = node.pieces()?.iter().map(|&[_, byte]| byte as usize).collect();
                return Ok(Row { stored: Some(stored), ..found });
            }
            NodeKind::Quotes => ("", (self.joined_quotes(&self.quotes(&node)?)?, Vec::new())),
            NodeKind::Generated => (hit.title.as_str(), (node.text(&document)?, Vec::new())),
            NodeKind::Extract | NodeKind::Representation => {
                (hit.title.as_str(), laid(text, node.places(&document)?.into_iter()))
            }
        };
        let encoded = encoded_text(title, "", &own);
        let before = encoded.len() - own.len();
        let whole = || vec![Laid { at: 0, range: 0..own.len() }];
        // What is of no single document is found in itself or not at all.
        let (own, said) = match places.is_empty() {
            true if own == hit.text => (whole(), whole()),
            true => (Vec::new(), Vec::new()),
            false => (places, found.said),
        };
        Ok(Row { encoded, before, own, said, ..found })
    }
}

/// The row that a hit was found by.
#[derive(Debug)]
struct Row {
    /// What the encoder was given of it.
    encoded: String,
    vectors: usize,
    /// Bytes of the headings, if they are those of the hit.
    heading: Option<usize>,
    /// Bytes before its own text.
    before: usize,
    /// Of stored token vectors: the byte of the document at which each begins.
    stored: Option<Vec<usize>>,
    /// Where its own text is from.
    own: Vec<Laid>,
    /// Where the hit's text is from.
    said: Vec<Laid>,
}

impl Row {
    fn place(&self, starts: &[Option<usize>], token: usize, title: usize) -> Option<(HitPart, usize)> {
        if let Some(stored) = &self.stored {
            return Some((HitPart::Text, Laid::at_of(&self.said, *stored.get(token)?)?));
        }
        let start = starts.get(token).copied().flatten()?;
        if let Some(at) = start.checked_sub(self.before) {
            let byte = Laid::byte_of(&self.own, at)?;
            return Some((HitPart::Text, Laid::at_of(&self.said, byte)?));
        }
        if start < title {
            return Some((HitPart::Title, start));
        }
        // The headings end before the space that is before the text; what they share with the title is said once.
        let left = self.before.checked_sub(start + 1)?;
        Some((HitPart::Heading, self.heading?.checked_sub(left)?))
    }
}
