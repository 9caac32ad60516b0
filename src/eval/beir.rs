//! What is in a retrieval test set?
//!
//! The layout of BEIR (Thakur et al. 2021): `corpus.jsonl` with `_id`, `title` and `text`, `queries.jsonl` with `_id` and
//! `text`, and `qrels/*.tsv` with query, entry and grade. A set without `qrels` can be ranked, not measured.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::dataset::DatasetError;
use crate::index::build::Entry;

/// The entries that matter for a query and how much, by name.
pub type Judged = BTreeMap<String, u32>;

/// A retrieval test set.
#[derive(Debug, Clone)]
pub struct BeirSet {
    /// What is searched.
    pub entries: Vec<Entry>,
    /// What is asked, in the order of the file: name and text.
    pub queries: Vec<(String, String)>,
    /// What matters, by the query's name.
    pub judged: BTreeMap<String, Judged>,
    /// Entries that are judged but not in the corpus: nothing can find them.
    pub missing: Vec<String>,
}

#[derive(Deserialize)]
struct CorpusLine {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct QueryLine {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

/// Whether a folder is such a set.
pub fn is_beir(folder: &Path) -> bool {
    folder.join("corpus.jsonl").is_file()
}

impl BeirSet {
    /// Reads a set. `split` names the file of `qrels`; it must be given where there are several, and then only the
    /// queries of that file are kept.
    pub fn load(folder: &Path, split: Option<&str>) -> Result<Self, DatasetError> {
        let corpus: Vec<CorpusLine> = lines(&folder.join("corpus.jsonl"), |line: &CorpusLine| &line.id)?;
        let queries: Vec<QueryLine> = lines(&folder.join("queries.jsonl"), |line: &QueryLine| &line.id)?;
        let mut queries: Vec<(String, String)> = queries.into_iter().map(|line| (line.id, line.text)).collect();
        let files = qrels_files(&folder.join("qrels"))?;
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let chosen = match (split, files.as_slice()) {
            (None, []) => None,
            (None, [only]) => Some(only),
            (None, _) => {
                let reason = format!("there are several parts; choose one with --split: {}", names.join(", "));
                return Err(DatasetError::Choice { path: folder.join("qrels"), reason });
            }
            (Some(wanted), _) => Some(files.iter().find(|(name, _)| name == wanted).ok_or_else(|| {
                let reason = format!("there is no part named {wanted}; there are: {}", names.join(", "));
                DatasetError::Choice { path: folder.join("qrels"), reason }
            })?),
        };
        let judged = chosen.map(|(_, path)| read_qrels(path)).transpose()?.unwrap_or_default();
        if files.len() > 1 {
            queries.retain(|(id, _)| judged.contains_key(id));
        }
        let known: HashSet<&str> = corpus.iter().map(|line| line.id.as_str()).collect();
        let judged_entries = judged.values().flat_map(BTreeMap::keys);
        let missing = judged_entries.filter(|id| !known.contains(id.as_str())).cloned().collect();
        let entry = |line: CorpusLine| Entry { id: line.id, title: line.title, text: line.text };
        Ok(Self { entries: corpus.into_iter().map(entry).collect(), queries, judged, missing })
    }

    /// The same set without the entries' titles.
    #[must_use]
    pub fn without_titles(mut self) -> Self {
        for entry in &mut self.entries {
            entry.title.clear();
        }
        self
    }

    /// A name for what is in the corpus, by which an index of it is known again.
    pub fn fingerprint(&self) -> String {
        let mut hasher = Sha256::new();
        for Entry { id, title, text } in &self.entries {
            for part in [id, title, text] {
                hasher.update(part.len().to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        format!("{SOURCE}{}", crate::inference::catalogue::hex(&hasher.finalize()[..16]))
    }
}

/// How the name of an index's source begins that was made from a retrieval test set.
pub const SOURCE: &str = "entries:";

fn read(path: &Path) -> Result<String, DatasetError> {
    std::fs::read_to_string(path).map_err(|source| DatasetError::Io { path: path.to_owned(), source })
}

/// The lines of a JSONL file. A name must be good for a TREC run: not empty, without blanks, and once only.
fn lines<T: DeserializeOwned>(path: &Path, id: impl Fn(&T) -> &String) -> Result<Vec<T>, DatasetError> {
    let mut out: Vec<T> = Vec::new();
    let mut seen = HashSet::new();
    for (index, line) in read(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let bad = |reason: String| DatasetError::BadLine { path: path.to_owned(), line: index + 1, reason };
        let parsed: T = serde_json::from_str(line).map_err(|error| bad(error.to_string()))?;
        let name = id(&parsed);
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(bad(format!("the name {name:?} is empty or has blanks in it")));
        }
        if !seen.insert(name.clone()) {
            return Err(bad(format!("the name {name} stands twice")));
        }
        out.push(parsed);
    }
    Ok(out)
}

/// Name and path of each part; none where there is no such folder.
fn qrels_files(folder: &Path) -> Result<Vec<(String, PathBuf)>, DatasetError> {
    let io = |source| DatasetError::Io { path: folder.to_owned(), source };
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|ending| ending == "tsv") {
            files.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), path));
        }
    }
    files.sort();
    Ok(files)
}

fn read_qrels(path: &Path) -> Result<BTreeMap<String, Judged>, DatasetError> {
    let mut judged: BTreeMap<String, Judged> = BTreeMap::new();
    for (index, line) in read(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
        let grade = fields.get(2).map(|grade| grade.parse::<i64>());
        let (query, entry, grade) = match (fields.as_slice(), grade) {
            ([query, entry, _], Some(Ok(grade))) => (*query, *entry, grade),
            // The header.
            ([_, _, _], _) if index == 0 => continue,
            _ => {
                let reason = "a line has a query, an entry and a whole number, with tabs between them".to_owned();
                return Err(DatasetError::BadLine { path: path.to_owned(), line: index + 1, reason });
            }
        };
        // Below 0 is as good as not judged.
        let grade = u32::try_from(grade.max(0)).unwrap_or(u32::MAX);
        judged.entry(query.to_owned()).or_default().insert(entry.to_owned(), grade);
    }
    Ok(judged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(qrels: &[(&str, &str)]) -> Result<tempfile::TempDir, std::io::Error> {
        let folder = tempfile::tempdir()?;
        let root = folder.path();
        let corpus = r#"{"_id": "a", "title": "Fall", "text": "Lämna inte personen."}
{"_id": "b", "text": "Ring sjuksköterskan.", "metadata": {}}"#;
        std::fs::write(root.join("corpus.jsonl"), corpus)?;
        std::fs::write(
            root.join("queries.jsonl"),
            r#"{"_id": "q1", "text": "Någon har ramlat"}
{"_id": "q2", "text": "Vem ringer jag?"}"#,
        )?;
        std::fs::create_dir(root.join("qrels"))?;
        for (name, lines) in qrels {
            std::fs::write(root.join("qrels").join(name), format!("query-id\tcorpus-id\tscore\n{lines}"))?;
        }
        Ok(folder)
    }

    #[test]
    fn a_set_is_read_with_its_grades_and_what_they_name_in_vain() -> Result<(), Box<dyn std::error::Error>> {
        let folder = set(&[("dev.tsv", "q1\ta\t2\nq1\tc\t1\n")])?;
        assert!(is_beir(folder.path()));
        let set = BeirSet::load(folder.path(), None)?;
        assert_eq!((set.entries.len(), set.queries.len()), (2, 2));
        assert_eq!(set.entries[0].title, "Fall");
        assert_eq!(set.judged["q1"]["a"], 2);
        assert_eq!(set.missing, ["c"]);
        assert_ne!(set.fingerprint(), set.clone().without_titles().fingerprint());
        Ok(())
    }

    #[test]
    fn of_several_parts_one_must_be_chosen_and_its_queries_are_kept() -> Result<(), Box<dyn std::error::Error>> {
        let folder = set(&[("dev.tsv", "q1\ta\t1\n"), ("test.tsv", "q2\tb\t1\n")])?;
        let error = BeirSet::load(folder.path(), None).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("--split: dev, test"), "{error}");
        let set = BeirSet::load(folder.path(), Some("test"))?;
        assert_eq!(set.queries, [("q2".to_owned(), "Vem ringer jag?".to_owned())]);
        std::fs::write(folder.path().join("qrels/test.tsv"), "query-id\tcorpus-id\tscore\nq2 b 1\n")?;
        let error = BeirSet::load(folder.path(), Some("test")).err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("line 2")));
        Ok(())
    }
}
