//! Points in two dimensions.

use std::fmt::Write;

use super::axis::Axis;
use super::label::{LINE, Place};
use super::{BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, begin, colour, frame, text};

/// A point with its name.
#[derive(Debug)]
pub(crate) struct Point {
    pub(crate) label: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// How values lie on the axis across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    Linear,
    Logarithmic,
}

/// Points in two dimensions; the title says what they are.
#[derive(Debug)]
pub(crate) struct Scatter<'a> {
    pub(crate) title: &'a str,
    pub(crate) across: &'a str,
    pub(crate) scale: Scale,
    pub(crate) points: Vec<Point>,
    /// A level to compare with, and its name.
    pub(crate) line: Option<(&'a str, f64)>,
}

/// Draws points.
pub(crate) fn scatter(plot: &Scatter<'_>) -> String {
    let levels = plot.points.iter().map(|point| point.y).chain(plot.line.map(|(_, y)| y));
    let (up, rows) = Axis::linear(levels, (HEIGHT - BOTTOM, TOP));
    let places = plot.points.iter().map(|point| point.x);
    let (across, columns) = match plot.scale {
        Scale::Linear => Axis::linear(places.chain([0.0]), (LEFT, WIDTH - RIGHT)),
        Scale::Logarithmic => Axis::logarithmic(places, (LEFT, WIDTH - RIGHT)),
    };
    let mut out = begin(plot.title, HEIGHT);
    frame(&mut out, (&across, &columns), (&up, &rows), 2);
    text(&mut out, (LEFT, HEIGHT - 10.0), "start", plot.across);
    let mut taken: Vec<Place> = Vec::new();
    if let Some((name, level)) = plot.line {
        let y = up.at(level);
        let _ = writeln!(out, "<path class=\"level\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", WIDTH - RIGHT);
        let place = Place::of((LEFT + 6.0, y - LINE / 2.0), name, "start");
        place.write(&mut out, name);
        taken.push(place);
    }
    let dots: Vec<(f64, f64)> = plot.points.iter().map(|point| (across.at(point.x), up.at(point.y))).collect();
    taken.extend(dots.iter().map(|&dot| Place::dot(dot)));
    for (point, &dot) in plot.points.iter().zip(&dots) {
        let colour = colour(&point.label);
        let _ = writeln!(out, "<circle class=\"{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\"/>", dot.0, dot.1);
        let place = Place::free(dot, &point.label, &taken);
        place.write(&mut out, &point.label);
        taken.push(place);
    }
    out.push_str("</svg>\n");
    out
}
