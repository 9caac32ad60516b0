//! Which characters and rules are on a page, and where?
//!
//! Listens to pdf-extract and keeps what it draws in the page's own coordinates. Not here: how characters make words.

use pdf_extract::{ColorSpace, MediaBox, OutputDev, OutputError, Path, PathOp, Transform};

use super::prepare::FONT_SIGNAL;

/// A character as drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Glyph {
    /// Where the writing line begins.
    pub(super) x: f64,
    /// The base line, growing upwards.
    pub(super) y: f64,
    /// Width along the base line.
    pub(super) width: f64,
    /// Height of the font.
    pub(super) size: f64,
    /// Number of the font, if its choice was announced.
    pub(super) font: Option<usize>,
    /// Direction of writing as a unit vector.
    pub(super) direction: (f64, f64),
    /// The character, or several for a ligature.
    pub(super) text: String,
}

/// A straight rule from one point to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) x0: f64,
    pub(super) y0: f64,
    pub(super) x1: f64,
    pub(super) y1: f64,
}

/// Everything drawn on a page.
#[derive(Debug, Default)]
pub(super) struct PageInk {
    pub(super) glyphs: Vec<Glyph>,
    pub(super) rules: Vec<Rule>,
    /// Left, bottom, right, top.
    pub(super) area: (f64, f64, f64, f64),
}

/// The listener.
#[derive(Debug, Default)]
pub(super) struct Tracer {
    ink: PageInk,
    font: Option<usize>,
}

/// Filled shapes no thicker than this are rules.
const RULE_THICKNESS: f64 = 3.0;
/// More rules than this is a drawing.
const MAX_RULES: usize = 3_000;

impl Tracer {
    pub(super) fn finish(self) -> PageInk {
        self.ink
    }

    /// Browsers draw the bullets of lists as small discs, rings and squares; they become characters here.
    fn bullet(&mut self, ctm: &Transform, path: &Path, filled: bool) {
        let round = path.ops.iter().any(|step| matches!(step, PathOp::CurveTo(..)));
        let mut corners = Vec::new();
        for step in &path.ops {
            match *step {
                PathOp::MoveTo(x, _) if (x - FONT_SIGNAL).abs() < 1.0 => return,
                PathOp::MoveTo(x, y) | PathOp::LineTo(x, y) | PathOp::CurveTo(.., x, y) => {
                    corners.push(place(ctm, (x, y)));
                }
                PathOp::Rect(x, y, width, height) => {
                    corners.extend([place(ctm, (x, y)), place(ctm, (x + width, y + height))]);
                }
                PathOp::Close => {}
            }
        }
        let range = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
        };
        let (left, right) = range(&mut corners.iter().map(|corner| corner.0));
        let (bottom, top) = range(&mut corners.iter().map(|corner| corner.1));
        let (wide, high) = (right - left, top - bottom);
        if (1.8..=7.0).contains(&wide) && (wide - high).abs() < 0.15 * wide && (round || filled) {
            let text = if !round {
                "▪"
            } else if filled {
                "•"
            } else {
                "◦"
            };
            // A disc is a third of the type's height and stands a third above the base line.
            let size = high * 3.5;
            let y = f64::midpoint(bottom, top) - 0.32 * size;
            let glyph =
                Glyph { x: left, y, width: wide, size, font: None, direction: (1.0, 0.0), text: text.to_owned() };
            self.ink.glyphs.push(glyph);
        }
    }

    fn rule(&mut self, ctm: &Transform, from: (f64, f64), to: (f64, f64)) {
        let (x0, y0) = place(ctm, from);
        let (x1, y1) = place(ctm, to);
        let straight = (x0 - x1).abs() < 0.6 || (y0 - y1).abs() < 0.6;
        if straight && self.ink.rules.len() < MAX_RULES {
            self.ink.rules.push(Rule { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) });
        }
    }
}

impl OutputDev for Tracer {
    fn begin_page(&mut self, _: u32, area: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        self.ink.area = (area.llx, area.lly, area.urx, area.ury);
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        matrix: &Transform,
        width: f64,
        _: f64,
        size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        let across = matrix.m11.hypot(matrix.m12);
        let upwards = matrix.m21.hypot(matrix.m22);
        if across > 0.0 && upwards.is_finite() && across.is_finite() {
            self.ink.glyphs.push(Glyph {
                x: matrix.m31,
                y: matrix.m32,
                width: width * size.abs() * across,
                size: size.abs() * upwards,
                font: self.font,
                direction: (matrix.m11 / across, matrix.m12 / across),
                text: text.to_owned(),
            });
        }
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn stroke(&mut self, ctm: &Transform, _: &ColorSpace, _: &[f64], path: &Path) -> Result<(), OutputError> {
        self.bullet(ctm, path, false);
        let mut current = (0.0, 0.0);
        let mut first = current;
        for step in &path.ops {
            match *step {
                PathOp::MoveTo(x, y) if (x - FONT_SIGNAL).abs() < 1.0 => self.font = Some(y.max(0.0) as usize),
                PathOp::MoveTo(x, y) => {
                    current = (x, y);
                    first = current;
                }
                PathOp::LineTo(x, y) => {
                    self.rule(ctm, current, (x, y));
                    current = (x, y);
                }
                PathOp::CurveTo(.., x, y) => current = (x, y),
                PathOp::Rect(x, y, width, height) => {
                    let (right, top) = (x + width, y + height);
                    for (from, to) in
                        [((x, y), (right, y)), ((x, top), (right, top)), ((x, y), (x, top)), ((right, y), (right, top))]
                    {
                        self.rule(ctm, from, to);
                    }
                }
                PathOp::Close => {
                    self.rule(ctm, current, first);
                    current = first;
                }
            }
        }
        Ok(())
    }

    fn fill(&mut self, ctm: &Transform, _: &ColorSpace, _: &[f64], path: &Path) -> Result<(), OutputError> {
        self.bullet(ctm, path, true);
        for step in &path.ops {
            if let PathOp::Rect(x, y, width, height) = *step {
                let (x0, y0) = place(ctm, (x, y));
                let (x1, y1) = place(ctm, (x + width, y + height));
                let (wide, high) = ((x1 - x0).abs(), (y1 - y0).abs());
                if high <= RULE_THICKNESS && wide > high {
                    let middle = y + height / 2.0;
                    self.rule(ctm, (x, middle), (x + width, middle));
                } else if wide <= RULE_THICKNESS && high > wide {
                    let middle = x + width / 2.0;
                    self.rule(ctm, (middle, y), (middle, y + height));
                }
            }
        }
        Ok(())
    }
}

fn place(matrix: &Transform, (x, y): (f64, f64)) -> (f64, f64) {
    (matrix.m11 * x + matrix.m21 * y + matrix.m31, matrix.m12 * x + matrix.m22 * y + matrix.m32)
}
