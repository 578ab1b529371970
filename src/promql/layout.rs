//! A query laid out by width: on one line where it fits, else broken inside its brackets, the outermost first.
//!
//! Outside all brackets a query in a spec cannot go on to the next line, so a long `sum(…) / sum(…)` opens both sums.
//! Inside brackets a chain of operators stands one operand a line, and arguments, matchers and labels likewise. Tokens
//! and comments are never changed: the result is read again to be sure.

use super::lex::{self, Tok, Token};
use super::spacing::{self, Role, Spacing};

/// The place a query is laid out in. All in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Column its first token stands in.
    pub column: usize,
    /// Column of its further lines, at the least.
    pub indent: usize,
    /// How wide a line may be.
    pub width: usize,
    /// How much room its last line leaves for what follows.
    pub reserve: usize,
}

impl Frame {
    /// A line that is never too long.
    pub const ENDLESS: Frame = Frame { column: 0, indent: 0, width: usize::MAX / 4, reserve: 0 };
}

/// How far each bracket sets in.
const STEP: usize = 2;

/// How many brackets may stand inside each other; beyond that nothing reads the query anyway.
const DEPTH: usize = super::parse::DEPTH;

/// Lays out a query. `None` when the text is no PromQL as far as its tokens and brackets go, or holds a text of several lines.
pub fn layout(text: &str, frame: Frame) -> Option<String> {
    let (tokens, strays) = lex::lex(text);
    let whole = |t: &Token| !text.get(t.start..t.end).unwrap_or("\n").contains('\n');
    if text.len() > super::MAX_QUERY_BYTES || !strays.is_empty() || !tokens.iter().all(whole) {
        return None;
    }
    let sheet = Sheet::new(text, &tokens, frame);
    let (parts, end) = sheet.parts(0, 0)?;
    if end + 1 != tokens.len() {
        return None;
    }
    let mut writer = Writer { sheet: &sheet, out: String::new(), column: frame.column, fresh: true, commented: 0 };
    writer.sequence(&parts, Place { indent: frame.indent, nested: frame.indent, reserve: frame.reserve, depth: 0 });
    Some(writer.out).filter(|out| is_same(text, out))
}

/// A text on one line, without its comments: spaced as every query is, or as it stands where it is no PromQL.
pub fn one_line(text: &str) -> String {
    let (tokens, strays) = lex::lex(text);
    let mut words: Vec<_> = tokens.iter().map(|t| t.start..t.end).chain(strays.into_iter().map(|s| s.at)).collect();
    words.sort_by_key(|word| word.start);
    let mut line = String::new();
    let mut last = 0;
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        line += if word.start > last && !line.is_empty() { " " } else { "" };
        line += text.get(word.start.max(last)..word.end).unwrap_or("");
        last = word.end.max(last);
    }
    layout(&line, Frame::ENDLESS).unwrap_or(line)
}

/// Whether two texts have the same tokens and comments, apart from white space.
pub fn is_same(a: &str, b: &str) -> bool {
    let content = |text: &str| {
        let tokens = lex::lex(text).0;
        let mut last = 0;
        let mut words: Vec<String> = Vec::new();
        for token in &tokens {
            words.extend(comments(text.get(last..token.start).unwrap_or("")).map(|c| c.text.to_string()));
            words.push(text.get(token.start..token.end).unwrap_or("").to_string());
            last = token.end;
        }
        words
    };
    content(a) == content(b)
}

/// A comment and whether it stands on a line of its own.
struct Comment<'a> {
    text: &'a str,
    own_line: bool,
}

/// The comments in the space between two tokens.
fn comments(space: &str) -> impl Iterator<Item = Comment<'_>> {
    let lines = space.split(['\n', '\r']).enumerate();
    let comment = lines.map(|(index, line)| Comment { text: line.trim(), own_line: index > 0 });
    comment.filter(|comment| !comment.text.is_empty())
}

/// A part of a query: a token, or a pair of brackets with what stands between the commas.
enum Part {
    Token(usize),
    Bracket(Bracket),
}

struct Bracket {
    open: usize,
    close: usize,
    kind: Kind,
    /// The parts between the commas, each with the comma that follows it.
    items: Vec<(Vec<Part>, Option<usize>)>,
}

/// Brackets in the order in which they are broken when a line is too long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Parentheses around something that has brackets itself.
    Outer,
    /// Parentheses around names and numbers.
    Inner,
    /// The matchers of a selector.
    Matchers,
    /// The labels of `by` or `on`.
    Labels,
    /// A range, which is never broken.
    Range,
}

impl Part {
    fn first(&self) -> usize {
        match self {
            Part::Token(token) => *token,
            Part::Bracket(bracket) => bracket.open,
        }
    }

    fn last(&self) -> usize {
        match self {
            Part::Token(token) => *token,
            Part::Bracket(bracket) => bracket.close,
        }
    }
}

/// The tokens of a query with all that is known of each.
struct Sheet<'a> {
    text: &'a str,
    tokens: &'a [Token],
    spacing: Vec<Spacing>,
    frame: Frame,
    /// Width of all tokens before each, with the gaps before them and before it.
    widths: Vec<usize>,
    /// Number of comments before each token.
    comments: Vec<usize>,
}

impl<'a> Sheet<'a> {
    fn new(text: &'a str, tokens: &'a [Token], frame: Frame) -> Sheet<'a> {
        let spacing = spacing::spacing(tokens, text);
        let (mut widths, mut counts) = (Vec::new(), Vec::new());
        let (mut width, mut count, mut last) = (0, 0, 0);
        for (token, spacing) in tokens.iter().zip(&spacing) {
            width += usize::from(spacing.gap);
            count += comments(text.get(last..token.start).unwrap_or("")).count();
            widths.push(width);
            counts.push(count);
            width += text.get(token.start..token.end).unwrap_or("").chars().count();
            last = token.end;
        }
        Sheet { text, tokens, spacing, frame, widths, comments: counts }
    }

    fn kind(&self, token: usize) -> Tok {
        self.tokens.get(token).map_or(Tok::End, |t| t.kind)
    }

    fn role(&self, token: usize) -> Role {
        self.spacing.get(token).map_or(Role::Operand, |s| s.role)
    }

    fn spelled(&self, token: usize) -> &'a str {
        self.tokens.get(token).and_then(|t| self.text.get(t.start..t.end)).unwrap_or("")
    }

    /// Width of the tokens from `first` to `last` on one line, without a gap before them.
    fn width(&self, first: usize, last: usize) -> usize {
        let start = |token: usize| self.widths.get(token).copied().unwrap_or(0);
        start(last) - start(first) + self.spelled(last).chars().count()
    }

    fn has_comments(&self, first: usize, last: usize) -> bool {
        self.comments.get(first) != self.comments.get(last)
    }

    /// The comments before a token.
    fn comments_before(&self, token: usize) -> impl Iterator<Item = Comment<'a>> {
        let start = token.checked_sub(1).and_then(|t| self.tokens.get(t)).map_or(0, |t| t.end);
        let end = self.tokens.get(token).map_or(start, |t| t.start);
        comments(self.text.get(start..end).unwrap_or(""))
    }

    /// The parts from a token on, up to a comma, a closing bracket or the end, which is given too. `None` when brackets do
    /// not close or stand too deep.
    fn parts(&self, mut at: usize, depth: usize) -> Option<(Vec<Part>, usize)> {
        let mut parts = Vec::new();
        loop {
            match self.kind(at) {
                Tok::End | Tok::Sign(")" | "]" | "}" | ",") => return Some((parts, at)),
                Tok::Sign("(" | "[" | "{") => {
                    let bracket = self.bracket(at, depth + 1)?;
                    at = bracket.close + 1;
                    parts.push(Part::Bracket(bracket));
                }
                _ => {
                    parts.push(Part::Token(at));
                    at += 1;
                }
            }
        }
    }

    fn bracket(&self, open: usize, depth: usize) -> Option<Bracket> {
        let closing = match self.spelled(open) {
            "(" => ")",
            "[" => "]",
            _ => "}",
        };
        if depth > DEPTH {
            return None;
        }
        let mut items = Vec::new();
        let mut at = open + 1;
        loop {
            let (parts, end) = self.parts(at, depth)?;
            at = end + 1;
            if self.kind(end) == Tok::Sign(",") {
                items.push((parts, Some(end)));
                continue;
            }
            if !parts.is_empty() {
                items.push((parts, None));
            }
            let kind = self.bracket_kind(open, end, &items);
            return (self.spelled(end) == closing).then_some(Bracket { open, close: end, kind, items });
        }
    }

    fn bracket_kind(&self, open: usize, close: usize, items: &[(Vec<Part>, Option<usize>)]) -> Kind {
        let nested = |part: &Part| matches!(part, Part::Bracket(inner) if inner.kind <= Kind::Matchers);
        match self.spelled(open) {
            "[" => Kind::Range,
            "{" => Kind::Matchers,
            _ if self.role(close) != Role::Operand => Kind::Labels,
            _ if items.iter().any(|(parts, _)| parts.iter().any(nested)) => Kind::Outer,
            _ => Kind::Inner,
        }
    }
}

/// Where a sequence of parts is written.
#[derive(Clone, Copy)]
struct Place {
    /// Column of its further lines.
    indent: usize,
    /// Column of its further operands.
    nested: usize,
    /// Room that its last line leaves.
    reserve: usize,
    /// How many brackets are open around it.
    depth: usize,
}

struct Writer<'s, 'a> {
    sheet: &'s Sheet<'a>,
    out: String,
    column: usize,
    /// Whether nothing stands on the line yet.
    fresh: bool,
    /// The first token whose comments are not written yet.
    commented: usize,
}

impl Writer<'_, '_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
        self.fresh = false;
    }

    fn newline(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.push_str(&" ".repeat(indent));
        self.column = indent;
        self.fresh = true;
    }

    /// Writes the comments before a token, those on lines of their own at `indent`. Says whether there are any.
    fn comments(&mut self, token: usize, indent: usize) -> bool {
        if token < self.commented {
            return false;
        }
        self.commented = token + 1;
        let mut any = false;
        for comment in self.sheet.comments_before(token) {
            match comment.own_line {
                true => self.newline(indent),
                false => self.push("  "),
            }
            self.push(comment.text);
            any = true;
        }
        any
    }

    /// Writes a token on the line of the one before, unless a comment stands between them.
    fn token(&mut self, token: usize, indent: usize) {
        if self.comments(token, indent) {
            self.newline(indent);
        } else if self.sheet.spacing.get(token).is_some_and(|s| s.gap) && !self.fresh {
            self.push(" ");
        }
        self.push(self.sheet.spelled(token));
    }

    fn sequence(&mut self, parts: &[Part], place: Place) {
        let (Some(first), Some(last)) = (parts.first().map(Part::first), parts.last().map(Part::last)) else { return };
        let sheet = self.sheet;
        let comments = sheet.has_comments(first, last);
        let gap = usize::from(!self.fresh);
        let fits = self.column + gap + sheet.width(first, last) + place.reserve <= sheet.frame.width;
        if fits && !comments {
            return (first..=last).for_each(|token| self.token(token, place.indent));
        }
        match loosest(sheet, parts).filter(|_| place.depth > 0) {
            Some(precedence) => self.chain(parts, precedence, place),
            None => self.broken(parts, place),
        }
    }

    /// Operands at one level, each on a line of its own that begins with its operator.
    fn chain(&mut self, parts: &[Part], precedence: u8, place: Place) {
        let is_operator = |part: &Part| self.sheet.role(part.first()) == Role::Binary(precedence);
        let mut cuts: Vec<usize> = parts.iter().enumerate().filter(|(_, p)| is_operator(p)).map(|(i, _)| i).collect();
        cuts.push(parts.len());
        let mut start = 0;
        for (index, cut) in cuts.into_iter().enumerate() {
            let operand = parts.get(start..cut).unwrap_or(&[]);
            let reserve = if cut == parts.len() { place.reserve } else { 0 };
            let place = Place {
                indent: if index == 0 { place.indent } else { place.nested },
                nested: place.nested + STEP,
                reserve,
                ..place
            };
            if let Some(operator) = operand.first().filter(|_| index > 0) {
                self.comments(operator.first(), place.indent);
                self.newline(place.indent);
                self.push(self.sheet.spelled(operator.first()));
                self.sequence(operand.get(1..).unwrap_or(&[]), place);
            } else {
                self.sequence(operand, place);
            }
            start = cut;
        }
    }

    /// Parts on one line as far as they fit, with the brackets broken that have to be.
    fn broken(&mut self, parts: &[Part], place: Place) {
        let worst = self.worst(parts, place);
        for part in parts {
            match part {
                Part::Token(token) => self.token(*token, place.indent),
                Part::Bracket(bracket) if self.breaks(bracket, worst) => self.bracket(bracket, place),
                Part::Bracket(bracket) => (bracket.open..=bracket.close).for_each(|t| self.token(t, place.indent)),
            }
        }
    }

    fn breaks(&self, bracket: &Bracket, worst: Kind) -> bool {
        let wanted = bracket.kind <= worst && bracket.kind != Kind::Range && !bracket.items.is_empty();
        wanted || self.sheet.has_comments(bracket.open, bracket.close)
    }

    /// The mildest kind of brackets to break so that every line fits; if none does, the one that makes lines shortest.
    fn worst(&self, parts: &[Part], place: Place) -> Kind {
        let kinds = [Kind::Outer, Kind::Inner, Kind::Matchers, Kind::Labels];
        let excess = |kind: &Kind| self.longest(parts, place, *kind).saturating_sub(self.sheet.frame.width);
        kinds.into_iter().min_by_key(excess).unwrap_or(Kind::Labels)
    }

    /// The longest of the lines that stand between the broken brackets.
    fn longest(&self, parts: &[Part], place: Place, worst: Kind) -> usize {
        let sheet = self.sheet;
        let (mut column, mut longest) = (self.column, 0);
        for part in parts {
            column += usize::from(sheet.spacing.get(part.first()).is_some_and(|s| s.gap));
            match part {
                Part::Bracket(bracket) if self.breaks(bracket, worst) => {
                    longest = longest.max(column + 1);
                    column = place.indent + 1;
                }
                _ => column += sheet.width(part.first(), part.last()),
            }
        }
        longest.max(column + place.reserve)
    }

    /// A bracket with each of its items on a line.
    fn bracket(&mut self, bracket: &Bracket, place: Place) {
        let inner = place.indent + STEP;
        self.token(bracket.open, place.indent);
        for (parts, comma) in &bracket.items {
            if let Some(first) = parts.first().map(Part::first).or(*comma) {
                self.comments(first, inner);
                self.newline(inner);
            }
            let reserve = usize::from(comma.is_some());
            self.sequence(parts, Place { indent: inner, nested: inner, reserve, depth: place.depth + 1 });
            comma.iter().for_each(|comma| self.token(*comma, inner));
        }
        self.comments(bracket.close, inner);
        self.newline(place.indent);
        self.push(self.sheet.spelled(bracket.close));
    }
}

/// How tightly the loosest operator among the parts binds.
fn loosest(sheet: &Sheet<'_>, parts: &[Part]) -> Option<u8> {
    let precedence = |part: &Part| if let Role::Binary(p) = sheet.role(part.first()) { Some(p) } else { None };
    parts.iter().skip(1).filter_map(precedence).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str, width: usize) -> String {
        let frame = Frame { column: 8, indent: 4, width, reserve: 0 };
        let out = layout(text, frame).expect(text);
        assert_eq!(layout(&out, frame).as_ref(), Some(&out), "again");
        out
    }

    #[test]
    fn what_fits_stands_on_one_line() {
        assert_eq!(laid_out("sum(\n  rate(a[5m])\n)/sum(b)", 40), "sum(rate(a[5m])) / sum(b)");
    }

    #[test]
    fn a_long_ratio_opens_both_sides() {
        let text = "sum by (job) (rate(requests_total{code=~\"5..\"}[$window])) / sum by (job) (rate(requests_total[$window])) or vector(0)";
        let wanted = "sum by (job) (
      rate(requests_total{code=~\"5..\"}[$window])
    ) / sum by (job) (
      rate(requests_total[$window])
    ) or vector(0)";
        assert_eq!(laid_out(text, 60), wanted);
    }

    #[test]
    fn operands_and_arguments_stand_one_a_line_inside_brackets() {
        let text = "histogram_quantile(0.9, sum by (le) (rate(aaaa_bucket[5m])) * on (job) group_left sum by (job) (rate(bbbb[5m])) + 1)";
        let wanted = "histogram_quantile(
      0.9,
      sum by (le) (rate(aaaa_bucket[5m]))
        * on (job) group_left sum by (job) (
          rate(bbbb[5m])
        )
      + 1
    )";
        assert_eq!(laid_out(text, 50), wanted);
        let wanted = "requests_total{
      job=\"checkout\",
      code=~\"5..\"
    }";
        assert_eq!(laid_out("requests_total{job=\"checkout\",code=~\"5..\"}", 40), wanted);
    }

    #[test]
    fn comments_stay_where_they_are() {
        let text = "sum( # of all\n# those\n   rate(a[5m]), # first\n b # second\n # last\n)";
        let wanted = "sum(  # of all
      # those
      rate(a[5m]),  # first
      b  # second
      # last
    )";
        assert_eq!(laid_out(text, 80), wanted);
    }

    #[test]
    fn what_is_no_promql_is_left_alone() {
        let frame = Frame { column: 0, indent: 0, width: 80, reserve: 0 };
        for text in ["{app=\"proxy\"} |= \"error\"", "sum(a", "a)", "(a]", "x{a=`b\nc`}", "a, b", &"(".repeat(10_000)] {
            assert_eq!(layout(text, frame), None, "{text}");
        }
        let deep = format!("{}up{}", "(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(layout(&deep, frame), None);
    }
}
