//! The three questions of `sloc init` about a service, for people at a terminal; flags answer them for scripts.

use std::io::{BufRead, IsTerminal};

use super::Service;
use crate::cli::terminal;
use crate::io::{Failure, Kind};
use crate::units::Ratio;

/// What is asked, what Enter answers, and what is no answer.
struct Question<'a> {
    text: &'a str,
    default: &'a str,
    read: fn(&str) -> Result<String, String>,
}

/// Whether somebody is there to answer.
pub(super) fn somebody() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for one service.
pub(super) fn service(input: &mut dyn BufRead) -> Result<Service, Failure> {
    terminal::say("Three questions about a first service. Enter takes what stands in brackets.\n\n");
    let mut ask = |text, default: &str, read| answer(input, &Question { text, default, read });
    let name = ask("What is the service called?", "checkout", name)?;
    let job = ask("What is its `job` in Prometheus?", &name, job)?;
    let objective = ask("How many of its requests must succeed, over 30 days?", "99.9%", objective)?;
    terminal::say("\n");
    Ok(Service { name, job, objective })
}

/// Asks until there is an answer.
fn answer(input: &mut dyn BufRead, question: &Question<'_>) -> Result<String, Failure> {
    loop {
        terminal::say(&format!("{} [{}] ", question.text, question.default));
        let mut line = String::new();
        let read = input.read_line(&mut line);
        if !read.is_ok_and(|bytes| bytes > 0) {
            terminal::say("\n");
            return Err(Failure::new(Kind::Usage, "there is no answer; no file was written")
                .help("`sloc init --service NAME` asks nothing"));
        }
        let line = line.trim();
        match (question.read)(if line.is_empty() { question.default } else { line }) {
            Ok(answer) => return Ok(answer),
            Err(why) => terminal::say(&format!("  {why}\n")),
        }
    }
}

/// A service's name is the name of its files, too.
pub(super) fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !begins || text.len() > 60 || !text.chars().all(plain) {
        return Err("a name is a letter, then letters, digits, `-` and `_`, at most 60 of them".into());
    }
    if matches!(text.to_ascii_lowercase().as_str(), "project" | "metrics") {
        return Err("specs/ has a file of this name for other things".into());
    }
    Ok(text.to_string())
}

/// The value of a label, as it stands between quotes.
pub(super) fn job(text: &str) -> Result<String, String> {
    let odd = |c: char| c.is_control() || matches!(c, '"' | '\\');
    if text.is_empty() || text.contains(odd) {
        return Err("a job is one line of text without quotes and backslashes".into());
    }
    Ok(text.to_string())
}

/// A percentage at which every alert of the built-in policy can fire: `99.9%`, or `99.9`.
pub(super) fn objective(text: &str) -> Result<String, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let percent = Ratio::parse(number).ok_or("an objective is a percentage, such as `99.9%`")?;
    if percent >= Ratio::whole(100) {
        return Err("an objective is under 100%: no service keeps a promise of no error at all".into());
    }
    if percent <= Ratio::ONE && !text.ends_with('%') {
        let hundredths = percent.times(Ratio::whole(100)).and_then(Ratio::decimal).unwrap_or_default();
        return Err(format!("an objective is a percentage: `{number}` as a share of all is `{hundredths}%`"));
    }
    if percent < Ratio::whole(94) {
        return Err(
            "under 94% a burst of errors cannot be told from the rest; a policy of its own can in `specs/`".into()
        );
    }
    if number.split_once('.').is_some_and(|(_, decimals)| decimals.len() > 9) {
        return Err("an objective has at most nine decimals".into());
    }
    Ok(format!("{number}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> Result<(String, String, String), String> {
        let service = service(&mut typed.as_bytes()).map_err(|failure| failure.message)?;
        Ok((service.name, service.job, service.objective))
    }

    fn all(name: &str, job: &str, objective: &str) -> Result<(String, String, String), String> {
        Ok((name.into(), job.into(), objective.into()))
    }

    #[test]
    fn enter_takes_what_stands_in_brackets_and_what_is_no_answer_is_asked_again() {
        assert_eq!(asked("\n\n\n"), all("checkout", "checkout", "99.9%"));
        assert_eq!(asked("cart\n\n 99.5 \n"), all("cart", "cart", "99.5%"));
        assert_eq!(asked("my cart\ncart\na\"b\nshop/cart\n100%\nmost\n99.95%\n"), all("cart", "shop/cart", "99.95%"));
        assert_eq!(
            objective("0.999"),
            Err("an objective is a percentage: `0.999` as a share of all is `99.9%`".into())
        );
        assert_eq!(asked("cart\n"), Err("there is no answer; no file was written".into()));
    }
}
