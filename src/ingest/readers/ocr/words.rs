//! Which words did tesseract find, and where?
//!
//! Reads its table (TSV). Not here: what the words form together.

/// A box on the page, in pixels from the upper left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Area {
    pub(super) fn right(self) -> usize {
        self.left + self.width
    }
}

/// A recognised word.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) text: String,
    /// From 0 to 1.
    pub(super) confidence: f32,
    pub(super) area: Area,
    /// Block, paragraph and line that tesseract put it in.
    pub(super) line: (u32, u32, u32),
    /// Size of its letters in pixels, whatever letters they are.
    pub(super) size: f32,
}

/// Signs that are less sure than this are specks.
const SPECK: f32 = 0.4;

impl Word {
    pub(super) fn has_letters(&self) -> bool {
        self.text.chars().any(char::is_alphanumeric)
    }

    /// Dirt or the rest of a line that was taken for a sign. At the start of a line it may well be the mark of a list.
    pub(super) fn is_speck(&self) -> bool {
        let line = self.text.chars().all(|sign| matches!(sign, '|' | '¦' | '_' | '[' | ']' | '{' | '}' | '\\'));
        !self.has_letters() && (line || self.confidence < SPECK)
    }

    /// Whether some of its letters go below the base line.
    pub(super) fn falls(&self) -> bool {
        falls(&self.text)
    }
}

/// The words of the table in its order.
pub(super) fn read(table: &str) -> Vec<Word> {
    table.lines().filter_map(word).collect()
}

fn word(line: &str) -> Option<Word> {
    let cells: Vec<&str> = line.splitn(12, '\t').collect();
    let [level, _, block, paragraph, number, _, left, top, width, height, confidence, text] = cells.as_slice() else {
        return None;
    };
    let text = text.trim();
    if *level != "5" || text.is_empty() {
        return None;
    }
    let confidence = confidence.parse::<f32>().ok()?.clamp(0.0, 100.0) / 100.0;
    let area = Area {
        left: left.parse().ok()?,
        top: top.parse().ok()?,
        width: width.parse().ok()?,
        height: height.parse().ok()?,
    };
    Some(Word {
        // How a hyphen at the end of a line may come out.
        text: text.replace('¬', "-"),
        confidence,
        area,
        line: (block.parse().ok()?, paragraph.parse().ok()?, number.parse().ok()?),
        size: area.height as f32 / share_of_size(text),
    })
}

/// How much of a type's height a word of these letters takes: "mor" less than "Hjälp".
fn share_of_size(text: &str) -> f32 {
    let rises =
        text.chars().any(|letter| letter.is_uppercase() || letter.is_ascii_digit() || "bdfhkltåäöéi§".contains(letter));
    match (rises, falls(text)) {
        (true, true) => 1.0,
        (true, false) => 0.77,
        (false, true) => 0.75,
        (false, false) => 0.53,
    }
}

fn falls(text: &str) -> bool {
    text.chars().any(|letter| "gjpqy,;ç".contains(letter))
}

/// Mean confidence, a long word counting for more; 0 without words.
pub(super) fn mean_confidence(words: &[Word]) -> f32 {
    let weight = |word: &Word| if word.has_letters() { word.text.chars().count() as f32 } else { 0.0 };
    let all: f32 = words.iter().map(weight).sum();
    if all > 0.0 { words.iter().map(|word| word.confidence * weight(word)).sum::<f32>() / all } else { 0.0 }
}
