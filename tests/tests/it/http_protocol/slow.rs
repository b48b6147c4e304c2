//! Clients that send slowly, for ever, or far too much, over plain sockets.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::server::{Answer, TestServer, client};

/// Longer than any of the limits below takes, on a busy machine too.
const LONG: Duration = Duration::from_secs(20);

fn impatient() -> TestServer {
    TestServer::start_with(|options| {
        options.body_timeout = Duration::from_secs(2);
        // The HTTP library reads a clock that is up to half a second late.
        options.connections.head_timeout = Duration::from_secs(2);
        options.connections.keep_alive = Duration::from_secs(1);
    })
}

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.base.trim_start_matches("http://"))
        .await
        .unwrap()
}

/// Sends a byte of `text` now and then, over and over, until the server closes; what it said before.
async fn dribble(stream: TcpStream, text: &'static [u8]) -> String {
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        for byte in text.iter().cycle() {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut said = Vec::new();
    let read = tokio::time::timeout(LONG, reader.read_to_end(&mut said)).await;
    sending.abort();
    // A reset is an end as well.
    drop(read.expect("the server waits for ever"));
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_dribbles_is_cut_off() {
    let server = impatient();
    let mut first = connect(&server).await;
    first.write_all(b"POST /graphql HTTP/1.1\r\n").await.unwrap();
    let said = dribble(first, b"x-a: b\r\n").await;
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    // The HTTP library itself would wait for ever for the second request of a connection.
    let mut second = connect(&server).await;
    second
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut said = vec![0; 4];
    second.read_exact(&mut said).await.unwrap();
    second.write_all(b"GET /graphql HTTP/1.1\r\n").await.unwrap();
    dribble(second, b"x-a: b\r\n").await;
    assert_eq!(server.query("{ ok }").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_dribbles_is_408() {
    let server = impatient();
    let mut stream = connect(&server).await;
    let head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let start = Instant::now();
    let said = dribble(stream, b" ").await;
    assert!(
        said.starts_with("HTTP/1.1 408") && said.contains("REQUEST_TIMEOUT"),
        "{said}"
    );
    assert!(start.elapsed() < LONG);
    assert_eq!(server.query("{ ok }").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_slow_clients_do_not_keep_others_out() {
    let server = impatient();
    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = connect(&server).await;
        stream.write_all(b"POST /graphql HTTP/1.1\r\nx-slow: ").await.unwrap();
        slow.push(stream);
    }
    for _ in 0..10 {
        assert_eq!(server.query("{ ok }").await.status, 200);
    }
    for mut stream in slow {
        let mut said = Vec::new();
        drop(
            tokio::time::timeout(LONG, stream.read_to_end(&mut said))
                .await
                .expect("still open"),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_megabytes_are_413_and_leave_the_memory_alone() {
    let server = TestServer::start();
    let before = resident();
    for chunked in [false, true] {
        let mut stream = connect(&server).await;
        let length = if chunked {
            "transfer-encoding: chunked".to_owned()
        } else {
            format!("content-length: {}", 50 * 1024 * 1024)
        };
        let head = format!("POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let sending = tokio::spawn(async move {
            let data = vec![b'x'; 64 * 1024];
            for _ in 0..800 {
                let result = if chunked {
                    let part = [b"10000\r\n", data.as_slice(), b"\r\n"].concat();
                    writer.write_all(&part).await
                } else {
                    writer.write_all(&data).await
                };
                if result.is_err() {
                    break;
                }
            }
        });
        let mut said = vec![0; 2_000];
        let read = tokio::time::timeout(LONG, reader.read(&mut said))
            .await
            .unwrap()
            .unwrap_or(0);
        let said = String::from_utf8_lossy(&said[..read]).into_owned();
        assert!(
            said.starts_with("HTTP/1.1 413") && said.contains("QUERY_TOO_COMPLEX"),
            "{said}"
        );
        sending.abort();
        assert_eq!(server.query("{ ok }").await.status, 200);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 32 * 1024, "{grown} KiB more");
}

/// Resident memory of this process in KiB; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_beyond_their_bounds_are_refused_with_a_code() {
    let server = TestServer::start();
    let get = async |path: &str, headers: &[(String, String)]| {
        let mut request = client().get(server.url(path));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Answer::of(request.send().await.unwrap()).await
    };
    let many: Vec<_> = (0..70).map(|n| (format!("x-{n}"), "y".to_owned())).collect();
    get("/graphql", &many).await.refused(431, "QUERY_TOO_COMPLEX");
    let large = [("x-large".to_owned(), "y".repeat(40_000))];
    get("/graphql", &large).await.refused(431, "QUERY_TOO_COMPLEX");
    let long = format!("/graphql?query={}", "x".repeat(61_000));
    get(&long, &[]).await.refused(414, "QUERY_TOO_COMPLEX");
    // Beyond the HTTP library's own bounds there is no body, but a status.
    let huge: Vec<_> = (0..4).map(|n| (format!("x-{n}"), "y".repeat(40_000))).collect();
    assert_eq!(get("/graphql", &huge).await.status, 431);
    assert_eq!(server.query("{ ok }").await.status, 200);
}
