//! One style sheet out of `style/`: every `@import` of a local file is replaced by that file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The text of `main` with its imports in place. A missing `main` gives an empty sheet.
pub(crate) fn bundle(main: &Path) -> Result<String> {
    if !main.exists() {
        return Ok(String::new());
    }
    let mut sheet = String::new();
    append(main, &mut Vec::new(), &mut sheet)?;
    Ok(sheet)
}

fn append(path: &Path, open: &mut Vec<PathBuf>, sheet: &mut String) -> Result<()> {
    if open.iter().any(|other| other == path) {
        bail!("{} imports itself", path.display());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    open.push(path.to_path_buf());
    for line in text.lines() {
        let Some(import) = Import::parse(line) else {
            sheet.push_str(line);
            sheet.push('\n');
            continue;
        };
        let file = path.parent().unwrap_or(Path::new("")).join(import.file);
        if let Some(layer) = import.layer {
            let _ = writeln!(sheet, "@layer {layer} {{");
            append(&file, open, sheet)?;
            sheet.push_str("}\n");
        } else {
            append(&file, open, sheet)?;
        }
    }
    open.pop();
    Ok(())
}

/// `@import "file.css" layer(name);`, one a line; `url(...)` around the name and the layer are optional.
#[derive(Debug, PartialEq, Eq)]
struct Import<'a> {
    file: &'a str,
    layer: Option<&'a str>,
}

impl<'a> Import<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let rest = line.trim().strip_prefix("@import")?.trim().strip_suffix(';')?.trim();
        let rest = rest.strip_prefix("url(").unwrap_or(rest);
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (file, rest) = rest[1..].split_once(quote)?;
        if file.contains("://") {
            return None;
        }
        let rest = rest.trim_start_matches(')').trim();
        let layer = rest.strip_prefix("layer(").and_then(|rest| rest.strip_suffix(')'));
        Some(Self { file, layer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_recognised_in_every_form_we_write() {
        let plain = Import { file: "tokens.css", layer: None };
        assert_eq!(Import::parse("@import \"tokens.css\";"), Some(plain));
        let layered = Import { file: "components/button.css", layer: Some("components") };
        assert_eq!(Import::parse("  @import url('components/button.css') layer(components);"), Some(layered));
        assert_eq!(Import::parse("@import \"https://elsewhere/x.css\";"), None);
        assert_eq!(Import::parse(".a { color: red; }"), None);
    }

    #[test]
    fn files_are_put_where_they_are_imported() {
        let directory = std::env::temp_dir().join(format!("hookreel-style-{}", std::process::id()));
        fs::create_dir_all(directory.join("parts")).unwrap();
        fs::write(directory.join("main.css"), "@layer base;\n@import \"parts/a.css\" layer(base);\nend {}\n").unwrap();
        fs::write(directory.join("parts/a.css"), "@import \"b.css\";\na {}\n").unwrap();
        fs::write(directory.join("parts/b.css"), "b {}\n").unwrap();
        let sheet = bundle(&directory.join("main.css")).unwrap();
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(sheet, "@layer base;\n@layer base {\nb {}\na {}\n}\nend {}\n");
    }
}
