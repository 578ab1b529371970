//! `sloc completions SHELL`: what the shell needs to complete commands, options and values.

use clap::Args;
use clap_complete::Shell;

use super::project::Project;
use super::{Status, terminal};
use crate::io::Failure;

/// Print the completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  sloc completions bash > ~/.local/share/bash-completion/completions/sloc
  sloc completions zsh  > ~/.zfunc/_sloc
  sloc completions fish > ~/.config/fish/completions/sloc.fish
  sloc completions powershell >> $PROFILE

Of zsh, `fpath+=~/.zfunc` stands before `compinit` in ~/.zshrc.")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, _project: &Project) -> Result<Status, Failure> {
    terminal::out(&script(arguments.shell))?;
    Ok(Status::Fine)
}

fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut super::definition(), "sloc", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_gets_every_command_and_its_options() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in crate::cli::definition().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
                for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
                    assert!(script.contains(option), "{shell}: {option}");
                }
            }
        }
    }
}
