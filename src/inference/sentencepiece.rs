//! How does a `SentencePiece` model stored in a GGUF file (kind `llama`) split text?
//!
//! Byte-pair merging by score over a vocabulary with byte fallback, as in `SentencePiece`'s BPE and llama.cpp. The
//! `tokenizers` crate wants a merge list, which GGUF files of this kind do not carry, so the algorithm is here.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

/// A vocabulary with scores, and special tokens that are matched as whole strings when asked for.
#[derive(Debug)]
pub(crate) struct SentencePiece {
    pieces: Vec<String>,
    scores: Vec<f32>,
    ids: HashMap<String, u32>,
    byte_ids: Vec<Option<u32>>,
    specials: Vec<(String, u32)>,
    /// Pieces that are never split or merged, such as runs of spaces in Gemma's vocabulary; longest first.
    literals: Vec<(String, u32)>,
    unknown: u32,
    add_space_prefix: bool,
}

/// What a vocabulary entry is; the numbers are those of the GGUF key `tokenizer.ggml.token_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PieceKind {
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

impl PieceKind {
    /// From the GGUF number.
    pub(crate) fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Unknown,
            3 => Self::Control,
            4 => Self::UserDefined,
            5 => Self::Unused,
            6 => Self::Byte,
            _ => Self::Normal,
        }
    }
}

/// A stretch of the text that is one piece so far, linked to its neighbours.
struct Symbol {
    start: usize,
    end: usize,
    previous: Option<usize>,
    next: Option<usize>,
}

/// Two neighbours that could be merged.
struct Candidate {
    score: f32,
    left: usize,
    right: usize,
    length: usize,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Candidate {}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| other.left.cmp(&self.left))
    }
}

impl SentencePiece {
    /// Builds the look-up tables. `pieces`, `scores` and `kinds` have one entry per token id.
    pub(crate) fn new(
        pieces: Vec<String>,
        scores: Vec<f32>,
        kinds: &[PieceKind],
        unknown: u32,
        add_space_prefix: bool,
    ) -> Self {
        let mut ids = HashMap::with_capacity(pieces.len());
        let mut byte_ids = vec![None; 256];
        let mut specials = Vec::new();
        let mut literals = Vec::new();
        for (id, piece) in pieces.iter().enumerate() {
            let kind = kinds.get(id).copied().unwrap_or(PieceKind::Normal);
            match kind {
                PieceKind::Byte => {
                    let hex = piece.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
                    if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                        byte_ids[usize::from(byte)] = Some(id as u32);
                    }
                }
                PieceKind::Control | PieceKind::Unknown => specials.push((piece.clone(), id as u32)),
                PieceKind::UserDefined => {
                    specials.push((piece.clone(), id as u32));
                    ids.insert(piece.clone(), id as u32);
                    if !piece.is_empty() && !is_turn_mark(piece) {
                        literals.push((piece.clone(), id as u32));
                    }
                }
                PieceKind::Normal | PieceKind::Unused => {
                    ids.insert(piece.clone(), id as u32);
                }
            }
        }
        // The longest special wins where one begins with another.
        specials.sort_by_key(|(piece, _)| std::cmp::Reverse(piece.len()));
        literals.sort_by_key(|(piece, _)| std::cmp::Reverse(piece.len()));
        Self { pieces, scores, ids, byte_ids, specials, literals, unknown, add_space_prefix }
    }

    /// Special tokens' ids by text.
    pub(crate) fn special(&self, text: &str) -> Option<u32> {
        self.specials.iter().find(|(piece, _)| piece == text).map(|(_, id)| *id)
    }

    /// Splits plain text; text that looks like a control token is split like any other.
    pub(crate) fn encode(&self, text: &str) -> Vec<u32> {
        let mut out = Vec::with_capacity(text.len() / 2);
        self.encode_around(text, &self.literals, &mut out);
        out
    }

    /// Takes the literal pieces out of the text, the longest first, and merges what is left between them.
    fn encode_around(&self, text: &str, literals: &[(String, u32)], out: &mut Vec<u32>) {
        let found = literals.iter().position(|(piece, _)| text.contains(piece.as_str()));
        let Some(found) = found else { return out.extend(self.encode_fragment(text)) };
        let (piece, id) = &literals[found];
        for (index, part) in text.split(piece.as_str()).enumerate() {
            if index > 0 {
                out.push(*id);
            }
            self.encode_around(part, &literals[found + 1..], out);
        }
    }

    fn encode_fragment(&self, text: &str) -> Vec<u32> {
        if text.is_empty() {
            return Vec::new();
        }
        let mut escaped = String::with_capacity(text.len() + 3);
        if self.add_space_prefix {
            escaped.push('▁');
        }
        escaped.extend(text.chars().map(|character| if character == ' ' { '▁' } else { character }));
        self.merge(&escaped)
    }

    fn merge(&self, text: &str) -> Vec<u32> {
        let mut symbols: Vec<Symbol> = Vec::with_capacity(text.len());
        for (start, character) in text.char_indices() {
            let index = symbols.len();
            symbols.push(Symbol {
                start,
                end: start + character.len_utf8(),
                previous: index.checked_sub(1),
                next: Some(index + 1),
            });
        }
        if let Some(last) = symbols.last_mut() {
            last.next = None;
        }
        let mut queue = BinaryHeap::new();
        for right in 1..symbols.len() {
            self.offer(&mut queue, text, &symbols, right - 1, right);
        }
        while let Some(candidate) = queue.pop() {
            let (left, right) = (&symbols[candidate.left], &symbols[candidate.right]);
            let stale =
                left.end == left.start || right.end == right.start || right.end - left.start != candidate.length;
            if stale {
                continue;
            }
            let (end, next) = (right.end, right.next);
            symbols[candidate.left].end = end;
            symbols[candidate.left].next = next;
            let emptied = &mut symbols[candidate.right];
            emptied.end = emptied.start;
            if let Some(next) = next {
                symbols[next].previous = Some(candidate.left);
                self.offer(&mut queue, text, &symbols, candidate.left, next);
            }
            if let Some(previous) = symbols[candidate.left].previous {
                self.offer(&mut queue, text, &symbols, previous, candidate.left);
            }
        }
        let mut out = Vec::with_capacity(symbols.len());
        let mut cursor = (!symbols.is_empty()).then_some(0);
        while let Some(index) = cursor {
            let symbol = &symbols[index];
            self.emit(&text[symbol.start..symbol.end], &mut out);
            cursor = symbol.next;
        }
        out
    }

    fn offer(&self, queue: &mut BinaryHeap<Candidate>, text: &str, symbols: &[Symbol], left: usize, right: usize) {
        let (start, end) = (symbols[left].start, symbols[right].end);
        if let Some(&id) = self.ids.get(&text[start..end]) {
            let score = self.scores.get(id as usize).copied().unwrap_or(0.0);
            queue.push(Candidate { score, left, right, length: end - start });
        }
    }

    /// A piece's id, or its bytes' ids, or the unknown id.
    fn emit(&self, piece: &str, out: &mut Vec<u32>) {
        if let Some(&id) = self.ids.get(piece) {
            out.push(id);
            return;
        }
        for byte in piece.bytes() {
            out.push(self.byte_ids[usize::from(byte)].unwrap_or(self.unknown));
        }
    }

    /// The bytes that a token stands for; specials stand for nothing.
    pub(crate) fn bytes_of(&self, id: u32) -> Vec<u8> {
        let Some(piece) = self.pieces.get(id as usize) else { return Vec::new() };
        if let Some(byte) = self.byte_ids.iter().position(|byte_id| *byte_id == Some(id)) {
            return vec![byte as u8];
        }
        if self.specials.iter().any(|(_, special)| *special == id) && !self.ids.contains_key(piece) {
            return Vec::new();
        }
        piece.replace('▁', " ").into_bytes()
    }
}

/// Whether a piece marks a turn or an end; some files declare such marks as pieces that text may contain.
fn is_turn_mark(piece: &str) -> bool {
    piece.starts_with("<|") || piece.ends_with("_of_turn>") || piece == "</s>"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> SentencePiece {
        let mut pieces: Vec<String> = vec!["<unk>".into(), "<s>".into()];
        let mut kinds = vec![PieceKind::Unknown, PieceKind::Control];
        for byte in 0..=255u8 {
            pieces.push(format!("<0x{byte:02X}>"));
            kinds.push(PieceKind::Byte);
        }
        for piece in ["▁", "d", "o", "s", "do", "▁do", "dos", "▁dos"] {
            pieces.push(piece.into());
            kinds.push(PieceKind::Normal);
        }
        let scores = (0..pieces.len()).map(|index| index as f32).collect();
        SentencePiece::new(pieces, scores, &kinds, 0, true)
    }

    #[test]
    fn merges_by_score_and_falls_back_to_bytes() {
        let model = tiny();
        let ids = model.encode("dos å");
        let text: Vec<u8> = ids.iter().flat_map(|id| model.bytes_of(*id)).collect();
        assert_eq!(String::from_utf8_lossy(&text), " dos å");
        assert_eq!(ids.len(), 4, "one word, one space, two bytes of å: {ids:?}");
    }

    #[test]
    fn literal_pieces_are_taken_whole_but_turn_marks_are_not() {
        let mut pieces: Vec<String> = ["<unk>", "  ", "   ", "<|user|>", "▁", "a"].map(String::from).to_vec();
        let mut kinds = vec![PieceKind::Unknown];
        kinds.extend([PieceKind::UserDefined; 3]);
        kinds.extend([PieceKind::Normal; 2]);
        pieces.push("▁a".into());
        kinds.push(PieceKind::Normal);
        let scores = vec![0.0; pieces.len()];
        let model = SentencePiece::new(pieces, scores, &kinds, 0, false);
        assert_eq!(model.encode("a  a   a a"), [5, 1, 5, 2, 5, 6]);
        assert!(!model.encode("<|user|>").contains(&3));
    }

    #[test]
    fn control_tokens_cannot_be_typed() {
        let model = tiny();
        assert!(!model.encode("<s>").contains(&1));
    }
}
