//! `sloc explain CODE`: the page of a code.

use clap::Args;

use super::{Status, terminal};
use crate::cli::project::Project;
use crate::diag::{Code, codes, did_you_mean};
use crate::io::{Failure, Kind};

/// Say what a message means and how to mend it
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc explain E0001
  sloc explain unknown-name
  sloc explain --list")]
pub(super) struct Arguments {
    /// A code such as `E0001`, or its name
    #[arg(required_unless_present = "list")]
    code: Option<String>,
    /// List every code
    #[arg(long)]
    list: bool,
}

pub(super) fn run(arguments: &Arguments, _project: &Project) -> Result<Status, Failure> {
    let text = match &arguments.code {
        Some(word) => page(find(word)?),
        None => codes::ALL.iter().map(|code| line(code)).collect(),
    };
    terminal::out(&text)?;
    Ok(Status::Fine)
}

fn find(word: &str) -> Result<&'static Code, Failure> {
    let unknown = || {
        let failure = Failure::new(Kind::Usage, format!("there is no code `{word}`"));
        let known = codes::ALL.iter().flat_map(|code| [code.id, code.name]);
        let near = did_you_mean(word, known).map_or_else(String::new, |near| format!("{near} "));
        failure.help(format!("{near}`sloc explain --list` lists them all"))
    };
    codes::find(word).ok_or_else(unknown)
}

fn page(code: &Code) -> String {
    format!("{}[{}], {}\n\n{}\n", code.severity.name(), code.id, code.name, code.page.trim_end())
}

/// `E0001  error    unexpected-text`.
fn line(code: &Code) -> String {
    format!("{:<6} {:<8} {}\n", code.id, code.severity.name(), code.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_by_id_or_name_and_a_near_one_is_offered() {
        assert_eq!(find("e0001").expect("known").id, "E0001");
        assert_eq!(find("unexpected-text").expect("known").id, "E0001");
        let failure = find("unexpected-txt").expect_err("unknown");
        assert!(failure.help.is_some_and(|help| help.starts_with("did you mean `unexpected-text`? ")));
    }

    #[test]
    fn every_code_is_listed_and_its_page_begins_with_it() {
        for code in codes::ALL {
            assert!(line(code).starts_with(code.id));
            assert!(page(code).contains(&format!("[{}], {}", code.id, code.name)));
        }
    }
}
