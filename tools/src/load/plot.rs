//! How curves are drawn: SVG without scripts, whose colours are the page's.

use std::fmt::Write;

use crate::drawing::escaped;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
/// Of the names of the curves.
const RIGHT: f64 = 180.0;
const BOTTOM: f64 = 54.0;
const TOP: f64 = 34.0;
/// Colours that the page has.
pub(super) const COLOURS: usize = 6;
/// Curves of at most so many points have a dot at each.
const DOTS: usize = 50;
/// Characters of a name that fit beside the curves.
const NAME: usize = 24;
/// Lines across a linear axis, or a few more.
const LINES: f64 = 5.0;

/// A curve, in the units of its axes.
#[derive(Debug)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// What is drawn.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) across: Axis,
    pub(super) up: Axis,
    pub(super) curves: Vec<Curve>,
}

/// From where to where it goes, and what it says on the way.
#[derive(Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    marks: Vec<(f64, String)>,
}

impl Axis {
    /// Around these values, with round numbers at equal distances.
    pub(super) fn linear(values: &[f64]) -> Self {
        let (low, high) = match range(values.iter().copied()) {
            (low, high) if high > low => (low, high),
            // Nothing but one value lies in the middle.
            (only, _) => (only - only.abs() / 20.0, only + (only.abs() / 20.0).max(1e-3)),
        };
        let step = round((high - low) / LINES);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let digits = (-step.log10().floor()).max(0.0) as usize;
        let mark = |number: i64| (number as f64 * step, format!("{:.digits$}", number as f64 * step));
        let marks: Vec<(f64, String)> = (first..=last).map(mark).collect();
        Self { low: first as f64 * step, high: last as f64 * step, logarithmic: false, marks }
    }

    /// Powers of ten around those of these values that have a logarithm.
    pub(super) fn decades(values: &[f64]) -> Self {
        let (low, high) = range(values.iter().copied().filter(|value| *value > 0.0));
        let last = high.max(1e-6).log10().ceil() as i32;
        let first = (low.max(1e-6).log10().floor() as i32).min(last - 1);
        let mark = |exponent| (10f64.powi(exponent), 10f64.powi(exponent).to_string());
        let marks = (first..=last).map(mark).collect();
        Self { low: 10f64.powi(first), high: 10f64.powi(last), logarithmic: true, marks }
    }

    /// Logarithmic from 1 on, with these marks.
    pub(super) fn marked(high: f64, marks: Vec<(f64, String)>) -> Self {
        Self { low: 1.0, high, logarithmic: true, marks }
    }

    /// From 0 to 1 along it.
    fn place(&self, value: f64) -> f64 {
        let share = match self.logarithmic {
            true => (value.max(1e-9) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        share.clamp(0.0, 1.0)
    }
}

/// The least and the greatest; 0 and 1 of none.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .fold(None, |range: Option<(f64, f64)>, value| {
            Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        })
        .unwrap_or((0.0, 1.0))
}

/// The next of 1, 2 and 5 and their decimal multiples.
fn round(step: f64) -> f64 {
    let unit = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|factor| factor * unit).find(|round| *round >= step).unwrap_or(10.0 * unit)
}

impl Plot {
    /// The picture.
    pub(super) fn svg(&self) -> String {
        let title = escaped(&self.title);
        let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n<title>{title}</title>\n");
        let _ = writeln!(out, "<text class=\"title\" x=\"{LEFT}\" y=\"18\">{title}</text>");
        self.up.marks.iter().for_each(|(value, mark)| self.line(&mut out, *value, mark));
        self.across.marks.iter().for_each(|(value, mark)| self.column(&mut out, *value, mark));
        // The first is on top.
        self.curves.iter().enumerate().rev().for_each(|(number, curve)| self.trace(&mut out, number, curve));
        out.push_str("</svg>\n");
        out
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + self.across.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.up.place(value) * (HEIGHT - BOTTOM - TOP)
    }

    fn line(&self, out: &mut String, value: f64, mark: &str) {
        let (x, y) = (LEFT - 8.0, self.y(value));
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", WIDTH - RIGHT);
        let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", y + 4.0, escaped(mark));
    }

    fn column(&self, out: &mut String, value: f64, mark: &str) {
        let (x, y) = (self.x(value), HEIGHT - BOTTOM);
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{x:.1} {TOP}V{y:.1}\"/>");
        let _ =
            writeln!(out, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", y + 20.0, escaped(mark));
    }

    fn trace(&self, out: &mut String, number: usize, curve: &Curve) {
        let colour = number % COLOURS;
        let points: Vec<(f64, f64)> = curve.points.iter().map(|(x, y)| (self.x(*x), self.y(*y))).collect();
        let text: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(out, "<polyline class=\"curve c{colour}\" points=\"{}\"/>", text.join(" "));
        for (x, y) in points.iter().filter(|_| points.len() <= DOTS) {
            let _ = writeln!(out, "<circle class=\"c{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>");
        }
        let (x, y) = (WIDTH - RIGHT + 14.0, TOP + 10.0 + 20.0 * number as f64);
        let name: String = curve.name.chars().take(NAME).collect();
        let _ = writeln!(out, "<text class=\"c{colour}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(&name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(axis: &Axis) -> Vec<&str> {
        axis.marks.iter().map(|(_, mark)| mark.as_str()).collect()
    }

    #[test]
    fn linear_axes_have_round_numbers_around_what_they_show() {
        assert_eq!(marks(&Axis::linear(&[130.0, 690.0])), ["0", "200", "400", "600", "800"]);
        assert_eq!(marks(&Axis::linear(&[0.641, 0.648])), ["0.640", "0.642", "0.644", "0.646", "0.648"]);
        for few in [vec![], vec![0.0], vec![0.5], vec![3.0, 3.0]] {
            let axis = Axis::linear(&few);
            assert!(
                axis.high > axis.low && few.iter().all(|value| (0.0..=1.0).contains(&axis.place(*value))),
                "{axis:?}"
            );
        }
    }

    #[test]
    fn logarithmic_axes_have_powers_of_ten() {
        let axis = Axis::decades(&[0.0, 0.3, 42.0]);
        assert_eq!(marks(&axis), ["0.1", "1", "10", "100"]);
        assert!((axis.place(1.0) - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(marks(&Axis::decades(&[10.0])), ["1", "10"]);
        assert!(Axis::decades(&[]).high > 0.0);
    }

    #[test]
    fn a_picture_has_all_curves_and_hostile_names_stay_text() {
        let curve = |name: &str| Curve { name: name.to_owned(), points: vec![(1.0, 2.0), (2.0, 3.0)] };
        let axis = || Axis::linear(&[1.0, 3.0]);
        let curves = vec![curve("<script>"), curve("b")];
        let svg = Plot { title: "a & b".to_owned(), across: axis(), up: axis(), curves }.svg();
        assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (2, 4));
        assert!(!svg.contains("<script") && svg.contains("a &amp; b") && !svg.contains("NaN"), "{svg}");
    }
}
