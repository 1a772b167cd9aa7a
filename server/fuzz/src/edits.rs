//! Inputs that are edits of a real file: small, independent of the bytes that a release writes, and what they do not touch
//! stays sound.

/// Bytes before those that an edit brings.
const HEAD: usize = 4;
/// Most bytes that an edit brings.
const MOST: usize = 32;

/// What an edit does at its place.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Replace,
    Insert,
    Remove,
}

/// One edit: a byte for the piece of the file, two for the place in it (little-endian), one for what is done there and
/// with how many bytes; then these, unless they are removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edit<'a> {
    piece: usize,
    at: usize,
    kind: Kind,
    count: usize,
    bytes: &'a [u8],
}

/// The edits of an input; what is left over at its end is none.
pub(crate) fn edits(input: &[u8]) -> Vec<Edit<'_>> {
    let (mut edits, mut input) = (Vec::new(), input);
    while let Some((&[piece, low, high, what], rest)) = input.split_first_chunk::<HEAD>() {
        let count = usize::from(what) % MOST + 1;
        let kind = [Kind::Replace, Kind::Insert, Kind::Remove, Kind::Replace][usize::from(what) / MOST % 4];
        let brought = if matches!(kind, Kind::Remove) { 0 } else { count.min(rest.len()) };
        let (bytes, rest) = rest.split_at(brought);
        let at = usize::from(u16::from_le_bytes([low, high]));
        edits.push(Edit { piece: usize::from(piece), at, kind, count, bytes });
        input = rest;
    }
    edits
}

/// Edits of some of a file's pieces. Their numbers count from `first`, of `all` pieces; larger ones begin anew.
pub(crate) fn apply(edits: &[Edit<'_>], pieces: &mut [Vec<u8>], (first, all): (usize, usize)) {
    for edit in edits {
        let piece = (edit.piece % all).checked_sub(first).and_then(|piece| pieces.get_mut(piece));
        let Some(piece) = piece else { continue };
        let at = edit.at % (piece.len() + 1);
        let end = (at + edit.count).min(piece.len());
        match edit.kind {
            Kind::Replace => {
                let end = (at + edit.bytes.len()).min(piece.len());
                piece[at..end].copy_from_slice(&edit.bytes[..end - at]);
            }
            Kind::Insert => drop(piece.splice(at..at, edit.bytes.iter().copied())),
            Kind::Remove => drop(piece.drain(at..end)),
        }
    }
}
