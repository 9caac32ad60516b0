//! How does a run that was interrupted go on?
//!
//! Each result is a line of a file beside the report, after a first line that says what is measured. A run that is to go on
//! takes over the lines of the same measurement; the file is removed when the report has been written.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::answers::QuestionResult;
use super::summary::AnswersSetup;

/// Results that are kept until a report is whole.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the journal of a report; `go_on` takes over what an interrupted run of the same measurement has done. Without
    /// it what is there is thrown away.
    pub fn open(report: &Path, setup: &AnswersSetup, go_on: bool) -> anyhow::Result<(Self, Vec<QuestionResult>)> {
        let mut path = report.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let cannot = || format!("{} cannot be written", path.display());
        let before = if go_on { read(&path, setup)? } else { None };
        let (file, done) = if let Some((done, whole)) = before {
            let file = OpenOptions::new().append(true).open(&path).with_context(cannot)?;
            // A line that was cut off when the run ended must not spoil the next one.
            file.set_len(whole as u64).with_context(cannot)?;
            (file, done)
        } else {
            let mut file = File::create(&path).with_context(cannot)?;
            writeln!(file, "{}", serde_json::to_string(setup)?).with_context(cannot)?;
            (file, Vec::new())
        };
        Ok((Self { path, file }, done))
    }

    /// Keeps a result.
    pub fn keep(&mut self, result: &QuestionResult) -> anyhow::Result<()> {
        let line = serde_json::to_string(result)? + "\n";
        self.file.write_all(line.as_bytes()).with_context(|| format!("{} cannot be written", self.path.display()))
    }

    /// The report has been written.
    pub fn finish(self) -> anyhow::Result<()> {
        std::fs::remove_file(&self.path).with_context(|| format!("{} cannot be removed", self.path.display()))
    }
}

/// Whole lines of a journal and how many bytes they take; `None` if there is none, or not even its first line.
fn read(path: &Path, setup: &AnswersSetup) -> anyhow::Result<Option<(Vec<QuestionResult>, usize)>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let mut lines = text[..whole].lines();
    let Some(first) = lines.next() else { return Ok(None) };
    let same = serde_json::from_str::<AnswersSetup>(first).is_ok_and(|before| before == *setup);
    anyhow::ensure!(
        same,
        "{} is of a run over something else (set, models, threshold or index); remove it, or leave out --resume",
        path.display()
    );
    let done = lines.map(serde_json::from_str).collect::<Result<_, _>>();
    Ok(Some((done.with_context(|| format!("{} is damaged; remove it", path.display()))?, whole)))
}
