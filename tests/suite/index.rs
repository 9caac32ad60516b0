//! What happens to the index when files change, break or vanish, when a build dies, and while a server runs?

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rutinlots::index::Index;
use rutinlots::index::build::{Options, build as build_from};
use rutinlots::inference::worker::EmbedderHandle;
use rutinlots::ingest::FileReader;
use rutinlots::ingest::source::{Folder, Source};
use rutinlots::retrieve::{Question, SearchOptions};

use crate::support::{
    EMBEDDER, Failure, Outcome, Server, Serving, assistant, build, build_with, embedder, get, model, program,
    repository, run, scratch, turn,
};

pub fn routine(title: &str, text: &str) -> String {
    format!(
        "---\ntitel: {title}\ndokumenttyp: Rutin\n---\n\n## Syfte\n\nRutinen gäller {title}.\n\n## Gör så här\n\n{text}\n"
    )
}

/// A source folder with three routines, and an empty data folder beside it.
pub fn three_routines(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let source = folder.join("rutiner");
    fs::create_dir_all(&source)?;
    fs::write(source.join("tvatt.md"), routine("tvätt", "Sortera tvätten. Tvätta arbetskläder i 60 grader."))?;
    fs::write(source.join("larm.md"), routine("larm", "Ring larmcentralen. Stanna kvar tills hjälpen kommer."))?;
    fs::write(source.join("mat.md"), routine("mat", "Servera maten varm. Fråga om allergier före måltiden."))?;
    Ok((source, folder.join("data")))
}

/// Documents of the passages that a search finds, best first.
pub fn found(data: &Path, question: &str) -> Result<Vec<String>, Failure> {
    let options =
        SearchOptions { limit: 20, all_standings: true, today: jiff::civil::date(2026, 10, 1), rerank: false };
    let ranked = assistant(data, None)?.retriever().search(Question::parse(question)?, options)?;
    Ok(ranked.hits.iter().map(|hit| hit.document.id.to_string()).collect())
}

#[test]
fn only_what_has_changed_is_read_and_embedded() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let first = build(&source, &data)?;
    assert_eq!((first.documents, first.documents_read), (3, 3));
    assert!(first.texts_embedded > 9);
    let second = build(&source, &data)?;
    assert!(!second.changed);
    assert_eq!((second.documents, second.documents_read, second.texts_embedded), (3, 0, 0));

    fs::write(source.join("mat.md"), routine("mat", "Servera maten varm. Spara rester i kylskåp i två dygn."))?;
    let third = build(&source, &data)?;
    assert!(third.changed);
    assert_eq!((third.documents, third.documents_read), (3, 1));
    assert!(third.texts_embedded > 0 && third.texts_embedded < first.texts_embedded / 2, "{third:?}");
    assert_eq!(found(&data, "Hur länge sparas rester?")?.first().map(String::as_str), Some("mat"));

    // What was taken over must be what would have been computed.
    let anew = folder.path().join("anew");
    build(&source, &anew)?;
    let vector =
        embedder()?.embed(vec!["Vem ringer jag?".to_owned()], rutinlots::inference::TextKind::Query)?.remove(0);
    let (grown, fresh) = (Index::open(&data)?.dense_scores(&vector), Index::open(&anew)?.dense_scores(&vector));
    assert_eq!(grown.len(), fresh.len());
    assert!(grown.iter().zip(&fresh).all(|(a, b)| (a - b).abs() < 1e-3), "{grown:?} {fresh:?}");
    Ok(())
}

#[test]
fn a_removed_file_is_found_no_more() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    assert!(found(&data, "Hur tvättar jag arbetskläder?")?.contains(&"tvatt".to_owned()));
    fs::remove_file(source.join("tvatt.md"))?;
    let report = build(&source, &data)?;
    assert_eq!((report.documents, report.documents_read, report.texts_embedded), (2, 0, 0));
    assert!(!found(&data, "Hur tvättar jag arbetskläder?")?.contains(&"tvatt".to_owned()));
    assert!(Index::open(&data)?.document("tvatt").is_none());
    Ok(())
}

#[test]
fn the_same_contents_in_two_places_are_one_document() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    fs::create_dir(source.join("kopior"))?;
    fs::copy(source.join("larm.md"), source.join("kopior/larm-kopia.md"))?;
    let report = build(&source, &data)?;
    assert_eq!(report.documents, 3);
    let index = Index::open(&data)?;
    let places = index.documents().iter().find_map(|head| {
        let mut places = head.other_places.clone();
        places.push(head.place.clone());
        places.sort();
        (places.len() == 2).then_some(places)
    });
    assert_eq!(places, Some(vec!["kopior/larm-kopia.md".to_owned(), "larm.md".to_owned()]));
    assert!(!build(&source, &data)?.changed);
    Ok(())
}

#[test]
fn a_folder_that_has_moved_keeps_its_originals() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let moved = folder.path().join("flyttade");
    fs::rename(&source, &moved)?;
    let report = build(&moved, &data)?;
    assert_eq!((report.documents, report.texts_embedded), (3, 0));
    let reply = Server::start(&data, None)?.get("/api/v1/documents/larm/original")?;
    assert_eq!(reply.bytes, fs::read(moved.join("larm.md"))?);
    Ok(())
}

#[test]
fn an_original_that_has_changed_since_is_not_passed_off_as_what_was_quoted() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let server = Server::start(&data, None)?;
    assert_eq!(server.get("/api/v1/documents/mat/original")?.status, 200);
    fs::write(source.join("mat.md"), "Något helt annat.")?;
    assert_eq!(server.get("/api/v1/documents/mat/original")?.status, 404);
    fs::remove_file(source.join("mat.md"))?;
    assert_eq!(server.get("/api/v1/documents/mat/original")?.status, 404);
    // The text that was indexed is still there to be read.
    assert!(server.get("/dokument/mat")?.text().contains("Servera maten varm"));
    Ok(())
}

#[test]
fn broken_files_are_reported_and_the_rest_is_indexed() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    for name in ["skadad.pdf", "tom.docx"] {
        fs::copy(repository("tests/fixtures").join(name), source.join(name))?;
    }
    fs::write(source.join("tom.md"), "")?;
    fs::write(source.join("brus.docx"), [0x50, 0x4b, 3, 4, 0, 1, 2, 3, 255, 254])?;
    fs::write(source.join("bild.png"), [0x89, 0x50, 0x4e, 0x47])?;
    let (code, stdout, stderr) = run(program(&data).args(["index", "--json", "--source"]).arg(&source))?;
    assert_eq!(code, 4, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout)?;
    assert_eq!(report["documents"], 3);
    let problems = report["problems"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut places: Vec<&str> = problems.iter().filter_map(|problem| problem["place"].as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["bild.png", "brus.docx", "skadad.pdf", "tom.docx", "tom.md"]);
    let kinds: Vec<&str> = problems.iter().filter_map(|problem| problem["kind"].as_str()).collect();
    for kind in ["unsupported", "damaged", "no_text", "empty"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    for problem in problems {
        let place = problem["place"].as_str().unwrap_or_default();
        assert!(stderr.contains(&format!("left out {place}: ")), "{stderr}");
        assert!(problem["reason"].as_str().is_some_and(|reason| reason.len() > 10), "{problem}");
    }
    assert!(found(&data, "Vem ringer jag när det larmar?")?.contains(&"larm".to_owned()));
    // They are still left out the next time, and still said to be.
    let (code, _, stderr) = run(program(&data).args(["index", "--source"]).arg(&source))?;
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("left out skadad.pdf"), "{stderr}");
    Ok(())
}

#[test]
fn a_running_server_moves_to_the_new_index_and_drops_no_request() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let server = Serving::start(&data, &[])?;
    let address = server.address;
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let visitor = std::thread::spawn(move || -> Result<usize, String> {
        let mut count = 0;
        while !stopping.load(Ordering::Relaxed) {
            for path in ["/api/v1/search?q=larm", "/dokument/larm", "/sok?q=mat", "/api/v1/documents/larm/original"] {
                let reply = get(address, path).map_err(|error| format!("{path}: {error}"))?;
                if reply.status != 200 {
                    return Err(format!("{path}: {} {}", reply.status, reply.text()));
                }
                count += 1;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(count)
    });
    // Three times, so that generations that the server has left are taken away under it.
    for round in 0..3 {
        let name = format!("ny{round}");
        fs::write(source.join(format!("{name}.md")), routine(&name, "Duscha patienten. Torka golvet efteråt."))?;
        build(&source, &data)?;
        let generation = Index::current_generation(&data)?.ok_or("no generation")?;
        let deadline = Instant::now() + Duration::from_secs(15);
        while get(address, "/readyz")?.json()?["index"] != generation.as_str() {
            assert!(Instant::now() < deadline, "the server did not move to {generation}");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(get(address, &format!("/dokument/{name}"))?.status, 200);
    }
    stop.store(true, Ordering::Relaxed);
    let requests = visitor.join().map_err(|_| "the visitor panicked")??;
    println!("{requests} requests during three moves");
    assert!(requests > 20);
    Ok(())
}

#[test]
fn a_removed_document_is_gone_from_a_running_server_when_the_command_returns() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let server = Serving::start(&data, &[])?;
    let address = server.address;
    for name in ["tvatt", "larm"] {
        assert_eq!(get(address, &format!("/dokument/{name}"))?.status, 200);
        assert!(get(address, "/api/v1/search?q=tvätta+larm")?.text().contains(&format!("\"{name}\"")));
        fs::remove_file(source.join(format!("{name}.md")))?;
        build(&source, &data)?;
        // At once, every time: cited, opened, downloaded, found.
        for path in ["/dokument/NAME", "/api/v1/documents/NAME", "/api/v1/documents/NAME/original"] {
            assert_eq!(get(address, &path.replace("NAME", name))?.status, 404, "{path} {name}");
        }
        assert!(!get(address, "/api/v1/search?q=tvätta+larm")?.text().contains(&format!("\"{name}\"")));
    }
    Ok(())
}

#[test]
fn a_server_does_not_move_to_an_index_of_another_model() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let server = Serving::start(&data, &[])?;
    let before = get(server.address, "/readyz")?.json()?["index"].clone();
    let other = EmbedderHandle::spawn("another-model", &model(EMBEDDER)?)?;
    build_with(&[&source], &data, &other)?;
    assert_ne!(Index::current_generation(&data)?.as_deref(), before.as_str());
    assert_eq!(get(server.address, "/api/v1/search?q=larm")?.status, 200);
    assert_eq!(get(server.address, "/readyz")?.json()?["index"], before);
    Ok(())
}

#[test]
fn a_source_that_is_suddenly_empty_does_not_empty_the_index() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    for name in ["tvatt.md", "larm.md", "mat.md"] {
        fs::remove_file(source.join(name))?;
    }
    let (code, _, stderr) = run(program(&data).args(["index", "--source"]).arg(&source))?;
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("held 3 documents") && stderr.contains("--allow-empty"), "{stderr}");
    assert_eq!(Index::open(&data)?.documents().len(), 3);
    let (code, _, stderr) = run(program(&data).args(["index", "--allow-empty", "--source"]).arg(&source))?;
    assert_eq!(code, 0, "{stderr}");
    assert!(Index::open(&data)?.documents().is_empty());
    Ok(())
}

#[test]
fn a_data_folder_in_its_own_source_is_refused() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (_, data) = three_routines(folder.path())?;
    for more in [&[][..], &["--watch"]] {
        let (code, _, stderr) = run(program(&data).args(["index", "--source"]).arg(folder.path()).args(more))?;
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("the data folder lies in it") && stderr.contains("--data"), "{stderr}");
    }
    assert_eq!(fs::read_dir(&data)?.count(), 0, "something was written before the refusal");
    Ok(())
}

#[test]
fn files_of_one_name_in_two_sources_and_accents_are_documents_of_their_own() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let other = folder.path().join("andra");
    fs::create_dir_all(&other)?;
    fs::write(other.join("larm.md"), routine("larm", "Ring nattpatrullen."))?;
    fs::write(source.join("lärm.md"), routine("lärm", "Håll dörren stängd."))?;
    let report = build_with(&[&source, &other], &data, &embedder()?)?;
    assert_eq!(report.documents, 5);
    let index = Index::open(&data)?;
    let ids: std::collections::BTreeSet<&str> = index.documents().iter().map(|head| head.id.as_str()).collect();
    assert_eq!(ids.len(), 5, "{ids:?}");
    Ok(())
}

#[test]
fn a_file_that_is_being_written_stays_what_it_was_in_its_own_source() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let other = folder.path().join("andra");
    fs::create_dir_all(&other)?;
    let written = other.join("larm.md");
    fs::write(&written, routine("larm", "Ring nattpatrullen."))?;
    let sources: Vec<Box<dyn Source>> = vec![Box::new(Folder::new(source)), Box::new(Folder::new(other))];
    let mut options = Options::new(FileReader::InProcess);
    build_from(&sources, &data, &embedder()?, &options, &mut |_| ())?;
    fs::write(&written, routine("larm", "Ring"))?;
    options.restless.insert(std::path::absolute(&written)?);
    let report = build_from(&sources, &data, &embedder()?, &options, &mut |_| ())?;
    assert!(!report.changed, "{report:?}");
    assert_eq!(Index::open(&data)?.documents().len(), 4);
    Ok(())
}

#[test]
fn a_server_stays_with_its_index_when_the_new_one_is_damaged() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    build(&source, &data)?;
    let server = Serving::start(&data, &[])?;
    fs::write(data.join("current"), "g000999")?;
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(get(server.address, "/api/v1/search?q=larm")?.status, 200);
    fs::create_dir_all(data.join("generations/g000999"))?;
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(get(server.address, "/api/v1/search?q=larm")?.status, 200);
    Ok(())
}

#[test]
fn an_index_that_cannot_be_used_says_so_and_can_be_made_anew() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let (code, _, stderr) = run(program(&data).args(["search", "larm"]))?;
    assert_eq!(code, 1);
    assert!(stderr.contains("there is no index") && stderr.contains("rutinlots index"), "{stderr}");

    build(&source, &data)?;
    fs::write(data.join("current"), "g000042")?;
    let (code, _, stderr) = run(program(&data).args(["search", "larm"]))?;
    assert_eq!(code, 1);
    assert!(stderr.contains("g000042") && stderr.contains("rutinlots index"), "{stderr}");
    assert_eq!(build(&source, &data)?.documents, 3);
    assert!(found(&data, "larm")?.contains(&"larm".to_owned()));

    // Each file of the index cut in half, one after the other.
    let generation = data.join("generations").join(Index::open(&data)?.generation());
    let mut files = Vec::new();
    for entry in fs::read_dir(&generation)? {
        let path = entry?.path();
        if path.is_file() && fs::metadata(&path)?.len() > 100 {
            files.push(path);
        }
    }
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let whole = fs::read(&file)?;
        fs::write(&file, &whole[..whole.len() / 2])?;
        let (code, _, stderr) = run(program(&data).args(["search", "larm"]))?;
        assert_eq!(code, 1, "{}: {stderr}", file.display());
        assert!(stderr.starts_with("error: ") && !stderr.contains("panicked"), "{}: {stderr}", file.display());
        fs::write(&file, &whole)?;
    }
    assert_eq!(run(program(&data).args(["search", "larm"]))?.0, 0);
    Ok(())
}
