//! Builds the window: compiles it for the browser, makes its bindings, gathers page, styles and fonts, and lays
//! them where the desk and the desktop shell read them.

use crate::fresh::Build;
use crate::places::Places;
use crate::{node, patternfly, tell, wasm};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// The most the shipped program may weigh, in bytes before compression.
const BUDGET: usize = 6 * 1024 * 1024;

/// The files of a built window: path relative to its folder, and content.
type Window = BTreeMap<PathBuf, Vec<u8>>;

/// What the window is built from, in the clone; its node packages follow from the lock file in `ui`.
const SOURCES: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "rust-toolchain.toml",
    "domain",
    "ipc",
    "ui",
    "xtask/src/bundle.rs",
    "xtask/src/patternfly.rs",
    "xtask/src/wasm.rs",
];

/// Files that no window is without.
const RESULTS: [&str; 4] = ["index.html", "patternfly.css", "ui.js", "ui_bg.wasm"];

/// Builds the window unless it is what the sources say. Files that did not change keep their time, so that the
/// shell is compiled again only when it must be.
pub fn build(places: &Places, release: bool) -> Result<()> {
    let folders =
        if release { vec![places.shipped_ui()] } else { vec![places.served_ui(), places.embedded_ui()] };
    let kind = if release { "as it is shipped" } else { "quickly" };
    let window = Build {
        mark: places.target.join(if release { "made/window-shipped" } else { "made/window" }),
        sources: SOURCES.iter().map(|source| places.clone.join(source)).collect(),
        how: kind,
        results: folders.iter().flat_map(|folder| RESULTS.map(|name| folder.join(name))).collect(),
    };
    window.unless_fresh(|| build_now(places, release, kind, &folders))?;
    Ok(())
}

fn build_now(places: &Places, release: bool, kind: &str, folders: &[PathBuf]) -> Result<()> {
    let program = tell::step(&format!("compiling the window ({kind})"), || compile(places, release))?;
    let window = tell::step("putting the window together", || {
        let mut window = page(places, &program)?;
        window.extend(bindings(places, &program, release)?);
        Ok(window)
    })?;
    for folder in folders {
        lay(&window, folder)?;
        let weight: usize = window.values().map(Vec::len).sum();
        tell::note(&format!("{} files, {} KB in {}", window.len(), weight / 1024, folder.display()));
    }
    Ok(())
}

fn compile(places: &Places, release: bool) -> Result<PathBuf> {
    let mut cargo = wasm::cargo(places, "build")?;
    if release {
        // The bindings need the names; wasm-opt takes them out afterwards.
        cargo
            .arg("--release")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
            .env("CARGO_PROFILE_RELEASE_STRIP", "none");
    }
    tell::run(&mut cargo)?;
    let profile = if release { "release" } else { "debug" };
    Ok(wasm::target_dir(places).join(wasm::TARGET).join(profile).join("ui.wasm"))
}

fn bindings(places: &Places, program: &Path, release: bool) -> Result<Window> {
    let folder = wasm::target_dir(places).join("bindings");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Bindgen::new()
        .input_path(program)
        .web(true)?
        .out_name("ui")
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(release)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("cannot make the bindings of {}", program.display()))?;
    if release {
        optimise(places, &folder.join("ui_bg.wasm"))?;
    }
    gather(&folder, Path::new(""))
}

fn optimise(places: &Places, program: &Path) -> Result<()> {
    let small = program.with_extension("small");
    tell::run_quietly(
        node::command(places)
            .arg(node::window_packages(places).join("binaryen/bin/wasm-opt"))
            .args(["-Os", "--enable-bulk-memory", "--enable-nontrapping-float-to-int"])
            .args(["--enable-sign-ext", "--enable-mutable-globals", "--enable-reference-types"])
            .args(["--enable-multivalue"])
            .arg(program)
            .arg("-o")
            .arg(&small),
        &places.cache.join("log/wasm-opt.log"),
    )?;
    fs::rename(&small, program)?;
    let weight = fs::metadata(program)?.len();
    if weight > BUDGET as u64 {
        bail!("the window's program weighs {weight} bytes, {BUDGET} are allowed");
    }
    Ok(())
}

/// Page, start script, styles, fonts, pictures and the signature pad.
fn page(places: &Places, program: &Path) -> Result<Window> {
    let ui = places.clone.join("ui");
    let packages = node::window_packages(places);
    let mut window = Window::new();
    let mut users = vec![fs::read(program).with_context(|| program.display().to_string())?];
    for (name, content) in gather(&ui.join("style"), Path::new("style"))? {
        if name.extension().is_some_and(|kind| kind == "css") {
            users.push(content.clone());
        }
        if name.extension().is_some_and(|kind| kind != "list") {
            window.insert(name, content);
        }
    }
    let list = fs::read_to_string(ui.join("style/patternfly.list")).context("ui/style/patternfly.list")?;
    let style = patternfly::bundle(&list, &packages.join("@patternfly/patternfly"), &users)?;
    window.insert("patternfly.css".into(), style.sheet.into_bytes());
    for (name, content) in style.fonts {
        window.insert(Path::new("fonts").join(name), content);
    }
    window.insert("index.html".into(), fs::read(ui.join("index.html")).context("ui/index.html")?);
    window.insert("boot.js".into(), fs::read(ui.join("src/boot.js")).context("ui/src/boot.js")?);
    let pad = packages.join("signature_pad/dist/signature_pad.min.js");
    window.insert("signature_pad.js".into(), without_map(&fs::read(pad).context("signature_pad")?));
    window.insert("pdf.js".into(), fs::read(ui.join("src/pdf.js")).context("ui/src/pdf.js")?);
    window.extend(pdf(&packages.join("pdfjs-dist"))?);
    Ok(window)
}

/// What shows PDF papers: the program, its worker, the picture formats of scanners, and the tables for Chinese
/// text whose font is not part of the paper. The other scripts of the world are left out.
fn pdf(package: &Path) -> Result<Window> {
    let chinese = |name: &str| ["Adobe-GB1-", "GB", "UniGB-"].iter().any(|family| name.starts_with(family));
    let mut window = Window::new();
    let mut take = |name: &Path| {
        let content =
            fs::read(package.join(name)).with_context(|| format!("pdfjs-dist/{}", name.display()))?;
        let place = Path::new("pdf").join(name.file_name().unwrap_or(name.as_os_str()));
        let script = name.extension().is_some_and(|kind| kind == "mjs");
        window.insert(place, if script { without_map(&content) } else { content });
        anyhow::Ok(())
    };
    for name in [
        "legacy/build/pdf.min.mjs",
        "legacy/build/pdf.worker.min.mjs",
        "wasm/jbig2.wasm",
        "wasm/openjpeg.wasm",
    ] {
        take(Path::new(name))?;
    }
    for name in ["standard_fonts/FoxitDingbats.pfb", "standard_fonts/FoxitSymbol.pfb"] {
        take(Path::new(name))?;
    }
    for entry in fs::read_dir(package.join("cmaps")).context("pdfjs-dist/cmaps")? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(chinese) {
            take(&Path::new("cmaps").join(name))?;
        }
    }
    Ok(window)
}

/// A script without the line that points at its map, which is not shipped.
fn without_map(script: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(script);
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("//# sourceMappingURL")).collect();
    kept.join("\n").into_bytes()
}

/// All files below a folder, by their path under `name`; a folder that is not there holds nothing.
fn gather(folder: &Path, name: &Path) -> Result<Window> {
    let mut files = Window::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = name.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files.extend(gather(&entry.path(), &name)?);
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Makes a folder hold exactly these files; touches only what differs.
fn lay(window: &Window, folder: &Path) -> Result<()> {
    for name in gather(folder, Path::new(""))?.into_keys() {
        if !window.contains_key(&name) {
            let gone = folder.join(name);
            fs::remove_file(&gone)?;
            // Folders go with their last file; what still holds something stays.
            for emptied in gone.ancestors().skip(1).take_while(|within| *within != folder) {
                let _stays = fs::remove_dir(emptied);
            }
        }
    }
    for (name, content) in window {
        let path = folder.join(name);
        if fs::read(&path).ok().as_ref() != Some(content) {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(&path, content).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}
