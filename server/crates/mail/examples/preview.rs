//! Writes every mail, as HTML and as text, into a directory, to be looked at:
//! `cargo run -p hookreel-mail --example preview -- DIRECTORY`.

#[path = "../tests/it/samples.rs"]
#[expect(dead_code, clippy::expect_used, reason = "it belongs to the tests, which use more of it")]
mod samples;

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(std::env::args_os().nth(1).ok_or("which directory?")?);
    std::fs::create_dir_all(&directory)?;
    for (number, mail) in samples::likely().iter().enumerate() {
        let rendered = mail.render(&samples::instance())?;
        let name = format!("{number:02}_{}", mail.kind());
        std::fs::write(directory.join(format!("{name}.html")), rendered.html)?;
        std::fs::write(
            directory.join(format!("{name}.txt")),
            format!("Subject: {}\n\n{}", rendered.subject, rendered.text),
        )?;
    }
    Ok(())
}
