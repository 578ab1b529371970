//! What a look finds with the memory of the one before is what it finds without.

use std::sync::Arc;

use sloc::check;
use sloc::resolve;

use super::common::Memory;
use super::prefixes::specs;

#[test]
fn a_look_with_a_memory_finds_what_one_without_finds() {
    let memo = Arc::default();
    for spec in specs() {
        let text = std::fs::read(&spec).unwrap();
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
