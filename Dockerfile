# Two images from one source. Neither has a compiler, and each runs as a user
# without rights, also where its file system cannot be written to.
#
#   docker build --target chengxu      -t chengxu      .   everything in one process
#   docker build --target chengxu-slim -t chengxu-slim .   api and worker of a cluster, without the embedded engine
FROM golang:1.26.8-alpine3.24 AS source
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# What "chengxu version" says; a release gives both.
ARG VERSION=
ARG REVISION=
ENV CGO_ENABLED=0 GOFLAGS="-buildvcs=false -trimpath"

# About six minutes on two cores: the embedded workflow engine is compiled too.
FROM source AS build
RUN go build -ldflags="-s -w -X main.releaseVersion=$VERSION -X main.releaseRevision=$REVISION" -o /out/chengxu ./cmd/chengxu

FROM source AS build-slim
RUN go build -tags noembed -ldflags="-s -w -X main.releaseVersion=$VERSION -X main.releaseRevision=$REVISION" -o /out/chengxu ./cmd/chengxu

FROM alpine:3.24 AS base
# A new volume takes its owner from the directory, so that the program may write to it.
RUN apk add --no-cache ca-certificates tzdata \
 && adduser -D -H -u 10001 chengxu \
 && install -d -o chengxu -g chengxu -m 0700 /data
COPY examples /usr/share/chengxu/examples
# The embedded engine asks for the name of its user, who has none when started with another number.
ENV USER=chengxu
USER 10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["chengxu"]

# The api of a cluster; a worker is asked on the same path at its own address.
FROM base AS chengxu-slim
COPY --from=build-slim /out/chengxu /usr/local/bin/chengxu
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD wget -q -O /dev/null http://127.0.0.1:8080/readyz

# The last target is the one that is built when none is named.
FROM base AS chengxu
COPY --from=build /out/chengxu /usr/local/bin/chengxu
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD wget -q -O /dev/null http://127.0.0.1:8080/readyz
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080"]
