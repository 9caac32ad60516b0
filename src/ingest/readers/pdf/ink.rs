//! Which characters and rules are on a page, and where?
//!
//! What both parsers ([`super::extract`], [`super::hayro`]) write down, in the page's own coordinates. Not here: how
//! characters make words.

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
    /// What the file says the character belongs to.
    pub(super) mark: Mark,
    /// Direction of writing as a unit vector.
    pub(super) direction: (f64, f64),
    /// The character, or several for a ligature; U+FFFD if it is not known.
    pub(super) text: String,
}

/// What a tagged file says that a character belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) enum Mark {
    /// Nothing is said.
    #[default]
    None,
    /// Page headers, page numbers, ornaments.
    Artifact,
    /// A piece of the document's structure, by its number on the page.
    Content(u32),
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
    /// Number of drawn paths that are neither rules nor signals.
    pub(super) shapes: usize,
}

/// A drawn path, in the page's coordinates.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Straight pieces from point to point.
    pub(super) sides: Vec<((f64, f64), (f64, f64))>,
    /// Whether it has bent pieces as well.
    pub(super) round: bool,
    pub(super) filled: bool,
    /// Left, bottom, right, top; `None` if it has no points.
    pub(super) bounds: Option<(f64, f64, f64, f64)>,
}

/// Filled shapes no thicker than this are rules.
const RULE_THICKNESS: f64 = 3.0;
/// More rules than this is a drawing.
const MAX_RULES: usize = 3_000;
/// More characters than this on a page is no text that anyone reads.
const MAX_GLYPHS: usize = 200_000;

impl Shape {
    /// Takes a point of the path into its bounds.
    pub(super) fn reach(&mut self, (x, y): (f64, f64)) {
        let (left, bottom, right, top) = self.bounds.unwrap_or((x, y, x, y));
        self.bounds = Some((left.min(x), bottom.min(y), right.max(x), top.max(y)));
    }

    /// Adds a straight piece.
    pub(super) fn side(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.reach(from);
        self.reach(to);
        if self.sides.len() < MAX_RULES {
            self.sides.push((from, to));
        }
    }
}

impl PageInk {
    pub(super) fn glyph(&mut self, glyph: Glyph) {
        let sound = [glyph.x, glyph.y, glyph.width, glyph.size].iter().all(|value| value.is_finite());
        if sound && self.glyphs.len() < MAX_GLYPHS {
            self.glyphs.push(glyph);
        }
    }

    /// Takes what a shape means for the text: rules, and bullets that are drawn.
    pub(super) fn shape(&mut self, shape: &Shape) {
        // A point that nothing was drawn from.
        if !shape.round && shape.sides.is_empty() {
            return;
        }
        self.shapes += 1;
        self.bullet(shape);
        if !shape.filled {
            for &(from, to) in &shape.sides {
                self.rule(from, to);
            }
            return;
        }
        // A thin filled bar, as browsers and LaTeX draw their rules.
        let Some((left, bottom, right, top)) = shape.bounds.filter(|_| !shape.round) else { return };
        let (wide, high) = (right - left, top - bottom);
        if high <= RULE_THICKNESS && wide > high {
            let middle = f64::midpoint(bottom, top);
            self.rule((left, middle), (right, middle));
        } else if wide <= RULE_THICKNESS && high > wide {
            let middle = f64::midpoint(left, right);
            self.rule((middle, bottom), (middle, top));
        }
    }

    /// Browsers draw the bullets of lists as small discs, rings and squares; they become characters here.
    fn bullet(&mut self, shape: &Shape) {
        let Some((left, bottom, right, top)) = shape.bounds else { return };
        let (wide, high) = (right - left, top - bottom);
        if !(1.8..=7.0).contains(&wide) || (wide - high).abs() >= 0.15 * wide || !(shape.round || shape.filled) {
            return;
        }
        let text = match (shape.round, shape.filled) {
            (false, _) => "▪",
            (true, true) => "•",
            (true, false) => "◦",
        };
        // A disc is a third of the type's height and stands a third above the base line.
        let size = high * 3.5;
        self.glyph(Glyph {
            x: left,
            y: f64::midpoint(bottom, top) - 0.32 * size,
            width: wide,
            size,
            font: None,
            mark: Mark::None,
            direction: (1.0, 0.0),
            text: text.to_owned(),
        });
    }

    fn rule(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) {
        let straight = (x0 - x1).abs() < 0.6 || (y0 - y1).abs() < 0.6;
        if straight && self.rules.len() < MAX_RULES {
            self.rules.push(Rule { x0: x0.min(x1), y0: y0.min(y1), x1: x0.max(x1), y1: y0.max(y1) });
        }
    }
}
