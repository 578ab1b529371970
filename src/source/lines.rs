//! Where two texts differ, line by line.

use similar::algorithms::{Capture, Compact, Replace, myers};
use similar::{DiffOp, group_diff_ops};

/// So many lines are shown around what differs.
const AROUND: usize = 3;

/// The lines of a text, each with its end.
pub fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// What makes the new lines of the old ones: runs that stay, go, come or replace others, in order.
pub fn changes(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let mut hook = Compact::new(Replace::new(Capture::new()), old, new);
    // A capture takes everything.
    let _ = myers::diff(&mut hook, old, 0..old.len(), new, 0..new.len());
    hook.into_inner().into_inner().into_ops()
}

/// The differences as `diff -u` shows them, with the names of both texts.
pub fn unified(old: (&str, &str), new: (&str, &str)) -> String {
    let (before, after) = (lines(old.1), lines(new.1));
    let mut out = format!("--- {}\n+++ {}\n", old.0, new.0);
    for hunk in group_diff_ops(changes(&before, &after), AROUND) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let old = first.old_range().start..last.old_range().end;
        let new = first.new_range().start..last.new_range().end;
        out += &format!("@@ -{} +{} @@\n", place(old.start, old.len()), place(new.start, new.len()));
        for op in &hunk {
            let stays = op.tag() == similar::DiffTag::Equal;
            let gone = before.get(op.old_range()).unwrap_or_default();
            let come = if stays { &[] } else { after.get(op.new_range()).unwrap_or_default() };
            let sign = if stays { ' ' } else { '-' };
            let signed = gone.iter().map(|line| (sign, line)).chain(come.iter().map(|line| ('+', line)));
            for (sign, line) in signed {
                out.push(sign);
                out += line;
                out += if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
            }
        }
    }
    out
}

/// `3,7`: the first line, from 1, and how many; of none the one before.
fn place(start: usize, length: usize) -> String {
    match length {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{length}", start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_reads_as_patch_wants_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\ni";
        let shown = unified(("x", old), ("y", new));
        assert_eq!(
            shown,
            "--- x\n+++ y\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n+i\n\\ No newline at end of file\n"
        );
        assert_eq!(unified(("x", ""), ("y", "a\n")), "--- x\n+++ y\n@@ -0,0 +1 @@\n+a\n");
    }

    proptest! {
        #[test]
        fn the_changes_make_one_of_the_other(old in "[ab\n]{0,30}", new in "[ab\n]{0,30}") {
            let (before, after) = (lines(&old), lines(&new));
            let mut made = String::new();
            let mut at = 0;
            for op in changes(&before, &after) {
                prop_assert_eq!(op.old_range().start, at);
                at = op.old_range().end;
                let stays = op.tag() == similar::DiffTag::Equal;
                made += &(if stays { &before[op.old_range()] } else { &after[op.new_range()] }).concat();
            }
            prop_assert_eq!(at, before.len());
            prop_assert_eq!(made, new);
        }
    }
}
