//! Labels, and places for them where they cover nothing.

use super::{BOTTOM, HEIGHT, LEFT, TOP, WIDTH, text};

/// Width of a letter, about.
pub(super) const LETTER: f64 = 6.4;
pub(super) const LINE: f64 = 14.0;
/// Half of what a dot covers.
const DOT: f64 = 6.0;

/// What a label covers, and from which of its ends it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    anchor: &'static str,
}

impl Place {
    /// A label that starts, ends or has its middle at a point.
    pub(super) fn of((x, y): (f64, f64), label: &str, anchor: &'static str) -> Self {
        let long = label.len() as f64 * LETTER;
        let left = match anchor {
            "start" => x,
            "middle" => x - long / 2.0,
            _ => x - long,
        };
        Self { left, right: left + long, top: y - LINE / 2.0, bottom: y + LINE / 2.0, anchor }
    }

    /// What a dot covers.
    pub(super) fn dot((x, y): (f64, f64)) -> Self {
        Self { left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT, anchor: "middle" }
    }

    /// The first place around a dot that covers nothing, or the one to its right.
    pub(super) fn free((x, y): (f64, f64), label: &str, taken: &[Self]) -> Self {
        let sides = [(9.0, "start"), (0.0, "middle"), (-9.0, "end")];
        let around = [0.0, -15.0, 15.0, -28.0, 28.0].into_iter().flat_map(|dy| sides.map(|(dx, side)| (dx, dy, side)));
        let inside = |p: &Self| p.left > LEFT && p.right < WIDTH && p.top > TOP - LINE && p.bottom < HEIGHT - BOTTOM;
        around
            .map(|(dx, dy, side)| Self::of((x + dx, y + dy), label, side))
            .find(|place| inside(place) && !taken.iter().any(|other| place.meets(other)))
            .unwrap_or_else(|| Self::of((x + 9.0, y), label, "start"))
    }

    /// Writes the label.
    pub(super) fn write(&self, out: &mut String, label: &str) {
        let x = match self.anchor {
            "start" => self.left,
            "middle" => f64::midpoint(self.left, self.right),
            _ => self.right,
        };
        text(out, (x, self.bottom - 3.0), self.anchor, label);
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cover_neither_points_nor_each_other() {
        let dots = [(100.0, 200.0), (104.0, 200.0), (108.0, 203.0)];
        let mut taken: Vec<Place> = dots.map(Place::dot).into();
        for dot in dots {
            let place = Place::free(dot, "a label", &taken);
            assert!(taken.iter().all(|other| !place.meets(other)), "{place:?} {taken:?}");
            taken.push(place);
        }
    }
}
