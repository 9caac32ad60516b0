//! Is what documents say of themselves understood, however they say it? Also side files, which correct it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use rutinlots::ingest::{Metadata, SideFile, interpret, interpret_with, read_file};
use serde::Deserialize;

#[derive(Deserialize)]
struct Heads {
    case: Vec<Head>,
}

#[derive(Deserialize)]
struct Head {
    name: String,
    /// Ending of the file that the text is written to.
    format: String,
    text: String,
    expect: BTreeMap<String, String>,
    /// Number of problems, where it matters.
    problems: Option<usize>,
}

fn fields(metadata: &Metadata) -> BTreeMap<&'static str, String> {
    let day = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
    let all = [
        ("title", metadata.title.clone()),
        ("document_type", metadata.document_type.clone()),
        ("case_number", metadata.case_number.clone()),
        ("decided_by", metadata.decided_by.clone()),
        ("decided_on", day(metadata.decided_on)),
        ("revised_on", day(metadata.revised_on)),
        ("version", metadata.version.clone()),
        ("owner", metadata.owner.clone()),
        ("valid_from", day(metadata.validity.from)),
        ("valid_until", day(metadata.validity.until)),
        ("review_due", day(metadata.validity.review_due)),
        ("applies_to", metadata.applies_to.clone()),
        ("replaces", metadata.replaces.clone()),
        ("collection", metadata.collection.clone()),
        ("classification", metadata.classification.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[test]
fn heads_of_many_municipalities() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/huvuden/huvuden.toml");
    let heads: Heads = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(heads.case.len() >= 40, "{} heads", heads.case.len());
    let folder = tempfile::tempdir().unwrap();
    let (mut right, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for (number, head) in heads.case.iter().enumerate() {
        let file = folder.path().join(format!("dokument-{number}.{}", head.format));
        std::fs::write(&file, head.text.trim_start()).unwrap();
        let metadata = interpret(&read_file(&file).unwrap(), "fil");
        let found = fields(&metadata);
        // A field that should be empty and is not counts as much as one that should be filled and is not.
        let mut names: Vec<&str> = head.expect.keys().map(String::as_str).chain(found.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names.into_iter().filter(|name| *name != "title" || head.expect.contains_key("title")) {
            all += 1;
            let (expected, found) = (head.expect.get(name), found.get(name));
            if expected == found {
                right += 1;
            } else {
                wrong.push(format!("{}: {name} is {found:?} and should be {expected:?}", head.name));
            }
        }
        if head.problems.is_some_and(|problems| problems != metadata.problems.len()) {
            all += 1;
            wrong.push(format!("{}: problems {:?}", head.name, metadata.problems));
        }
    }
    let share = f64::from(right) / f64::from(all);
    println!("{right} of {all} fields right ({share:.3}) in {} heads\n{}", heads.case.len(), wrong.join("\n"));
    assert!(share >= 0.95, "{share:.3}\n{}", wrong.join("\n"));
}

#[test]
fn a_side_file_corrects_and_completes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rutin.md");
    let text = "# Rutin för post\n\nDokumentansvarig: Sekreterare\nGäller från: 2025-xx-xx\nGäller till: 2024-01-01\n\
                Dnr: SN 2024/1\n\nPosten sorteras.";
    std::fs::write(&file, text).unwrap();
    let side = folder.path().join("rutin.md.meta.toml");
    std::fs::write(
        &side,
        "dokumentansvarig = \"Registrator\"\nvalid_from = 2025-04-01\ngaller_till = \"\"\nrevideras = \"två år efter \
         ikraftträdande\"\ngaller_for = [\"Växeln\", \"Registraturen\"]\nfarg = \"blå\"\nklassning = \"hemlig\"\n",
    )
    .unwrap();
    assert_eq!(SideFile::beside(&file).as_deref(), Some(side.as_path()));
    let metadata = interpret_with(&read_file(&file).unwrap(), "rutin", Some(&SideFile::read(&side)));
    let found = fields(&metadata);
    let expected = [
        ("owner", "Registrator"),
        ("valid_from", "2025-04-01"),
        ("review_due", "2027-04-01"),
        ("applies_to", "Växeln, Registraturen"),
        ("case_number", "SN 2024/1"),
    ];
    for (name, value) in expected {
        assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(found.get("valid_until"), None);
    // The unknown key and the class that is none; what the side file put right is no problem any more.
    assert_eq!(metadata.problems.len(), 2, "{:?}", metadata.problems);
    assert!(metadata.problems.iter().all(|problem| problem.starts_with("Sidofil")), "{:?}", metadata.problems);
}

#[test]
fn a_broken_side_file_is_reported_and_the_document_stands() {
    let side = SideFile::parse("titel = Rutin utan citattecken");
    assert_eq!(side.problems().len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rutin.md");
    std::fs::write(&file, "# Rutin för post\n\nDokumentansvarig: Sekreterare\nGäller från: 2025-01-01\n\nText.")
        .unwrap();
    let metadata = interpret_with(&read_file(&file).unwrap(), "rutin", Some(&side));
    assert_eq!(metadata.owner.as_deref(), Some("Sekreterare"));
    assert_eq!(metadata.problems.len(), 1);
}

/// Each sample document is made from a source whose front matter says what a reader must find in the finished file.
#[test]
fn sample_documents_say_what_their_sources_say() {
    const KEYS: [(&str, &str); 13] = [
        ("titel", "title"),
        ("dokumenttyp", "document_type"),
        ("diarienummer", "case_number"),
        ("beslutad_av", "decided_by"),
        ("beslutsdatum", "decided_on"),
        ("dokumentansvarig", "owner"),
        ("galler_fran", "valid_from"),
        ("galler_till", "valid_until"),
        ("revideras", "review_due"),
        ("galler_for", "applies_to"),
        ("ersatter", "replaces"),
        ("samling", "collection"),
        ("klassning", "classification"),
    ];
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut built = BTreeMap::new();
    for folder in std::fs::read_dir(corpus.join("dokument")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            built.insert(path.file_stem().unwrap().to_owned(), path);
        }
    }
    let (mut right, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for source in std::fs::read_dir(corpus.join("kallor")).unwrap() {
        let source = source.unwrap().path();
        let stem = source.file_stem().unwrap().to_owned();
        // The damaged file cannot be read, a scan not without recognition.
        let Some(reading) = built.get(&stem).and_then(|path| read_file(path).ok()) else { continue };
        if !reading.pages_without_text.is_empty() {
            continue;
        }
        let metadata = interpret(&reading, &stem.to_string_lossy());
        let found = fields(&metadata);
        let text = std::fs::read_to_string(&source).unwrap();
        let head = text.trim_start_matches("---").split("\n---").next().unwrap_or_default();
        for (key, value) in head.lines().filter_map(|line| line.split_once(':')) {
            let Some((_, name)) = KEYS.iter().find(|(source, _)| *source == key.trim()) else { continue };
            let wanted = value.trim().trim_matches('"');
            all += 1;
            if found.get(name).is_some_and(|value| value == wanted) {
                right += 1;
            } else {
                wrong.push(format!("{}: {name} is {:?}, not {wanted:?}", stem.display(), found.get(name)));
            }
        }
    }
    assert!(all > 700, "only {all} values");
    assert!(f64::from(right) >= 0.98 * f64::from(all), "{right} of {all} right:\n{}", wrong.join("\n"));
    let titles: Vec<&String> = wrong.iter().filter(|wrong| wrong.contains(": title is")).collect();
    assert!(titles.is_empty(), "{titles:#?}");
}

/// What a person reads out of the real documents in `../shared/reference/seeds`: file, and field with value. A field that
/// is not named must come out empty.
const SEEDS: [(&str, &[(&str, &str)]); 5] = [
    (
        "alingsas-handlingsplan-digital-malbild-2024-2026.txt",
        &[
            ("title", "Handlingsplan för Digital Målbild Alingsås kommun - öppen och smart 2024-2026"),
            ("document_type", "Handlingsplan"),
            ("case_number", "2024.041 KS"),
            ("decided_by", "Kommunstyrelsen"),
            ("decided_on", "2024-03-04"),
            ("owner", "Digitaliseringsansvarig"),
            ("valid_from", "2024-01-01"),
            ("valid_until", "2026-12-31"),
            ("applies_to", "Kommunövergripande"),
        ],
    ),
    // The date of the decision is a template's: "2025-xx-xx".
    (
        "nacka-policy-ai-anvandning.txt",
        &[
            ("title", "AI-användning"),
            ("document_type", "Policy"),
            ("case_number", "KFKS 2024-1145"),
            ("decided_by", "Kommunstyrelsen"),
            ("owner", "Digitaliseringsdirektör"),
            ("applies_to", "Samtliga medarbetare och förtroendevalda i kommunen och de kommunala bolagen"),
        ],
    ),
    // An extract from minutes, of one item.
    (
        "nacka-ksau-digitaliseringsstrategi-2019-02-05.txt",
        &[
            ("title", "Digitaliseringsstrategi"),
            ("document_type", "Sammanträdesprotokoll"),
            ("case_number", "KFKS 2018/1151"),
            ("decided_by", "Kommunstyrelsens arbetsutskott"),
            ("decided_on", "2019-02-05"),
        ],
    ),
    // Minutes that call themselves so only in running text.
    (
        "solna-demokrati-och-digitaliseringsberedningen-2025-05-08.txt",
        &[
            ("title", "Demokrati- och digitaliseringsberedningen"),
            ("document_type", "Protokoll"),
            ("decided_by", "Demokrati- och digitaliseringsberedningen"),
            ("decided_on", "2025-05-08"),
        ],
    ),
    // A web page, whose "Senast uppdaterad:" is followed by nothing.
    ("lidingo-redo-for-ai.txt", &[("title", "Lidingö stad har gjort sin organisation redo för AI")]),
];

#[test]
fn real_documents_of_municipalities() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/reference/seeds");
    if !folder.is_dir() {
        // They are not ours to check in.
        eprintln!("NOT TESTED: {} is not there; the real documents lie beside the repository", folder.display());
        return;
    }
    let (mut right, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for (file, expected) in SEEDS {
        let path = folder.join(file);
        let metadata = interpret(&read_file(&path).unwrap(), path.file_stem().unwrap().to_str().unwrap());
        let (found, expected) = (fields(&metadata), expected.iter().copied().collect::<BTreeMap<_, _>>());
        let names: std::collections::BTreeSet<&str> = expected.keys().chain(found.keys()).copied().collect();
        for name in names {
            all += 1;
            let (expected, found) = (expected.get(name).copied(), found.get(name).map(String::as_str));
            if expected == found {
                right += 1;
            } else {
                wrong.push(format!("{file}: {name} is {found:?} and should be {expected:?}"));
            }
        }
    }
    let share = f64::from(right) / f64::from(all);
    println!("{right} of {all} fields right ({share:.3}) in {} real documents", SEEDS.len());
    assert!(share >= 0.95, "{right} of {all}:\n{}", wrong.join("\n"));
}
