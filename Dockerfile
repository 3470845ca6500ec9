# haibao with the features `cluster` (Postgres, buckets) and `otlp` (traces), alone in its image: no shell, no package manager, not root.
#
#   docker build -t haibao .
#   docker run --rm -v haibao:/data haibao keys add shop
#   docker run -p 127.0.0.1:8080:8080 -v haibao:/data -e HAIBAO_APPS__DEFAULT__APPID -e HAIBAO_APPS__DEFAULT__SECRET haibao
#
# Secrets come from the environment when the container starts; none is in the image. docs/deploy.md has the details, and
# tests/deploy runs these steps without a docker daemon.

FROM rust:1.95-slim-bookworm AS build
# `dev` builds faster, for tests.
ARG PROFILE=dist
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY core core
COPY allocator allocator
COPY fonts fonts
COPY sheet sheet
COPY src src
COPY templates templates
RUN cargo build --locked --profile "$PROFILE" --features cluster,otlp --bin haibao
COPY deploy/rootfs deploy/rootfs
RUN deploy/rootfs target/*/haibao /rootfs

FROM scratch
COPY --from=build /rootfs /
COPY --from=build --chown=10001:10001 /rootfs/data /data
USER 10001:10001
# `templates`, `fonts` and `haibao.toml` are read from here if they are mounted.
WORKDIR /app
ENV HAIBAO_ADDR=0.0.0.0:8080 HAIBAO_DATA=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/bin/haibao", "health"]
ENTRYPOINT ["/usr/bin/haibao"]
CMD ["serve"]
