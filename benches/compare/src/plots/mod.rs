//! Plots as SVG, in colours that read on light and on dark pages.
//!
//! # Layout
//!
//! `scatter`, `bars` and `curves` each draw one kind of plot; `axis` and `label` say where values and names go.

mod axis;
mod bars;
mod curves;
mod label;
mod scatter;

use std::fmt::Write;

use self::axis::Axis;
pub(crate) use self::bars::{Bar, Panel, bars};
pub(crate) use self::curves::{Curve, Curves, curves};
pub(crate) use self::scatter::{Point, Scale, Scatter, scatter};

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 26.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// Colours by the first word of a label: on light pages, on dark ones.
const COLOURS: [(&str, &str, &str); 4] = [
    ("maxsimd", "#0969da", "#58a6ff"),
    ("next-plaid", "#bc4c00", "#f0883e"),
    ("fast-plaid", "#8250df", "#bc8cff"),
    ("tantivy", "#1a7f37", "#3fb950"),
];

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

/// Draws what values are read by: lines across and up, with their marks, which have so many decimals where they are rows.
fn frame(out: &mut String, (across, columns): (&Axis, &[f64]), (up, rows): (&Axis, &[f64]), decimals: usize) {
    let [left, right] = across.pixels().map(|x| format!("{x:.1}"));
    for &value in rows {
        let y = up.at(value);
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>");
        text(out, (LEFT - 8.0, y + 4.0), "end", &format!("{value:.decimals$}"));
    }
    for &value in columns {
        let x = across.at(value);
        let _ = writeln!(out, "<path class=\"grid\" d=\"M{x:.1} {TOP}V{:.1}\"/>", HEIGHT - BOTTOM);
        text(out, (x, HEIGHT - BOTTOM + 18.0), "middle", &value.to_string());
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_are_escaped_and_hold_every_value() {
        let point = |(x, y)| Point { label: "maxsimd <2> bits".to_owned(), x, y };
        let points: Vec<Point> = [(3.0, 0.7), (3.1, 0.7), (640.0, 0.71)].map(point).into();
        let line = Some(("exact", 0.72));
        let drawn = scatter(&Scatter { title: "a & b", across: "x", scale: Scale::Logarithmic, points, line });
        assert!(drawn.contains("a &amp; b") && drawn.contains("maxsimd &lt;2&gt; bits"), "{drawn}");
        assert_eq!(drawn.matches("<circle class=\"maxsimd\"").count(), 3);
        let bar = |value| Bar { label: "tantivy".to_owned(), value };
        let drawn = bars("t", &[Panel { name: "s", bars: vec![bar(1.0), bar(460.0)] }]);
        assert_eq!(drawn.matches("<rect class=\"tantivy\"").count(), 2);
        assert!(drawn.contains(">1.0<") && drawn.contains(">460<"));
    }
}
