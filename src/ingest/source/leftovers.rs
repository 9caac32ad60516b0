//! Which files in a synchronised folder are not documents but traces of the programs that work in it?
//!
//! The lock files of office programs, half downloads, and the copies and placeholders that synchronising programs
//! leave. They are named in the report, because a conflict copy may hold what its owner thinks is the newest text.

/// Why a file of this name is not indexed, and what to do; `None` if it may be a document.
pub fn leftover(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if lower.starts_with("~$") || lower.starts_with(".~lock.") || lower.starts_with("~wrl") {
        Some("is a lock file of an office program that has the document open; it goes away when the document is closed")
    } else if ends(&[".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".filepart", "~"]) {
        Some("is a temporary file or an unfinished download")
    } else if matches!(lower.as_str(), "thumbs.db" | "desktop.ini" | "ehthumbs.db") {
        Some("is a file of the operating system")
    } else if has(&["conflicted copy", "conflict copy", "sync-conflict-", "konfliktkopia", "motstridiga kopia"])
        || has(&["kopia i konflikt", "kopia med konflikt", "(conflict ", "_conflict-", "(case conflict"])
    {
        Some("is a conflict copy made by a synchronising program; bring the two versions together and delete it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_told_from_documents() {
        let cases = [
            ("~$tin för larm.docx", "lock file"),
            (".~lock.larm.odt#", "lock file"),
            ("rutin.docx.tmp", "temporary"),
            ("rutin.pdf.crdownload", "temporary"),
            ("Thumbs.db", "operating system"),
            ("Larm (Eva Ek's conflicted copy 2024-05-01).docx", "conflict copy"),
            ("larm (konfliktkopia 2024-05-01 120000).md", "conflict copy"),
            ("larm.sync-conflict-20240501-120000-ABCDEFG.md", "conflict copy"),
        ];
        for (name, reason) in cases {
            assert!(leftover(name).is_some_and(|found| found.contains(reason)), "{name}");
        }
        for name in ["larm.pdf", "Rutin vid konflikter.docx", "kopia av larm.docx", "hantera hot (conflicts).md"] {
            assert_eq!(leftover(name), None, "{name}");
        }
    }
}
