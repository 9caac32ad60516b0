//! How does the XLM-RoBERTa vocabulary split text?
//!
//! `SentencePiece`'s unigram model: the most probable split of the normalised text (Kudo 2018), found by Viterbi.
//! The `tokenizers` crate can do it but takes 286 MB and a second to load 250,000 pieces into its trie; a hash table
//! over one string takes a tenth of both. Ids are those that the model was trained with.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;
use unicode_normalization::UnicodeNormalization;

/// The mark that stands for a space.
const SPACE: char = '▁';
/// Log probability below the rarest piece that an unknown character costs, as in `SentencePiece`.
const UNKNOWN_PENALTY: f32 = 10.0;

/// Replacement of single code points, as `SentencePiece`'s `nmt_nfkc` prescribes after composition.
#[derive(Debug, Default, Clone)]
pub struct CharacterMap {
    entries: Vec<(char, Vec<char>)>,
}

impl CharacterMap {
    /// Takes `(from, to)` pairs in any order.
    pub fn new(mut entries: Vec<(char, Vec<char>)>) -> Self {
        entries.sort_by_key(|(from, _)| *from);
        Self { entries }
    }

    fn get(&self, character: char) -> Option<&[char]> {
        let index = self.entries.binary_search_by_key(&character, |(from, _)| *from).ok()?;
        self.entries.get(index).map(|(_, to)| to.as_slice())
    }
}

/// A unigram vocabulary.
pub struct Unigram {
    blob: String,
    offsets: Vec<u32>,
    scores: Vec<f32>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    map: CharacterMap,
    longest: usize,
    unknown: u32,
    unknown_score: f32,
}

impl std::fmt::Debug for Unigram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unigram").field("pieces", &self.scores.len()).finish_non_exhaustive()
    }
}

impl Unigram {
    /// Builds the table. `pieces` in the order of their ids; `control` ids (such as `<s>`) never come out of text.
    pub fn new<'a>(
        pieces: impl Iterator<Item = &'a str>,
        scores: Vec<f32>,
        map: CharacterMap,
        unknown: u32,
        control: &[u32],
    ) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut blob = String::new();
        let mut offsets = vec![0u32];
        for piece in pieces {
            blob.push_str(piece);
            offsets.push(blob.len() as u32);
        }
        let piece_of = |id: u32| &blob[offsets[id as usize] as usize..offsets[id as usize + 1] as usize];
        let count = offsets.len().saturating_sub(1).min(scores.len()) as u32;
        let mut table = HashTable::with_capacity(count as usize);
        let mut longest = 0;
        for id in (0..count).filter(|id| *id != unknown && !control.contains(id)) {
            let piece = piece_of(id);
            if piece.is_empty() {
                continue;
            }
            longest = longest.max(piece.len());
            table.insert_unique(hasher.hash_one(piece.as_bytes()), id, |id| hasher.hash_one(piece_of(*id).as_bytes()));
        }
        let lowest = scores.iter().copied().fold(0f32, f32::min);
        Self { blob, offsets, scores, table, hasher, map, longest, unknown, unknown_score: lowest - UNKNOWN_PENALTY }
    }

    fn piece(&self, id: u32) -> &[u8] {
        let id = id as usize;
        &self.blob.as_bytes()[self.offsets[id] as usize..self.offsets[id + 1] as usize]
    }

    fn lookup(&self, bytes: &[u8]) -> Option<u32> {
        self.table.find(self.hasher.hash_one(bytes), |id| self.piece(*id) == bytes).copied()
    }

    /// The model's view of the text: composed, mapped, spaces folded and marked.
    fn normalise(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 3);
        let mut pending_space = true;
        for composed in text.trim().nfc() {
            let single = [composed];
            for &character in self.map.get(composed).unwrap_or(&single) {
                if character == ' ' {
                    pending_space = true;
                    continue;
                }
                if pending_space {
                    out.push(SPACE);
                    pending_space = false;
                }
                out.push(character);
            }
        }
        out
    }

    /// Token ids of the text, without begin and end marks; empty for blank text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let text = self.normalise(text);
        let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let count = bounds.len() - 1;
        // best[i]: score, piece and start of the best split of the first i characters.
        let mut best = vec![(f32::NEG_INFINITY, self.unknown, 0usize); count + 1];
        best[0].0 = 0.0;
        for start in 0..count {
            let score = best[start].0;
            for end in start + 1..=count {
                let bytes = &text.as_bytes()[bounds[start]..bounds[end]];
                if bytes.len() > self.longest {
                    break;
                }
                if let Some(id) = self.lookup(bytes) {
                    let candidate = score + self.scores[id as usize];
                    if candidate > best[end].0 {
                        best[end] = (candidate, id, start);
                    }
                }
            }
            let candidate = score + self.unknown_score;
            if candidate > best[start + 1].0 {
                best[start + 1] = (candidate, self.unknown, start);
            }
        }
        let mut ids = Vec::new();
        let mut end = count;
        while end > 0 {
            let (_, id, start) = best[end];
            // Neighbouring unknown characters are one unknown token.
            if id != self.unknown || ids.last() != Some(&self.unknown) {
                ids.push(id);
            }
            end = start;
        }
        ids.reverse();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Unigram {
        let pieces = ["<unk>", "<s>", "▁", "▁rutin", "er", "rutin", "▁å", "a", "å"];
        let scores = vec![0.0, 0.0, -5.0, -3.0, -4.0, -6.0, -3.5, -7.0, -7.5];
        Unigram::new(pieces.into_iter(), scores, CharacterMap::new(vec![('\t', vec![' '])]), 0, &[1])
    }

    #[test]
    fn takes_the_most_probable_split() {
        assert_eq!(tiny().encode("rutiner"), [3, 4]);
        assert_eq!(tiny().encode("  rutiner \t rutiner "), [3, 4, 3, 4]);
    }

    #[test]
    fn composes_decomposed_letters() {
        assert_eq!(tiny().encode("a\u{30a}"), tiny().encode("å"));
    }

    #[test]
    fn unknown_characters_are_one_token_and_marks_cannot_be_typed() {
        assert_eq!(tiny().encode("日本"), [2, 0]);
        assert!(!tiny().encode("<s>").contains(&1));
        assert!(tiny().encode("").is_empty());
    }
}
