//! What do browsers, scripts and attackers get from the server?

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use rutinlots::index::Index;

use crate::support::{
    Failure, Outcome, Reply, Server, build, client, corpus, generator, get, lotsby, reply, repository, scratch, turn,
};

const MEDICINE: &str = "Brukaren vägrar ta sin medicin, vad gör jag?";
const ASK: &str = "/api/v1/ask";

fn server() -> Result<Server, Failure> {
    Server::start(&lotsby()?, None)
}

fn composing_server() -> Result<Server, Failure> {
    Server::start(&lotsby()?, Some(generator()?))
}

fn body(question: &str) -> String {
    json!({ "question": question }).to_string()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Text in an address.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

// ---------------------------------------------------------------------------------------------------------------------
// Questions
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn an_answer_as_json_holds_quotes_and_checked_sentences() -> Outcome {
    let _turn = turn();
    let server = composing_server()?;
    let reply = server.post(ASK, "application/json", &body(MEDICINE))?;
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").starts_with("application/json"));
    let answer = reply.json()?;
    let expected = [
        "question",
        "outcome",
        "danger",
        "confidence",
        "quotes",
        "disagreements",
        "overview",
        "refusal",
        "answer",
        "notice",
        "timings",
    ];
    assert_eq!(keys(&answer), BTreeSet::from(expected));
    assert_eq!(answer["outcome"], "answered");
    let quote = &answer["quotes"][0];
    assert_eq!(quote["document"]["id"], "vagrar-lakemedel");
    assert_eq!(quote["number"], 1);
    let sentences = list(&answer["answer"], "sentences");
    assert!(!sentences.is_empty());
    let numbers: Vec<&Value> = list(&answer, "quotes").iter().map(|quote| &quote["number"]).collect();
    for sentence in sentences {
        assert!(!list(sentence, "citations").is_empty(), "{sentence}");
        assert!(list(sentence, "citations").iter().all(|cited| numbers.contains(&cited)), "{sentence}");
    }
    // The quote's address opens the document with exactly these words marked.
    let page = server.get(quote["url"].as_str().unwrap_or_default().split('#').next().unwrap_or_default())?;
    assert_eq!(page.status, 200);
    let marked = marked_text(&page.text())?;
    let wanted: String = quote["text"].as_str().unwrap_or_default().split_whitespace().collect();
    assert!(marked.contains(&wanted), "marked is {marked}, cited is {wanted}");
    Ok(())
}

/// The marked words of a document's page, without spaces.
fn marked_text(html: &str) -> Result<String, Failure> {
    let page = scraper::Html::parse_document(html);
    let mark = scraper::Selector::parse("mark").map_err(|error| error.to_string())?;
    Ok(page.select(&mark).flat_map(|mark| mark.text()).flat_map(str::split_whitespace).collect())
}

/// Names and data of server-sent events.
fn events(text: &str) -> Result<Vec<(String, Value)>, Failure> {
    let mut out = Vec::new();
    for block in text.split("\n\n") {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if let (Some(event), Some(data)) = (field("event:"), field("data:")) {
            out.push((event.to_owned(), serde_json::from_str(data)?));
        }
    }
    Ok(out)
}

#[test]
fn a_streamed_answer_begins_with_quotes_and_ends_with_done() -> Outcome {
    let _turn = turn();
    let server = composing_server()?;
    let reply = server.post(ASK, "text/event-stream", &body(MEDICINE))?;
    assert_eq!(reply.status, 200);
    assert!(reply.header("content-type").starts_with("text/event-stream"));
    let events = events(&reply.text())?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    let tokens = names.iter().filter(|name| **name == "token").count();
    let mut expected = vec!["quotes"];
    expected.extend(vec!["token"; tokens]);
    expected.extend(["citations", "done"]);
    assert_eq!(names, expected);
    assert!(tokens > 0);
    assert_eq!(events[0].1["composing"], true);
    assert_eq!(events[0].1["generator"], crate::support::GENERATOR);
    let streamed: Vec<&Value> = events[1..=tokens].iter().map(|(_, data)| data).collect();
    let settled: Vec<&Value> = list(&events[tokens + 1].1, "sentences").iter().collect();
    assert_eq!(streamed, settled, "the settled answer is what was streamed");
    assert_eq!(events[tokens + 2].1["outcome"], "answered");
    Ok(())
}

#[test]
fn refusals_and_quotes_alone_are_streamed_without_tokens() -> Outcome {
    let _turn = turn();
    let server = server()?;
    for (question, outcome) in [(MEDICINE, "quotes_only"), ("Vem vann melodifestivalen?", "refused")] {
        let reply = server.post(ASK, "text/event-stream", &body(question))?;
        let events = events(&reply.text())?;
        let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["quotes", "done"], "{question}");
        assert_eq!(events[0].1["composing"], false);
        assert_eq!(events[1].1["outcome"], outcome);
        assert_eq!(events[0].1["refusal"].is_object(), outcome == "refused");
    }
    let with_model = composing_server()?;
    let wish = json!({ "question": MEDICINE, "quotes_only": true }).to_string();
    let answer = with_model.post(ASK, "application/json", &wish)?.json()?;
    assert_eq!(answer["outcome"], "quotes_only");
    assert!(answer["answer"].is_null());
    Ok(())
}

#[test]
fn danger_comes_first_everywhere_and_is_silent_otherwise() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let question = "hon har ramlat och är medvetslös";
    let events = events(&server.post(ASK, "text/event-stream", &body(question))?.text())?;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"danger"));
    assert_eq!(names.iter().filter(|name| **name == "danger").count(), 1);
    assert_eq!(events[0].1["numbers"][0]["tel"], "tel:112");
    let answer = server.post(ASK, "application/json", &body(question))?.json()?;
    assert_eq!(answer["danger"], events[0].1);
    let encoded = encoded(question);
    assert_eq!(server.get(&format!("/api/v1/search?q={encoded}"))?.json()?["danger"], events[0].1);
    for page in ["/", "/sok"] {
        let html = server.get(&format!("{page}?q={encoded}"))?.text();
        let call = html.find("href=\"tel:112\"").ok_or("no number to call")?;
        let answer = html.find("id=\"svar\"").or_else(|| html.find("id=\"traffar\"")).ok_or("no answer")?;
        assert!(call < answer, "{page}: the number stands above the answer");
    }
    for calm in [MEDICINE, "Vad gör jag vid brand?"] {
        let answer = server.post(ASK, "application/json", &body(calm))?.json()?;
        assert!(answer["danger"].is_null(), "{calm}");
    }
    Ok(())
}

#[test]
fn a_subject_and_a_case_are_answered_in_ways_of_their_own() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let overview = server.post(ASK, "application/json", &body("läkemedel?"))?.json()?;
    assert_eq!(overview["outcome"], "overview");
    let first = &list(&overview["overview"], "documents")[0];
    let section = list(first, "sections")[0]["url"].as_str().ok_or("no address")?.to_owned();
    assert_eq!(server.get(section.split('#').next().unwrap_or_default())?.status, 200);
    let html = server.get(&format!("/?q={}", encoded("läkemedel?")))?.text();
    assert!(html.contains("Vad vill du veta om läkemedel?"));
    let case = server.post(ASK, "application/json", &body("har Kalle fått sin insulin idag?"))?.json()?;
    assert_eq!((&case["outcome"], &case["refusal"]["kind"]), (&json!("refused"), &json!("person")));
    assert!(!case["refusal"].to_string().to_lowercase().contains("kalle"));
    Ok(())
}

#[test]
fn what_is_no_question_is_explained_in_swedish() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let cases = [
        (body("  \n "), "Skriv en fråga först."),
        (body(&"å".repeat(501)), "Korta ner"),
        ("{\"question\":".to_owned(), "Skicka frågan som JSON"),
        ("{\"fråga\": \"Hej\"}".to_owned(), "Skicka frågan som JSON"),
        ("[]".to_owned(), "Skicka frågan som JSON"),
        (String::new(), "Skicka frågan som JSON"),
        (body(&"lång fråga ".repeat(4000)), "Skicka frågan som JSON"),
    ];
    for (body, message) in cases {
        for accept in ["application/json", "text/event-stream"] {
            let reply = server.post(ASK, accept, &body)?;
            assert_eq!(reply.status, 400, "{}", reply.text());
            let error = &reply.json()?["error"];
            assert_eq!(error["code"], "bad_request");
            assert!(error["message"].as_str().is_some_and(|text| text.contains(message)), "{error}");
        }
    }
    for query in ["", "?q=", "?q=%20"] {
        let reply = server.get(&format!("/api/v1/search{query}"))?;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()?["error"]["message"], "Skriv en fråga först.");
    }
    // On pages the same mistakes are told on the page.
    let long = encoded(&"å".repeat(501));
    assert!(server.get(&format!("/?q={long}"))?.text().contains("Korta ner"));
    assert!(server.get(&format!("/sok?q={long}"))?.text().contains("Korta ner"));
    Ok(())
}

#[test]
fn what_is_not_there_is_json_for_programs_and_a_page_for_people() -> Outcome {
    let _turn = turn();
    let server = server()?;
    for path in
        ["/api", "/api/", "/api/v1/", "/api/v1/nope", "/api/v1/documents/nope", "/api/v1/documents/nope/original"]
    {
        let reply = server.get(path)?;
        assert_eq!(reply.status, 404, "{path}");
        if path != "/api" {
            assert_eq!(reply.json()?["error"]["code"], "not_found", "{path}");
        }
    }
    for path in ["/nope", "/dokument/nope", "/sok/nope", "/apia"] {
        let reply = server.get(path)?;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.header("content-type").starts_with("text/html"), "{path}");
        assert!(reply.text().contains("<h1"), "{path}");
    }
    assert_eq!(server.get(ASK)?.status, 405);
    Ok(())
}

#[test]
fn search_returns_documents_with_marked_passages() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let reply = server.get(&format!("/api/v1/search?q={}&limit=3", encoded("nyckel försvunnit")))?;
    assert_eq!(reply.status, 200);
    let found = reply.json()?;
    assert_eq!(keys(&found), BTreeSet::from(["query", "danger", "took_ms", "hits"]));
    let hits = list(&found, "hits");
    assert_eq!(hits.len(), 3);
    assert!(hits.iter().any(|hit| hit["document"]["id"] == "nyckelhantering"), "{found}");
    for passage in hits.iter().flat_map(|hit| list(hit, "passages")) {
        let length = passage["text"].as_str().unwrap_or_default().chars().count() as u64;
        for range in list(passage, "highlights") {
            let (start, end) = (range[0].as_u64().unwrap_or(0), range[1].as_u64().unwrap_or(0));
            assert!(start < end && end <= length, "{range} of {length}");
        }
    }
    // A part of a compound is found and marks it.
    let reply = server.get(&format!("/api/v1/search?q={}&limit=5", encoded("larm")))?.json()?;
    let mut marked = Vec::new();
    for passage in list(&reply, "hits").iter().flat_map(|hit| list(hit, "passages")) {
        let text: Vec<char> = passage["text"].as_str().unwrap_or_default().chars().collect();
        for range in list(passage, "highlights") {
            let (start, end) = (range[0].as_u64().unwrap_or(0) as usize, range[1].as_u64().unwrap_or(0) as usize);
            marked.push(text[start..end].iter().collect::<String>().to_lowercase());
        }
    }
    assert!(marked.iter().any(|word| word.starts_with("trygghetslarm")), "{marked:?}");
    let nothing = server.get("/api/v1/search?q=xyzzyplugh")?;
    assert!(list(&nothing.json()?, "hits").is_empty(), "what no routine has is found nowhere");
    let bad = server.get("/api/v1/search?q=nyckel&limit=hej")?;
    assert_eq!((bad.status, bad.json()?["error"]["code"].as_str()), (400, Some("bad_request")));
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// Many at once
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn when_too_many_ask_at_once_some_are_told_when_to_come_back() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let address = server.address;
    let many = 60;
    let barrier = Arc::new(Barrier::new(many));
    let threads: Vec<_> = (0..many)
        .map(|number| {
            let barrier = Arc::clone(&barrier);
            std::thread::spawn(move || -> Result<Reply, String> {
                barrier.wait();
                let question = format!("{MEDICINE} Det är fråga nummer {number}.");
                let reply_of = || -> Result<Reply, Failure> {
                    if number % 4 == 0 {
                        return get(address, &format!("/?q={}", encoded(&question)));
                    }
                    let request = client().post(format!("http://{address}{ASK}"));
                    reply(request.header("Content-Type", "application/json").send(body(&question))?)
                };
                reply_of().map_err(|error| error.to_string())
            })
        })
        .collect();
    let mut replies = Vec::new();
    for thread in threads {
        replies.push(thread.join().map_err(|_| "a client panicked")??);
    }
    let refused: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 503).collect();
    println!("{} of {many} were told to come back", refused.len());
    assert!(!refused.is_empty(), "the limit was never reached");
    assert!(replies.iter().any(|reply| reply.status == 200), "nobody was answered");
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 503)));
    for reply in refused {
        assert!(reply.header("retry-after").parse::<u32>()? > 0, "{}", reply.text());
        if reply.header("content-type").starts_with("application/json") {
            assert_eq!(reply.json()?["error"]["code"], "overloaded");
        } else {
            assert!(reply.text().contains("Många frågar just nu"));
        }
    }
    // And then it is over.
    assert_eq!(server.ask(MEDICINE)?["outcome"], "quotes_only");
    Ok(())
}

/// Opens a stream and reads until the quotes are there.
fn begin_stream(address: SocketAddr, question: &str) -> Result<TcpStream, Failure> {
    let body = body(question);
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    write!(
        stream,
        "POST {ASK} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    loop {
        let line = lines.next().ok_or("the stream ended before its quotes")??;
        if line.starts_with("event:") && line.contains("quotes") {
            return Ok(stream);
        }
    }
}

#[test]
fn a_client_that_leaves_frees_the_model() -> Outcome {
    let _turn = turn();
    let server = composing_server()?;
    // The first question also pays for reading what all prompts have in common.
    server.ask("Vem får ge läkemedel på delegering?")?;
    let started = Instant::now();
    server.ask("Hur ofta ska nycklarna inventeras?")?;
    let alone = started.elapsed();
    let streams = [
        MEDICINE,
        "Vad gör jag om någon har ramlat?",
        "Kunden öppnar inte dörren",
        "Hur länge ska jag vara hemma efter magsjuka?",
        "Vem ringer jag när trygghetslarmet inte fungerar?",
        "Vad gör jag vid hot och våld?",
    ];
    let streams: Vec<TcpStream> =
        streams.iter().map(|question| begin_stream(server.address, question)).collect::<Result<_, _>>()?;
    drop(streams);
    let started = Instant::now();
    server.ask("Vad gör jag vid brand på boendet?")?;
    let after = started.elapsed();
    println!("alone {alone:?}, after six clients have left {after:?}");
    // Six answers would take about six times as long; one piece of a prompt and one sentence may still be finished.
    assert!(after < alone * 3 + Duration::from_secs(1), "alone {alone:?}, after the others left {after:?}");
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// Documents and pages
// ---------------------------------------------------------------------------------------------------------------------

#[test]
fn every_document_can_be_read_and_its_original_is_the_file() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let index = Index::open(&lotsby()?)?;
    assert!(index.documents().len() > 30);
    for head in index.documents() {
        let api = format!("/api/v1/documents/{}", head.id);
        let document = server.get(&api)?.json()?;
        assert_eq!(document["document"]["id"], head.id.as_str());
        assert!(!list(&document, "blocks").is_empty(), "{}", head.id);
        let passages = server.get(&format!("{api}/passages"))?.json()?;
        assert!(passages.as_array().is_some_and(|passages| !passages.is_empty()), "{}", head.id);
        let original = server.get(&format!("{api}/original"))?;
        assert_eq!(original.bytes, std::fs::read(corpus().join(&head.place))?, "{}", head.place);
        // Only PDF may be shown inside the browser.
        let shown = original.header("content-disposition").starts_with("inline");
        assert_eq!(shown, Path::new(&head.place).extension().is_some_and(|ending| ending == "pdf"), "{}", head.place);
        let page = server.get(&format!("/dokument/{}", head.id))?;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("<article"), "{}", head.id);
    }
    Ok(())
}

/// The text of an element's descendants as an outline: one line per heading, paragraph, item and row.
fn outline(html: &str) -> Result<String, Failure> {
    let page = scraper::Html::parse_document(html);
    let selector = |text: &str| scraper::Selector::parse(text).map_err(|error| error.to_string());
    let wanted =
        selector("main h1, article h2, article h3, article h4, article h5, article p, article li, article tr")?;
    let mut out = String::new();
    for element in page.select(&wanted) {
        let text: String = element.text().collect::<Vec<_>>().join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // On paper alone, and with the day.
        if text.starts_with("Utskrivet ") {
            continue;
        }
        writeln!(out, "{}: {text}", element.value().name())?;
    }
    Ok(out)
}

#[test]
fn a_documents_page_shows_its_text_in_order() -> Outcome {
    let _turn = turn();
    let page = server()?.get("/dokument/vagrar-lakemedel")?.text();
    insta::assert_snapshot!(outline(&page)?);
    Ok(())
}

/// One of each kind of answer.
fn one_of_each(server: &Server) -> Result<Vec<(String, Reply)>, Failure> {
    let mut out = Vec::new();
    let question = encoded(MEDICINE);
    for path in [
        "/",
        &format!("/?q={question}"),
        "/?q=Vem+vann+melodifestivalen",
        "/sok",
        "/sok?q=nyckel",
        "/dokument",
        "/dokument/vagrar-lakemedel",
        "/dokument/nyckelhantering-2022",
        "/om",
        "/nope",
        "/static/style.css",
        "/static/nope.css",
        "/favicon.ico",
        "/api/v1/search?q=nyckel",
        "/api/v1/search",
        "/api/v1/nope",
        "/api/v1/documents/vagrar-lakemedel",
        "/api/v1/documents/vagrar-lakemedel/passages",
        "/api/v1/documents/vagrar-lakemedel/original",
        "/api/v1/documents/hot-och-vald/original",
        "/api/v1/openapi.json",
        "/api/v1/ask",
        "/healthz",
        "/readyz",
    ] {
        out.push((path.to_owned(), server.get(path)?));
    }
    for accept in ["application/json", "text/event-stream"] {
        out.push((format!("{ASK} as {accept}"), server.post(ASK, accept, &body(MEDICINE))?));
    }
    out.push(("a malformed question".to_owned(), server.post(ASK, "application/json", "{")?));
    Ok(out)
}

#[test]
fn every_kind_of_answer_carries_the_security_headers() -> Outcome {
    let _turn = turn();
    for (path, reply) in one_of_each(&server()?)? {
        let policy = reply.header("content-security-policy");
        for rule in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(!reply.header("permissions-policy").is_empty(), "{path}");
        assert!(!reply.header("cache-control").is_empty(), "{path}");
    }
    Ok(())
}

#[test]
fn no_page_style_or_script_refers_to_another_host() -> Outcome {
    let _turn = turn();
    let server = composing_server()?;
    let mut replies = one_of_each(&server)?;
    for entry in std::fs::read_dir(repository("src/server/web/static"))? {
        let path = format!("/static/{}", entry?.file_name().to_string_lossy());
        let reply = server.get(&path)?;
        assert_eq!(reply.status, 200, "{path}");
        replies.push((path, reply));
    }
    let mut looked_at = 0;
    for (path, reply) in replies {
        let kind = reply.header("content-type");
        let is_code =
            ["text/html", "text/css", "text/javascript", "image/svg"].iter().any(|code| kind.starts_with(code));
        if !is_code {
            continue;
        }
        looked_at += 1;
        // The name of the SVG language looks like an address and is never fetched.
        let text = reply.text().replace("http://www.w3.org/2000/svg", "");
        for foreign in ["http://", "https://", "=\"//", "='//", "url(//", "@import", "eval(", " onclick=", " style=\""]
        {
            assert!(!text.contains(foreign), "{path} contains {foreign}");
        }
    }
    assert!(looked_at > 15, "only {looked_at} were looked at");
    Ok(())
}

#[test]
fn static_files_are_cached_by_version_and_pages_are_not() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let page = server.get("/")?;
    let text = page.text();
    let asset =
        text.split('"').find(|part| part.starts_with("/static/style.css?v=")).ok_or("no versioned style sheet")?;
    assert!(server.get(asset)?.header("cache-control").contains("immutable"));
    assert!(!server.get("/static/style.css?v=other")?.header("cache-control").contains("immutable"));
    assert!(page.header("cache-control").contains("private"));
    Ok(())
}

/// Sends an address exactly as it is, which clients would tidy up.
fn raw_get(address: SocketAddr, path: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn no_path_leads_out_of_what_is_served() -> Outcome {
    let _turn = turn();
    let server = server()?;
    let steps = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "....//", "%252e%252e%252f", "..%00/"];
    for step in steps {
        for target in ["etc/passwd", "Cargo.toml", "web/templates/base.html", "templates/base.html"] {
            for start in ["/static/", "/dokument/", "/api/v1/documents/"] {
                for depth in [1, 2, 8] {
                    for end in ["", "/original"] {
                        let path = format!("{start}{}{target}{end}", step.repeat(depth));
                        let reply = raw_get(server.address, &path)?;
                        let status = reply.split(' ').nth(1).unwrap_or_default();
                        assert!(matches!(status, "400" | "404"), "{path}: {status}");
                        assert!(!reply.contains("root:") && !reply.contains("[package]"), "{path}");
                    }
                }
            }
        }
    }
    for path in ["/api/v1/documents/%2Fetc%2Fpasswd/original", "/static//etc/passwd", "//etc/passwd"] {
        let reply = raw_get(server.address, path)?;
        assert!(reply.starts_with("HTTP/1.1 404"), "{path}: {reply}");
    }
    Ok(())
}

#[test]
fn markup_in_documents_and_questions_comes_out_as_text() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let source = folder.path().join("rutiner");
    std::fs::create_dir_all(&source)?;
    let attack = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;";
    let text = format!(
        "Rutin för {attack}\n\nNär larmet går ska du ringa {attack} genast och vänta på hjälp i trapphuset.\n\n\
         - Stäng dörren {attack}\n- Ring sjuksköterskan {attack} på kvällen.\n"
    );
    std::fs::write(source.join("angrepp.txt"), &text)?;
    std::fs::write(
        source.join("b\"><script>alert(3)<.md"),
        format!(
            "---\ntitel: 'Rutin {}'\ndokumentansvarig: '<b>chef</b>'\nsamling: '<i>samling</i>'\n---\n\n## Larm `{attack}`\n\nNär larmet går: `{attack}`.\n",
            attack.replace('\'', "")
        ),
    )?;
    let data = folder.path().join("data");
    let report = build(&source, &data)?;
    assert_eq!(report.documents, 2, "{:?}", report.problems);
    let server = Server::start(&data, Some(generator()?))?;
    let question = encoded(&format!("När larmet går {attack}"));
    let mut pages = vec!["/dokument".to_owned(), format!("/?q={question}"), format!("/sok?q={question}")];
    for head in Index::open(&data)?.documents() {
        pages.push(format!("/dokument/{}", head.id));
        pages.push(format!("/dokument/{}?stycke=%22%3E%3Cscript%3E&fran=1&till=99999999999", head.id));
    }
    for path in pages {
        let reply = server.get(&path)?;
        assert_eq!(reply.status, 200, "{path}");
        let html = reply.text();
        let page = scraper::Html::parse_document(&html);
        for (selector, what) in [("script:not([src])", "a script"), ("img", "an image"), ("b, i", "markup")] {
            let selector = scraper::Selector::parse(selector).map_err(|error| error.to_string())?;
            assert_eq!(page.select(&selector).count(), 0, "{path} has {what} of a document's or question's");
        }
        let handlers = page.tree.values().filter_map(|node| node.as_element());
        assert!(handlers.flat_map(|element| element.attrs()).all(|(name, _)| !name.starts_with("on")), "{path}");
        assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{path} hides the text");
    }
    // A link back comes from the browser and must not become one to elsewhere.
    let id = Index::open(&data)?.documents().first().map(|head| head.id.to_string()).ok_or("no document")?;
    for referer in ["https://evil.example/", "javascript:alert(1)", &format!("http://{}@evil.example/", server.address)]
    {
        let response =
            client().get(format!("http://{}/dokument/{id}", server.address)).header("Referer", referer).call()?;
        let html = reply(response)?.text();
        assert!(!html.contains("evil.example") && !html.contains("javascript:"), "{referer}");
    }
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// What the API says of itself
// ---------------------------------------------------------------------------------------------------------------------

/// Routes of the API as the router's source names them.
fn routes() -> BTreeSet<String> {
    let source = include_str!("../../src/server/mod.rs");
    let paths = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    let api = paths.filter(|path| path.starts_with("/api/") || path.ends_with("thz") || path.ends_with("readyz"));
    api.filter(|path| !path.ends_with("openapi.json")).map(str::to_owned).collect()
}

fn references(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                if let ("$ref", Some(target)) = (key.as_str(), value.as_str()) {
                    out.push(target.to_owned());
                }
                references(value, out);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, out)),
        _ => {}
    }
}

#[test]
fn the_description_lists_exactly_the_routes_that_are_there() -> Outcome {
    let _turn = turn();
    let description = server()?.get("/api/v1/openapi.json")?.json()?;
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
    assert!(!description["info"]["version"].as_str().unwrap_or_default().is_empty());
    let described: BTreeSet<String> = keys(&description["paths"]).into_iter().map(str::to_owned).collect();
    assert_eq!(described, routes());
    let mut targets = Vec::new();
    references(&description, &mut targets);
    assert!(!targets.is_empty());
    for target in targets {
        let pointer = target.strip_prefix('#').ok_or("a reference to elsewhere")?;
        assert!(description.pointer(pointer).is_some(), "{target} leads nowhere");
    }
    Ok(())
}

#[test]
fn supervisors_learn_whether_it_lives_and_what_it_can_do() -> Outcome {
    let _turn = turn();
    let without = server()?;
    assert_eq!(without.get("/healthz")?.text(), "ok");
    let ready = without.get("/readyz")?.json()?;
    assert_eq!(ready["generator"], "off");
    assert_eq!(ready["embedder"], crate::support::EMBEDDER);
    assert!(ready["documents"].as_u64().is_some_and(|count| count > 30));
    assert_eq!(composing_server()?.get("/readyz")?.json()?["generator"], "ready");
    Ok(())
}
