//! Does a question tell of danger to life, here and now?
//!
//! Looked at before anything else: no index and no model is needed, so 112 stands on the page even where everything else
//! fails. The answer follows below it as for any question; nothing is refused here. The list of signs
//! (`signs/danger.txt`) and the unit's numbers belong to the site ([`Dangers::with`]).

use serde::Serialize;

use crate::language::{Sentence, Signs, Vocabulary, parted};

const BUILT_IN: &str = include_str!("signs/danger.txt");

/// A number to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmergencyNumber {
    /// The number as it is written.
    pub number: String,
    /// Who answers, in Swedish.
    pub label: String,
}

/// What is shown above everything when a question tells of danger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Danger {
    /// What to do, in a few words.
    pub message: String,
    /// A little more.
    pub detail: String,
    /// Whom to call, 112 first.
    pub numbers: Vec<EmergencyNumber>,
}

/// A site's list that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ListError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what should stand there.
    pub reason: String,
}

/// Signs of danger and the numbers to call.
#[derive(Debug, Clone)]
pub struct Dangers {
    numbers: Vec<EmergencyNumber>,
    signs: Signs,
    /// Signs that it is a question about routines, or about what is over.
    harmless: Signs,
    /// Signs that count for more than the harmless ones.
    anyway: Signs,
    vocabulary: Vocabulary,
}

/// A list's lines by part, as they stand.
#[derive(Debug, Default)]
struct Lines<'a> {
    numbers: Vec<&'a str>,
    signs: Vec<&'a str>,
    harmless: Vec<&'a str>,
    anyway: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn part(&mut self, name: &str) -> Option<&mut Vec<&'a str>> {
        match name {
            "nummer" => Some(&mut self.numbers),
            "tecken" => Some(&mut self.signs),
            "inte fara" => Some(&mut self.harmless),
            "ändå fara" => Some(&mut self.anyway),
            _ => None,
        }
    }

    /// Adds a list; a line that begins with `-` takes an earlier one away.
    fn add(&mut self, text: &'a str) -> Result<(), ListError> {
        for (name, line, number) in parted(text) {
            let error = |reason: &str| ListError { line: number, reason: reason.to_owned() };
            let part = self.part(name).ok_or_else(|| {
                error(
                    "this stands under none of [nummer], [tecken], [inte fara] and [ändå fara]; begin with one of them",
                )
            })?;
            if let Some(removed) = line.strip_prefix('-') {
                part.retain(|other| *other != removed.trim());
            } else if name == "nummer" && emergency_number(line).is_none() {
                return Err(error("a number is written as `NUMBER = who answers`"));
            } else {
                part.push(line);
            }
        }
        Ok(())
    }

    fn dangers(&self) -> Dangers {
        let signs = |lines: &[&str]| Signs::new(lines.iter().copied());
        Dangers {
            numbers: self.numbers.iter().filter_map(|line| emergency_number(line)).collect(),
            signs: signs(&self.signs),
            harmless: signs(&self.harmless),
            anyway: signs(&self.anyway),
            vocabulary: Vocabulary::default(),
        }
    }
}

fn emergency_number(line: &str) -> Option<EmergencyNumber> {
    let (number, label) = line.split_once('=')?;
    let (number, label) = (number.trim().to_owned(), label.trim().to_owned());
    let is_number = number.bytes().filter(u8::is_ascii_digit).count() >= 3;
    is_number.then_some(EmergencyNumber { number, label })
}

impl Dangers {
    /// The built-in list, which knows 112 alone.
    pub fn built_in() -> Self {
        let mut lines = Lines::default();
        // The built-in list is read by a test; what could not be read would be left out.
        let _ = lines.add(BUILT_IN);
        lines.dangers()
    }

    /// The built-in list with a site's own, as the text of its file.
    pub fn with(own: &str) -> Result<Self, ListError> {
        let mut lines = Lines::default();
        lines.add(BUILT_IN)?;
        lines.add(own)?;
        Ok(lines.dangers())
    }

    /// What is shown for a question; `None` if it tells of no danger.
    pub fn look(&self, question: &str) -> Option<Danger> {
        let tells = |sentence: &Sentence| {
            let shows = |signs: &Signs| signs.shown_in(sentence, &self.vocabulary);
            shows(&self.signs) && (!shows(&self.harmless) || shows(&self.anyway))
        };
        Sentence::all_of(question).iter().any(tells).then(|| Danger {
            message: "Är det fara för liv? Ring 112 nu.".to_owned(),
            detail: "Ring först, läs sedan. Lämna inte personen om du inte själv är i fara, och gör som 112 säger."
                .to_owned(),
            numbers: self.numbers.clone(),
        })
    }
}

impl Default for Dangers {
    fn default() -> Self {
        Self::built_in()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_can_be_read() {
        let mut lines = Lines::default();
        assert_eq!(lines.add(BUILT_IN), Ok(()));
        assert!(lines.signs.len() > 50 && lines.harmless.len() > 10);
        assert_eq!(Dangers::built_in().numbers[0].number, "112");
    }

    #[test]
    fn a_site_adds_numbers_and_signs_and_takes_signs_away() -> Result<(), ListError> {
        assert!(Dangers::built_in().look("kod röd på plan 2").is_none());
        let own = Dangers::with(
            "# Lotsby\n[nummer]\n0980-31 92 21 = Sjuksköterska\n[tecken]\nkod röd\n- det|de brinner\n[ändå fara]\n\
             - det|de brinner\n",
        )?;
        let danger = own.look("kod röd på plan 2").map(|danger| danger.numbers).unwrap_or_default();
        assert_eq!(danger.iter().map(|number| number.number.as_str()).collect::<Vec<_>>(), ["112", "0980-31 92 21"]);
        assert!(Dangers::built_in().look("det brinner").is_some() && own.look("det brinner").is_none());
        Ok(())
    }

    #[test]
    fn a_list_that_cannot_be_read_says_where() {
        let line = |text: &str| Dangers::with(text).map(|_| ()).map_err(|error| error.line);
        assert_eq!(line("kod röd"), Err(1));
        assert_eq!(line("[tecken]\nkod röd\n[fara]\nx"), Err(4));
        assert_eq!(line("[nummer]\nSjuksköterska 0980-31 92 21"), Err(2));
    }
}
