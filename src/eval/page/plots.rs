//! Plots as SVG that stands in the page itself.
//!
//! Small on purpose: axes with ticks, lines and dots, drawn with the page's own colours. Texts come from this file alone, so
//! that nothing has to be escaped.

use std::fmt::Write;

use crate::eval::calibration::{CurvePoint, ReliabilityBin};

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 48.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 28.0;

/// A number as Swedish readers write it.
pub(super) fn decimal(value: f64, digits: usize) -> String {
    format!("{value:.digits$}").replace('.', ",").replace('-', "−")
}

/// A share as a whole percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

struct Axis {
    label: &'static str,
    to: f64,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0 to 100 %, or less where the values are small.
    fn shares(label: &'static str, highest: f64) -> Self {
        let step = if highest > 0.5 { 0.2 } else { 0.1 };
        let to = ((highest / step).ceil() * step).clamp(step, 1.0);
        let count = (to / step).round() as usize;
        let ticks = (0..=count).map(|at| at as f64 * step).map(|value| (value, percent(value))).collect();
        Self { label, to, ticks }
    }

    /// From 0 to a round number of milliseconds above `highest`.
    fn millis(label: &'static str, highest: f64) -> Self {
        let rough = (highest / 5.0).max(1.0);
        let magnitude = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * magnitude).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let count = (highest / step).ceil().max(1.0) as usize;
        let ticks = (0..=count).map(|at| at as f64 * step).map(|value| (value, format!("{value:.0}"))).collect();
        Self { label, to: step * count as f64, ticks }
    }
}

struct Plot {
    svg: String,
    x_to: f64,
    y_to: f64,
}

impl Plot {
    fn new(title: &str, x: &Axis, y: &Axis) -> Self {
        let svg =
            format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>");
        let mut plot = Self { svg, x_to: x.to, y_to: y.to };
        let (left, right) = (plot.x(0.0), plot.x(x.to));
        let (bottom, top) = (plot.y(0.0), plot.y(y.to));
        for (value, label) in &x.ticks {
            let at = plot.x(*value);
            plot.put(&format!("<path class=\"grid\" d=\"M{at:.1} {bottom:.1}V{top:.1}\"/>"));
            plot.text(at, bottom + 18.0, "middle", label);
        }
        for (value, label) in &y.ticks {
            let at = plot.y(*value);
            plot.put(&format!("<path class=\"grid\" d=\"M{left:.1} {at:.1}H{right:.1}\"/>"));
            plot.text(left - 8.0, at + 4.0, "end", label);
        }
        plot.put(&format!("<path class=\"axis\" d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\"/>"));
        plot.text(f64::midpoint(left, right), HEIGHT - 8.0, "middle", x.label);
        let middle = f64::midpoint(top, bottom);
        plot.put(&format!(
            "<text transform=\"translate(13 {middle:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            y.label
        ));
        plot
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + value / self.x_to * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - value / self.y_to * (HEIGHT - BOTTOM - TOP)
    }

    fn put(&mut self, element: &str) {
        self.svg.push_str(element);
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        self.put(&format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
    }

    fn line(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(path, "{}{:.1} {:.1}", if at == 0 { 'M' } else { 'L' }, self.x(*x), self.y(*y));
        }
        self.put(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64, title: &str) {
        let (x, y) = (self.x(x), self.y(y));
        self.put(&format!(
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{title}</title></circle>"
        ));
    }

    fn done(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}

/// Confidence against the share of right ones, bin by bin; the diagonal is a confidence that means what it says.
pub(super) fn reliability(bins: &[ReliabilityBin]) -> String {
    let x = Axis::shares("sannolikhet som programmet angav", 1.0);
    let y = Axis::shares("andel där avsnitten svarar", 1.0);
    let mut plot = Plot::new("Angiven sannolikhet mot utfall", &x, &y);
    plot.line("reference", &[(0.0, 0.0), (1.0, 1.0)]);
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(1).max(1) as f64;
    for bin in bins {
        plot.line("distance", &[(bin.confidence, bin.confidence), (bin.confidence, bin.right)]);
        let said = format!("{} frågor: angivet {}, utfall {}", bin.count, percent(bin.confidence), percent(bin.right));
        plot.dot("dot", (bin.confidence, bin.right), 3.0 + 9.0 * (bin.count as f64 / most).sqrt(), &said);
    }
    plot.done()
}

/// How much is answered against how much of it is wrong, over all thresholds; `now` is how it is.
pub(super) fn answered_against_wrong(points: &[CurvePoint], now: CurvePoint) -> String {
    let highest = points.iter().map(|point| point.wrong).fold(now.wrong, f64::max);
    let (x, y) = (Axis::shares("andel frågor som besvaras", 1.0), Axis::shares("andel fel bland dem", highest));
    let mut plot = Plot::new("Besvarade frågor mot fel", &x, &y);
    let answered: Vec<&CurvePoint> = points.iter().filter(|point| point.answered > 0.0).collect();
    plot.line("line", &answered.iter().map(|point| (point.answered, point.wrong)).collect::<Vec<_>>());
    for point in answered {
        let said = format!(
            "gräns {}: {} besvaras, {} av dem fel",
            decimal(point.threshold, 2),
            percent(point.answered),
            percent(point.wrong)
        );
        plot.dot("hit", (point.answered, point.wrong), 3.5, &said);
    }
    let said = format!("så är det nu: {} besvaras, {} av dem fel", percent(now.answered), percent(now.wrong));
    plot.dot("now", (now.answered, now.wrong), 7.0, &said);
    let (at, above) = (plot.x(now.answered), plot.y(now.wrong) - 14.0);
    plot.text(at, above, "middle", "nu");
    plot.done()
}

/// Share of answers that are there after a time; one line for each kind, with how it is drawn.
pub(super) fn latency(kinds: &[(&'static str, Vec<f64>)]) -> String {
    let highest = kinds.iter().flat_map(|(_, times)| times).copied().fold(1.0, f64::max);
    let (x, y) = (Axis::millis("millisekunder", highest), Axis::shares("andel frågor", 1.0));
    let mut plot = Plot::new("Svarstider", &x, &y);
    for (class, times) in kinds {
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        let share = |count: usize| count as f64 / sorted.len() as f64;
        let steps = sorted.iter().enumerate().flat_map(|(at, time)| [(*time, share(at)), (*time, share(at + 1))]);
        plot.line(class, &std::iter::once((0.0, 0.0)).chain(steps).collect::<Vec<_>>());
    }
    plot.done()
}

/// A value between 0 and 1 with its interval, as one row of a table.
pub(super) fn row(value: f64, low: f64, high: f64) -> String {
    let x = |value: f64| 4.0 + value.clamp(0.0, 1.0) * 152.0;
    format!(
        "<svg class=\"row\" viewBox=\"0 0 160 16\" aria-hidden=\"true\"><path class=\"grid\" d=\"M4 8H156M4 4V12M80 4V12M156 4V12\"/>\
         <path class=\"interval\" d=\"M{:.1} 8H{:.1}\"/><circle class=\"dot\" cx=\"{:.1}\" cy=\"8\" r=\"4\"/></svg>",
        x(low),
        x(high),
        x(value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_stays_within_the_plot() {
        let point = |threshold, answered, wrong| CurvePoint { threshold, answered, wrong };
        let bin = ReliabilityBin { from: 0.9, to: 1.0, count: 3, confidence: 1.0, right: 0.0 };
        let drawn = [
            reliability(&[bin]),
            answered_against_wrong(&[point(0.0, 1.0, 0.04), point(1.0, 0.0, 0.0)], point(0.5, 0.5, 0.5)),
            latency(&[("line", vec![12.0, 999.0, 7.0]), ("second", Vec::new())]),
        ];
        for svg in drawn {
            let circles = svg.split("<circle").skip(1).filter_map(|circle| {
                let number = |name: &str| -> Option<f64> {
                    circle.split_once(&format!("{name}=\""))?.1.split('"').next()?.parse().ok()
                };
                Some((number("cx")?, number("cy")?))
            });
            for (x, y) in circles {
                assert!((LEFT..=WIDTH).contains(&x) && (0.0..=HEIGHT - BOTTOM).contains(&y), "{x} {y} in {svg}");
            }
            assert!(!svg.contains("NaN") && !svg.contains("inf") && svg.ends_with("</svg>"), "{svg}");
        }
    }
}
