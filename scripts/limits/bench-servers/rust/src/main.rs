//! governor in front of one answer. What to answer comes in the environment; the port is the first line on standard
//! output. HTTP is spoken as far as a load generator needs it: one request after another on each connection.

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::env::var;
use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{TcpListener, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

fn text(name: &str) -> String {
    var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn number(name: &str) -> u32 {
    text(name).parse().unwrap_or_else(|_| panic!("{name} is no number"))
}

fn answer(name: &str) -> String {
    let body = text(&format!("BENCH_{name}_BODY"));
    let status = number(&format!("BENCH_{name}_STATUS"));
    format!(
        "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn serve(stream: TcpStream, limiter: &DefaultDirectRateLimiter) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    loop {
        let (mut length, mut is_authorized, mut line) = (0, false, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                if line.trim_end().is_empty() {
                    break;
                }
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap_or(0),
                "authorization" => is_authorized = value == text("BENCH_AUTHORIZATION"),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let name = match (is_authorized, is_authorized && limiter.check().is_ok()) {
            (false, _) => "UNAUTHORIZED",
            (true, true) => "ADMITTED",
            (true, false) => "REJECTED",
        };
        writer.write_all(answer(name).as_bytes())?;
    }
}

fn main() -> Result<()> {
    let requests = number("BENCH_REQUESTS");
    let interval = Duration::from_millis(number("BENCH_WINDOW_MS").into()) / requests;
    let burst = NonZeroU32::new(number("BENCH_BURST")).expect("BENCH_BURST is 0");
    let quota = Quota::with_period(interval).expect("BENCH_WINDOW_MS is 0").allow_burst(burst);
    let limiter = Arc::new(RateLimiter::direct(quota));
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    for stream in listener.incoming() {
        let (stream, limiter) = (stream?, Arc::clone(&limiter));
        thread::spawn(move || serve(stream, &limiter));
    }
    Ok(())
}
