//! What becomes of a routine when a newer version of it comes, and of text that was read from a scan?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use serde_json::Value;

use rutinlots::index::Index;
use rutinlots::ingest::Standing;

use crate::support::{Failure, Outcome, Server, build, lotsby, program, repository, run, scratch, turn};

/// A version of the routine for keys, or a unit's own one.
struct Keys<'a> {
    title: &'a str,
    units: &'a str,
    from: &'a str,
    case: &'a str,
    /// How often the keys are counted, and whom one rings.
    often: &'a str,
    number: &'a str,
}

impl Keys<'_> {
    fn write(&self, path: &Path) -> Outcome {
        let Keys { title, units, from, case, often, number } = self;
        let head = format!("---\ntitel: {title}\ndokumenttyp: Rutin\ndiarienummer: {case}\n");
        let validity = format!("galler_fran: {from}\ngaller_for: {units}\nsamling: Hemtjänst\n---\n\n");
        let text = format!(
            "## Syfte\n\nRutinen talar om hur nycklar till kundernas hem förvaras, lämnas ut och återlämnas.\n\n\
             ## Förvaring\n\nNycklarna hänger i det låsta nyckelskåpet på kontoret. De är märkta med ett nummer, aldrig \
             med namn eller adress.\n\n## Inventering\n\nNyckelskåpet inventeras {often}. Den som inventerar skriver \
             under i nyckelliggaren.\n\n## Förlorad nyckel\n\nRing trygghetsjouren på {number} genast när en nyckel har \
             försvunnit. Skriv en avvikelse samma dag.\n"
        );
        Ok(fs::write(path, head + &validity + &text)?)
    }
}

const UNITS: &str = "Hemtjänst Norra, Hemtjänst Södra";

fn version<'a>(from: &'a str, case: &'a str, often: &'a str, number: &'a str) -> Keys<'a> {
    Keys { title: "Rutin för nyckelskåp", units: UNITS, from, case, often, number }
}

/// Three versions of a routine, and a unit's own routine that is nearly the same.
fn sources(folder: &Path) -> Result<(PathBuf, PathBuf), Failure> {
    let source = folder.join("rutiner");
    fs::create_dir_all(&source)?;
    version("2021-01-01", "SN 2020/11", "en gång i månaden", "0980-31 10 10").write(&source.join("nycklar-2021.md"))?;
    version("2023-02-01", "SN 2022/22", "varje fredag", "0980-31 20 20").write(&source.join("nycklar-2023.md"))?;
    version("2025-03-01", "SN 2025/33", "vid varje passbyte", "0980-31 30 30").write(&source.join("nycklar.md"))?;
    let local =
        Keys { units: "Hemtjänst Norra", ..version("2025-09-01", "SN 2025/44", "varje natt", "0980-31 40 40") };
    local.write(&source.join("nycklar-norra.md"))?;
    Ok((source, folder.join("data")))
}

/// Standing of each document on a day, by name.
fn standings(data: &Path, today: jiff::civil::Date) -> Result<Vec<(String, Standing)>, Failure> {
    let index = Index::open(data)?;
    let standing =
        |head: &rutinlots::index::DocumentHead| (head.id.to_string(), head.metadata.validity.standing(today));
    let mut all: Vec<_> = index.documents().iter().map(standing).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

/// Documents of search hits, or of quotes.
fn documents(list: &Value) -> BTreeSet<&str> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(|one| one["document"]["id"].as_str()).collect()
}

#[test]
fn only_the_newest_version_answers_and_the_others_can_be_opened_and_compared() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = sources(folder.path())?;
    let (code, stdout, stderr) = run(program(&data).args(["index", "--json", "--source"]).arg(&source))?;
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("versions nycklar.md: newer than nycklar-2023.md, nycklar-2021.md"), "{stderr}");
    let report: Value = serde_json::from_str(&stdout)?;
    let found = serde_json::json!([{ "newest": "nycklar.md", "older": ["nycklar-2023.md", "nycklar-2021.md"] }]);
    assert_eq!(report["versions"], found, "the unit's own routine is no version");

    let server = Server::start(&data, None)?;
    let allowed = BTreeSet::from(["nycklar", "nycklar-norra"]);
    for question in ["Hur ofta ska nyckelskåpet inventeras?", "Vem ringer jag när en nyckel har försvunnit?"] {
        let answer = server.ask(question)?;
        let mut quoted = documents(&answer["quotes"]);
        quoted.extend(documents(&answer["refusal"]["nearest"]));
        assert!(!quoted.is_empty() && quoted.is_subset(&allowed), "{question}: {answer}");
    }
    let search = server.get("/api/v1/search?q=nyckelskåp+inventeras")?.json()?;
    assert_eq!(documents(&search["hits"]), allowed);
    let hits = search["hits"].as_array().ok_or("no hits")?;
    let current = &hits.iter().find(|hit| hit["document"]["id"] == "nycklar").ok_or("not found")?["document"];
    assert_eq!((&current["standing"], &current["superseded_by"]), (&"valid".into(), &Value::Null));
    let versions: Vec<&Value> =
        current["versions"].as_array().ok_or("no versions")?.iter().map(|one| &one["id"]).collect();
    assert_eq!(versions, ["nycklar-2023", "nycklar-2021"]);
    let all = server.get("/api/v1/search?q=nyckelskåp+inventeras&superseded=true")?.json()?;
    assert_eq!(documents(&all["hits"]).len(), 4);
    assert_eq!(server.get("/api/v1/search?q=nyckel&superseded=kanske")?.status, 400);

    let oldest = server.get("/api/v1/documents/nycklar-2021")?.json()?;
    assert_eq!(oldest["document"]["standing"], "superseded");
    let by = &oldest["document"]["superseded_by"];
    assert_eq!((&by["id"], &by["since"], &by["at_once"]), (&"nycklar".into(), &"2023-02-01".into(), &false.into()));
    let second = server.get("/api/v1/documents/nycklar-2023")?.json()?;
    let by = &second["document"]["superseded_by"];
    assert_eq!((&by["id"], &by["since"], &by["at_once"]), (&"nycklar".into(), &"2025-03-01".into(), &true.into()));
    assert!(second["blocks"].to_string().contains("varje fredag"));

    let compared = server.get("/api/v1/documents/nycklar/compare/nycklar-2021")?.json()?;
    assert_eq!((&compared["newer"]["id"], &compared["older"]["id"]), (&"nycklar".into(), &"nycklar-2021".into()));
    assert_eq!((&compared["removed"], &compared["added"]), (&2.into(), &2.into()), "{compared}");
    let parts = compared["parts"].as_array().ok_or("no parts")?;
    let changed: Vec<&Value> = parts.iter().filter(|part| part["kind"] == "changed").collect();
    let lines = changed.iter().flat_map(|part| part["lines"].as_array().into_iter().flatten());
    let text = |line: &Value| -> String {
        let segments = line["segments"].as_array().into_iter().flatten();
        segments.filter_map(|segment| segment["text"].as_str()).collect()
    };
    let lines: Vec<(bool, String)> = lines.map(|line| (line["added"] == true, text(line))).collect();
    assert!(lines.iter().any(|(added, text)| !added && text.contains("inventeras en gång i månaden")), "{lines:?}");
    assert!(lines.iter().any(|(added, text)| *added && text.contains("inventeras vid varje passbyte")), "{lines:?}");
    let same = parts.iter().filter(|part| part["kind"] == "same").filter_map(|part| part["lines"].as_array());
    assert!(same.flatten().any(|line| line.as_str().is_some_and(|line| line.contains("märkta med ett nummer"))));

    let mut pages = String::new();
    for path in ["nycklar", "nycklar-2023", "nycklar-2021", "nycklar/jamfor/nycklar-2021"] {
        let reply = server.get(&format!("/dokument/{path}"))?;
        assert_eq!(reply.status, 200, "{path}");
        writeln!(pages, "== {path}\n{}", head_and_changes(&reply.text())?)?;
    }
    insta::assert_snapshot!(pages);
    // Only versions of each other are compared.
    for path in ["nycklar/jamfor/nycklar-norra", "nycklar-2021/jamfor/nycklar", "nycklar/jamfor/nope"] {
        assert_eq!(server.get(&format!("/dokument/{path}"))?.status, 404, "{path}");
        let path = path.replace("jamfor", "compare");
        assert_eq!(server.get(&format!("/api/v1/documents/{path}"))?.status, 404, "{path}");
    }
    Ok(())
}

/// A version with more lines in its head.
fn write_with(keys: &Keys<'_>, path: &Path, lines: &str) -> Outcome {
    keys.write(path)?;
    let text = fs::read_to_string(path)?;
    Ok(fs::write(path, text.replacen("samling: Hemtjänst\n", &format!("samling: Hemtjänst\n{lines}\n"), 1))?)
}

#[test]
fn no_older_version_comes_back_when_the_newest_has_expired() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    fs::create_dir_all(&source)?;
    version("2021-01-01", "SN 2020/11", "en gång i månaden", "0980-31 10 10").write(&source.join("nycklar-2021.md"))?;
    version("2023-02-01", "SN 2022/22", "varje fredag", "0980-31 20 20").write(&source.join("nycklar-2023.md"))?;
    let newest = version("2025-03-01", "SN 2025/33", "vid varje passbyte", "0980-31 30 30");
    write_with(&newest, &source.join("nycklar.md"), "dokumentansvarig: Enhetschef\ngaller_till: 2025-12-31")?;
    let report = build(&source, &data)?;
    let told: Vec<&String> =
        report.doubts.iter().filter(|(place, _)| place == "nycklar.md").map(|(_, it)| it).collect();
    assert!(told.iter().any(|told| told.contains("no version of it is in force")), "{:?}", report.doubts);

    let expected = |standings: [Standing; 3]| -> Vec<(String, Standing)> {
        ["nycklar", "nycklar-2021", "nycklar-2023"].map(str::to_owned).into_iter().zip(standings).collect()
    };
    let superseded = Standing::Superseded;
    let in_force = expected([Standing::Valid, superseded, superseded]);
    assert_eq!(standings(&data, date(2025, 12, 31))?, in_force);
    let expired = expected([Standing::Expired, superseded, superseded]);
    assert_eq!(standings(&data, date(2026, 1, 1))?, expired);

    // The question is not answered from any of them, and their pages say why.
    let server = Server::start(&data, None)?;
    let answer = server.ask("Hur ofta ska nyckelskåpet inventeras?")?;
    assert_eq!((&answer["outcome"], documents(&answer["quotes"]).len()), (&"refused".into(), 0), "{answer}");
    assert!(documents(&answer["refusal"]["nearest"]).is_empty(), "{answer}");
    for older in ["nycklar-2021", "nycklar-2023"] {
        let page = head_and_changes(&server.get(&format!("/dokument/{older}"))?.text())?;
        assert!(page.contains("har också slutat gälla, så ingen version gäller nu"), "{page}");
        assert!(!page.contains("Nu gäller"), "{page}");
        let summary = server.get(&format!("/api/v1/documents/{older}"))?.json()?;
        let by = &summary["document"]["superseded_by"];
        assert_eq!((&by["id"], &by["standing"]), (&"nycklar".into(), &"expired".into()));
    }
    let page = head_and_changes(&server.get("/dokument/nycklar")?.text())?;
    assert!(page.contains("Dokumentet är upphävt. Det gällde till och med 31 december 2025."), "{page}");
    Ok(())
}

#[test]
fn a_temporary_version_gives_way_to_the_one_that_goes_on_after_it_unless_it_replaces_it() -> Outcome {
    let _turn = turn();
    for (declared, after) in [("", Standing::Valid), ("\nersatter: SN 2023/1", Standing::Superseded)] {
        let folder = scratch()?;
        let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
        fs::create_dir_all(&source)?;
        let lasting = version("2024-01-01", "SN 2023/1", "varje fredag", "0980-31 20 20");
        write_with(&lasting, &source.join("nycklar.md"), "galler_till: 2030-12-31")?;
        let summer = version("2025-06-01", "SN 2025/2", "varje kväll", "0980-31 30 30");
        let lines = format!("galler_till: 2025-08-31{declared}");
        write_with(&summer, &source.join("nycklar-sommar.md"), &lines)?;
        build(&source, &data)?;
        let of = |day| -> Result<Standing, Failure> {
            let all = standings(&data, day)?;
            all.into_iter().find_map(|(id, it)| (id == "nycklar").then_some(it)).ok_or_else(|| "not there".into())
        };
        assert_eq!(of(date(2025, 5, 31))?, Standing::Valid);
        assert_eq!(of(date(2025, 6, 1))?, Standing::Superseded);
        assert_eq!(of(date(2025, 8, 31))?, Standing::Superseded);
        assert_eq!(of(date(2025, 9, 1))?, after, "{declared}");
    }
    Ok(())
}

/// What a document's page says above its text, and what a comparison shows: one line per paragraph.
fn head_and_changes(html: &str) -> Result<String, Failure> {
    let page = scraper::Html::parse_document(html);
    let wanted = ".sheet-head h1, .sheet-head .warning p, .sheet-head .facts, .sheet-head .versions > li > p:first-child, \
                  .sheet-head .versions a[href], .compare-summary, .recognised, .compare summary, .compare h2, .change";
    let selector = scraper::Selector::parse(wanted).map_err(|error| error.to_string())?;
    let mut out = String::new();
    for element in page.select(&selector) {
        let text: String = element.text().collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let leads = element.value().attr("href").map(|href| format!(" -> {href}")).unwrap_or_default();
        writeln!(out, "{}: {text}{leads}", element.value().name())?;
    }
    Ok(out)
}

#[test]
fn a_new_version_marks_what_was_taken_over_and_its_removal_brings_the_older_one_back() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = sources(folder.path())?;
    let newest = folder.path().join("nycklar.md");
    fs::rename(source.join("nycklar.md"), &newest)?;
    build(&source, &data)?;
    let today = date(2026, 10, 1);
    let of = |standings: Vec<(String, Standing)>, id: &str| {
        standings.into_iter().find_map(|(found, standing)| (found == id).then_some(standing))
    };
    assert_eq!(of(standings(&data, today)?, "nycklar-2023"), Some(Standing::Valid));
    assert_eq!(of(standings(&data, today)?, "nycklar-2021"), Some(Standing::Superseded));

    fs::rename(&newest, source.join("nycklar.md"))?;
    let report = build(&source, &data)?;
    assert_eq!((report.documents, report.documents_read), (4, 1));
    assert_eq!(of(standings(&data, today)?, "nycklar-2023"), Some(Standing::Superseded));
    // On the days before its first one the version before it counts.
    assert_eq!(of(standings(&data, date(2025, 2, 28))?, "nycklar-2023"), Some(Standing::Valid));
    assert_eq!(of(standings(&data, date(2025, 3, 1))?, "nycklar-2023"), Some(Standing::Superseded));
    assert_eq!(of(standings(&data, date(2025, 2, 28))?, "nycklar"), Some(Standing::Upcoming));
    // Nothing has changed, and the versions are told all the same.
    let again = build(&source, &data)?;
    assert_eq!((again.changed, &again.versions), (false, &report.versions));

    fs::remove_file(source.join("nycklar.md"))?;
    let report = build(&source, &data)?;
    assert_eq!((report.documents, report.documents_read), (3, 0));
    assert_eq!(of(standings(&data, today)?, "nycklar-2023"), Some(Standing::Valid));
    let server = Server::start(&data, None)?;
    let search = server.get("/api/v1/search?q=nyckelskåp+inventeras")?.json()?;
    assert_eq!(documents(&search["hits"]), BTreeSet::from(["nycklar-2023", "nycklar-norra"]));
    let oldest = server.get("/api/v1/documents/nycklar-2021")?.json()?;
    assert_eq!(oldest["document"]["superseded_by"]["id"], "nycklar-2023");
    Ok(())
}

#[test]
fn the_sample_routines_have_the_versions_that_were_written_and_no_others() -> Outcome {
    let _turn = turn();
    let index = Index::open(&lotsby()?)?;
    let mut pairs = Vec::new();
    for old in index.documents() {
        for newer in &old.versions.newer {
            let new = index.document_by_number(newer.by).ok_or("no such document")?;
            pairs.push((old.id.as_str(), new.id.as_str(), newer.from.map(|from| from.to_string()).unwrap_or_default()));
        }
    }
    pairs.sort();
    let expected = [
        ("nyckelhantering-2022", "nyckelhantering", "2025-04-01".to_owned()),
        ("orosanmalan-barn-2023", "orosanmalan-barn", "2025-10-01".to_owned()),
    ];
    assert_eq!(pairs, expected);
    Ok(())
}

#[test]
fn text_that_was_read_from_a_scan_says_so() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    fs::create_dir_all(&source)?;
    for name in ["blandad.pdf", "skannad.pdf"] {
        fs::copy(repository("tests/fixtures/scan").join(name), source.join(name))?;
    }
    let report = build(&source, &data)?;
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let server = Server::start(&data, None)?;
    let mixed = server.get("/api/v1/documents/blandad")?.json()?;
    assert_eq!(mixed["ocr"].as_array().map(Vec::len), Some(1), "{}", mixed["ocr"]);
    assert_eq!(mixed["ocr"][0]["page"], 2);
    assert!(mixed["ocr"][0]["confidence"].as_f64().is_some_and(|confidence| confidence > 0.8 && confidence <= 1.0));
    let note =
        |page: &str| head_and_changes(page).map(|head| head.lines().any(|line| line.contains("läsfel (sida 2)")));
    assert!(note(&server.get("/dokument/blandad")?.text())?);
    let all = head_and_changes(&server.get("/dokument/skannad")?.text())?;
    assert!(all.contains("Inläst från skannad sida, kan innehålla läsfel. Jämför med originalet."), "{all}");

    // Taken over from the index before, the marks stay.
    fs::write(source.join("annat.md"), "# Rutin för post\n\nPosten hämtas klockan tio varje vardag.\n")?;
    assert_eq!(build(&source, &data)?.documents_read, 1);
    let index = Index::open(&data)?;
    let head = index.document("blandad").ok_or("gone")?;
    assert_eq!(head.ocr.iter().map(|recognised| recognised.page).collect::<Vec<_>>(), [2]);
    // A quote is marked by the page that its own words stand on.
    let blocks = index.blocks(head.number)?;
    let canonical = rutinlots::ingest::passages::Canonical::of(&blocks);
    for (block, span) in blocks.iter().zip(&canonical.spans) {
        let marked = index.ocr_confidence(head, *span)?.is_some();
        assert_eq!(marked, block.page == Some(2), "{}", block.text);
    }
    let server = Server::start(&data, None)?;
    let answer = server.ask("Vad gör jag om ingen öppnar vid hembesök hos äldre?")?;
    let mut quotes = answer["quotes"].as_array().cloned().unwrap_or_default();
    quotes.extend(answer["refusal"]["nearest"].as_array().cloned().unwrap_or_default());
    assert!(quotes.iter().any(|quote| quote["ocr_confidence"].is_number()), "{answer}");
    for quote in &quotes {
        let is_scanned = quote["document"]["id"] == "skannad" || quote["page"] == 2;
        assert_eq!(quote["ocr_confidence"].as_f64().is_some_and(|sure| sure > 0.5), is_scanned, "{quote}");
    }
    let page = server.get("/?q=Vad+g%C3%B6r+jag+om+ingen+%C3%B6ppnar+vid+hembes%C3%B6k+hos+%C3%A4ldre%3F")?.text();
    assert!(page.contains("Inläst från skannad sida, kan innehålla läsfel"));

    // So does what a search finds.
    let found = server.get("/api/v1/search?q=hembesök+hos+äldre")?.json()?;
    let mut marked = 0;
    for hit in found["hits"].as_array().ok_or("no hits")? {
        for passage in hit["passages"].as_array().ok_or("no passages")? {
            let confidence = passage["ocr_confidence"].as_f64();
            if hit["document"]["id"] == "skannad" || passage["page"] == 2 {
                assert!(confidence.is_some_and(|sure| sure > 0.5 && sure <= 1.0), "{passage}");
                marked += 1;
            } else if hit["document"]["id"] == "annat" {
                assert_eq!(confidence, None, "{passage}");
            }
        }
    }
    assert!(marked > 0, "{found}");
    let page = server.get("/sok?q=hembes%C3%B6k+hos+%C3%A4ldre")?.text();
    assert!(page.contains("Inläst från skannad sida, kan innehålla läsfel"));
    let page = server.get("/sok?q=posten+h%C3%A4mtas+klockan+tio")?.text();
    let first = page.split("<article class=\"hit\">").nth(1).ok_or("no hit")?;
    assert!(first.contains("Rutin för post") && !first.contains("Inläst från skannad"), "{first}");
    Ok(())
}
