//! What does hayro see on a page?
//!
//! The second parser, for pages that come out broken from the first ([`super::extract`]): it was written apart from it,
//! knows more kinds of fonts and encodings, and mends damaged files. Not here: which of the two is believed
//! ([`super::quality`]).

use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro_interpret::font::{Glyph as Drawn, GlyphRun, Type3Glyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::Dict;
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, RenderContent, SoftMask, interpret_page,
};

use super::ink::{Glyph, Mark, PageInk, Shape};
use super::prepare::{FONT_SIGNAL, FONT_TAG, MARK_TAG, mark_of};

/// A file opened by hayro.
pub(super) struct Second(Pdf);

impl Second {
    /// Opens a file; `None` if it cannot be read at all.
    pub(super) fn open(bytes: Vec<u8>) -> Option<Self> {
        catch_unwind(|| Pdf::new(bytes).ok()).ok().flatten().map(Self)
    }

    pub(super) fn page_count(&self) -> usize {
        catch_unwind(AssertUnwindSafe(|| self.0.pages().len())).unwrap_or(0)
    }

    /// How far the page is turned clockwise, in degrees.
    pub(super) fn rotation(&self, number: u32) -> i64 {
        use hayro_interpret::hayro_syntax::page::Rotation;
        match self
            .0
            .pages()
            .get((number as usize).saturating_sub(1))
            .map(hayro_interpret::hayro_syntax::page::Page::rotation)
        {
            Some(Rotation::Horizontal) => 90,
            Some(Rotation::Flipped) => 180,
            Some(Rotation::FlippedHorizontal) => 270,
            Some(Rotation::None) | None => 0,
        }
    }

    /// Draws one page, counted from 1.
    pub(super) fn trace(&self, number: u32) -> Result<PageInk, String> {
        catch_unwind(AssertUnwindSafe(|| self.draw(number))).unwrap_or_else(|_| Err("the parser gave up".to_owned()))
    }

    fn draw(&self, number: u32) -> Result<PageInk, String> {
        let page = self.0.pages().get((number as usize).saturating_sub(1)).ok_or("the page is missing")?;
        let cache = InterpreterCache::new();
        // Annotations are comments and stamps, not the document's text.
        let settings = InterpreterSettings { render_content: RenderContent::PAGE, ..InterpreterSettings::default() };
        let area = page.media_box();
        let bounds = Rect::new(area.x0, area.y0, area.x1, area.y1);
        let mut context = Context::new(Affine::IDENTITY, bounds, &cache, self.0.xref(), settings);
        let mut ear = Ear::default();
        ear.ink.area = (area.x0.min(area.x1), area.y0.min(area.y1), area.x0.max(area.x1), area.y0.max(area.y1));
        interpret_page(page, &mut context, &mut ear);
        Ok(ear.ink)
    }
}

/// The listener.
#[derive(Debug, Default)]
struct Ear {
    ink: PageInk,
    font: Option<usize>,
    mark: Mark,
}

impl Ear {
    fn path(&mut self, path: &BezPath, transform: Affine, filled: bool) {
        let place = |point: Point| {
            let placed = transform * point;
            (placed.x, placed.y)
        };
        let mut shape = Shape { filled, ..Shape::default() };
        let (mut current, mut first) = ((0.0, 0.0), (0.0, 0.0));
        for step in path.elements() {
            match *step {
                // The first parser's signal.
                PathEl::MoveTo(point) if point.x > FONT_SIGNAL / 2.0 => return,
                PathEl::MoveTo(point) => {
                    let done = std::mem::replace(&mut shape, Shape { filled, ..Shape::default() });
                    self.ink.shape(&done);
                    current = place(point);
                    first = current;
                    shape.reach(current);
                }
                PathEl::LineTo(point) => {
                    shape.side(current, place(point));
                    current = place(point);
                }
                PathEl::QuadTo(_, point) | PathEl::CurveTo(_, _, point) => {
                    current = place(point);
                    shape.round = true;
                    shape.reach(current);
                }
                PathEl::ClosePath => {
                    shape.side(current, first);
                    current = first;
                }
            }
        }
        self.ink.shape(&shape);
    }
}

/// Width along the base line in thousandths of the type's height.
fn advance(glyph: &Drawn<'_>) -> f64 {
    let width = match glyph {
        Drawn::Outline(outline) => outline.advance_width(),
        Drawn::Type3(picture) => Type3Glyph::advance_width(picture),
    };
    f64::from(width.unwrap_or(500.0))
}

impl<'a> Device<'a> for Ear {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.path(path, props.transform, !matches!(mode, DrawMode::Stroke(_)));
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let [along, rise, slant, up, x, y] = (props.transform * glyph.transform()).as_coeffs();
            let (across, upwards) = (along.hypot(rise), slant.hypot(up));
            if across <= 0.0 {
                continue;
            }
            let text = match glyph.as_unicode() {
                Some(BfString::Char(character)) => character.to_string(),
                Some(BfString::String(text)) => text,
                None => '\u{fffd}'.to_string(),
            };
            self.ink.glyph(Glyph {
                x,
                y,
                width: advance(glyph) * across,
                size: 1000.0 * upwards,
                font: self.font,
                mark: self.mark,
                direction: (along / across, rise / across),
                text,
            });
        }
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}

    fn begin_marked_content(&mut self, tag: &[u8], _: Option<&Dict<'_>>) {
        let number = |rest: &[u8]| std::str::from_utf8(rest).ok().and_then(|text| text.parse::<i64>().ok());
        if let Some(font) = tag.strip_prefix(FONT_TAG).and_then(number) {
            self.font = usize::try_from(font).ok();
        } else if let Some(mark) = tag.strip_prefix(MARK_TAG).and_then(number) {
            self.mark = mark_of(mark);
        }
    }
}
