//! How much of each page do pictures cover?
//!
//! A scan covers the page, a logo a corner of it, however many points either has. Not here: what a picture shows
//! ([`super::super::ocr`]).

use std::collections::BTreeMap;

use pdf_extract::content::{Content, Operation};
use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

use super::prepare::{inherited, page_resources, resolve};

/// Pictures with fewer points than this are lines and marks.
const LEAST_POINTS: i64 = 40_000;
/// Forms within forms, and drawings of pictures, are followed no further than this.
const MAX_DEPTH: u8 = 4;
const MAX_STEPS: usize = 1_000;

/// A matrix of PDF: `[a b c d e f]`.
type Matrix = [f64; 6];

const UNCHANGED: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// The pages that show a picture, in themselves or in a form on them, and what share of the page their pictures take up
/// together: some programs store a scan in strips. Those that are written into the page's own content are small and
/// count for 0.
pub(super) fn pictures(document: &Document, pages: &BTreeMap<u32, ObjectId>) -> BTreeMap<u32, f64> {
    let share = |id: ObjectId| {
        let content = document.get_page_content(id).unwrap_or_default();
        let resources = page_resources(document, id);
        if !resources.is_some_and(|resources| holds_picture(document, resources, 0)) {
            let inline = content.windows(4).any(|part| part == b"\nID " || part == b" ID ");
            return inline.then_some(0.0);
        }
        // What cannot be looked at may be a scan.
        let Ok(content) = Content::decode(&content) else { return Some(f64::INFINITY) };
        let mut walk = Walk { document, covered: 0.0, steps: 0 };
        walk.follow(&content.operations, resources, UNCHANGED, 0);
        Some(walk.covered / area(document, id))
    };
    pages.iter().filter_map(|(number, id)| Some((*number, share(*id)?))).collect()
}

/// Whether a picture is among the resources, also those of forms.
fn holds_picture(document: &Document, resources: &Dictionary, depth: u8) -> bool {
    let drawn = resources.get(b"XObject").ok().and_then(|drawn| resolve(document, drawn));
    drawn.into_iter().flat_map(Dictionary::iter).take(MAX_STEPS).any(|(_, object)| {
        let Ok((_, Object::Stream(stream))) = document.dereference(object) else { return false };
        match stream.dict.get(b"Subtype").and_then(Object::as_name) {
            Ok(b"Image") => points(document, stream) > LEAST_POINTS,
            Ok(b"Form") if depth < MAX_DEPTH => {
                let inner = stream.dict.get(b"Resources").ok().and_then(|inner| resolve(document, inner));
                inner.is_some_and(|inner| holds_picture(document, inner, depth + 1))
            }
            _ => false,
        }
    })
}

struct Walk<'a> {
    document: &'a Document,
    /// In square points.
    covered: f64,
    steps: usize,
}

impl Walk<'_> {
    fn follow(&mut self, operations: &[Operation], resources: Option<&Dictionary>, start: Matrix, depth: u8) {
        let mut matrix = start;
        let mut kept = Vec::new();
        for operation in operations {
            match operation.operator.as_str() {
                "q" => kept.push(matrix),
                "Q" => matrix = kept.pop().unwrap_or(start),
                "cm" => matrix = numbers(&operation.operands).map_or(matrix, |first| product(first, matrix)),
                "Do" if self.steps < MAX_STEPS => {
                    self.steps += 1;
                    if let Some(Ok(name)) = operation.operands.first().map(Object::as_name) {
                        self.draw(name, resources, matrix, depth);
                    }
                }
                _ => {}
            }
        }
    }

    fn draw(&mut self, name: &[u8], resources: Option<&Dictionary>, matrix: Matrix, depth: u8) {
        let document = self.document;
        let drawn = resources.and_then(|resources| resources.get(b"XObject").ok());
        let object = drawn.and_then(|drawn| resolve(document, drawn)).and_then(|drawn| drawn.get(name).ok());
        let Some(Ok((_, Object::Stream(stream)))) = object.map(|object| document.dereference(object)) else { return };
        match stream.dict.get(b"Subtype").and_then(Object::as_name) {
            // A picture is drawn in a square with sides of 1.
            Ok(b"Image") if points(document, stream) > LEAST_POINTS => {
                self.covered += (matrix[0] * matrix[3] - matrix[1] * matrix[2]).abs();
            }
            Ok(b"Form") if depth < MAX_DEPTH => {
                let own = stream.dict.get(b"Matrix").ok().and_then(|own| document.dereference(own).ok());
                let own = own.and_then(|(_, own)| own.as_array().ok()).and_then(|own| numbers(own));
                let matrix = own.map_or(matrix, |own| product(own, matrix));
                let inner = stream.dict.get(b"Resources").ok().and_then(|inner| resolve(document, inner));
                let content = stream.decompressed_content().unwrap_or_else(|_| stream.content.clone());
                if let Ok(content) = Content::decode(&content) {
                    self.follow(&content.operations, inner.or(resources), matrix, depth + 1);
                }
            }
            _ => {}
        }
    }
}

fn numbers(operands: &[Object]) -> Option<Matrix> {
    let mut out = UNCHANGED;
    for (place, operand) in out.iter_mut().zip(operands) {
        *place = f64::from(operand.as_float().ok()?);
    }
    (operands.len() == 6).then_some(out)
}

/// The change that `first` and then `second` make.
fn product(first: Matrix, second: Matrix) -> Matrix {
    let place = |x: f64, y: f64, moved: f64| {
        let along = x * second[0] + y * second[2] + moved * second[4];
        let up = x * second[1] + y * second[3] + moved * second[5];
        (along, up)
    };
    let (right, slope) = place(first[0], first[1], 0.0);
    let (slant, up) = place(first[2], first[3], 0.0);
    let (left, low) = place(first[4], first[5], 1.0);
    [right, slope, slant, up, left, low]
}

/// The page's size in square points, as far as it can be told; a sheet of A4 otherwise.
fn area(document: &Document, page: ObjectId) -> f64 {
    let media = inherited(document, page, b"MediaBox").and_then(|media| media.as_array().ok());
    let sides: Vec<f64> = media
        .into_iter()
        .flatten()
        .filter_map(|side| document.dereference(side).ok()?.1.as_float().ok().map(f64::from))
        .collect();
    match sides.as_slice() {
        [left, low, right, high] if (right - left).abs() > 1.0 && (high - low).abs() > 1.0 => {
            ((right - left) * (high - low)).abs()
        }
        _ => 595.0 * 842.0,
    }
}

/// Number of a picture's points.
fn points(document: &Document, picture: &Stream) -> i64 {
    let side = |key: &[u8]| {
        let value = picture.dict.get(key).ok().and_then(|value| document.dereference(value).ok());
        value.and_then(|(_, value)| value.as_i64().ok()).unwrap_or(0)
    };
    side(b"Width").saturating_mul(side(b"Height"))
}
