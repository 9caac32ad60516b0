//! Which words do the routines of this index have, and how often?
//!
//! A text file of a generation, one word and its count per line. Compounds are split and questions understood by
//! it; nothing is searched in it. Generations from before it was written have none, and are understood without.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use super::IndexError;
use crate::language::{Compounds, words};

pub(crate) const FILE: &str = "vocabulary.txt";

/// Words in lower case, and how often each stands in the routines.
pub(crate) type Counts = BTreeMap<String, u32>;

/// Counts the words of texts.
pub(crate) fn count<'a>(texts: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::new();
    for word in texts.flat_map(words).filter(|word| word.text.chars().all(char::is_alphabetic)) {
        *counts.entry(word.text).or_default() += 1;
    }
    counts
}

/// The compounds of these words.
pub(crate) fn compounds(counts: &Counts) -> Compounds {
    Compounds::from_counts(counts.iter().map(|(word, count)| (word.as_str(), *count)))
}

/// Writes them.
pub(crate) fn write(path: &Path, counts: &Counts) -> Result<(), IndexError> {
    let file = fs::File::create(path).map_err(IndexError::io(path))?;
    let mut file = std::io::BufWriter::new(file);
    for (word, count) in counts {
        writeln!(file, "{word} {count}").map_err(IndexError::io(path))?;
    }
    file.flush().map_err(IndexError::io(path))
}

/// Reads them.
pub(crate) fn read(path: &Path) -> Result<Counts, IndexError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(IndexError::io(path)(error)),
    };
    let counts = text.lines().filter_map(|line| {
        let (word, count) = line.split_once(' ')?;
        Some((word.to_owned(), count.parse().ok()?))
    });
    Ok(counts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join(FILE);
        assert!(read(&path)?.is_empty());
        let counts = count(["När ges läkemedel? När som helst.", "Kl. 08.00."].into_iter());
        assert_eq!(counts.get("när"), Some(&2));
        write(&path, &counts)?;
        assert_eq!(read(&path)?, counts);
        Ok(())
    }
}
