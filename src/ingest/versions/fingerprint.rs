//! How alike are two texts?
//!
//! A sketch of a text's runs of three words (minhash): the share of places where two sketches agree is close to the share
//! of runs that the texts have in common. Not here: what makes two documents versions of each other.

use crate::ingest::document::Block;

/// Numbers in a sketch; the estimate is right within about 0.09 (two standard deviations).
const NUMBERS: usize = 128;
/// Numbers in a band; texts that agree in a whole band are worth comparing.
const BAND: usize = 4;
/// Words in a run.
const RUN: usize = 3;

/// A sketch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// Smallest hash of any run, under each of the hash functions; empty for a text without words.
    smallest: Vec<u64>,
}

impl Fingerprint {
    /// The sketch of a document's blocks.
    pub fn of(blocks: &[Block]) -> Self {
        let lower: Vec<String> = blocks.iter().map(|block| block.text.to_lowercase()).collect();
        let words: Vec<&str> = lower
            .iter()
            .flat_map(|text| text.split(|character: char| !character.is_alphanumeric()))
            .filter(|word| !word.is_empty())
            .collect();
        Self::of_words(&words)
    }

    fn of_words(words: &[&str]) -> Self {
        if words.is_empty() {
            return Self { smallest: Vec::new() };
        }
        let mut smallest = vec![u64::MAX; NUMBERS];
        // A text shorter than a run is one run.
        for run in words.windows(RUN.min(words.len())) {
            let hash = hash(run);
            for (index, slot) in smallest.iter_mut().enumerate() {
                *slot = (*slot).min(mix(hash ^ mix(index as u64 + 1)));
            }
        }
        Self { smallest }
    }

    /// Share of runs in common, from 0 to 1; 0 where either text is empty.
    pub fn likeness(&self, other: &Self) -> f64 {
        if self.smallest.is_empty() || other.smallest.is_empty() {
            return 0.0;
        }
        let same = self.smallest.iter().zip(&other.smallest).filter(|(left, right)| left == right).count();
        same as f64 / NUMBERS as f64
    }

    /// Keys that two texts share at least one of where they are much alike: above 0.7, all but one of ten thousand do.
    pub(super) fn bands(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        self.smallest
            .chunks(BAND)
            .enumerate()
            .map(|(band, numbers)| (band, numbers.iter().fold(0, |key, number| mix(key ^ number))))
    }
}

/// FNV-1a: the same on every machine and in every release.
fn hash(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_follows_the_share_of_common_runs() {
        let words: Vec<String> = (0..400).map(|number| format!("ord{number}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let whole = Fingerprint::of_words(&words[..300]);
        assert!((whole.likeness(&whole) - 1.0).abs() < f64::EPSILON);
        // 198 of 398 runs in common.
        let half = whole.likeness(&Fingerprint::of_words(&words[100..]));
        assert!((half - 0.5).abs() < 0.12, "{half}");
        assert!(whole.likeness(&Fingerprint::of_words(&words[300..])) < 0.05);
        assert!(whole.likeness(&Fingerprint::of_words(&[])) < f64::EPSILON);
    }
}
