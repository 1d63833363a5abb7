//! `cargo xtask clients`: a real server over HTTPS, spoken to by libraries that know nothing of Adit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::build::{self, Profile};
use crate::paths::TempFolder;
use crate::python;
use crate::server::{self, Plan};

/// The libraries and their versions.
const PACKAGES: [&str; 3] = ["Authlib==1.9.10", "requests-oauthlib==2.0.0", "aiosmtpd==1.4.6"];
/// What the mail server asks of who delivers.
const MAIL_LOGIN: &str = "adit:of-the-mail-server";

/// Who speaks to the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Client {
    /// OAuth libraries.
    OAuth,
    /// A mail server, and the reader of its mails.
    Mail,
}

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::OAuth => "oauth",
            Self::Mail => "mail",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::OAuth => include_str!("oauth.py"),
            Self::Mail => include_str!("mail.py"),
        }
    }

    /// Starts a fresh server and lets the program speak to it.
    ///
    /// # Errors
    /// When something is not as the program expects it.
    pub(crate) fn speak(self, python: &Path, binary: &Path) -> Result<()> {
        let folder = TempFolder::new(self.name())?;
        fs::write(folder.path().join("common.py"), include_str!("common.py"))?;
        let program = folder.path().join(format!("{}_client.py", self.name()));
        fs::write(&program, self.program())?;
        self.ask(python, folder.path(), &["common.py"])?;
        let data_dir = folder.path().join("data");
        let token = server::token(&data_dir)?;
        let (listen, mail) = (server::free_address()?, server::free_address()?);
        let base = format!("https://{listen}");
        let file = |name: &str| folder.path().join(name).display().to_string();
        let more = [
            ("--tls-cert", file("server.pem")),
            ("--tls-key", file("server.key")),
            ("--public-url", base.clone()),
            ("--smtp-url", format!("smtp://{MAIL_LOGIN}@{mail}")),
            ("--mail-from", "Adit <adit@adit.example>".to_owned()),
        ];
        let more: Vec<String> = more.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]).collect();
        let mut server = server::start(&Plan { binary, data_dir: &data_dir, listen: &listen, more: &more })?;
        let program = program.display().to_string();
        let said = self.ask(python, folder.path(), &[program.as_str(), &base, &token.text, &mail, MAIL_LOGIN]);
        server.check_alive()?;
        server.stop();
        println!("{}: {}", self.name(), said?.trim());
        Ok(())
    }

    /// What a program says that ends well.
    fn ask(self, python: &Path, folder: &Path, words: &[&str]) -> Result<String> {
        let mut command = Command::new(python);
        command.args(words).current_dir(folder).env("REQUESTS_CA_BUNDLE", folder.join("authority.pem")).stdin(Stdio::null());
        let output = command.output().context("cannot start Python")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("{} does not go as it should:\n{said}\n{}", self.name(), String::from_utf8_lossy(&output.stderr));
        }
        Ok(said)
    }
}

/// A Python with the libraries.
///
/// # Errors
/// When there is no Python, or pip cannot get the libraries.
pub(crate) fn python() -> Result<PathBuf> {
    Ok(python::environment(&PACKAGES)?.join("python"))
}

/// Fails when one of them is not served as it expects.
pub(crate) fn run() -> Result<()> {
    let (python, binary) = (python()?, build::adit(Profile::Dev)?);
    [Client::OAuth, Client::Mail].into_iter().try_for_each(|client| client.speak(&python, &binary))
}
