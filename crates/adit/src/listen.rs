//! The listening socket: plain or TLS, and how long it waits for a client that does not get on.

use std::future::{Ready, ready};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use crate::limits::LimitOptions;

/// Serves `app` until `handle` ends it.
///
/// # Errors
/// When the socket cannot be used.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<ServerConfig>,
    limits: &LimitOptions,
    handle: Handle<SocketAddr>,
    app: axum::Router,
) -> io::Result<()> {
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let patient = Patient { write: limits.write_timeout() };
    let server = axum_server::from_tcp(listener)?.handle(handle.clone());
    match tls {
        Some(config) => {
            let config = RustlsConfig::from_config(Arc::new(config));
            let acceptor = RustlsAcceptor::new(config).handshake_timeout(limits.header_timeout()).acceptor(patient);
            with_timeouts(server.acceptor(acceptor), limits).handle(handle).serve(service).await
        }
        None => with_timeouts(server.acceptor(patient), limits).handle(handle).serve(service).await,
    }
}

/// HTTP/1 only, so that the time for the head runs from the first moment: a server that also tells HTTP/2 by its first
/// bytes would wait for these for ever.
fn with_timeouts<A>(server: Server<SocketAddr, A>, limits: &LimitOptions) -> Server<SocketAddr, A> {
    let mut server = server.http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout());
    server
}

/// Ends connections whose client takes none of the reply.
#[derive(Debug, Clone, Copy)]
struct Patient {
    write: Duration,
}

impl<S> Accept<TcpStream, S> for Patient {
    type Stream = Pin<Box<TimeoutStream<TcpStream>>>;
    type Service = S;
    type Future = Ready<io::Result<(Self::Stream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        // Replies are small and written whole: waiting for more to send only delays them.
        ready(stream.set_nodelay(true).map(|()| {
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(self.write));
            (Box::pin(stream), service)
        }))
    }
}
