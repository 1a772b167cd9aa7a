//! Values that grow with something, as lines; both axes logarithmic, so that a power law is straight.

use std::fmt::Write;

use super::axis::Axis;
use super::label::LINE;
use super::{BOTTOM, HEIGHT, LEFT, TOP, WIDTH, begin, frame, text};

/// Room for the names of the curves, to the right of their ends.
const NAMES: f64 = 250.0;
/// Colours of curves, the first of the first: on light pages, on dark ones.
const COLOURS: [(&str, &str); 5] = [
    ("#0969da", "#58a6ff"),
    ("#bc4c00", "#f0883e"),
    ("#1a7f37", "#3fb950"),
    ("#8250df", "#bc8cff"),
    ("#bf3989", "#f778ba"),
];

/// Points from left to right, with their name.
#[derive(Debug)]
pub(crate) struct Curve {
    pub(crate) label: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// Curves over the same axis; the title says what they are.
#[derive(Debug)]
pub(crate) struct Curves<'a> {
    pub(crate) title: &'a str,
    pub(crate) across: &'a str,
    /// At most as many as there are colours.
    pub(crate) curves: Vec<Curve>,
}

/// Draws curves.
pub(crate) fn curves(plot: &Curves<'_>) -> String {
    let points = || plot.curves.iter().flat_map(|curve| &curve.points);
    let (up, rows) = Axis::logarithmic(points().map(|(_, y)| *y), (HEIGHT - BOTTOM, TOP));
    let (across, columns) = Axis::logarithmic(points().map(|(x, _)| *x), (LEFT, WIDTH - NAMES));
    let mut out = begin(plot.title, HEIGHT);
    out.push_str(&style());
    // Two marks of three would touch where values span five powers of ten.
    let rows: Vec<f64> =
        if rows.len() > 12 { rows.into_iter().filter(|mark| is_power_of_ten(*mark)).collect() } else { rows };
    let decimals = rows.iter().map(|mark| usize::from(*mark < 1.0) + usize::from(*mark < 0.1)).max().unwrap_or(0);
    frame(&mut out, (&across, &columns), (&up, &rows), decimals);
    text(&mut out, (LEFT, HEIGHT - 10.0), "start", plot.across);
    let mut names = Vec::new();
    for (number, curve) in plot.curves.iter().enumerate() {
        let dots: Vec<(f64, f64)> = curve.points.iter().map(|(x, y)| (across.at(*x), up.at(*y))).collect();
        let line: Vec<String> = dots.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(out, "<path class=\"curve c{number}\" d=\"M{}\"/>", line.join("L"));
        for (x, y) in &dots {
            let _ = writeln!(out, "<circle class=\"c{number}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
        }
        names.extend(dots.last().map(|&(x, y)| (x + 12.0, y + 4.0, curve.label.as_str())));
    }
    for (x, y, name) in apart(names) {
        text(&mut out, (x, y), "start", name);
    }
    out.push_str("</svg>\n");
    out
}

fn style() -> String {
    let colours = |of: fn(&(&'static str, &'static str)) -> &'static str| {
        let of = |(number, pair)| format!(".c{number}{{fill:{0};stroke:{0}}}", of(pair));
        COLOURS.iter().enumerate().map(of).collect::<String>()
    };
    let (light, dark) = (colours(|pair| pair.0), colours(|pair| pair.1));
    format!("<style>{light}@media (prefers-color-scheme:dark){{{dark}}}.curve{{fill:none;stroke-width:2}}</style>\n")
}

/// Names from top to bottom, each at least a line below the one before it.
fn apart(mut names: Vec<(f64, f64, &str)>) -> Vec<(f64, f64, &str)> {
    names.sort_by(|a, b| a.1.total_cmp(&b.1));
    for at in 1..names.len() {
        names[at].1 = names[at].1.max(names[at - 1].1 + LINE);
    }
    names
}

fn is_power_of_ten(mark: f64) -> bool {
    (mark.log10() - mark.log10().round()).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_is_straight_and_names_do_not_touch() {
        let law = |label: &str, factor: f64| Curve {
            label: label.to_owned(),
            points: [1.0, 4.0, 16.0].map(|x: f64| (x, factor * x.sqrt())).to_vec(),
        };
        let drawn = curves(&Curves { title: "t", across: "n", curves: vec![law("a", 1.0), law("b", 1.01)] });
        let path = drawn.lines().find(|line| line.contains("curve c0")).unwrap();
        let ends: Vec<f64> = path.split(|c: char| !(c.is_ascii_digit() || c == '.')).flat_map(str::parse).collect();
        // 0 of the class, then x and y of three dots.
        let [_, x0, y0, x1, y1, x2, y2] = ends[..] else { panic!("{path}") };
        assert!(((y1 - y0) / (x1 - x0) - (y2 - y1) / (x2 - x1)).abs() < 1e-2, "{path}");
        let y = |name: &str| {
            let line = drawn.lines().find(|line| line.ends_with(&format!(">{name}</text>"))).unwrap();
            line.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap()
        };
        assert!((y("a") - y("b")).abs() >= LINE);
    }
}
