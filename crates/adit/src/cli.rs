//! The command line. Every flag can also be set by the environment variable its help names.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::admin_tenancy::TenancyCommand;
use crate::limits::LimitOptions;
use crate::llm::LlmOptions;
use crate::mail::MailOptions;

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
    Serve(ServeOptions),
    /// Run jobs only, beside other processes on the same PostgreSQL.
    Work(WorkOptions),
    /// Bring the database to the newest schema and end.
    Migrate(StoreOptions),
    /// Create users and tokens.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Say what is there and whether it works.
    Doctor(StoreOptions),
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
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) llm: LlmOptions,
    /// Jobs run at the same time in this process; 0 leaves them to `adit work`.
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
    /// Jobs run at the same time in this process.
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
    #[command(flatten)]
    Tenancy(TenancyCommand),
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
}
