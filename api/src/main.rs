//! The binary: everything is in the library.

fn main() -> std::process::ExitCode {
    peer_challenge::cli::run()
}
