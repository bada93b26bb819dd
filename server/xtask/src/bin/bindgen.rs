//! The part of the front end's build that is heavy to compile: `hookreel-bindgen bind WASM DIRECTORY NAME` makes the
//! JavaScript around a WebAssembly file, `hookreel-bindgen compress DIRECTORY` puts `.br` and `.gz` beside each file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Smaller files are not worth a second one.
const COMPRESS_FROM_BYTES: u64 = 1024;
const COMPRESSED_KINDS: [&str; 7] = ["wasm", "js", "css", "svg", "html", "json", "txt"];
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["bind", wasm, directory, name] => bind(Path::new(wasm), Path::new(directory), name),
        ["compress", directory] => compress_below(Path::new(directory)),
        _ => bail!("usage: hookreel-bindgen bind WASM DIRECTORY NAME | hookreel-bindgen compress DIRECTORY"),
    }
}

fn bind(wasm: &Path, directory: &Path, name: &str) -> Result<()> {
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(wasm)
        .web(true)?
        .out_name(name)
        .typescript(false)
        .omit_default_module_path(false)
        .generate(directory)
        .with_context(|| format!("cannot bind {}", wasm.display()))
}

fn compress_below(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            compress_below(&path)?;
        } else if is_worth_it(&path) {
            compress(&path)?;
        }
    }
    Ok(())
}

fn is_worth_it(path: &Path) -> bool {
    let kind = path.extension().is_some_and(|kind| COMPRESSED_KINDS.iter().any(|known| kind == *known));
    kind && fs::metadata(path).is_ok_and(|metadata| metadata.len() >= COMPRESS_FROM_BYTES)
}

fn compress(path: &Path) -> Result<()> {
    let bytes = fs::read(path)?;
    let brotli_path = with_suffix(path, ".br");
    if is_newer(&brotli_path, path) {
        return Ok(());
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&bytes)?;
    fs::write(with_suffix(path, ".gz"), gzip.finish()?)?;
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    brotli.write_all(&bytes)?;
    fs::write(brotli_path, brotli.into_inner())?;
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn is_newer(path: &Path, than: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    matches!((modified(path), modified(than)), (Ok(one), Ok(other)) if one >= other)
}
