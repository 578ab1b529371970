//! `sloc lsp`: answers an editor.

use clap::Args;

use super::Status;
use super::project::{Project, Threads};
use crate::io::Failure;
use crate::lsp;

/// Answer an editor over standard input and output (Language Server Protocol)
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc lsp                     started by an editor, in the project's directory

Nobody starts this by hand: docs/editors.md has the settings for VS Code, Neovim and Helix.")]
pub(super) struct Arguments {
    /// Taken for the sake of editors that say so; there is no other way
    #[arg(long, hide = true)]
    stdio: bool,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(arguments: &Arguments, project: &Project) -> Result<Status, Failure> {
    let root = project.absolute();
    let in_order = arguments.threads.run(|| lsp::serve(root))?;
    Ok(if in_order { Status::Fine } else { Status::Wrong })
}
