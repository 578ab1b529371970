//! What has no counterpart of a dashboard of Grafana: kept as the JSON it is, without the panels that came over, in a
//! dashboard of its own that every build checks.

use std::ops::Range;

use super::block::quoted;
use super::report::{Entry, Fate};
use super::rules::is_fatal;
use super::{Importer, settle, spec};
use crate::kept::json::{self, Value};
use crate::kept::{self, is_uid};
use crate::source::FileId;
use crate::syntax::ast::Language;

/// What becomes of a panel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Becomes {
    /// A block of the spec.
    Block,
    /// It is kept as it is.
    Kept,
    /// It is wrong where it comes from.
    Nothing,
}

/// How often it is looked again whether what is left can be kept.
const ROUNDS: usize = 8;

impl Importer<'_> {
    /// Keeps what did not become blocks, and says where; `None` when nothing is left. `beside` a dashboard with the blocks,
    /// what is left has a name, a uid and a title of its own.
    pub(super) fn keep(
        &mut self,
        file: FileId,
        name: &str,
        title: &str,
        fates: &[Becomes],
        beside: bool,
    ) -> Option<String> {
        if beside && !fates.contains(&Becomes::Kept) {
            return None;
        }
        let whole = |fate: &Becomes| if !beside && *fate == Becomes::Block { Becomes::Kept } else { *fate };
        let fates: Vec<Becomes> = fates.iter().map(whole).collect();
        let text = self.sources.get(file).text.clone();
        let root = json::read(&text, file).ok()?;
        let board = root.get("dashboard").unwrap_or(&root);
        let name = if beside { self.specs.free_board(&rest(name, "-rest")) } else { name.to_string() };
        let mut edits = cuts(board, &gone(board, &fates));
        let uid = board.word("uid");
        let own = if beside || !is_uid(uid) { &name } else { uid };
        let uid = board.get("uid").map(|v| v.span.range());
        edits.push(match uid {
            Some(at) => (at, quoted(own)),
            None => (board.span.range().start + 1..board.span.range().start + 1, format!("\"uid\": {},", quoted(own))),
        });
        if let Some(at) = board.get("title").map(|v| v.span.range()).filter(|_| beside) {
            edits.push((at, serde_json::Value::from(format!("{title}: the rest")).to_string()));
        }
        let json = self.sound(edited(&text, board.span.range(), edits) + "\n", &name)?;
        let number = fates.iter().filter(|f| **f == Becomes::Kept).count();
        self.queries_of(&json, &name);
        self.specs.kept(name.clone(), json);
        Some(match beside {
            true => format!("the rest, {number} without a counterpart, is kept as it is in {name}.json"),
            false => format!("it is kept as it is in {name}.json"),
        })
    }

    /// A dashboard without what is wrong in it, which would stop every build; that is reported.
    fn sound(&mut self, mut json: String, name: &str) -> Option<String> {
        let path = format!("{name}.json");
        for _ in 0..ROUNDS {
            let (found, sources) = settle::kept(spec::item_of(name), &path, &json);
            let fatal: Vec<_> = found.iter().filter(|d| is_fatal(d)).collect();
            let (Some(first), Ok(board)) = (fatal.first(), json::read(&json, FileId::default())) else { break };
            let lists = lists(&board);
            let around = |at: Range<usize>| {
                let holds = |v: &&Value| v.span.range().start <= at.start && at.end <= v.span.range().end;
                lists.iter().flat_map(|list| list.iter()).filter(holds).min_by_key(|v| v.span.end - v.span.start)
            };
            let in_json = fatal.iter().filter(|d| sources.get(d.primary.span.file).path.ends_with(&path));
            let wrong: Vec<_> = in_json.filter_map(|d| Some((around(d.primary.span.range())?, *d))).collect();
            let place = |d: &crate::diag::Diagnostic| sources.place(d.primary.span).replace("specs/", "");
            let mut say = |what: String, d: &crate::diag::Diagnostic| {
                let note = format!("cannot be kept: {}", d.message);
                self.report.push(Entry::new(Fate::Missing, what, place(d), note));
            };
            if wrong.is_empty() {
                say(format!("dashboard {name}"), first);
                return None;
            }
            let called = |v: &Value| [v.word("title"), v.word("name")].into_iter().find(|t| !t.is_empty()).map(quoted);
            wrong.iter().for_each(|(v, d)| say(format!("{name}: {}", called(v).unwrap_or("a panel".into())), d));
            let gone: Vec<Range<usize>> = wrong.iter().map(|(v, _)| v.span.range()).collect();
            json = edited(&json, 0..json.len(), cuts(&board, &gone));
        }
        Some(json)
    }

    /// Tells the catalog of the metrics of a dashboard that is kept.
    fn queries_of(&mut self, json: &str, name: &str) {
        let Some(board) = kept::read(json, name, FileId::default(), FileId::default()).board else { return };
        let asks = board.panels.iter().flat_map(|p| &p.asks).map(|a| &a.ask).chain(&board.marks);
        let texts = asks.filter(|ask| ask.language == Language::Promql).filter_map(|ask| ask.text.first());
        texts.for_each(|text| self.specs.query(text));
    }
}

/// A name with an end, as long as a uid may be.
fn rest(name: &str, end: &str) -> String {
    name.chars().take(40 - end.len()).collect::<String>() + end
}

/// Panels in the order in which the import reads them: those of rows of old, then the others.
fn panels(board: &Value) -> Vec<&Value> {
    let rows = board.items("rows").iter().flat_map(|row| row.items("panels"));
    let one = |p| if Value::word(p, "type") == "row" { p.items("panels") } else { std::slice::from_ref(p) };
    rows.chain(board.items("panels").iter().flat_map(one)).collect()
}

/// The panels that are not kept, and headings with nothing under them.
fn gone(board: &Value, fates: &[Becomes]) -> Vec<Range<usize>> {
    let all = panels(board).into_iter().zip(fates);
    let mut gone: Vec<Range<usize>> =
        all.filter(|(_, fate)| **fate != Becomes::Kept).map(|(p, _)| p.span.range()).collect();
    if gone.is_empty() {
        return gone;
    }
    let is_gone = |gone: &[Range<usize>], v: &Value| gone.contains(&v.span.range());
    let empty = |row: &&Value| row.items("panels").iter().all(|p| is_gone(&gone, p));
    let mut headings: Vec<Range<usize>> = board.items("rows").iter().filter(empty).map(|r| r.span.range()).collect();
    let list = board.items("panels");
    for (index, row) in list.iter().enumerate().filter(|(_, p)| p.word("type") == "row") {
        let mut below = list.iter().skip(index + 1).take_while(|p| p.word("type") != "row");
        if empty(&row) && below.all(|p| is_gone(&gone, p)) {
            headings.push(row.span.range());
        }
    }
    gone.extend(headings);
    gone
}

/// The lists whose items stand by themselves.
fn lists(board: &Value) -> Vec<&[Value]> {
    let inner = |key: &str| board.get(key).map_or(&[][..], |v| v.items("list"));
    let nested = board.items("rows").iter().chain(board.items("panels")).map(|row| row.items("panels"));
    let own = [board.items("panels"), board.items("rows"), inner("templating"), inner("annotations")];
    own.into_iter().chain(nested).collect()
}

/// What must be cut out of a text so that these items are gone, with the commas between.
fn cuts(board: &Value, gone: &[Range<usize>]) -> Vec<(Range<usize>, String)> {
    let mut cuts = Vec::new();
    for list in lists(board) {
        let mut before: Option<usize> = None;
        let mut items = list.iter().peekable();
        while let Some(item) = items.next() {
            let at = item.span.range();
            match (gone.contains(&at), before) {
                (false, _) => before = Some(at.end),
                (true, Some(end)) => {
                    cuts.push((end..at.end, String::new()));
                    before = Some(at.end);
                }
                (true, None) => {
                    let end = items.peek().map_or(at.end, |next| next.span.range().start);
                    cuts.push((at.start..end, String::new()));
                }
            }
        }
    }
    cuts
}

/// A part of a text with edits in it, of which those inside another are dropped.
fn edited(text: &str, part: Range<usize>, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
    let mut out = String::new();
    let mut from = part.start;
    for (at, new) in edits.into_iter().filter(|(at, _)| part.start <= at.start && at.end <= part.end) {
        if at.start >= from {
            out += text.get(from..at.start).unwrap_or("");
            out += &new;
            from = at.end;
        }
    }
    out + text.get(from..part.end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_out_leaves_json() {
        let text = r#"{ "panels": [{"id": 1}, {"id": 2},  {"id": 3}, {"id": 4}] }"#;
        let board = json::read(text, FileId(0)).expect("JSON");
        let at = |index: usize| board.items("panels")[index].span.range();
        let without = |gone: &[usize]| {
            let gone: Vec<_> = gone.iter().map(|i| at(*i)).collect();
            let left = edited(text, 0..text.len(), cuts(&board, &gone));
            let read = json::read(&left, FileId(0)).expect("JSON");
            read.items("panels").iter().map(|p| left[p.span.range()].to_string()).collect::<Vec<_>>().join("")
        };
        assert_eq!(without(&[0]), r#"{"id": 2}{"id": 3}{"id": 4}"#);
        assert_eq!(without(&[0, 1]), r#"{"id": 3}{"id": 4}"#);
        assert_eq!(without(&[1, 2]), r#"{"id": 1}{"id": 4}"#);
        assert_eq!(without(&[0, 2, 3]), r#"{"id": 2}"#);
        assert_eq!(without(&[0, 1, 2, 3]), "");
    }
}
