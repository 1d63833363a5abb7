//! `adit config show`: what `adit serve` would run with and where each value comes from, without secrets.

use std::io::{ErrorKind, Write};

use anyhow::Context;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory};
use url::Url;

use crate::cli::Cli;

/// Stands for what must not be shown.
const HIDDEN: &str = "***";

/// Prints the settings of the command line that `matches` was read from.
pub(crate) fn show(matches: &ArgMatches) -> anyhow::Result<()> {
    let command = Cli::command();
    let mut place = (&command, matches);
    // Down to the innermost command.
    while let Some((name, inner)) = place.1.subcommand() {
        place = (place.0.find_subcommand(name).context("the command line has no such command")?, inner);
    }
    let mut out = std::io::stdout().lock();
    for line in lines(place.0, place.1) {
        match writeln!(out, "{line}") {
            // Whoever reads may have seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(())
}

/// One line for each setting, in the form in which a file of environment variables states it.
fn lines(command: &Command, matches: &ArgMatches) -> Vec<String> {
    command.get_arguments().filter_map(|arg| line(arg, matches)).collect()
}

fn line(arg: &Arg, matches: &ArgMatches) -> Option<String> {
    let (variable, flag) = (arg.get_env()?.to_string_lossy(), arg.get_long()?);
    let id = arg.get_id().as_str();
    let source = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => format!("--{flag}"),
        Some(ValueSource::EnvVariable) => "environment".to_owned(),
        Some(_) => "default".to_owned(),
        None => return Some(format!("# {variable} is not set (--{flag})")),
    };
    let values = matches.get_raw(id).into_iter().flatten().map(|value| shown(arg, &value.to_string_lossy()));
    let values: Vec<String> = values.collect();
    Some(format!("{variable}={} # {source}", values.join(",")))
}

/// A value, without what a reader of the output could use to enter somewhere. What may hold a secret is what the help
/// does not repeat from the environment either.
fn shown(arg: &Arg, value: &str) -> String {
    if !arg.is_hide_env_values_set() {
        return value.to_owned();
    }
    // Of an address the secret is a small part, and the rest is what one wants to see.
    let Some(mut url) = Url::parse(value).ok().filter(Url::has_host) else { return HIDDEN.to_owned() };
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return HIDDEN.to_owned();
    }
    if url.query().is_some_and(|query| !query.is_empty()) {
        let names: Vec<String> = url.query_pairs().map(|(name, _)| format!("{name}={HIDDEN}")).collect();
        url.set_query(Some(&names.join("&")));
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::lines;
    use crate::cli::Cli;

    fn shown(flags: &[&str]) -> Vec<String> {
        let command = Cli::command();
        let matches = command.clone().try_get_matches_from([&["adit", "config", "show"], flags].concat()).unwrap();
        let inner = matches.subcommand().and_then(|(_, config)| config.subcommand()).unwrap().1;
        let show = command.find_subcommand("config").unwrap().find_subcommand("show").unwrap();
        lines(show, inner)
    }

    #[test]
    fn every_setting_is_shown_with_its_source() {
        let said = shown(&["--listen", "127.0.0.1:9", "--tls-self-signed", "--oidc-role", "a=voc,b=acme:voc"]);
        for line in [
            "ADIT_LISTEN=127.0.0.1:9 # --listen",
            "ADIT_TLS_SELF_SIGNED=true # --tls-self-signed",
            "ADIT_INSECURE_HTTP=false # default",
            "ADIT_WORKERS=2 # default",
            "ADIT_ENCODER=minilm # default",
            "# ADIT_BASE_DOMAIN is not set (--base-domain)",
        ] {
            assert!(said.iter().any(|said| said == line), "`{line}` is not in {said:#?}");
        }
        assert!(said.iter().any(|line| line.starts_with("ADIT_OIDC_ROLES=a=voc")), "{said:#?}");
    }

    #[test]
    fn no_secret_is_shown() {
        let said = shown(&[
            "--database-url",
            "postgres://adit:topsecret@db.example:5432/adit?sslkey=topsecret",
            "--secret-keys",
            "topsecret",
            "--smtp-url",
            "smtps://adit:topsecret@mail.example",
            "--oidc-issuer",
            "https://login.example",
            "--oidc-client-id",
            "adit",
            "--oidc-client-secret",
            "topsecret",
        ])
        .join("\n");
        assert!(!said.contains("topsecret"), "{said}");
        for line in [
            "ADIT_DATABASE_URL=postgres://adit:***@db.example:5432/adit?sslkey=*** # --database-url",
            "ADIT_SECRET_KEYS=*** # --secret-keys",
            "ADIT_SMTP_URL=smtps://adit:***@mail.example # --smtp-url",
            "ADIT_OIDC_CLIENT_SECRET=*** # --oidc-client-secret",
        ] {
            assert!(said.lines().any(|said| said == line), "`{line}` is not in {said}");
        }
    }

    /// A flag that holds a secret must hide what the environment says, which is also what hides it here.
    #[test]
    fn flags_that_sound_like_secrets_hide_their_values() {
        let command = Cli::command();
        let show = command.find_subcommand("config").unwrap().find_subcommand("show").unwrap();
        let sounds_secret = |name: &str| {
            ["secret", "password", "token"].iter().any(|word| name.contains(word))
                && !name.ends_with("file")
                && !name.contains("budget")
        };
        for arg in show.get_arguments().filter(|arg| sounds_secret(arg.get_id().as_str())) {
            assert!(arg.is_hide_env_values_set(), "{}", arg.get_id());
        }
    }
}
