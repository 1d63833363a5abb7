//! `kill -9` at bad moments: what was acknowledged is there, nothing is half there, work goes on.

mod comments;
mod stream;
mod training;

use std::thread;
use std::time::Duration;

use adit_conformance::{Api, Server};

/// Runs `work` against the server until it fails, which the kill after `delay` makes it do.
fn kill_during<T: Send>(server: &mut Server, delay: Duration, work: impl FnOnce(Api) -> T + Send) -> T {
    let api = server.api();
    thread::scope(|scope| {
        let worker = scope.spawn(move || work(api));
        thread::sleep(delay);
        server.kill_9();
        worker.join().expect("the work ends when the server does")
    })
}
