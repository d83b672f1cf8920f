# The one binary, built from source, in an image without compiler or shell tools
# beyond those of the base.
FROM golang:1.26.8-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# About six minutes on two cores: the embedded workflow engine is compiled too.
RUN CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags="-s -w" -o /out/chengxu ./cmd/chengxu \
 && mkdir /out/data

FROM alpine:3.22
RUN apk add --no-cache ca-certificates tzdata \
 && adduser -D -H -u 10001 chengxu
COPY --from=build /out/chengxu /usr/local/bin/chengxu
# A new volume takes its owner from here, so that the program may write to it.
COPY --from=build --chown=chengxu:chengxu /out/data /data
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD wget -q -O /dev/null http://127.0.0.1:8080/readyz
STOPSIGNAL SIGTERM
ENTRYPOINT ["chengxu"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080"]
