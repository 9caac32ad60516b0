//! What does pdf-extract see on a page?
//!
//! The first parser. It listens to pdf-extract, whose listener hears nothing of fonts and tags; those are told by the
//! signals that [`super::prepare`] puts into the page. Not here: the second parser ([`super::hayro`]).

use std::panic::{AssertUnwindSafe, catch_unwind};

use pdf_extract::{ColorSpace, Document, MediaBox, OutputDev, OutputError, Path, PathOp, Transform, output_doc_page};

use super::ink::{Glyph, Mark, PageInk, Shape};
use super::prepare::{FONT_SIGNAL, MARK_SIGNAL, mark_of};

/// Lets pdf-extract draw one page; its panics end here.
pub(super) fn trace(document: &Document, number: u32) -> Result<PageInk, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut tracer = Tracer::default();
        output_doc_page(document, &mut tracer, number).map(|()| tracer.ink)
    }));
    match outcome {
        Ok(Ok(ink)) => Ok(ink),
        Ok(Err(_)) => Err("the parser found an error".to_owned()),
        Err(_) => Err("the parser gave up".to_owned()),
    }
}

/// The listener.
#[derive(Debug, Default)]
struct Tracer {
    ink: PageInk,
    font: Option<usize>,
    mark: Mark,
}

impl Tracer {
    /// Takes a path that is a signal; gives `false` if it is not.
    fn hear(&mut self, path: &Path) -> bool {
        let Some(PathOp::MoveTo(x, y)) = path.ops.first() else { return false };
        if (x - FONT_SIGNAL).abs() < 1.0 {
            self.font = Some(y.max(0.0) as usize);
        } else if (x - MARK_SIGNAL).abs() < 1.0 {
            self.mark = mark_of(y.round() as i64);
        } else {
            return false;
        }
        true
    }

    fn draw(&mut self, ctm: &Transform, path: &Path, filled: bool) {
        if self.hear(path) {
            return;
        }
        let mut shape = Shape { filled, ..Shape::default() };
        let (mut current, mut first) = ((0.0, 0.0), (0.0, 0.0));
        for step in &path.ops {
            match *step {
                PathOp::MoveTo(x, y) => {
                    let done = std::mem::replace(&mut shape, Shape { filled, ..Shape::default() });
                    self.ink.shape(&done);
                    current = place(ctm, (x, y));
                    first = current;
                    shape.reach(current);
                }
                PathOp::LineTo(x, y) => {
                    let to = place(ctm, (x, y));
                    shape.side(current, to);
                    current = to;
                }
                PathOp::CurveTo(.., x, y) => {
                    current = place(ctm, (x, y));
                    shape.round = true;
                    shape.reach(current);
                }
                PathOp::Rect(x, y, width, height) => {
                    let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
                    let corners = corners.map(|corner| place(ctm, corner));
                    // Several rectangles in one path are each a shape of their own.
                    let mut inner = Shape { filled, ..Shape::default() };
                    for index in 0..4 {
                        inner.side(corners[index], corners[(index + 1) % 4]);
                    }
                    self.ink.shape(&inner);
                }
                PathOp::Close => {
                    shape.side(current, first);
                    current = first;
                }
            }
        }
        self.ink.shape(&shape);
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
        if across > 0.0 {
            self.ink.glyph(Glyph {
                x: matrix.m31,
                y: matrix.m32,
                width: width * size.abs() * across,
                size: size.abs() * upwards,
                font: self.font,
                mark: self.mark,
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
        self.draw(ctm, path, false);
        Ok(())
    }

    fn fill(&mut self, ctm: &Transform, _: &ColorSpace, _: &[f64], path: &Path) -> Result<(), OutputError> {
        self.draw(ctm, path, true);
        Ok(())
    }
}

fn place(matrix: &Transform, (x, y): (f64, f64)) -> (f64, f64) {
    (matrix.m11 * x + matrix.m21 * y + matrix.m31, matrix.m12 * x + matrix.m22 * y + matrix.m32)
}
