//! A real editor: Neovim without a screen opens a spec, reads what is wrong, completes a label and formats.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SPEC: &str = "metrics {
  counter http_requests_total{job, code, handler}
}

service cart {
  slo availability 99.9% over 30d {
    errors http_requests_totl{job=\"cart\", code=~\"5..\", handler=~\".+\"}
    total    http_requests_total{job=\"cart\", ha}
  }
}
";

/// What the script below writes of what it saw.
const SEEN: &str = "diagnostic: there is no metric `http_requests_totl`
label: handler
after: total    http_requests_total{job=\"cart\", handler}
mended: total    http_requests_total{job=\"cart\", handler=~\".+\"}
diagnostics: 0
formatted: total   http_requests_total{job=\"cart\", handler=~\".+\"}
";

#[test]
fn neovim_reads_a_diagnostic_completes_a_label_and_formats() {
    let Some(nvim) = find("nvim") else {
        assert!(env::var_os("SLOC_REQUIRE_ENGINES").is_none(), "there is no nvim: tests/run.sh gets it");
        eprintln!("skipped: there is no nvim");
        return;
    };
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join("specs")).unwrap();
    fs::write(project.path().join("specs/cart.slo"), SPEC).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lsp/neovim.lua");
    let mut command = Command::new(&nvim);
    command.args(["--headless", "--clean", "-n", "-c", &format!("luafile {script}")]);
    command.env("SLOC", env!("CARGO_BIN_EXE_sloc")).env("HOME", project.path()).current_dir(project.path());
    unpacked(&nvim, &mut command);
    let done = command.stdin(Stdio::null()).output().unwrap();
    let seen = fs::read_to_string(project.path().join("seen")).unwrap_or_default();
    assert_eq!(seen, SEEN, "\n{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
}

fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// One that is unpacked rather than installed is told where its libraries and its own files are.
fn unpacked(nvim: &Path, command: &mut Command) {
    let base = nvim.parent().and_then(Path::parent).unwrap();
    let runtime = base.join("share/nvim/runtime");
    if base == Path::new("/usr") || !runtime.is_dir() {
        return;
    }
    let libraries = fs::read_dir(base.join("lib")).into_iter().flatten().map(|e| e.unwrap().path());
    let path = env::join_paths(libraries.filter(|dir| dir.is_dir())).unwrap();
    command.env("LD_LIBRARY_PATH", path).env("VIMRUNTIME", runtime);
}
