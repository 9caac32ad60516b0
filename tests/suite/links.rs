//! What becomes of the links that stand in documents?

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::index::routine;
use crate::support::{Outcome, Server, build, scratch, turn};

/// A PDF of one page with a line for each link: the words that it lies on, and its address.
fn pdf_with_links(path: &Path, links: &[(&str, &str)]) -> Outcome {
    let escaped = |text: &str| text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    let mut content = "BT /F1 18 Tf 72 770 Td (Rutin med adresser) Tj ET ".to_owned();
    let mut notes = String::new();
    for (row, (text, address)) in links.iter().enumerate() {
        let y = 720 - 24 * row;
        let _ = write!(content, "BT /F1 11 Tf 72 {y} Td ({}) Tj ET ", escaped(text));
        let _ = write!(
            notes,
            "<</Type/Annot/Subtype/Link/Rect[70 {} 500 {}]/A<</S/URI/URI({})>>>>",
            y - 4,
            y + 12,
            escaped(address)
        );
    }
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents 5 0 R/Annots[{notes}]>>"
    );
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[4 0 R]/Count 1>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        page,
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
    ];
    let (mut out, mut table) = ("%PDF-1.5\n".to_owned(), String::new());
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, size) = (out.len(), objects.len() + 1);
    let _ = write!(out, "xref\n0 {size}\n0000000000 65535 f \n{table}");
    let _ = write!(out, "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    Ok(fs::write(path, out)?)
}

#[test]
fn a_documents_page_shows_its_harmless_links_and_no_others() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (source, data) = (folder.path().join("rutiner"), folder.path().join("data"));
    fs::create_dir_all(source.join("hsl"))?;
    fs::write(source.join("nycklar.md"), routine("nycklar", "Kvittera varje nyckel."))?;
    let expired = routine("larm", "Ring larmcentralen.").replacen("---\n\n", "galler_till: 2020-12-31\n---\n\n", 1);
    fs::write(source.join("hsl/larm.md"), expired)?;
    let links = [
        ("Rutinen om nycklar beskriver hur en nyckel kvitteras", "nycklar.md"),
        ("Rutinen om larm i en annan mapp", "./hsl/larm.md#kontakt"),
        ("Samma rutin som den ligger hos den som skrev", "file:///G:/Rutiner/hsl/larm.md"),
        ("Vad Socialstyrelsen skriver om vad som krävs", "https://www.socialstyrelsen.se/regler?amne=sol&sida=2"),
        ("Skriv till den medicinskt ansvariga", "mailto:mas@lotsby.example?subject=Hej"),
        ("Ring receptionen i kommunhuset", "tel:+46980311000"),
        ("Klicka aldrig på den här", "javascript:alert(document.cookie)"),
        ("Eller den här som bär med sig en sida", "data:text/html,<script>alert(1)</script>"),
        ("Eller en fil hos tjänsten", "file:///etc/passwd"),
        ("Kommunens webbplats, sägs det", "https://lotsby.example@evil.example/"),
        ("Se <script>alert(2)</script> och <img src=x>", "https://www.kriminalvarden.se/"),
    ];
    let ascii: Vec<(String, &str)> =
        links.iter().map(|(text, address)| (text.replace(['ä', 'å'], "a").replace('ö', "o"), *address)).collect();
    let ascii: Vec<(&str, &str)> = ascii.iter().map(|(text, address)| (text.as_str(), *address)).collect();
    pdf_with_links(&source.join("adresser.pdf"), &ascii)?;
    let report = build(&source, &data)?;
    assert_eq!((report.documents, report.problems.len()), (3, 0), "{:?}", report.problems);

    let server = Server::start(&data, None)?;
    let raw = server.get("/api/v1/documents/adresser")?.json()?;
    let raw: Vec<&str> =
        raw["links"].as_array().ok_or("no links")?.iter().filter_map(|it| it["address"].as_str()).collect();
    assert_eq!(raw.len(), links.len(), "the API tells them all: {raw:?}");

    let html = server.get("/dokument/adresser")?.text();
    let page = scraper::Html::parse_document(&html);
    let select = |selector: &str| -> Result<Vec<scraper::ElementRef<'_>>, String> {
        let selector = scraper::Selector::parse(selector).map_err(|error| error.to_string())?;
        // The elements live as long as the page.
        Ok(page.select(&selector).collect())
    };
    let shown: Vec<(String, &str)> = select(".links > li")?
        .into_iter()
        .filter_map(|item| {
            let link = scraper::Selector::parse("a").ok().and_then(|link| item.select(&link).next())?;
            let text = item.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
            Some((text, link.attr("href")?))
        })
        .collect();
    let expected = [
        ("/dokument/nycklar", "Gäller nycklar sida 1"),
        ("/dokument/larm", "Upphävd larm sida 1"),
        ("/dokument/larm", "Upphävd larm sida 1"),
        ("https://www.socialstyrelsen.se/regler?amne=sol&sida=2", "www.socialstyrelsen.se sida 1"),
        ("mailto:mas@lotsby.example", "mas@lotsby.example sida 1"),
        ("tel:+46980311000", "+46980311000 sida 1"),
        ("https://www.kriminalvarden.se/", "www.kriminalvarden.se sida 1"),
    ];
    assert_eq!(shown.len(), expected.len(), "{shown:#?}");
    for ((text, href), (wanted, ends)) in shown.iter().zip(expected) {
        assert_eq!(*href, wanted);
        assert!(text.ends_with(ends), "{text:?} does not end with {ends:?}");
    }
    // Text stays text, nothing dangerous is anywhere, and the page itself asks for nothing elsewhere.
    assert!(shown[6].0.contains("<script>alert(2)</script>"), "{shown:?}");
    assert!(!html.contains("<script>alert") && !html.contains("href=\"javascript:") && !html.contains("evil.example"));
    for element in select("[src], link[href], form[action]")? {
        let address = ["src", "href", "action"].iter().find_map(|name| element.attr(name)).unwrap_or_default();
        assert!(address.starts_with('/') && !address.starts_with("//"), "{address}");
    }
    for link in select(".links a[href^='http'], .links a[href^='mailto'], .links a[href^='tel']")? {
        assert_eq!(link.attr("rel"), Some("noopener noreferrer nofollow"));
    }
    // A document without links has no such list.
    assert!(!server.get("/dokument/nycklar")?.text().contains("Länkar i dokumentet"));
    let described: Value = server.get("/api/v1/openapi.json")?.json()?;
    assert!(described["components"]["schemas"]["DocumentResponse"]["properties"]["links"].is_object());
    Ok(())
}
