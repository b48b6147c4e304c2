# The service as an image: built with the pinned toolchain, run by a user without rights.
# docker build -t peer-challenge .
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock rust-toolchain.toml ./
COPY api api
COPY entity entity
COPY matching matching
COPY migration migration
COPY tests tests
RUN cargo build --release --locked --package peer-challenge \
    && strip target/release/peer-challenge

FROM debian:bookworm-slim
# ca-certificates: the identity provider's keys come over https. curl: for the health check below.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/peer-challenge --create-home --shell /usr/sbin/nologin peer
COPY --from=build /src/target/release/peer-challenge /usr/local/bin/peer-challenge
COPY LICENSE-APACHE LICENSE-MIT NOTICE /usr/share/doc/peer-challenge/
USER 10001:10001
WORKDIR /var/lib/peer-challenge
ENV PEER_CHALLENGE_BIND=0.0.0.0:8080 \
    PEER_CHALLENGE_METRICS_BIND=0.0.0.0:9464 \
    PEER_CHALLENGE_DATA_DIR=/var/lib/peer-challenge/keys \
    PEER_CHALLENGE_LOG_FORMAT=json \
    DATABASE_URL=sqlite:///var/lib/peer-challenge/peer-challenge.db
EXPOSE 8080 9464
VOLUME /var/lib/peer-challenge
STOPSIGNAL SIGTERM
# Alive, not ready: a container that waits for its database must not be killed for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["peer-challenge"]
CMD ["serve"]
