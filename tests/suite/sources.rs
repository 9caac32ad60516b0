//! Do documents come from wherever a municipality keeps them, and stay current by themselves?

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rutinlots::index::Index;
use serde_json::Value;

use crate::index::{found, routine, three_routines};
use crate::support::{Failure, Outcome, Serving, get, program, run, scratch, turn};

fn index(data: &Path, arguments: &[&str]) -> Result<(i32, Value, String), Failure> {
    let (code, stdout, stderr) = run(program(data).args(["index", "--json"]).args(arguments))?;
    let report = serde_json::from_str(&stdout).unwrap_or(Value::Null);
    Ok((code, report, stderr))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

// ---------------------------------------------------------------------------------------------------------------------
// Zip files and synchronised folders
// ---------------------------------------------------------------------------------------------------------------------

/// A zip file made by Python's zipfile, as another program would.
fn zip(path: &Path, members: &[(&str, &str)]) -> Outcome {
    let members: BTreeMap<&str, &str> = members.iter().copied().collect();
    let script = "import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)\n\
                  [z.writestr(n,t) for n,t in json.loads(sys.argv[2]).items()]\nz.close()";
    let members = serde_json::to_string(&members)?;
    let status = Command::new("python3").args(["-c", script]).arg(path).arg(members).status()?;
    if status.success() { Ok(()) } else { Err("python3 made no zip file".into()) }
}

#[test]
fn an_uploaded_zip_file_is_a_folder_and_cannot_write_elsewhere() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (upload, data) = (folder.path().join("rutiner.zip"), folder.path().join("data"));
    let larm = routine("larm", "Ring larmcentralen. Stanna kvar tills hjälpen kommer.");
    zip(&upload, &[("hsl/larm på natten.md", &larm), ("../../utanför.md", &larm), ("bild.png", "x")])?;
    let (code, report, stderr) = index(&data, &["--source", &text(&upload)])?;
    assert_eq!((code, &report["documents"]), (4, &Value::from(1)), "{stderr}");
    assert!(stderr.contains("left out ../../utanför.md: its name leads out"), "{stderr}");
    assert!(stderr.contains("left out bild.png"), "{stderr}");
    assert!(!folder.path().join("utanför.md").exists());
    assert!(found(&data, "Vem ringer jag när det larmar?")?.contains(&"larm-pa-natten".to_owned()));
    // The original can be opened from what was unpacked.
    let server = Serving::start(&data, &[])?;
    let original = get(server.address, "/api/v1/documents/larm-pa-natten/original")?;
    assert_eq!((original.status, original.text()), (200, larm));
    // A new upload under the same name replaces the old one; the same one again changes nothing.
    zip(&upload, &[("mat.md", &routine("mat", "Servera maten varm."))])?;
    let (code, report, _) = index(&data, &["--source", &text(&upload)])?;
    assert_eq!((code, &report["documents"], &report["changed"]), (0, &Value::from(1), &Value::from(true)));
    assert!(Index::open(&data)?.document("larm-pa-natten").is_none());
    let (_, report, _) = index(&data, &["--source", &text(&upload)])?;
    assert_eq!(report["changed"], false);
    // Half an upload takes nothing away.
    let whole = fs::read(&upload)?;
    fs::write(&upload, &whole[..whole.len() / 2])?;
    let (code, _, stderr) = index(&data, &["--source", &text(&upload)])?;
    assert_eq!(code, 1);
    assert!(stderr.contains("cannot be unpacked") && stderr.contains("the index in use stays"), "{stderr}");
    assert!(Index::open(&data)?.document("mat").is_some());
    Ok(())
}

#[test]
fn traces_of_other_programs_in_a_folder_are_named_and_left_out() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let conflict = "larm (Eva Eks konfliktkopia 2026-05-01).md";
    for (name, content) in
        [("~$larm.docx", "\u{7}Eva Ek"), ("mat.docx.tmp", "x"), (conflict, "# Larm"), ("ny.docx", "")]
    {
        fs::write(source.join(name), content)?;
    }
    let (code, report, stderr) = index(&data, &["--source", &text(&source)])?;
    assert_eq!((code, &report["documents"]), (4, &Value::from(3)), "{stderr}");
    for (name, reason) in
        [("~$larm.docx", "lock file"), ("mat.docx.tmp", "temporary"), (conflict, "conflict copy"), ("ny.docx", "empty")]
    {
        let line = stderr.lines().find(|line| line.contains(&format!("left out {name}: ")));
        assert!(line.is_some_and(|line| line.contains(reason)), "{name}: {stderr}");
    }
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// Websites
// ---------------------------------------------------------------------------------------------------------------------

/// A page of the site: kind, contents, and what it answers instead of 200.
#[derive(Clone)]
struct Page {
    kind: &'static str,
    body: Vec<u8>,
    status: u16,
}

#[derive(Default)]
struct Contents {
    pages: HashMap<String, Page>,
    /// Every request: path, and the status that it got.
    log: Vec<(String, u16)>,
}

/// A small website on this machine.
struct Website {
    address: SocketAddr,
    contents: Arc<Mutex<Contents>>,
}

impl Website {
    fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let contents = Arc::new(Mutex::new(Contents::default()));
        let shared = Arc::clone(&contents);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &shared));
            }
        });
        Ok(Self { address, contents })
    }

    fn put(&self, path: &str, kind: &'static str, body: impl Into<Vec<u8>>) {
        self.set(path, Page { kind, body: body.into(), status: 200 });
    }

    fn set(&self, path: &str, page: Page) {
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        contents.pages.insert(path.to_owned(), page);
    }

    /// Takes the requests since the last time.
    fn log(&self) -> Vec<(String, u16)> {
        std::mem::take(&mut self.contents.lock().unwrap_or_else(PoisonError::into_inner).log)
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Answers the requests of one connection; the entity tag is the sum of the bytes.
fn answer(stream: TcpStream, shared: &Mutex<Contents>) {
    let Ok(mut out) = stream.try_clone() else { return };
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(first)) = lines.next() {
        let path = first.split(' ').nth(1).unwrap_or("/").to_owned();
        let mut known = String::new();
        for line in lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()) {
            if let Some((name, value)) =
                line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("if-none-match"))
            {
                let _ = name;
                value.trim().clone_into(&mut known);
            }
        }
        let mut contents = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let page = contents.pages.get(&path).cloned();
        let page = page.unwrap_or(Page { kind: "text/plain", body: b"borta".to_vec(), status: 404 });
        let tag = format!("\"{}\"", page.body.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        let status = if page.status == 200 && known == tag { 304 } else { page.status };
        contents.log.push((path, status));
        drop(contents);
        let extra = match status {
            200 => format!("ETag: {tag}\r\n"),
            302 => format!("Location: {}\r\n", String::from_utf8_lossy(&page.body)),
            _ => String::new(),
        };
        let body: &[u8] = if status == 304 { &[] } else { &page.body };
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {}\r\nContent-Length: {}\r\n{extra}\r\n",
            page.kind,
            body.len()
        );
        if out.write_all(head.as_bytes()).and_then(|()| out.write_all(body)).is_err() {
            return;
        }
    }
}

fn page(title: &str, text: &str, links: &[&str]) -> String {
    let links: Vec<String> = links.iter().map(|link| format!("<li><a href=\"{link}\">{link}</a></li>")).collect();
    let links = links.concat();
    format!(
        "<!DOCTYPE html><html lang=\"sv\"><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p>\
         <ul>{links}</ul></main></body></html>"
    )
}

/// An intranet with three pages, a PDF, and things that must not be fetched.
fn intranet() -> Result<Website, Failure> {
    let site = Website::start()?;
    let html = "text/html; charset=utf-8";
    let links = ["larm", "mat.html", "/dokument/webbutskrift.pdf", "/ekonomi/lon.html", "/rutiner/hemligt/kod.html"];
    let elsewhere = "http://utanfor.invalid/sida.html";
    let links: Vec<&str> = links.into_iter().chain([elsewhere, "bild.png", "mailto:mas@example.invalid"]).collect();
    site.put("/rutiner/", html, page("Rutiner", "Här finns rutinerna för hemtjänsten.", &links));
    site.put(
        "/rutiner/larm",
        html,
        page("Larm", "Ring larmcentralen. Stanna kvar tills hjälpen kommer.", &["/rutiner/"]),
    );
    let latin = encoding_latin(&page("Mat", "Värm maten till sjuttio grader före måltiden.", &[]));
    site.put("/rutiner/mat.html", "text/html; charset=iso-8859-1", latin);
    site.put("/ekonomi/lon.html", html, page("Lön", "Lönen betalas den tjugofemte.", &[]));
    site.put("/rutiner/hemligt/kod.html", html, page("Kod", "Koden till porten är hemlig.", &[]));
    let pdf = fs::read(crate::support::repository("tests/fixtures/webbutskrift.pdf"))?;
    site.put("/dokument/webbutskrift.pdf", "application/pdf", pdf);
    site.put("/robots.txt", "text/plain", "User-agent: *\nDisallow: /rutiner/hemligt/\n");
    Ok(site)
}

fn encoding_latin(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

#[test]
fn a_website_is_fetched_within_its_limits_and_again_only_what_has_changed() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let data = folder.path().join("data");
    let site = intranet()?;
    let start = site.url("/rutiner/");
    let (code, report, stderr) = index(&data, &["--source", &start])?;
    assert_eq!((code, &report["documents"]), (4, &Value::from(4)), "{stderr}");
    assert!(stderr.contains("/rutiner/hemligt/kod.html: the site's robots.txt forbids it"), "{stderr}");
    let asked: Vec<String> = site.log().into_iter().map(|(path, _)| path).collect();
    for path in ["/ekonomi/lon.html", "/rutiner/hemligt/kod.html", "/rutiner/bild.png"] {
        assert!(!asked.contains(&path.to_owned()), "{path} was asked for");
    }
    assert!(found(&data, "Vem ringer jag när det larmar?")?.contains(&"larm".to_owned()));
    // The site's word on the encoding counts.
    let index_now = Index::open(&data)?;
    let mat = index_now.document("mat").ok_or("mat is not there")?;
    assert!(index_now.blocks(mat.number)?.iter().any(|block| block.text.contains("Värm maten till sjuttio grader")));

    // Nothing has changed: nothing is sent again, nothing is built.
    let (_, report, _) = index(&data, &["--source", &start])?;
    assert_eq!(report["changed"], false);
    let log = site.log();
    assert!(log.iter().filter(|(path, _)| path != "/robots.txt").all(|(_, status)| *status == 304), "{log:?}");

    // One page changes, one is gone, one fails for the moment.
    let html = "text/html; charset=utf-8";
    site.put("/rutiner/larm", html, page("Larm", "Ring nattpatrullen i stället för larmcentralen.", &[]));
    site.set("/dokument/webbutskrift.pdf", Page { kind: html, body: Vec::new(), status: 404 });
    site.set("/rutiner/mat.html", Page { kind: html, body: Vec::new(), status: 503 });
    let (code, report, stderr) = index(&data, &["--source", &start])?;
    assert_eq!(
        (code, &report["documents"], &report["documents_read"]),
        (4, &Value::from(3), &Value::from(1)),
        "{stderr}"
    );
    let index_now = Index::open(&data)?;
    assert!(index_now.document("mat").is_some() && index_now.document("webbutskrift").is_none());
    assert!(stderr.contains("/rutiner/mat.html: the site answered 503"), "{stderr}");

    // The whole site is down: everything stays, and it is said.
    for path in ["/rutiner/", "/robots.txt"] {
        site.set(path, Page { kind: html, body: Vec::new(), status: 503 });
    }
    let (code, report, stderr) = index(&data, &["--source", &start])?;
    assert_eq!((code, &report["documents"]), (4, &Value::from(3)), "{stderr}");
    assert!(stderr.contains("cannot be reached"), "{stderr}");
    let (code, _, stderr) = index(&folder.path().join("tom"), &["--source", &start])?;
    assert_eq!(code, 1);
    assert!(stderr.contains("cannot be reached"), "{stderr}");
    Ok(())
}

#[test]
fn a_sitemap_names_what_is_fetched_and_hosts_and_numbers_are_limited() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (site, other) = (intranet()?, intranet()?);
    let locations = ["/rutiner/larm".to_owned(), "/flyttad".to_owned(), other.url("/rutiner/mat.html")];
    let locations: Vec<String> = locations.iter().map(|location| format!("<url><loc>{location}</loc></url>")).collect();
    let locations = locations.concat();
    let xml = format!("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{locations}</urlset>");
    site.put("/sitemap.xml", "application/xml", xml);
    site.set("/flyttad", Page { kind: "text/plain", body: other.url("/rutiner/larm").into(), status: 302 });
    let start = site.url("/sitemap.xml");
    let data = folder.path().join("data");
    let (_, report, stderr) = index(&data, &["--source", &start])?;
    assert_eq!(report["documents"], 1, "{stderr}");
    assert!(stderr.contains("a host that is not allowed (--allow-host)"), "{stderr}");
    assert!(other.log().is_empty(), "a host that was not allowed was asked");

    let allowed = other.address.to_string();
    let (_, report, stderr) = index(&data, &["--allow-host", &allowed, "--source", &start])?;
    // The page that moved is the same as the one that is here, in two places.
    assert_eq!(report["documents"], 2, "{stderr}");

    let few = folder.path().join("few");
    let (_, report, stderr) = index(&few, &["--site-pages", "2", "--source", &site.url("/rutiner/")])?;
    assert_eq!(report["documents"], 2, "{stderr}");
    assert!(stderr.contains("more than 2 addresses"), "{stderr}");
    let shallow = folder.path().join("shallow");
    let (_, report, stderr) = index(&shallow, &["--site-depth", "0", "--source", &site.url("/rutiner/")])?;
    assert_eq!(report["documents"], 1, "{stderr}");
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// Watching
// ---------------------------------------------------------------------------------------------------------------------

/// A process that is ended with the test, and the lines of its standard output.
struct Watching {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Watching {
    fn start(data: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let mut command = program(data);
        command.args(["index", "--watch", "--json"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        Ok(Self { child, lines })
    }

    /// The next report that has changed something.
    fn report(&self) -> Result<Value, Failure> {
        loop {
            let line = self.lines.recv_timeout(Duration::from_mins(1))?;
            let report: Value = serde_json::from_str(&line)?;
            if report["changed"] == true {
                return Ok(report);
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watched_folder_is_indexed_when_it_has_come_to_rest_whatever_goes_wrong() -> Outcome {
    let _turn = turn();
    for more in [&[][..], &["--poll", "1"]] {
        let folder = scratch()?;
        let (source, data) = three_routines(folder.path())?;
        let place = text(&source);
        let watching = Watching::start(&data, &[&["--source", place.as_str()], more].concat())?;
        assert_eq!(watching.report()?["documents"], 3);
        // A burst: one build for all of it.
        for number in 0..5 {
            let name = format!("ny{number}");
            fs::write(source.join(format!("{name}.md")), routine(&name, &format!("Gör {number} saker i följd.")))?;
            std::thread::sleep(Duration::from_millis(150));
        }
        let report = watching.report()?;
        assert_eq!((&report["documents"], &report["documents_read"]), (&Value::from(8), &Value::from(5)));
        // The whole folder goes away, as when a network folder is lost, and comes back changed.
        let away = folder.path().join("borta");
        fs::rename(&source, &away)?;
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(Index::open(&data)?.documents().len(), 8);
        fs::remove_file(away.join("ny0.md"))?;
        if more.is_empty() {
            // The system gives no notice of a folder that was not there; it is looked for now and then.
            continue;
        }
        fs::rename(&away, &source)?;
        assert_eq!(watching.report()?["documents"], 7);
    }
    Ok(())
}

#[test]
fn a_server_keeps_its_sources_current() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = three_routines(folder.path())?;
    let server = Serving::start(&data, &["--source", &text(&source)])?;
    assert_eq!(get(server.address, "/dokument/larm")?.status, 200);
    fs::write(source.join("dusch.md"), routine("dusch", "Duscha patienten. Torka golvet efteråt."))?;
    fs::remove_file(source.join("larm.md"))?;
    let deadline = Instant::now() + Duration::from_secs(40);
    while get(server.address, "/dokument/dusch")?.status != 200 {
        assert!(Instant::now() < deadline, "the new routine did not appear");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(get(server.address, "/dokument/larm")?.status, 404);
    Ok(())
}
