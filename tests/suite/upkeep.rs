//! Do indexes of earlier releases open, and does `doctor` find what is wrong and say what to do?

use std::fs;
use std::path::{Path, PathBuf};

use rutinlots::index::Index;
use rutinlots::inference::catalogue::sha256_of;
use serde_json::Value;

use crate::index::{found, three_routines};
use crate::support::{Failure, Outcome, Server, build, program, repository, run, scratch, turn};

/// A copy of a folder that a test may change.
fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The data folders of released formats, made from `tests/fixtures/rutiner-format` by the release of that format.
fn released() -> Result<Vec<PathBuf>, Failure> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(repository("tests/fixtures"))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("data-format-")) {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

#[test]
fn indexes_of_every_released_format_are_searched_and_brought_up_to_date() -> Outcome {
    let _turn = turn();
    let folders = released()?;
    assert!(folders.len() >= 2, "{folders:?}");
    for folder in folders {
        let scratch = scratch()?;
        let data = scratch.path().join("data");
        copy(&folder, &data)?;
        let name = folder.display();
        let best =
            found(&data, "Vem ringer jag när trygghetslarmet går?").map_err(|error| format!("{name}: {error}"))?;
        assert_eq!(best.first().map(String::as_str), Some("trygghetslarm"), "{name}");
        let best = found(&data, "I hur många grader tvättas arbetskläder?")?;
        assert_eq!(best.first().map(String::as_str), Some("tvatt"), "{name}");
        // Indexing the same files writes the present format.
        let source = repository("tests/fixtures/rutiner-format");
        let report = build(&source, &data)?;
        assert!(report.changed, "{name}: the sources are elsewhere now");
        assert_eq!((report.documents, report.problems.len()), (2, 0), "{name}");
        assert_eq!(Index::open(&data)?.settings().analyser_version, 2, "{name}");
        assert_eq!(found(&data, "Vem ringer jag när trygghetslarmet går?")?[0], "trygghetslarm", "{name}");
    }
    Ok(())
}

/// Changes the settings of the generation in use, as if another program had written them.
fn with_settings(data: &Path, change: impl Fn(&mut Value)) -> Outcome {
    let generation = data.join("generations").join(Index::current_generation(data)?.ok_or("no index")?);
    let catalogue = rusqlite::Connection::open(generation.join("catalogue.sqlite"))?;
    let text: String = catalogue.query_row("SELECT value FROM settings", [], |row| row.get(0))?;
    let mut settings: Value = serde_json::from_str(&text)?;
    change(&mut settings);
    catalogue.execute("UPDATE settings SET value = ?1", [settings.to_string()])?;
    drop(catalogue);
    // The size may have changed with it; here it is not damage that is looked for.
    let size = fs::metadata(generation.join("catalogue.sqlite"))?.len();
    let path = generation.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    for file in manifest["files"].as_array_mut().ok_or("no files")? {
        if file["path"] == "catalogue.sqlite" {
            file["bytes"] = size.into();
        }
    }
    Ok(fs::write(path, manifest.to_string())?)
}

/// Writes down the catalogue's sum anew, so that it does not count as damaged either.
fn reseal(data: &Path) -> Outcome {
    let generation = data.join("generations").join(Index::current_generation(data)?.ok_or("no index")?);
    let sum = sha256_of(&generation.join("catalogue.sqlite"), |_| ())?;
    let path = generation.join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    for file in manifest["files"].as_array_mut().ok_or("no files")? {
        if file["path"] == "catalogue.sqlite" {
            file["sha256"] = sum.as_str().into();
        }
    }
    Ok(fs::write(path, manifest.to_string())?)
}

/// What another program would have written otherwise.
type Change = fn(&mut Value);

#[test]
fn an_index_that_does_not_fit_is_refused_with_what_to_do_and_made_anew() -> Outcome {
    let _turn = turn();
    let cases: [(&str, Change, &str); 5] = [
        ("a later format", |settings| settings["format_version"] = 999.into(), "format 999"),
        ("another analyser", |settings| settings["analyser_version"] = 999.into(), "analysed by version 999"),
        ("another model", |settings| settings["embedding_model"] = "annan".into(), "embedding model annan"),
        (
            "another model of the same name",
            |settings| {
                let probe = settings["probe"].as_array().map(|probe| probe.iter().rev().cloned().collect::<Vec<_>>());
                settings["probe"] = probe.into();
            },
            "model file",
        ),
        ("settings that make no sense", |settings| *settings = "x".into(), "damaged"),
    ];
    for (name, change, message) in cases {
        let folder = scratch()?;
        let (source, data) = three_routines(folder.path())?;
        build(&source, &data)?;
        with_settings(&data, change)?;
        let (code, stdout, stderr) = run(program(&data).args(["--reranker", "none", "search", "larm"]))?;
        assert_eq!((code, stdout.as_str()), (1, ""), "{name}: {stderr}");
        assert!(stderr.contains(message), "{name}: {stderr}");
        let (code, stdout, _) = run(program(&data).args(["--generator", "none", "doctor"]))?;
        assert_eq!(code, 6, "{name}: {stdout}");
        let (code, _, stderr) = run(program(&data).args(["index", "--source"]).arg(&source))?;
        assert_eq!(code, 0, "{name}: {stderr}");
        let (code, _, stderr) = run(program(&data).args(["--reranker", "none", "search", "larm"]))?;
        assert_eq!(code, 0, "{name}: {stderr}");
    }
    Ok(())
}

#[test]
fn a_source_that_is_empty_after_an_upgrade_does_not_empty_the_index() -> Outcome {
    let _turn = turn();
    let cases: [Change; 2] =
        [|settings| settings["reading_version"] = 1.into(), |settings| settings["embedding_model"] = "annan".into()];
    for change in cases {
        let folder = scratch()?;
        let (source, data) = three_routines(folder.path())?;
        build(&source, &data)?;
        with_settings(&data, change)?;
        reseal(&data)?;
        for entry in fs::read_dir(&source)? {
            fs::remove_file(entry?.path())?;
        }
        let (code, _, stderr) = run(program(&data).args(["index", "--source"]).arg(&source))?;
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("held 3 documents") && stderr.contains("--allow-empty"), "{stderr}");
    }
    Ok(())
}

/// Problems and notes of `doctor`, by subject.
fn doctor(data: &Path) -> Result<(i32, Vec<Value>), Failure> {
    let (code, stdout, stderr) = run(program(data).args(["--generator", "none", "doctor", "--json"]))?;
    let findings: Vec<Value> = serde_json::from_str(&stdout).map_err(|error| format!("{error}: {stderr}"))?;
    Ok((code, findings))
}

fn problems(findings: &[Value]) -> Vec<&Value> {
    findings.iter().filter(|finding| finding["state"] == "problem").collect()
}

#[test]
fn doctor_finds_each_flipped_bit_names_the_file_and_its_advice_helps() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let (code, findings) = doctor(&data)?;
    assert_eq!((code, problems(&findings)), (0, vec![]));
    let generation = data.join("generations").join(Index::current_generation(&data)?.ok_or("no index")?);
    let manifest: Value = serde_json::from_str(&fs::read_to_string(generation.join("manifest.json"))?)?;
    let files = manifest["files"].as_array().ok_or("no files")?;
    assert!(files.len() >= 8, "{files:?}");
    for file in files.iter().filter(|file| file["bytes"] != 0) {
        let place = file["path"].as_str().ok_or("no path")?;
        let path = generation.join(place);
        let whole = fs::read(&path)?;
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 4;
        fs::write(&path, flipped)?;
        let (code, findings) = doctor(&data)?;
        assert_eq!(code, 6, "{place}");
        let named = problems(&findings).iter().any(|problem| {
            problem["found"].as_str().is_some_and(|found| found.contains(place))
                && problem["advice"].as_str().is_some_and(|advice| advice.contains("rutinlots index"))
        });
        assert!(named, "{place}: {findings:?}");
        fs::write(&path, whole)?;
    }
    // Following the advice: everything is made anew, nothing damaged is taken over.
    let path = generation.join("units.vec");
    let mut flipped = fs::read(&path)?;
    let last = flipped.len() - 2;
    flipped[last] ^= 4;
    fs::write(&path, flipped)?;
    let report = build(&source, &data)?;
    assert_eq!((report.changed, report.documents_read), (true, 3));
    assert_eq!(doctor(&data)?.0, 0);
    Ok(())
}

#[test]
fn a_side_file_is_no_change_of_its_document() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    fs::write(source.join("larm.md.meta.toml"), "dokumentansvarig = \"Larmsamordnare\"\n")?;
    build(&source, &data)?;
    let owner = Index::open(&data)?.document("larm").and_then(|head| head.metadata.owner.clone());
    assert_eq!(owner.as_deref(), Some("Larmsamordnare"));
    let reply = Server::start(&data, None)?.get("/api/v1/documents/larm/original")?;
    assert_eq!((reply.status, reply.bytes), (200, fs::read(source.join("larm.md"))?));
    let (code, findings) = doctor(&data)?;
    assert_eq!((code, problems(&findings)), (0, vec![]));
    // A side file that has changed is read again all the same.
    fs::write(source.join("larm.md.meta.toml"), "dokumentansvarig = \"Enhetschef\"\n")?;
    assert_eq!(build(&source, &data)?.documents_read, 1);
    Ok(())
}

#[test]
fn an_index_that_has_lost_its_manifest_is_not_taken_for_one_that_had_none() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let generation = data.join("generations").join(Index::current_generation(&data)?.ok_or("no index")?);
    fs::remove_file(generation.join("manifest.json"))?;
    assert!(Index::open(&data).is_err());
    let (code, findings) = doctor(&data)?;
    assert_eq!(code, 6);
    let named = |problem: &&Value| problem["found"].as_str().is_some_and(|found| found.contains("manifest.json"));
    assert!(problems(&findings).iter().any(named), "{findings:?}");
    assert_eq!(build(&source, &data)?.documents_read, 3);
    assert_eq!(doctor(&data)?.0, 0);
    Ok(())
}

#[test]
fn doctor_says_what_is_missing_and_what_to_do() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let (code, stdout, _) = run(program(&data).arg("doctor"))?;
    assert_eq!(code, 6);
    assert!(stdout.contains("problem  data folder: ") && stdout.contains("does not exist"), "{stdout}");
    build(&source, &data)?;
    fs::write(source.join("mat.md"), "# Något annat")?;
    fs::remove_file(source.join("larm.md"))?;
    let subject = |findings: &[Value], subject: &str, part: &str| {
        let of_it = |finding: &&Value| finding["subject"].as_str().is_some_and(|found| found.starts_with(subject));
        let mut of_it = findings.iter().filter(of_it);
        of_it.any(|finding| finding["found"].as_str().is_some_and(|found| found.contains(part)))
    };
    let (code, findings) = doctor(&data)?;
    assert_eq!(code, 6);
    assert!(subject(&findings, "originals", "cannot be read: 1 (larm.md); have changed: 1 (mat.md)"), "{findings:?}");
    fs::rename(&source, folder.path().join("borta"))?;
    fs::create_dir_all(data.join("generations/g000099"))?;
    let (_, findings) = doctor(&data)?;
    assert!(subject(&findings, "source ", "does not exist"), "{findings:?}");
    assert!(subject(&findings, "leftovers", "g000099"), "{findings:?}");
    for part in ["versions", "catalogue", "counts", "checksums", "model rutinlots-e5", "disk", "tool tesseract"] {
        assert!(subject(&findings, part, ""), "{part}: {findings:?}");
    }
    let (code, stdout, _) = run(program(&data).args(["--embedder", "multilingual-e5-small", "doctor"]))?;
    assert_eq!(code, 6);
    assert!(stdout.contains("the index was made with rutinlots-e5, chosen is multilingual-e5-small"), "{stdout}");
    fs::write(data.join("current"), "g000042")?;
    let (code, stdout, _) = run(program(&data).arg("doctor"))?;
    assert_eq!(code, 6);
    assert!(stdout.contains("g000042") && stdout.contains("rutinlots index"), "{stdout}");
    Ok(())
}
