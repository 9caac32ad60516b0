//! How is a picture in shades of grey kept, turned and made straight?
//!
//! The grey maps (PGM) that pdftoppm draws. A page that was laid askew on the glass is turned back by the angle at
//! which its lines of text are most distinct. Not here: which way up a page lies (tesseract knows, [`super::tools`]).

use std::path::Path;

use super::tools::OcrError;

/// Grey below this is ink.
pub(super) const INK: u8 = 150;
/// Largest angle that is put right, in degrees.
const MAX_SKEW: f64 = 7.0;
/// Less than this tesseract does not mind, in degrees.
const MIN_SKEW: f64 = 0.25;
/// Largest file of a picture, a little more than the largest page is drawn in ([`super::tools`]). A page may lie about
/// its size.
const MAX_BYTES: u64 = 150_000_000;
/// Every so many pixels are looked at to find the angle.
const STEP: usize = 3;

/// A picture in shades of grey, row by row from the upper left; 255 is white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: usize,
    pub(super) height: usize,
    /// `width` times `height` values.
    pub(super) pixels: Vec<u8>,
}

impl Picture {
    pub(super) fn read(path: &Path) -> Result<Self, OcrError> {
        if std::fs::metadata(path)?.len() > MAX_BYTES {
            return Err(OcrError::Picture);
        }
        Self::parse(&std::fs::read(path)?).ok_or(OcrError::Picture)
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), OcrError> {
        let mut bytes = format!("P5\n{} {}\n255\n", self.width, self.height).into_bytes();
        bytes.extend_from_slice(&self.pixels);
        Ok(std::fs::write(path, bytes)?)
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(b"P5")?;
        let mut numbers = [0usize; 3];
        for number in &mut numbers {
            rest = rest.trim_ascii_start();
            while rest.first() == Some(&b'#') {
                rest = rest.splitn(2, |byte| *byte == b'\n').nth(1)?.trim_ascii_start();
            }
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            *number = std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()?;
            rest = rest.get(digits..)?;
        }
        let [width, height, 255] = numbers else { return None };
        let pixels = rest.get(1..)?.get(..width.checked_mul(height)?)?.to_vec();
        Some(Self { width, height, pixels })
    }

    fn get(&self, x: i64, y: i64) -> u8 {
        let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height;
        if inside { self.pixels.get(y as usize * self.width + x as usize).copied().unwrap_or(255) } else { 255 }
    }

    /// The picture after so many quarter turns clockwise.
    pub(super) fn turned(self, quarters: u32) -> Self {
        if quarters.is_multiple_of(4) {
            return self;
        }
        let (width, height) = (self.width, self.height);
        let (new_width, new_height) = if quarters % 2 == 1 { (height, width) } else { (width, height) };
        let source = |x: usize, y: usize| match quarters % 4 {
            1 => (y, height - 1 - x),
            2 => (width - 1 - x, height - 1 - y),
            _ => (width - 1 - y, x),
        };
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..new_height {
            for x in 0..new_width {
                let (x, y) = source(x, y);
                pixels.push(self.pixels.get(y * width + x).copied().unwrap_or(255));
            }
        }
        Self { width: new_width, height: new_height, pixels }
    }

    /// The picture with its lines of text level.
    pub(super) fn straightened(self) -> Self {
        let angle = self.skew();
        if angle.abs() < MIN_SKEW {
            return self;
        }
        let (sine, cosine) = angle.to_radians().sin_cos();
        let (middle_x, middle_y) = (self.width as f64 / 2.0, self.height as f64 / 2.0);
        let mut pixels = Vec::with_capacity(self.pixels.len());
        for y in 0..self.height {
            for x in 0..self.width {
                let (dx, dy) = (x as f64 - middle_x, y as f64 - middle_y);
                let (from_x, from_y) = (middle_x + dx * cosine - dy * sine, middle_y + dx * sine + dy * cosine);
                pixels.push(self.between(from_x, from_y));
            }
        }
        Self { pixels, ..self }
    }

    /// The shade between four pixels.
    fn between(&self, x: f64, y: f64) -> u8 {
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (x - left, y - top);
        let at = |dx: i64, dy: i64| f64::from(self.get(left as i64 + dx, top as i64 + dy));
        let upper = at(0, 0) * (1.0 - across) + at(1, 0) * across;
        let lower = at(0, 1) * (1.0 - across) + at(1, 1) * across;
        (upper * (1.0 - down) + lower * down).round() as u8
    }

    /// Degrees by which the lines of text fall to the right.
    fn skew(&self) -> f64 {
        let mut ink = Vec::new();
        for y in (0..self.height).step_by(STEP) {
            for x in (0..self.width).step_by(STEP) {
                if self.pixels.get(y * self.width + x).is_some_and(|pixel| *pixel < INK) {
                    ink.push((x as f64, y as f64));
                }
            }
            // A photograph.
            if ink.len() * STEP * STEP * 3 > self.pixels.len() {
                return 0.0;
            }
        }
        // Too little to tell.
        if ink.len() < 500 {
            return 0.0;
        }
        let mut rows = vec![0u32; self.height / STEP + self.width / STEP + 2];
        let mut best = |from: f64, to: f64, step: f64| {
            let mut best = (0u64, 0.0);
            for index in 0..=((to - from) / step).round() as usize {
                let angle = from + index as f64 * step;
                let slope = angle.to_radians().tan();
                rows.fill(0);
                for (x, y) in &ink {
                    let row = (y - x * slope) / STEP as f64 + (self.width / STEP) as f64 / 2.0;
                    if let Some(count) = rows.get_mut(row.max(0.0) as usize) {
                        *count += 1;
                    }
                }
                let distinct = rows.iter().map(|count| u64::from(*count) * u64::from(*count)).sum::<u64>();
                // Of equals the one nearer to level.
                if distinct > best.0 {
                    best = (distinct, angle);
                }
            }
            best.1
        };
        let rough = best(-MAX_SKEW, MAX_SKEW, 0.25);
        best(rough - 0.25, rough + 0.25, 0.05)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Lines of text as bars of letters, falling by some degrees to the right.
    fn page(degrees: f64) -> Picture {
        let (width, height) = (900, 1200);
        let slope = degrees.to_radians().tan();
        let mut pixels = vec![255u8; width * height];
        for line in 0..18 {
            for x in (80..820).filter(|x| x % 14 < 9) {
                let top = 150.0 + f64::from(line) * 50.0 + x as f64 * slope;
                for y in 0..20 {
                    pixels[(top as usize + y) * width + x] = 0;
                }
            }
        }
        Picture { width, height, pixels }
    }

    #[test]
    fn a_page_laid_askew_is_made_straight() {
        for degrees in [-5.0, -2.0, 0.0, 0.7, 3.0, 6.0] {
            let page = page(degrees);
            assert!((page.skew() - degrees).abs() < MIN_SKEW, "{} for {degrees}", page.skew());
            assert!(page.straightened().skew().abs() < 0.3, "{degrees}");
        }
    }

    #[test]
    fn quarter_turns() {
        let picture = Picture { width: 3, height: 2, pixels: vec![1, 2, 3, 4, 5, 6] };
        let right = picture.clone().turned(1);
        assert_eq!((right.width, right.pixels.clone()), (2, vec![4, 1, 5, 2, 6, 3]));
        assert_eq!(right.turned(3), picture);
        assert_eq!(picture.clone().turned(2).pixels, [6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_broken_picture_is_an_error() {
        for bytes in [&b"P5"[..], b"P5 10 10 255\n123", b"P6 1 1 255\n1", b"P5 99999999999 99999999999 255\n"] {
            assert!(Picture::parse(bytes).is_none());
        }
        let path = tempfile::tempdir().unwrap();
        let path = path.path().join("page.pgm");
        let picture = Picture { width: 3, height: 2, pixels: vec![1, 2, 3, 4, 5, 6] };
        picture.write(&path).unwrap();
        assert_eq!(Picture::read(&path).unwrap(), picture);
    }
}
