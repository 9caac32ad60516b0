//! What does the program say on the command line, and how does it end?

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use rutinlots::inference::catalogue::sha256_of;

use crate::support::{EMBEDDER, Outcome, RERANKER, catalogue, lotsby, model, program, repository, run, scratch, turn};

const MEDICINE: &str = "Brukaren vägrar ta sin medicin, vad gör jag?";

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn every_command_explains_itself() -> Outcome {
    let data = scratch()?;
    let commands: [&[&str]; 19] = [
        &[],
        &["demo"],
        &["doctor"],
        &["index"],
        &["search"],
        &["ask"],
        &["serve"],
        &["feedback"],
        &["eval"],
        &["eval", "answers"],
        &["eval", "retrieval"],
        &["eval", "compare"],
        &["eval", "gate"],
        &["eval", "fit"],
        &["models"],
        &["models", "list"],
        &["models", "fetch"],
        &["models", "verify"],
        &["models", "import"],
    ];
    for command in commands {
        let (code, stdout, stderr) = run(program(data.path()).args(command).arg("--help"))?;
        assert_eq!(code, 0, "{command:?}: {stderr}");
        assert!(stdout.contains("Usage:"), "{command:?}: {stdout}");
        assert!(stdout.contains("--data") && stdout.contains("RUTINLOTS_MODELS"), "{command:?}: {stdout}");
        // Nothing that can be given is left without a word about it.
        for line in stdout.lines().filter(|line| line.trim_start().starts_with("--")) {
            assert!(!line.trim().is_empty());
        }
    }
    let (code, stdout, _) = run(program(data.path()).arg("--version"))?;
    assert_eq!((code, stdout.trim()), (0, concat!("rutinlots ", env!("CARGO_PKG_VERSION"))));
    Ok(())
}

#[test]
fn wrong_use_ends_with_two() -> Outcome {
    let data = scratch()?;
    let wrong: [&[&str]; 6] = [
        &["nope"],
        &["index"],
        &["ask"],
        &["search", "larm", "--nope"],
        &["models"],
        &["search", "larm", "--limit", "x"],
    ];
    for arguments in wrong {
        let (code, _, stderr) = run(program(data.path()).args(arguments))?;
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains("Usage:") || stderr.contains("--help"), "{arguments:?}: {stderr}");
    }
    Ok(())
}

#[test]
fn errors_end_with_one_and_say_what_to_do() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let data = folder.path().join("data");
    let cases: [(&[&str], &str); 7] = [
        (&["ask", "Vem ringer jag?", "--quotes-only"], "rutinlots index"),
        (&["search", "larm"], "there is no index"),
        (&["serve", "--listen", "127.0.0.1:0"], "there is no index"),
        (&["index", "--source", "/nonexistent"], "/nonexistent does not exist"),
        (&["models", "fetch", "nope"], "there is no model named \"nope\"; known are"),
        (&["ask", "  ?", "--quotes-only"], "Skriv en fråga först."),
        (&["models", "import", "/nonexistent"], "/nonexistent"),
    ];
    for (arguments, message) in cases {
        let (code, _, stderr) = run(program(&data).args(arguments))?;
        assert_eq!(code, 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
    let index = lotsby()?;
    let (code, _, stderr) = run(program(&index).args(["--embedder", "nope", "search", "larm"]))?;
    assert_eq!(code, 1);
    assert!(stderr.contains(EMBEDDER), "{stderr}");
    let (code, _, stderr) = run(program(&index).args(["--generator", EMBEDDER, "ask", MEDICINE]))?;
    assert_eq!(code, 1);
    assert!(stderr.contains("is not a generative model"), "{stderr}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let (code, _, stderr) = run(program(&index).args(["--generator", "none", "serve", "--listen", &address]))?;
    assert_eq!(code, 1);
    assert!(stderr.contains(&format!("cannot serve on {address}")), "{stderr}");
    Ok(())
}

#[test]
fn search_prints_passages_and_as_json_the_documented_keys() -> Outcome {
    let _turn = turn();
    let data = lotsby()?;
    let (code, stdout, stderr) = run(program(&data).args(["search", "nyckel försvunnit", "--limit", "4", "--json"]))?;
    assert_eq!(code, 0, "{stderr}");
    let hits: Value = serde_json::from_str(&stdout)?;
    let hits = hits.as_array().ok_or("not a list")?;
    assert_eq!(hits.len(), 4);
    for hit in hits {
        let expected = [
            "document",
            "title",
            "heading_path",
            "page",
            "passage",
            "standing",
            "superseded_by",
            "score",
            "legs",
            "text",
        ];
        assert_eq!(keys(hit), BTreeSet::from(expected));
        assert_ne!(hit["document"], "nyckelhantering-2022", "not in force, and --all was not given");
    }
    let (_, stdout, _) = run(program(&data).args(["search", "nyckel försvunnit", "--all", "--json", "--limit", "30"]))?;
    assert!(stdout.contains("nyckelhantering-2022"));
    let (code, stdout, _) = run(program(&data).args(["search", "nyckel försvunnit"]))?;
    assert_eq!(code, 0);
    assert!(stdout.starts_with("1. "), "{stdout}");
    Ok(())
}

#[test]
fn danger_is_printed_first_with_the_units_numbers_even_if_there_is_no_index() -> Outcome {
    let empty = scratch()?;
    let own = repository("corpus/fara.txt");
    let own = own.to_string_lossy();
    let asked = ["--danger", &*own, "ask", "hon andas inte"];
    let (code, stdout, _) = run(program(empty.path()).args(asked))?;
    assert_eq!(code, 1);
    assert!(stdout.starts_with("Är det fara för liv? Ring 112 nu.\n  112"), "{stdout}");
    assert!(stdout.contains("0980-31 92 21"));
    let wrong = empty.path().join("fara.txt");
    fs::write(&wrong, "[tecken]\nkod röd\n[nummer]\nSjuksköterska\n")?;
    let wrong = wrong.to_string_lossy();
    let (code, _, stderr) = run(program(empty.path()).args(["--danger", &*wrong, "ask", "hej på dig"]))?;
    assert_eq!(code, 1);
    assert!(stderr.contains("line 4") && stderr.contains("NUMBER = who answers"), "{stderr}");
    Ok(())
}

#[test]
fn ask_prints_quotes_and_as_json_the_documented_keys() -> Outcome {
    let _turn = turn();
    let data = lotsby()?;
    let (code, stdout, stderr) = run(program(&data).args(["ask", MEDICINE, "--json", "--quotes-only"]))?;
    assert_eq!(code, 0, "{stderr}");
    let answer: Value = serde_json::from_str(&stdout)?;
    let expected = [
        "question",
        "outcome",
        "danger",
        "confidence",
        "evidence",
        "disagreements",
        "overview",
        "refusal",
        "composed",
        "notice",
        "timings",
    ];
    assert_eq!(keys(&answer), BTreeSet::from(expected));
    assert_eq!(answer["outcome"], "quotes_only");
    assert_eq!(answer["evidence"]["quotes"][0]["document"]["id"], "vagrar-lakemedel");
    let (code, stdout, _) = run(program(&data).args(["ask", MEDICINE]))?;
    assert_eq!(code, 0);
    assert!(stdout.starts_with("[1] "), "{stdout}");
    assert!(stdout.contains("Sammanfattning (skriven av AI"), "{stdout}");
    // The variable does what the option does.
    let (code, stdout, _) = run(program(&data).env("RUTINLOTS_GENERATOR", "none").args(["ask", MEDICINE]))?;
    assert_eq!(code, 0);
    assert!(!stdout.contains("Sammanfattning"), "{stdout}");
    Ok(())
}

#[test]
fn a_question_that_the_routines_do_not_answer_ends_with_three() -> Outcome {
    let _turn = turn();
    let data = lotsby()?;
    let (code, stdout, _) = run(program(&data).args(["ask", "Vem vann melodifestivalen?"]))?;
    assert_eq!(code, 3);
    assert!(stdout.contains("hör inte till det som rutinerna handlar om") && stdout.contains("Närmast:"), "{stdout}");
    let (code, stdout, _) = run(program(&data).args(["ask", "Vem vann melodifestivalen?", "--json"]))?;
    assert_eq!(code, 3);
    let answer: Value = serde_json::from_str(&stdout)?;
    assert_eq!(answer["outcome"], "refused");
    Ok(())
}

#[test]
fn an_evaluation_prints_its_summary() -> Outcome {
    let _turn = turn();
    let data = lotsby()?;
    let set = repository("eval/lotsby");
    let (code, stdout, stderr) =
        run(program(&data).args(["eval", "--quotes-only", "--every", "25", "--json", "--set"]).arg(set))?;
    assert_eq!(code, 0, "{stderr}");
    assert!(!stderr.contains("warning"), "a gold passage is not in the index: {stderr}");
    let summary: Value = serde_json::from_str(&stdout)?;
    assert!(summary["recall_at_5"]["mean"].as_f64().is_some_and(|mean| mean > 0.5), "{summary}");
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------
// Models
// ---------------------------------------------------------------------------------------------------------------------

/// The program with a models folder of its own.
fn with_models(data: &Path, models: &Path) -> Command {
    let mut command = program(data);
    command.env("RUTINLOTS_MODELS", models);
    command
}

/// Puts the ordinary models for searching into a models folder.
fn bring_search_models(models: &Path) -> Outcome {
    for name in [EMBEDDER, RERANKER] {
        let from = model(name)?;
        let to = models.join(&catalogue()?.get(name)?.file.name);
        // A second name costs nothing, but works only on the same disk.
        if fs::hard_link(&from, &to).is_err() {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// Ten lines, as a site writes them.
fn manifest(name: &str, file: &str, more: &str) -> String {
    format!(
        "name = \"{name}\"\ntask = \"generate\"\narchitecture = \"llama\"\nlicense = \"CC0-1.0\"\nlanguages = [\"sv\"]\n\
         context_length = 8192\nprompt = \"chatml\"\ntried = \"Random weights.\"\n\n{}{more}",
        format_args!("[file]\nname = \"{file}\"\n")
    )
}

/// The small Llama with room for a whole prompt: it was made with room for 512 tokens, and its few tokens are letters.
fn roomy_model() -> Result<Vec<u8>, crate::support::Failure> {
    let mut bytes = fs::read(repository("tests/reference/tiny/llama.gguf"))?;
    let key = b"llama.context_length";
    let at = bytes.windows(key.len()).position(|window| window == key).ok_or("no context length")? + key.len();
    // The kind of the value (4: an unsigned number of 32 bits), then the value.
    assert_eq!(bytes[at..at + 4], 4u32.to_le_bytes());
    bytes[at + 4..at + 8].copy_from_slice(&8192u32.to_le_bytes());
    Ok(bytes)
}

#[test]
fn the_list_of_models_says_what_is_here() -> Outcome {
    let data = scratch()?;
    let (code, stdout, _) = run(program(data.path()).args(["models", "list", "--json"]))?;
    assert_eq!(code, 0);
    let models: Value = serde_json::from_str(&stdout)?;
    let models = models.as_array().ok_or("not a list")?;
    assert!(models.len() >= 10);
    for model in models {
        assert_eq!(keys(model), BTreeSet::from(["manifest", "presence"]));
        for key in ["name", "task", "architecture", "license", "languages", "context_length", "file", "sources"] {
            assert!(!model["manifest"][key].is_null(), "{key} of {model}");
        }
    }
    model(EMBEDDER)?;
    let embedder = models.iter().find(|model| model["manifest"]["name"] == EMBEDDER).ok_or("not listed")?;
    assert_eq!(embedder["presence"], "present");
    let (code, stdout, _) = run(program(data.path()).args(["models", "list"]))?;
    assert_eq!(code, 0);
    assert!(stdout.lines().any(|line| line.starts_with(EMBEDDER) && line.contains("yes")), "{stdout}");
    Ok(())
}

#[test]
fn verify_finds_a_damaged_file() -> Outcome {
    let folder = scratch()?;
    let models = folder.path().join("models");
    fs::create_dir_all(&models)?;
    let file = models.join("tiny.gguf");
    fs::copy(repository("tests/reference/tiny/llama.gguf"), &file)?;
    let pinned = format!("sha256 = \"{}\"\n", sha256_of(&file, |_| ())?);
    fs::write(models.join("tiny.toml"), manifest("tiny-site", "tiny.gguf", &pinned))?;
    let verify = || run(with_models(folder.path(), &models).args(["models", "verify"]));
    let (code, stdout, _) = verify()?;
    assert_eq!(code, 0);
    assert!(stdout.contains("ok       tiny-site") && stdout.contains("1 files checked, 0 damaged"), "{stdout}");
    let mut bytes = fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes)?;
    let (code, stdout, _) = verify()?;
    assert_eq!(code, 5);
    assert!(stdout.contains("damaged  tiny-site"), "{stdout}");
    fs::write(models.join("tiny.toml"), manifest("tiny-site", "tiny.gguf", ""))?;
    let (code, stdout, _) = verify()?;
    assert_eq!(code, 0);
    assert!(stdout.contains("unpinned tiny-site"), "{stdout}");
    Ok(())
}

#[test]
fn a_site_brings_a_model_on_a_stick_and_asks_it() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let (stick, models) = (folder.path().join("stick"), folder.path().join("models"));
    fs::create_dir_all(&stick)?;
    fs::write(stick.join("tiny.toml"), manifest("tiny-site", "tiny.gguf", ""))?;
    fs::write(stick.join("tiny.gguf"), roomy_model()?)?;
    assert!(fs::read_to_string(stick.join("tiny.toml"))?.lines().filter(|line| !line.is_empty()).count() <= 10);
    let (code, _, stderr) = run(with_models(folder.path(), &models).args(["models", "import"]).arg(&stick))?;
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("imported tiny-site"), "{stderr}");
    assert_eq!(fs::read(models.join("tiny.gguf"))?, fs::read(stick.join("tiny.gguf"))?);

    bring_search_models(&models)?;
    let data = lotsby()?;
    let asked = ["--generator", "tiny-site", "ask", MEDICINE, "--json"];
    let (code, stdout, stderr) = run(with_models(&data, &models).args(asked))?;
    assert_eq!(code, 0, "{stderr}");
    let answer: Value = serde_json::from_str(&stdout)?;
    // Random weights write nothing that holds; what is shown is the routine's own words, with their source.
    assert_eq!(answer["outcome"], "answered", "{stderr}");
    let sentences = answer["composed"]["sentences"].as_array().ok_or("no composed answer")?;
    assert!(!sentences.is_empty());
    for sentence in sentences {
        assert_eq!(sentence["status"], "quoted", "{sentence}");
        assert_eq!(sentence["citations"].as_array().map(Vec::len), Some(1), "{sentence}");
    }
    Ok(())
}

#[test]
fn a_model_that_cannot_be_run_is_told_and_quotes_are_still_given() -> Outcome {
    let _turn = turn();
    let folder = scratch()?;
    let models = folder.path().join("models");
    fs::create_dir_all(&models)?;
    bring_search_models(&models)?;
    fs::write(models.join("tiny.toml"), manifest("tiny-site", "tiny.gguf", ""))?;
    let whole = fs::read(repository("tests/reference/tiny/llama.gguf"))?;
    let data = lotsby()?;
    for bytes in [&whole[..whole.len() / 3], b"not a model".as_slice(), b""] {
        fs::write(models.join("tiny.gguf"), bytes)?;
        let asked = ["--generator", "tiny-site", "ask", MEDICINE, "--json"];
        let (code, stdout, stderr) = run(with_models(&data, &models).args(asked))?;
        assert_eq!(code, 0, "{stderr}");
        let answer: Value = serde_json::from_str(&stdout)?;
        assert_eq!(answer["outcome"], "quotes_only", "{stderr}");
        assert!(answer["notice"].is_string(), "{stderr}");
        assert!(answer["evidence"]["quotes"][0].is_object());
    }
    Ok(())
}

/// A new version of the program brings a new file, often of the same size, and disks flip bits.
#[test]
fn a_model_file_that_is_another_one_of_the_same_size_is_fetched_anew() -> Outcome {
    let folder = scratch()?;
    let models = folder.path().join("models");
    let fetch = || run(with_models(folder.path(), &models).args(["models", "fetch", "rutinlots-reranker"]));
    assert_eq!(fetch()?.0, 0);
    let file = models.join("rutinlots-reranker.gguf");
    let whole = fs::read(&file)?;
    let mut other = whole.clone();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    fs::write(&file, other)?;
    assert_eq!(fetch()?.0, 0);
    assert!(fs::read(&file)? == whole, "the other file is still there");
    Ok(())
}

#[test]
fn a_folder_that_is_not_there_is_named_when_a_model_cannot_be_fetched() -> Outcome {
    let folder = scratch()?;
    let models = folder.path().join("models");
    fs::create_dir_all(&models)?;
    let source = "\n[[sources]]\nkind = \"folder\"\npath = \"/nonexistent/stick\"\n";
    fs::write(models.join("tiny.toml"), manifest("tiny-site", "tiny.gguf", source))?;
    let fetch = |name: &str| run(with_models(folder.path(), &models).args(["models", "fetch", name]));
    let (code, _, stderr) = fetch("tiny-site")?;
    assert_eq!(code, 1);
    assert!(stderr.contains("tiny-site could not be fetched") && stderr.contains("/nonexistent/stick"), "{stderr}");
    assert!(!models.join("tiny.gguf").exists());
    // A file with another hash than the manifest's is not taken.
    let stick = folder.path().join("stick");
    fs::create_dir_all(&stick)?;
    fs::write(stick.join("tiny.gguf"), "something else")?;
    let more = format!(
        "sha256 = \"{}\"\n{}",
        "0".repeat(64),
        source.replace("/nonexistent/stick", &stick.display().to_string())
    );
    fs::write(models.join("tiny.toml"), manifest("tiny-site", "tiny.gguf", &more))?;
    let (code, _, stderr) = fetch("tiny-site")?;
    assert_eq!(code, 1);
    assert!(stderr.contains("has the SHA-256"), "{stderr}");
    assert!(!models.join("tiny.gguf").exists());
    Ok(())
}

#[test]
fn a_broken_manifest_of_the_site_is_named() -> Outcome {
    let folder = scratch()?;
    let models = folder.path().join("models");
    fs::create_dir_all(&models)?;
    for text in ["name = ", "name = \"x\"\ntask = \"dream\"\n", &manifest("x", "../x.gguf", "")] {
        fs::write(models.join("egen.toml"), text)?;
        let (code, _, stderr) = run(with_models(folder.path(), &models).args(["models", "list"]))?;
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("egen.toml is not valid"), "{stderr}");
    }
    Ok(())
}
