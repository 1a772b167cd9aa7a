//! Plots as SVG, in colours that read on light and on dark pages.

use std::fmt::Write;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 26.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
/// Width of a letter, about.
const LETTER: f64 = 6.4;
const LINE: f64 = 14.0;
/// Half of what a dot covers.
const DOT: f64 = 6.0;

/// Colours by the first word of a label: on light pages, on dark ones.
const COLOURS: [(&str, &str, &str); 4] = [
    ("maxsimd", "#0969da", "#58a6ff"),
    ("next-plaid", "#bc4c00", "#f0883e"),
    ("fast-plaid", "#8250df", "#bc8cff"),
    ("tantivy", "#1a7f37", "#3fb950"),
];

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

/// A bar with its name.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
}

/// Bars of one kind; all panels of a plot have the same labels.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) name: &'static str,
    pub(crate) bars: Vec<Bar>,
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
    for value in rows {
        let y = up.at(value);
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", WIDTH - RIGHT);
        text(&mut out, (LEFT - 8.0, y + 4.0), "end", &format!("{value:.2}"));
    }
    for value in columns {
        let x = across.at(value);
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{x:.1} {TOP}V{:.1}\"/>", HEIGHT - BOTTOM);
        text(&mut out, (x, HEIGHT - BOTTOM + 18.0), "middle", &value.to_string());
    }
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

/// Draws panels of bars side by side.
pub(crate) fn bars(title: &str, panels: &[Panel]) -> String {
    const STEP: f64 = 24.0;
    let labels = panels.iter().flat_map(|panel| &panel.bars).map(|bar| bar.label.len()).max().unwrap_or(0);
    let (left, most) = (labels as f64 * LETTER + 24.0, panels.iter().map(|panel| panel.bars.len()).max().unwrap_or(0));
    let share = (WIDTH - left) / panels.len().max(1) as f64;
    let mut out = begin(title, TOP + 30.0 + STEP * most as f64);
    for (number, panel) in panels.iter().enumerate() {
        let start = left + number as f64 * share;
        let largest = panel.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        text(&mut out, (start, TOP + 12.0), "start", panel.name);
        for (row, bar) in panel.bars.iter().enumerate() {
            let (y, length) = (TOP + 20.0 + STEP * row as f64, bar.value / largest * (share - 70.0));
            if number == 0 {
                text(&mut out, (left - 8.0, y + 13.0), "end", &bar.label);
            }
            let (colour, length) = (colour(&bar.label), length.max(1.0));
            let _ = writeln!(
                out,
                "<rect class=\"{colour}\" x=\"{start:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"18\"/>"
            );
            let value = if bar.value < 10.0 { format!("{:.1}", bar.value) } else { format!("{:.0}", bar.value) };
            text(&mut out, (start + length + 6.0, y + 13.0), "start", &value);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn begin(title: &str, height: f64) -> String {
    let colours = |of: fn(&(&str, &str, &str)) -> String| COLOURS.iter().map(of).collect::<String>();
    let light = colours(|(name, light, _)| format!(".{name}{{fill:{light}}}"));
    let dark = colours(|(name, _, dark)| format!(".{name}{{fill:{dark}}}"));
    let title = escaped(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{title}</title>\n\
         <style>text{{font:12px system-ui,sans-serif;fill:#1f2328}}.title{{font-weight:600;font-size:14px}}\
         .grid{{stroke:#d1d9e0}}.level{{stroke:#59636e;stroke-dasharray:5 4}}{light}\n\
         @media (prefers-color-scheme:dark){{text{{fill:#e6edf3}}.grid{{stroke:#3d444d}}.level{{stroke:#9198a1}}{dark}}}</style>\n\
         <text class=\"title\" x=\"8\" y=\"20\">{title}</text>\n"
    )
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn colour(label: &str) -> &'static str {
    COLOURS.iter().find(|(name, ..)| label.starts_with(name)).map_or("level", |(name, ..)| name)
}

/// Where values lie.
struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    pixels: (f64, f64),
}

impl Axis {
    /// An axis around values, and round numbers to mark on it.
    fn linear(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> (Self, Vec<f64>) {
        let (low, high) = bounds(values);
        let rough = ((high - low) / 6.0).max(1e-3);
        let power = 10f64.powf(rough.log10().floor());
        let step = power * [1.0, 2.0, 5.0, 10.0].into_iter().find(|s| s * power >= rough).unwrap_or(10.0);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let last = last.max(first + 1);
        // Decimals of the step only: 0.1 x 3 is 0.30000000000000004.
        let round = |n: i64| (n as f64 * step * 1e6).round() / 1e6;
        let marks = (first..=last).map(round).collect();
        (Self { low: round(first), high: round(last), logarithmic: false, pixels }, marks)
    }

    /// One of powers of ten, marked at 1, 2 and 5 times each.
    fn logarithmic(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> (Self, Vec<f64>) {
        let (low, high) = bounds(values.filter(|value| *value > 0.0));
        let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
        let all: Vec<f64> = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * 10f64.powi(power))).collect();
        let first = all.iter().rposition(|mark| *mark <= low).unwrap_or(0);
        let last = all.iter().position(|mark| *mark >= high).unwrap_or(all.len() - 1).max(first + 1);
        let marks = all[first..=last].iter().map(|mark| (mark * 1e6).round() / 1e6).collect();
        (Self { low: all[first], high: all[last], logarithmic: true, pixels }, marks)
    }

    fn at(&self, value: f64) -> f64 {
        let of = |value: f64| if self.logarithmic { value.ln() } else { value };
        let share = (of(value) - of(self.low)) / (of(self.high) - of(self.low));
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }
}

/// Smallest and largest; 0 and 1 of none.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = values.fold(None, |ends, value| {
        let (low, high): (f64, f64) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    ends.unwrap_or((0.0, 1.0))
}

/// What a label covers, and from which of its ends it is written.
#[derive(Debug, Clone, Copy)]
struct Place {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    anchor: &'static str,
}

impl Place {
    /// A label that starts, ends or has its middle at a point.
    fn of((x, y): (f64, f64), label: &str, anchor: &'static str) -> Self {
        let long = label.len() as f64 * LETTER;
        let left = match anchor {
            "start" => x,
            "middle" => x - long / 2.0,
            _ => x - long,
        };
        Self { left, right: left + long, top: y - LINE / 2.0, bottom: y + LINE / 2.0, anchor }
    }

    /// What a dot covers.
    fn dot((x, y): (f64, f64)) -> Self {
        Self { left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT, anchor: "middle" }
    }

    /// The first place around a dot that covers nothing, or the one to its right.
    fn free((x, y): (f64, f64), label: &str, taken: &[Self]) -> Self {
        let sides = [(9.0, "start"), (0.0, "middle"), (-9.0, "end")];
        let around = [0.0, -15.0, 15.0, -28.0, 28.0].into_iter().flat_map(|dy| sides.map(|(dx, side)| (dx, dy, side)));
        let inside = |p: &Self| p.left > LEFT && p.right < WIDTH && p.top > TOP - LINE && p.bottom < HEIGHT - BOTTOM;
        around
            .map(|(dx, dy, side)| Self::of((x + dx, y + dy), label, side))
            .find(|place| inside(place) && !taken.iter().any(|other| place.meets(other)))
            .unwrap_or_else(|| Self::of((x + 9.0, y), label, "start"))
    }

    /// Writes the label.
    fn write(&self, out: &mut String, label: &str) {
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

    fn points() -> Vec<Point> {
        [(3.0, 0.7), (3.1, 0.7), (640.0, 0.71)]
            .map(|(x, y)| Point { label: "maxsimd <2> bits".to_owned(), x, y })
            .into()
    }

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

    #[test]
    fn marks_are_round_and_around_all_values() {
        let (axis, marks) = Axis::linear([0.372, 0.381].into_iter(), (0.0, 100.0));
        assert!(axis.low <= 0.372 && axis.high >= 0.381 && marks.len() < 12, "{marks:?}");
        let (axis, marks) = Axis::logarithmic([34.6, 602.0].into_iter(), (0.0, 100.0));
        assert_eq!(marks, [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        assert!((axis.at(20.0), axis.at(1000.0)) == (0.0, 100.0));
        let (axis, _) = Axis::linear([5.0].into_iter(), (0.0, 100.0));
        assert!(axis.at(5.0).is_finite());
    }

    #[test]
    fn drawings_are_escaped_and_hold_every_value() {
        let line = Some(("exact", 0.72));
        let drawn =
            scatter(&Scatter { title: "a & b", across: "x", scale: Scale::Logarithmic, points: points(), line });
        assert!(drawn.contains("a &amp; b") && drawn.contains("maxsimd &lt;2> bits") || drawn.contains("&lt;2&gt;"));
        assert_eq!(drawn.matches("<circle class=\"maxsimd\"").count(), 3);
        let bar = |value| Bar { label: "tantivy".to_owned(), value };
        let drawn = bars("t", &[Panel { name: "s", bars: vec![bar(1.0), bar(460.0)] }]);
        assert_eq!(drawn.matches("<rect class=\"tantivy\"").count(), 2);
        assert!(drawn.contains(">1.0<") && drawn.contains(">460<"));
    }
}
