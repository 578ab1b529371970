//! Draws a dashboard with what its panels got, by a sketch renderer in a headless browser.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::programs;

/// The page of a service that the README shows, and how much of it.
const README: (&str, u32) = ("Checkout API", 1190);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Draws a dashboard in a headless browser, where there is one.
pub fn draw(board: &Value, answers: &Value, now: i64) {
    let pictures = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&pictures).unwrap();
    let (uid, title) = (board["uid"].as_str().unwrap(), board["title"].as_str().unwrap());
    let renderer = fs::read_to_string(root().join("tests/pictures/sketch.html")).unwrap();
    let input = json!({"board": board, "answers": answers, "now": now}).to_string().replace("</", "<\\/");
    let page = pictures.join(format!("{uid}.html"));
    fs::write(&page, renderer.replace("/*INPUT*/null", &input)).unwrap();
    if !programs::have("chromium") {
        return;
    }
    let height = height(board);
    let picture = pictures.join(format!("{uid}.png"));
    photograph(&page, &picture, height);
    if title.starts_with(README.0) && std::env::var_os("UPDATE").is_some() {
        photograph(&page, &root().join("docs/dashboard.png"), README.1);
    }
}

/// Pixels from the top of a dashboard to the end of its last panel, with closed rows opened.
fn height(board: &Value) -> u32 {
    let bottom = |p: &Value| p["gridPos"]["y"].as_u64().unwrap() + p["gridPos"]["h"].as_u64().unwrap();
    let lines = board["panels"].as_array().unwrap().iter().map(bottom).max().unwrap_or(0);
    100 + 38 * lines as u32
}

fn photograph(page: &Path, picture: &Path, height: u32) {
    let profile = tempfile::tempdir().unwrap();
    let args = [
        "--headless=new".to_string(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--hide-scrollbars".into(),
        format!("--user-data-dir={}", profile.path().display()),
        format!("--window-size=1480,{height}"),
        format!("--screenshot={}", picture.display()),
        format!("file://{}", page.display()),
    ];
    programs::run("chromium", &args.iter().map(String::as_str).collect::<Vec<_>>(), profile.path());
}
