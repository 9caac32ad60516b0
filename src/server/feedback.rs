//! What did people think of an answer?
//!
//! Reports that users send from an answer, with the answer as it was shown to them, in a database of their own beside
//! the index. Maintainers read them with `rutinlots feedback`; nothing serves them. Not here: the form.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::language::without_personal_numbers;

/// The database's name in the data folder.
const FILE: &str = "feedback.sqlite";
/// How long a report waits for another one to be written.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most characters that are kept of a question, of an answer and of a comment.
const LONGEST: (usize, usize, usize) = (500, 20_000, 1_000);

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, helped INTEGER NOT NULL, reasons TEXT NOT NULL, question TEXT NOT NULL,
    shown TEXT NOT NULL, comment TEXT NOT NULL, generation TEXT NOT NULL)";

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is not so.
    Wrong,
    /// It is not so any more.
    Outdated,
    /// It cannot be understood.
    HardToUnderstand,
    /// It is taken from a place that does not answer the question.
    WrongSource,
}

impl Reason {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Wrong, Self::Outdated, Self::HardToUnderstand, Self::WrongSource];

    /// Its word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Wrong => "fel",
            Self::Outdated => "gammalt",
            Self::HardToUnderstand => "svårt att förstå",
            Self::WrongSource => "fel källa",
        }
    }
}

/// What someone thought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "reasons")]
pub enum Verdict {
    /// The answer helped.
    Helped,
    /// It did not, for these reasons; there may be none.
    DidNotHelp(Vec<Reason>),
}

/// A report, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The question.
    pub question: String,
    /// The answer as text, as it was shown.
    pub shown: String,
    /// What the sender thought of it.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The sender's own words; may be empty.
    pub comment: String,
    /// The generation of the index that was in use.
    pub generation: String,
}

/// A report that has been kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// When it came.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub report: Report,
}

/// The reports of a data folder. Each call opens the database anew: reports are few, and the command line reads them
/// while a server writes.
#[derive(Debug, Clone)]
pub struct Feedback {
    path: PathBuf,
}

impl Feedback {
    /// The reports beside the index in `data`.
    pub fn beside(data: &Path) -> Self {
        Self { path: data.join(FILE) }
    }

    /// Keeps a report that came at `at`. Texts are cut to a length that can be read, and personal numbers taken out.
    pub fn add(&self, report: &Report, at: Timestamp) -> rusqlite::Result<()> {
        let clean = |text: &str, longest: usize| {
            without_personal_numbers(&text.chars().take(longest).collect::<String>()).into_owned()
        };
        let reasons = match &report.verdict {
            Verdict::Helped => String::new(),
            Verdict::DidNotHelp(reasons) => reasons.iter().map(|reason| reason.word()).collect::<Vec<_>>().join(", "),
        };
        self.open()?.execute(
            "INSERT INTO feedback (at, helped, reasons, question, shown, comment, generation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                at.to_string(),
                report.verdict == Verdict::Helped,
                reasons,
                clean(&report.question, LONGEST.0),
                clean(&report.shown, LONGEST.1),
                clean(&report.comment, LONGEST.2),
                report.generation,
            ],
        )?;
        Ok(())
    }

    /// All reports, the newest first.
    pub fn all(&self) -> rusqlite::Result<Vec<Kept>> {
        if !self.path.exists() {
            return Ok(Vec::new());
        }
        let connection = self.open()?;
        let mut statement = connection.prepare(
            "SELECT id, at, helped, reasons, question, shown, comment, generation FROM feedback ORDER BY id DESC",
        )?;
        let kept = statement.query_map([], |row| {
            let at: String = row.get(1)?;
            let reasons: String = row.get(3)?;
            let reasons =
                Reason::ALL.into_iter().filter(|reason| reasons.split(", ").any(|word| word == reason.word()));
            let verdict = if row.get(2)? { Verdict::Helped } else { Verdict::DidNotHelp(reasons.collect()) };
            let report = Report {
                question: row.get(4)?,
                shown: row.get(5)?,
                verdict,
                comment: row.get(6)?,
                generation: row.get(7)?,
            };
            Ok(Kept { id: row.get(0)?, at: at.parse().unwrap_or(Timestamp::UNIX_EPOCH), report })
        })?;
        kept.collect()
    }

    /// Deletes what came before `at`, and says how many reports that were.
    pub fn delete_before(&self, at: Timestamp) -> rusqlite::Result<usize> {
        if !self.path.exists() {
            return Ok(0);
        }
        let connection = self.open()?;
        // What is deleted must not stay in free pages of the file.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.execute("DELETE FROM feedback WHERE at < ?1", [at.to_string()])
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.execute(SCHEMA, [])?;
        Ok(connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(verdict: Verdict, comment: &str) -> Report {
        Report {
            question: "Får 19121212-1212 mat?".to_owned(),
            shown: "å".repeat(30_000),
            verdict,
            comment: comment.to_owned(),
            generation: "g000001".to_owned(),
        }
    }

    #[test]
    fn reports_are_kept_newest_first_without_personal_numbers_and_deleted_by_age()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let feedback = Feedback::beside(folder.path());
        assert!(feedback.all()?.is_empty());
        let reasons = vec![Reason::Outdated, Reason::WrongSource];
        feedback.add(&report(Verdict::Helped, ""), "2026-01-01T00:00:00Z".parse()?)?;
        feedback
            .add(&report(Verdict::DidNotHelp(reasons.clone()), "Numret är bytt"), "2026-02-01T00:00:00.5Z".parse()?)?;
        let kept = feedback.all()?;
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].report.verdict, Verdict::DidNotHelp(reasons));
        assert_eq!(kept[0].report.comment, "Numret är bytt");
        assert!(!kept[0].report.question.contains("1212-1212"), "{}", kept[0].report.question);
        assert_eq!(kept[0].report.shown.chars().count(), 20_000);
        assert_eq!(feedback.delete_before("2026-01-15T00:00:00Z".parse()?)?, 1);
        assert_eq!(feedback.all()?.len(), 1);
        Ok(())
    }
}
