//! How the program is linked. Cargo runs this before it builds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

/// The functions that checking a spec runs, in the order they are first called; written by `benches/first.py`.
const FIRST: &str = ".cargo/first";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=.cargo/link.rs");
    println!("cargo::rerun-if-changed={FIRST}");
    let says = |name: &str, word: &str| env::var(name).is_ok_and(|value| value.split(',').any(|w| w == word));
    let glibc = says("CARGO_CFG_TARGET_OS", "linux") && says("CARGO_CFG_TARGET_ENV", "gnu");
    if !glibc || says("CARGO_CFG_TARGET_FEATURE", "crt-static") {
        return Ok(());
    }
    // At a place that is known, as Go's programs are: of every start, 15,000 addresses that are not computed and a hundred
    // pages that are not touched are a fifth; of the file, 350 KB.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // The rest is for the usual linkers of this machine alone: others know no such scripts.
    let usual =
        ["RUSTC_LINKER", "CARGO_ENCODED_RUSTFLAGS"].iter().all(|name| env::var_os(name).is_none_or(|v| v.is_empty()));
    let native = env::var_os("HOST") == env::var_os("TARGET") && says("CARGO_CFG_TARGET_ARCH", "x86_64");
    if let Some(out) =
        env::var_os("OUT_DIR").map(PathBuf::from).filter(|_| usual && native && says("PROFILE", "release"))
    {
        unwind_within(&out)?;
        first_things_first(&out)?;
        if links_with_lld() {
            // Functions that are the same, bit by bit, are one: 120 KB.
            println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        }
    }
    Ok(())
}

/// Whether Rust brings its own linker along, as it does for this machine since 1.90.
fn links_with_lld() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(answer) = Command::new(rustc).arg("--version").output() else { return false };
    let version = String::from_utf8_lossy(&answer.stdout).into_owned();
    let minor = version.strip_prefix("rustc 1.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= 90)
}

/// Panics are unwound by what is linked in, where the compiler has it: a library less to load is a tenth of a start.
fn unwind_within(out: &Path) -> io::Result<()> {
    let Ok(answer) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else { return Ok(()) };
    if !Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute() {
        return Ok(());
    }
    // Rust asks for the shared library by this name; here it means the other one.
    fs::write(out.join("libgcc_s.so"), "INPUT(libgcc_eh.a libgcc.a)\n")?;
    println!("cargo::rustc-link-arg-bins=-L{}", out.display());
    Ok(())
}

/// The functions of [`FIRST`] stand side by side, so that a start reads a megabyte of the program and not all seven: a
/// third of the time that the check of a spec takes. A name that is not there any more does no harm, one that is missing
/// little.
fn first_things_first(out: &Path) -> io::Result<()> {
    let names = fs::read_to_string(FIRST)?;
    let places: String = names.lines().map(|name| format!("    *(.text.{name})\n")).collect();
    let script = out.join("first.ld");
    fs::write(&script, format!("SECTIONS\n{{\n  .text.first :\n  {{\n{places}  }}\n}}\nINSERT BEFORE .text;\n"))?;
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    Ok(())
}
