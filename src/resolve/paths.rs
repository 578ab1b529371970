//! Paths as specs write them: relative to the file that names them, never out of the project.

/// The project-relative path that `name` means in the file at `from`; `None` when it leads out of the project.
pub(super) fn join(from: &str, name: &str) -> Option<String> {
    if name.is_empty() || name.starts_with('/') || name.contains(['\\', '\0']) || name.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn a_name_stays_inside_or_is_refused() {
        assert_eq!(join("specs/a/b.slo", "../c.slo").as_deref(), Some("specs/c.slo"));
        assert_eq!(join("specs/b.slo", "./x/y.prom").as_deref(), Some("specs/x/y.prom"));
        for wrong in ["../../etc/passwd", "/etc/passwd", "", "C:\\x", "..", "a\0b"] {
            assert_eq!(join("specs/b.slo", wrong), None, "{wrong}");
        }
    }
}
