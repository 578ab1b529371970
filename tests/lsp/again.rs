//! What a look finds with the memory of those before is what one without finds: after every edit of every file, and from a
//! server that was there all the time as from one that has just come.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use proptest::prelude::*;
use sloc::check::{self, Memo};
use sloc::driver::{self, Look};
use sloc::resolve::{self, Reads};

use super::client::Client;
use super::common::Memory;
use super::prefixes::specs;

#[test]
fn a_look_with_a_memory_finds_what_one_without_finds() {
    let memo = Arc::default();
    for spec in specs() {
        let text = fs::read(&spec).unwrap();
        let Ok(text) = String::from_utf8(text) else { continue };
        if text.len() > 20_000 {
            continue;
        }
        let middle = (text.len() / 2..).find(|at| text.is_char_boundary(*at)).unwrap();
        let shorter = format!("{}{}", &text[..middle], text[middle..].split_once(['\n', ' ', '"']).map_or("", |t| t.1));
        let open = format!("metrics open\n{text}");
        for text in [&text, &format!("\n{text}"), &shorter, &open, &text] {
            let program = resolve::load(&Memory::one(text.as_bytes())).unwrap();
            let (_, fresh) = check::check(&program);
            let (_, again) = check::check_again(&program, &memo);
            assert_eq!(again, fresh, "{}", spec.display());
        }
    }
}

/// Files that depend on each other in every way there is.
const FILES: [(&str, &str); 7] = [
    (
        "specs/a_project.slo",
        "project shop { every 30s }\nenvironment staging {\n  labels { env = \"staging\" }\n  cart.orders 99%\n}\n",
    ),
    (
        "specs/b_metrics.slo",
        "metrics {\n  counter orders_total{job, code}\n  histogram wait_seconds{job} buckets 100ms 300ms 1s\n}\nmetrics from \"saved.prom\"\nteam shop \"Shop\"\n",
    ),
    (
        "specs/c_template.slo",
        "template http(job, share = 99.9%) {\n  slo answers $share over 30d {\n    errors orders_total{job=\"$job\", code=\"500\"}\n    total orders_total{job=\"$job\"}\n  }\n}\n",
    ),
    (
        "specs/d_cart.slo",
        "import \"b_metrics.slo\"\nservice cart {\n  owner shop\n  slo orders 99.9% over 30d {\n    errors orders_total{code=~\"5..\"}\n    total orders_total\n  }\n  slo wait 99% over 30d {\n    histogram wait_seconds within 300ms\n  }\n}\n",
    ),
    (
        "specs/e_search.slo",
        "import \"b_metrics.slo\"\nimport \"c_template.slo\"\nservice search {\n  use http(job = \"search\")\n  slo all 99% over 30d {\n    all of cart.orders, search.answers\n  }\n  alert slow {\n    value max(queue_length)\n    warning above 5\n  }\n}\n",
    ),
    (
        "specs/f_test.slo",
        "test \"none fails\" {\n  series orders_total{job=\"search\", code=\"200\"} +50/min for 30m\n  expect silent search.answers\n}\n",
    ),
    ("specs/saved.prom", "# TYPE queue_length gauge\nqueue_length{job=\"a\"} 3\n"),
];

/// What somebody does to a file.
#[derive(Clone, Debug)]
enum Edit {
    /// Puts a text in, in place of so many characters, at a share of the file in thousandths.
    Type { file: usize, at: usize, gone: usize, text: &'static str },
    /// Puts it back as it was.
    Undo(usize),
    /// Takes it away.
    Delete(usize),
    /// Gives it bytes that are no text.
    Bytes(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let text = prop::sample::select(vec![
        "",
        "",
        "x",
        "\n",
        " ",
        "}",
        "{",
        "\"",
        "#",
        "9",
        "import \"b_metrics.slo\"\n",
        "slo orders 99% over 30d {\n",
        "é👧",
        "metrics open\n",
        "policy p { page 2% of budget in 1h }\n",
        "owner nobody\n",
        "use http(job = \"x\")\n",
    ]);
    let file = 0..FILES.len();
    prop_oneof![
        8 => (file.clone(), 0..1000usize, 0..12usize, text).prop_map(|(file, at, gone, text)| Edit::Type { file, at, gone, text }),
        3 => file.clone().prop_map(Edit::Undo),
        1 => file.clone().prop_map(Edit::Delete),
        1 => file.prop_map(Edit::Bytes),
    ]
}

fn apply(files: &mut BTreeMap<String, Vec<u8>>, edit: &Edit) {
    let (file, text) = match edit {
        Edit::Type { file, at, gone, text } => {
            let (path, first) = FILES[*file];
            let old = files.get(path).map_or(first.into(), |bytes| String::from_utf8_lossy(bytes).into_owned());
            let cut = (old.len() * at / 1000..).find(|at| old.is_char_boundary(*at)).unwrap();
            let rest: String = old[cut..].chars().skip(*gone).collect();
            (*file, Some(format!("{}{text}{rest}", &old[..cut]).into_bytes()))
        }
        Edit::Undo(file) => (*file, Some(FILES[*file].1.as_bytes().to_vec())),
        Edit::Delete(file) => (*file, None),
        Edit::Bytes(file) => (*file, Some(b"service \xff {".to_vec())),
    };
    match text {
        Some(text) => drop(files.insert(FILES[file].0.into(), text)),
        None => drop(files.remove(FILES[file].0)),
    }
}

fn first() -> BTreeMap<String, Vec<u8>> {
    FILES.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect()
}

fn look(files: &BTreeMap<String, Vec<u8>>, reads: &Reads, memo: &Arc<Memo>) -> Look {
    driver::look(&Memory(files.clone()), reads, memo).unwrap()
}

#[test]
fn the_files_that_are_edited_have_no_mistakes_at_first() {
    assert_eq!(look(&first(), &Reads::default(), &Arc::default()).diagnostics, Vec::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn after_every_edit_a_memory_changes_nothing(edits in prop::collection::vec(edit(), 1..24)) {
        let (mut files, reads, memo) = (first(), Reads::default(), Arc::default());
        look(&files, &reads, &memo);
        for edit in edits {
            apply(&mut files, &edit);
            let again = look(&files, &reads, &memo);
            let fresh = look(&files, &Reads::default(), &Arc::default());
            prop_assert_eq!(&again.diagnostics, &fresh.diagnostics, "{:?}", edit);
            let texts = |look: &Look| look.program.sources.iter().map(|(_, f)| (f.path.clone(), f.text.clone())).collect::<Vec<_>>();
            prop_assert_eq!(texts(&again), texts(&fresh));
            prop_assert_eq!(&again.program.files, &fresh.program.files);
        }
    }
}

/// Edits by somebody in an editor, one after the other: where, how many characters go, and what comes.
const TYPED: [(usize, &str, usize, &str); 12] = [
    (3, "owner shop", 10, "owner shob"),
    (1, "team shop", 9, "team shob"),
    (3, "300ms", 5, "200ms"),
    (1, "100ms 300ms", 0, "50ms 200ms "),
    (1, "job, code", 9, "job"),
    (2, "$share", 6, "$shar"),
    (2, "$shar ", 6, "$share "),
    (1, "job}", 4, "job, code}"),
    (0, "cart.orders", 11, "cart.order"),
    (4, "import \"c_template.slo\"", 23, ""),
    (0, "cart.order ", 11, "cart.orders "),
    (4, "service search", 0, "import \"c_template.slo\"\n"),
];

#[test]
fn a_server_that_was_there_all_the_time_says_what_a_new_one_says() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    fs::create_dir(root.join("specs")).unwrap();
    for (path, text) in FILES {
        fs::write(root.join(path), text).unwrap();
    }
    let mut texts: Vec<String> = FILES[..6].iter().map(|(_, text)| text.to_string()).collect();
    let open = |texts: &[String]| {
        let mut client = Client::start(&root, &["utf-8"]);
        FILES.iter().zip(texts).for_each(|((path, _), text)| client.open(path, text));
        settle(&mut client, texts, 2);
        client
    };
    let mut all_the_time = open(&texts);
    let mut seen = 0;
    for (version, (file, place, gone, text)) in (3..).zip(TYPED) {
        let at = texts[file].find(place).unwrap_or_else(|| panic!("{place} is not there"));
        let position = |at| all_the_time.position(&texts[file], at);
        let range = serde_json::json!({"start": position(at), "end": position(at + gone)});
        texts[file].replace_range(at..at + gone, text);
        all_the_time.change(FILES[file].0, version, Some(range), text);
        settle(&mut all_the_time, &texts, version);
        let new = open(&texts);
        assert_eq!(told(&all_the_time), told(&new), "after {place} → {text}");
        seen += told(&new).len();
        new.finish();
    }
    assert!(seen > 5 && told(&all_the_time).is_empty(), "{seen}, {:?}", told(&all_the_time));
    all_the_time.finish();
}

/// Waits until all is told of these texts: with the version of the last file, which gets its own text again, and before the
/// next question is answered.
fn settle(client: &mut Client, texts: &[String], version: i64) {
    let last = FILES[texts.len() - 1].0;
    client.change(last, version, None, &texts[texts.len() - 1]);
    client.diagnostics(last, version);
    client.ask("workspace/symbol", serde_json::json!({"query": "\u{0}"})).unwrap();
}

/// What is wrong, by file.
fn told(client: &Client) -> BTreeMap<String, String> {
    let wrong = client.told.iter().map(|(path, (_, found))| (path.clone(), found.to_string()));
    wrong.filter(|(_, found)| found != "[]").collect()
}
