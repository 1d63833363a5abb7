//! Which transport to use: HTTPS with given or self-made certificates, or plain HTTP where that is safe.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::cli::ServeOptions;

/// The TLS configuration, or `None` for plain HTTP.
///
/// # Errors
/// When the address is not loopback and nobody asked for TLS or took the responsibility for plain HTTP.
pub(crate) fn choose(options: &ServeOptions) -> anyhow::Result<Option<ServerConfig>> {
    match (&options.tls_cert, &options.tls_key) {
        (Some(cert), Some(key)) => return from_files(cert, key).map(Some),
        _ if options.tls_self_signed => return self_signed(options.listen.ip().to_string()).map(Some),
        _ => {}
    }
    if !options.listen.ip().is_loopback() && !options.insecure_http {
        bail!(
            "refusing to serve plain HTTP on {}: give `--tls-cert` and `--tls-key`, or `--tls-self-signed`, \
             or `--insecure-http` behind a proxy that ends TLS",
            options.listen
        );
    }
    Ok(None)
}

fn from_files(cert: &Path, key: &Path) -> anyhow::Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificate `{}`", cert.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("cannot read the private key `{}`", key.display()))?;
    configure(chain, key)
}

fn self_signed(address: String) -> anyhow::Result<ServerConfig> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), address];
    let made = rcgen::generate_simple_self_signed(names).context("cannot make a certificate")?;
    let key =
        PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(|e| anyhow::anyhow!("cannot use the key: {e}"))?;
    configure(vec![made.cert.der().clone()], key)
}

fn configure(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> anyhow::Result<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("the certificate and the key do not fit")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
