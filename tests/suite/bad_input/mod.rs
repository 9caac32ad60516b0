//! What becomes of files that cannot be read? Each is left out with its state and a sentence that says what to do, and
//! no file stops the reading of others.
//!
//! One real file for each way to be bad: small ones lie in `tests/fixtures/bad`, large and odd ones are [`made`] here.
//! Readers run as they do in the product, in a process of their own, and within the test too where they do no harm.

mod folders;
mod made;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rutinlots::index::Index;
use rutinlots::ingest::isolated::{Limits, ReadFailure, ReaderProcess};
use rutinlots::ingest::{FileReader, LeftOut, LeftOutKind, Reading};

use crate::support::{Outcome, program, run, turn};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The product's own way to read, with limits of the test's.
fn process(limits: Limits) -> FileReader {
    FileReader::Process(ReaderProcess { program: PathBuf::from(env!("CARGO_BIN_EXE_rutinlots")), limits })
}

/// Why a file is left out; anything else is a failure of the test.
fn left_out(reader: &FileReader, path: &Path) -> LeftOut {
    match reader.read(path) {
        Ok(reading) => panic!("{} was read: {:.200}", path.display(), format!("{reading:?}")),
        Err(ReadFailure::LeftOut(left_out)) => left_out,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// A bad file, the state that it gets, and words that its sentence holds.
type Case = (&'static str, fn(&Path) -> std::io::Result<()>, LeftOutKind, &'static [&'static str]);

/// Files that no limit of time or memory is needed for, so that they are refused within this process too.
const REFUSED: &[Case] = &[
    ("tom.pdf", |path| std::fs::write(path, ""), LeftOutKind::Empty, &["empty", "remove"]),
    ("tom.md", |path| std::fs::write(path, ""), LeftOutKind::Empty, &["empty", "remove"]),
    ("blank.txt", |path| std::fs::write(path, " \n\n\t\n"), LeftOutKind::NoText, &["no text"]),
    ("losenord.pdf", |path| copy("losenord.pdf", path), LeftOutKind::Encrypted, &["password", "save it without"]),
    ("losenord.docx", |path| copy("losenord.docx", path), LeftOutKind::Encrypted, &["password", "save it without"]),
    ("losenord-odt.docx", made::locked_open_document, LeftOutKind::Encrypted, &["password", "save it without"]),
    ("halv.pdf", |path| copy("halv.pdf", path), LeftOutKind::Damaged, &["PDF", "copy it again"]),
    ("halv.docx", |path| copy("halv.docx", path), LeftOutKind::Damaged, &["DOCX", "copy it again"]),
    ("inga-sidor.pdf", |path| copy("inga-sidor.pdf", path), LeftOutKind::Damaged, &["no pages"]),
    ("bild.pdf", |path| copy("bild.pdf", path), LeftOutKind::Damaged, &["not a real PDF", "does not begin"]),
    ("brev.doc", made::compound_file, LeftOutKind::Unsupported, &["compound file", "save it as"]),
    ("skannat.pdf", |path| copy("tomt-skannat-ark.pdf", path), LeftOutKind::NoText, &["no text"]),
    ("glest.txt", |path| made::sparse(path, 1_000_000), LeftOutKind::Damaged, &["binary"]),
    ("stor.pdf", |path| made::sparse(path, 201 * 1024 * 1024), LeftOutKind::TooLarge, &["200 MB", "divide"]),
    ("langt.txt", made::endless_text, LeftOutKind::TooLarge, &["million characters", "divide"]),
    ("bomb.docx", made::zip_bomb, LeftOutKind::TooLarge, &["unpacked", "times its size"]),
    ("lognare.docx", made::lying_zip_bomb, LeftOutKind::Damaged, &["larger than its declared"]),
    ("djup.docx", made::deep_word_file, LeftOutKind::TooLarge, &["too deep"]),
    ("skratt.docx", made::word_file_with_entities, LeftOutKind::Damaged, &["entities"]),
    ("djup.html", made::deep_page, LeftOutKind::TooLarge, &["nested deeper"]),
    ("listor.pdf", made::deep_pdf, LeftOutKind::Damaged, &["PDF"]),
    ("sidor.pdf", |path| made::pages(path, 5_001), LeftOutKind::TooLarge, &["5001 pages", "divide"]),
];

fn copy(name: &str, to: &Path) -> std::io::Result<()> {
    std::fs::copy(fixture("bad").join(name), to).map(drop)
}

#[test]
fn every_bad_file_gets_its_state_and_a_sentence_that_helps() -> Outcome {
    let folder = tempfile::tempdir()?;
    let outside = process(Limits::default());
    for (name, make, kind, words) in REFUSED {
        let path = folder.path().join(name);
        make(&path)?;
        for reader in [&outside, &FileReader::InProcess] {
            let found = left_out(reader, &path);
            assert_eq!(found.kind, *kind, "{name}: {}", found.reason);
            for word in *words {
                assert!(found.reason.contains(word), "{name}: {word:?} is not in {:?}", found.reason);
            }
        }
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

#[test]
fn a_reader_that_breaks_down_takes_nothing_with_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let cases: &[Case] = &[
        ("packbomb.pdf", |path| copy("packbomb.pdf", path), LeftOutKind::OutOfMemory, &["2000 MB of memory"]),
        ("slinga.pdf", made::form_in_itself, LeftOutKind::Crashed, &["nested too deep", "save it anew"]),
    ];
    // Time enough to come to where each breaks down, however busy other tests keep the machine.
    let reader = process(Limits { time: Duration::from_mins(5), ..Limits::default() });
    for (name, make, kind, words) in cases {
        let path = folder.path().join(name);
        make(&path)?;
        let found = left_out(&reader, &path);
        assert_eq!(found.kind, *kind, "{name}: {}", found.reason);
        for word in *words {
            assert!(found.reason.contains(word), "{name}: {word:?} is not in {:?}", found.reason);
        }
    }
    Ok(())
}

/// All of them in one folder, as `rutinlots index` meets them: none stops the run, none disappears.
#[test]
fn one_run_over_every_bad_file_reports_each_and_indexes_the_rest() -> Outcome {
    let _turn = turn();
    let folder = tempfile::tempdir()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    std::fs::create_dir_all(&source)?;
    let mut expected: Vec<(String, LeftOutKind)> = Vec::new();
    let breaking: [Case; 2] = [
        ("packbomb.pdf", |path| copy("packbomb.pdf", path), LeftOutKind::OutOfMemory, &[]),
        ("slinga.pdf", made::form_in_itself, LeftOutKind::Crashed, &[]),
    ];
    for (name, make, kind, _) in REFUSED.iter().chain(&breaking) {
        make(&source.join(name))?;
        expected.push(((*name).to_owned(), *kind));
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        use std::os::unix::fs::symlink;
        symlink(source.join("runt.md"), source.join("runt.md"))?;
        symlink(&source, source.join("mapp-i-sig-sjalv"))?;
        symlink("/proc/self/mem", source.join("minne.md"))?;
        assert!(std::process::Command::new("mkfifo").arg(source.join("ror.md")).status()?.success());
        std::fs::write(source.join(std::ffi::OsStr::from_bytes(b"l\xe4kemedel.md")), "# L\n\nText.\n")?;
        for (name, kind) in [
            ("runt.md", LeftOutKind::NotAFile),
            ("mapp-i-sig-sjalv", LeftOutKind::NotAFile),
            ("minne.md", LeftOutKind::Unreadable),
            ("ror.md", LeftOutKind::NotAFile),
            ("l\u{fffd}kemedel.md", LeftOutKind::BadName),
        ] {
            expected.push((name.to_owned(), kind));
        }
    }
    let long = format!("{}.md", "ö".repeat(120));
    let good = ["a-forst.md", "å 😀 mitt i.md", long.as_str()];
    for name in good {
        std::fs::write(source.join(name), format!("# Rutin för {name}\n\nKvittera varje nyckel i listan.\n"))?;
    }
    let (code, stdout, stderr) = run(program(&data).args(["index", "--json", "--source"]).arg(&source))?;
    assert_eq!(code, 4, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout)?;
    assert_eq!(report["documents"], good.len(), "{report}");
    expected.sort();
    let index = Index::open(&data)?;
    // A busy machine may run out of time before a reader comes to where it breaks down.
    let state = |place: &str, kind: LeftOutKind| match breaking.iter().find(|(name, ..)| *name == place) {
        Some((.., usual, _)) if kind == LeftOutKind::TimedOut => *usual,
        _ => kind,
    };
    let mut kept: Vec<(String, LeftOutKind)> =
        index.problems()?.into_iter().map(|it| (it.place.clone(), state(&it.place, it.kind))).collect();
    kept.sort();
    assert_eq!(kept, expected, "the states in the catalogue");
    for problem in index.problems()? {
        let line = format!("left out {}: {}", problem.place, problem.reason);
        assert!(stderr.contains(&line), "{line:?} is not in {stderr}");
        assert!(problem.reason.contains("; ") || problem.reason.len() > 40, "what to do? {}", problem.reason);
    }
    Ok(())
}

#[test]
fn a_page_that_one_parser_panics_on_is_read_by_the_other() -> Outcome {
    let reading = process(Limits::default()).read(&fixture("bad/trasigt-typsnitt.pdf"))?;
    assert_eq!(reading.blocks.first().map(|block| block.text.as_str()), Some("Rutin"));
    Ok(())
}

/// Limits that an ordinary large file trips stand for files that keep a reader busy for ever.
#[test]
fn limits_of_time_memory_and_output_end_a_reader() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("handbok.pdf");
    made::pages(&path, 1_000)?;
    let usual = Limits::default();
    let cases = [
        (
            Limits { time: Duration::from_millis(30), time_per_megabyte: Duration::ZERO, ..usual },
            LeftOutKind::TimedOut,
            "stopped after 0.03 s",
        ),
        (Limits { memory: 8_000_000, ..usual }, LeftOutKind::OutOfMemory, "more than the 8 MB of memory"),
        (Limits { output: 1_000, ..usual }, LeftOutKind::TooLarge, "its text takes more than"),
    ];
    for (limits, kind, words) in cases {
        let started = Instant::now();
        let found = left_out(&process(limits), &path);
        assert_eq!(found.kind, kind, "{}", found.reason);
        assert!(found.reason.contains(words), "{}", found.reason);
        assert!(started.elapsed() < Duration::from_secs(30), "{kind} took {:?}", started.elapsed());
    }
    Ok(())
}

#[test]
fn what_is_only_large_or_odd_is_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let read = |name: &str, make: fn(&Path) -> std::io::Result<()>| -> Result<Reading, Box<dyn std::error::Error>> {
        let path = folder.path().join(name);
        make(&path)?;
        Ok(process(Limits::default()).read(&path)?)
    };
    // Locked against changes only, as many decided documents are.
    assert!(!read("skrivskyddad.pdf", |path| copy("skrivskyddad.pdf", path))?.blocks.is_empty());
    let reading = read("inbunden.pdf", |path| made::pages(path, 5_000))?;
    assert_eq!(reading.pages, Some(5_000));
    assert!(reading.blocks.iter().any(|block| block.text.contains("Sida nummer 5000 ")));
    let reading = read("med-bilder.pdf", |path| made::pages_with_a_picture(path, 190_000_000))?;
    assert!(reading.blocks.iter().any(|block| block.text.contains("Sida nummer 2 ")));
    Ok(())
}

#[test]
fn both_ways_to_read_give_the_same() -> Outcome {
    let names = ["svenska-stilar.docx", "tabell-over-sidor.pdf", "egentligen-pdf.docx", "intranat.html", "framsida.md"];
    for name in names {
        let inside = FileReader::InProcess.read(&fixture(name))?;
        let outside = process(Limits::default()).read(&fixture(name))?;
        assert_eq!(inside, outside, "{name}");
        assert!(!outside.blocks.is_empty());
    }
    Ok(())
}

/// Without a reader every file would be left out, and an empty index would take the place of a good one.
#[test]
fn a_reader_that_cannot_start_is_no_fault_of_the_file() {
    for program in ["/nonexistent/rutinlots", "/bin/false", "/etc/passwd"] {
        let program = PathBuf::from(program);
        let reader = FileReader::Process(ReaderProcess { program: program.clone(), limits: Limits::default() });
        let error = reader.read(&fixture("framsida.md"));
        assert!(matches!(&error, Err(ReadFailure::NoReader { program: named, .. }) if *named == program), "{error:?}");
    }
}

/// Measures what a process for each file costs; `cargo test -- --ignored --nocapture what_a_process_costs`.
#[test]
#[ignore = "a measurement"]
fn what_a_process_costs() -> Outcome {
    let files: Vec<PathBuf> = std::iter::repeat_n(fixture("framsida.md"), 200).collect();
    for (name, reader) in [("in process", FileReader::InProcess), ("process", process(Limits::default()))] {
        let started = Instant::now();
        for file in &files {
            reader.read(file)?;
        }
        println!("{name}: {:.2} ms for each file", started.elapsed().as_secs_f64() * 1000.0 / files.len() as f64);
    }
    Ok(())
}
