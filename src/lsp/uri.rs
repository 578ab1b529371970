//! Files by their addresses: `file:///a%20b/c.slo` and back.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;

/// The path behind an address; `None` when it is no file's.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = decoded(rest.get(rest.find('/')?..)?)?;
    // `/c:/specs` of Windows has a slash too many.
    let drive = path.get(1..).filter(|p| p.as_bytes().get(1) == Some(&b':') && p.starts_with(char::is_alphabetic));
    Some(PathBuf::from(drive.unwrap_or(&path)))
}

/// The address of a file; `None` when its path is no text.
pub(super) fn of(path: &Path) -> Option<Uri> {
    let text = path.to_str()?.replace('\\', "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{slash}{}", encoded(&text))).ok()
}

fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~:@!$&'()*+,;=".contains(&b);
    let one = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(one).collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |b: u8| char::from(b).to_digit(16);
        bytes.push(match byte {
            b'%' => (hex(rest.next()?)? * 16 + hex(rest.next()?)?) as u8,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_same_there_and_back() {
        for text in ["/a/b.slo", "/a b/ü#?%.slo", "/Übung/👧.slo"] {
            let uri = of(Path::new(text)).expect("an address");
            assert_eq!(path(&uri), Some(PathBuf::from(text)), "{}", uri.as_str());
        }
        assert_eq!(of(Path::new("/a b")).map(|u| u.as_str().to_string()), Some("file:///a%20b".into()));
    }

    #[test]
    fn what_is_no_file_has_no_path() {
        let parsed = |text| Uri::from_str(text).ok().and_then(|u| path(&u));
        assert_eq!(parsed("untitled:Untitled-1"), None);
        assert_eq!(parsed("file:///c%3A/x.slo"), Some(PathBuf::from("c:/x.slo")));
        assert_eq!(parsed("file:///a%2"), None);
    }
}
