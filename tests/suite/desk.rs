//! What do the pages for care staff and case officers rest on: suggestions, the search's marks and filters, routines at
//! hand, and reports of answers?

use std::path::Path;

use scraper::{Html, Selector};
use serde_json::Value;

use crate::support::{
    Failure, Outcome, Reply, Server, Serving, client, get, lotsby, program, reply, run, scratch, turn,
};

fn texts(html: &str, selector: &str) -> Result<Vec<String>, Failure> {
    let selector = Selector::parse(selector).map_err(|error| error.to_string())?;
    let page = Html::parse_document(html);
    let text = |node: scraper::ElementRef<'_>| {
        node.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    Ok(page.select(&selector).map(text).collect())
}

/// A copy of a folder, to write beside what lies in it.
fn copy(from: &Path, to: &Path) -> Outcome {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[test]
fn suggestions_are_titles_and_headings_of_routines_that_may_be_followed() -> Outcome {
    let _turn = turn();
    let server = Server::start(&lotsby()?, None)?;
    let suggestions = |typed: &str| -> Result<Vec<Value>, Failure> {
        let found = server.get(&format!("/api/v1/suggestions?q={typed}"))?.json()?;
        Ok(found.as_array().cloned().ok_or("not a list")?)
    };
    let found = suggestions("dodsf")?;
    assert!(!found.is_empty() && found.len() <= 5, "{found:?}");
    for suggestion in &found {
        let url = suggestion["url"].as_str().ok_or("no address")?;
        let (page, anchor) = url.split_once('#').unwrap_or((url, ""));
        let html = server.get(page)?.text();
        assert!(html.contains(&format!("id=\"{anchor}\"")) || anchor.is_empty(), "{suggestion}");
    }
    let names = |found: &[Value]| found.iter().map(|one| one["url"].to_string()).collect::<Vec<_>>().join(" ");
    // The version of 2022 is superseded.
    assert!(names(&suggestions("nyckelhant")?).contains("nyckelhantering"));
    assert!(!names(&suggestions("nyckel")?).contains("nyckelhantering-2022"));
    for nothing in ["", "%20", "xyzzyplugh", &"n".repeat(600)] {
        assert!(suggestions(nothing)?.is_empty(), "{nothing}");
    }
    Ok(())
}

#[test]
fn phrases_exclusions_and_filters_narrow_a_search_down() -> Outcome {
    let _turn = turn();
    let server = Server::start(&lotsby()?, None)?;
    let page = |query: &str| -> Result<String, Failure> { Ok(server.get(&format!("/sok?q={query}"))?.text()) };
    let phrase = page("%22vid+d%C3%B6dsfall%22")?;
    let hits = texts(&phrase, ".hit")?;
    assert!(!hits.is_empty());
    assert!(hits.iter().all(|hit| hit.to_lowercase().contains("vid dödsfall")), "{hits:?}");
    assert!(texts(&page("%22d%C3%B6dsfall+vid+nycklarna%22")?, ".hit")?.is_empty());
    let found = server.get("/api/v1/search?q=nyckel+-larm")?.json()?;
    assert!(found["hits"].as_array().is_some_and(|hits| !hits.is_empty()));
    assert!(!found.to_string().to_lowercase().contains(" larm"), "{found}");
    let only = server.get("/sok?q=-larm")?;
    assert_eq!(only.status, 200);
    assert!(only.text().contains("Skriv en fråga först."));

    let all = texts(&page("l%C3%A4kemedel&visa=alla")?, ".hit-title")?;
    let narrowed = page("l%C3%A4kemedel&visa=alla&galler=skulle-ha-reviderats")?;
    let badges = texts(&narrowed, ".hit .badge")?;
    assert!(badges.iter().all(|badge| badge.starts_with("Skulle ha reviderats")), "{badges:?}");
    assert!(badges.len() < all.len());
    let chosen = texts(&narrowed, "#f-galler option[selected]")?;
    assert_eq!(chosen, [format!("Skulle ha reviderats ({})", badges.len())]);
    Ok(())
}

#[test]
fn routines_at_hand_are_on_the_ask_page_in_the_version_that_counts_and_the_worker_knows_the_shift() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let list = folder.path().join("lista.txt");
    std::fs::write(&list, "# Vår lista\ndodsfall = Dödsfall\nnyckelhantering-2022 = Nycklar\nfinns-inte = Nej\n")?;
    let list = list.to_string_lossy().into_owned();
    let serving = Serving::start(&lotsby()?, &["--at-hand", &list, "--shift-hours", "6"])?;
    let page = get(serving.address, "/")?.text();
    assert_eq!(texts(&page, ".hand")?, ["Dödsfall", "Nycklar"]);
    assert!(page.contains("href=\"/dokument/nyckelhantering\"") && !page.contains("nyckelhantering-2022"));
    let worker = get(serving.address, "/sw.js")?;
    assert_eq!(worker.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(worker.header("cache-control"), "no-cache");
    let text = worker.text();
    assert!(text.contains("Number('6')") && !text.contains("__"), "{text}");
    // Everything that it wants to keep is there: a single thing that is missing would keep it from starting.
    let version = text.split("VERSION = '").nth(1).and_then(|rest| rest.split('\'').next()).ok_or("no version")?;
    let assets = text.split("ASSETS = [").nth(1).and_then(|rest| rest.split(']').next()).ok_or("no assets")?;
    let names: Vec<&str> = assets.split(", ").map(|name| name.trim_matches('\'')).collect();
    assert!(names.contains(&"ask.js") && names.contains(&"style.css"), "{names:?}");
    for name in names {
        let asset = get(serving.address, &format!("/static/{name}?v={version}"))?;
        assert_eq!(asset.status, 200, "{name}");
        assert!(asset.header("cache-control").contains("immutable"), "{name}");
    }
    assert_eq!(get(serving.address, "/utan-tackning")?.status, 200);
    Ok(())
}

#[test]
fn reports_of_answers_are_kept_for_the_command_line_and_served_to_nobody() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let data = folder.path().join("data");
    copy(&lotsby()?, &data)?;
    let serving = Serving::start(&data, &[])?;
    let post = |body: &str, from: &str| -> Result<Reply, Failure> {
        let request = client().post(format!("http://{}/aterkoppling", serving.address));
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        reply(request.header("Sec-Fetch-Site", from).send(body)?)
    };
    let good = "fraga=Vem+har+nyckeln%3F&visat=Nyckeln+h%C3%A4nger+i+sk%C3%A5pet.&hjalpte=nej&gammalt=1&kommentar=Sk%C3%A5pet+%C3%A4r+borta+f%C3%B6r+121212-1212";
    let thanks = post(good, "same-origin")?;
    assert_eq!(thanks.status, 200);
    assert!(thanks.text().contains("Tack"));
    assert_eq!(post("fraga=Ja%3F&visat=x&hjalpte=ja", "same-origin")?.status, 200);
    assert_eq!(post(good, "cross-site")?.status, 400);
    assert_eq!(post("hjalpte=kanske", "same-origin")?.status, 400);

    let (code, stdout, stderr) = run(program(&data).args(["feedback", "--json"]))?;
    assert_eq!(code, 0, "{stderr}");
    let reports: Value = serde_json::from_str(&stdout)?;
    assert_eq!(reports.as_array().map(Vec::len), Some(2), "{reports}");
    let report = &reports[1];
    assert_eq!(report["question"], "Vem har nyckeln?");
    assert_eq!(report["shown"], "Nyckeln hänger i skåpet.");
    assert_eq!(report["reasons"], serde_json::json!(["outdated"]));
    assert_eq!(report["comment"], "Skåpet är borta för [personnummer borttaget]");
    let (_, stdout, _) = run(program(&data).args(["feedback", "--disputed"]))?;
    assert!(stdout.contains("hjälpte inte: gammalt") && !stdout.contains("Ja?"), "{stdout}");

    for path in ["/aterkoppling", "/api/v1/feedback", "/feedback.sqlite"] {
        let shown = get(serving.address, path)?;
        assert!(shown.status >= 400 && !shown.text().contains("nyckeln"), "{path}: {}", shown.status);
    }
    let (code, stdout, _) = run(program(&data).args(["feedback", "--delete-before", "2200-01-01"]))?;
    assert_eq!((code, stdout.trim()), (0, "2 reports deleted"));
    Ok(())
}
