//! Answers of the protocol as people read them. Lines and columns count from 1.

use serde_json::Value;

use super::client::Client;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// `3:5`
fn place(position: &Value) -> String {
    format!("{}:{}", position["line"].as_u64().unwrap() + 1, position["character"].as_u64().unwrap() + 1)
}

/// `3:5-9`, `3:5-4:1`
fn range(range: &Value) -> String {
    let (start, end) = (&range["start"], &range["end"]);
    let same = start["line"] == end["line"];
    let end = if same { (end["character"].as_u64().unwrap() + 1).to_string() } else { place(end) };
    format!("{}-{end}", place(start))
}

fn location(client: &Client, location: &Value) -> String {
    format!("{}:{}", client.path(text(&location["uri"])), range(&location["range"]))
}

fn lines<'a>(found: &'a Value, one: impl Fn(&'a Value) -> String) -> String {
    let all: Vec<String> = found.as_array().into_iter().flatten().map(one).collect();
    if all.is_empty() { "nothing".into() } else { all.join("\n") }
}

pub fn diagnostics(client: &Client, found: &Value) -> String {
    lines(found, |d| {
        let severity = ["", "error", "warning", "note"][d["severity"].as_u64().unwrap() as usize];
        let message = text(&d["message"]).replace('\n', "\n  ");
        let related: String = d["relatedInformation"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|r| format!("\n  {}: {}", location(client, &r["location"]), text(&r["message"])))
            .collect();
        format!("{} {severity} {}: {message}{related}", range(&d["range"]), text(&d["code"]))
    })
}

pub fn answer(client: &Client, what: &str, found: &Value) -> String {
    match what {
        _ if found.is_null() => "nothing".into(),
        "hover" => format!("{}\n{}", range(&found["range"]), text(&found["contents"]["value"])),
        "definition" => location(client, found),
        "references" => lines(found, |l| location(client, l)),
        "prepare" => format!("{} {}", range(&found["range"]), text(&found["placeholder"])),
        "find" => lines(found, |s| format!("{} {}", text(&s["name"]), location(client, &s["location"]))),
        "folds" => lines(found, |f| {
            let (from, to) = (f["startLine"].as_u64().unwrap() + 1, f["endLine"].as_u64().unwrap() + 1);
            format!("{from}-{to} {}", text(&f["kind"])).trim_end().to_string()
        }),
        "hints" => lines(found, |h| format!("{} {}", place(&h["position"]), text(&h["label"]))),
        "symbols" => lines(found, |s| symbol(s, 0)),
        _ => panic!("nobody knows how to read the answer to `{what}`"),
    }
}

fn symbol(s: &Value, depth: usize) -> String {
    let head = format!("{}{} {}", "  ".repeat(depth), text(&s["name"]), text(&s["detail"]));
    let children = s["children"].as_array().into_iter().flatten().map(|c| format!("\n{}", symbol(c, depth + 1)));
    format!("{} [{}]{}", head.trim_end(), range(&s["range"]), children.collect::<String>())
}

/// What is offered, the best first; with `more`, only what contains that text.
pub fn completions(found: &Value, more: &str) -> String {
    let mut items: Vec<&Value> = found["items"].as_array().into_iter().flatten().collect();
    items.retain(|i| text(&i["label"]).contains(more));
    items.sort_by_key(|i| text(&i["sortText"]).to_string());
    let one = |i: &&Value| {
        let edit = &i["textEdit"];
        let inserts = text(&edit["newText"]);
        let also = if inserts == text(&i["label"]) { String::new() } else { format!(" writes `{inserts}`") };
        format!("{} {}{also}  {}", range(&edit["range"]), text(&i["label"]), text(&i["detail"])).trim_end().to_string()
    };
    let shown: Vec<String> = items.iter().take(16).map(one).collect();
    let rest = items.len().saturating_sub(16);
    match shown.is_empty() {
        true => "nothing".into(),
        false if rest > 0 => format!("{}\nand {rest} more", shown.join("\n")),
        false => shown.join("\n"),
    }
}

/// The words of each line with what they are.
pub fn tokens(client: &Client, source: &str, found: &Value) -> String {
    let types = &client.greeting["capabilities"]["semanticTokensProvider"]["legend"]["tokenTypes"];
    let data: Vec<usize> = found["data"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    let (mut line, mut at, mut out) = (0, 0, Vec::<String>::new());
    for token in data.chunks(5) {
        let &[down, right, length, kind, modifiers] = token else { panic!("five numbers make a token") };
        at = if down == 0 { at + right } else { right };
        line += down;
        if down > 0 || out.is_empty() {
            out.push(format!("{}:", line + 1));
        }
        let start = client.offset(source, line, at);
        let word = &source[start..client.offset(source, line, at + length)];
        let declared = if modifiers == 1 { "!" } else { "" };
        *out.last_mut().unwrap() += &format!(" {word}={}{declared}", text(&types[kind]));
    }
    out.join("\n")
}

/// The lines of a text that edits change, before and after.
pub fn edited(client: &Client, old: &str, edits: &Value) -> String {
    let Some(edits) = edits.as_array() else { return "nothing\n".into() };
    let at =
        |p: &Value| client.offset(old, p["line"].as_u64().unwrap() as usize, p["character"].as_u64().unwrap() as usize);
    let mut ranges: Vec<(usize, usize, &str)> =
        edits.iter().map(|e| (at(&e["range"]["start"]), at(&e["range"]["end"]), text(&e["newText"]))).collect();
    ranges.sort_by_key(|r| std::cmp::Reverse(r.0));
    let mut new = old.to_string();
    for (start, end, text) in ranges {
        new.replace_range(start..end, text);
    }
    let shown = sloc::source::lines::unified(("", old), ("", &new));
    let changed = shown.split_inclusive('\n').skip(2).filter(|line| line.starts_with(['+', '-']));
    changed.collect()
}

pub fn raw(found: Result<Value, String>) -> String {
    match found {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap(),
        Err(why) => format!("refused: {why}"),
    }
}
