//! The service's binary, built together with the tests, so that tests of real processes never meet an old one.

fn main() -> std::process::ExitCode {
    peer_challenge::cli::run()
}
