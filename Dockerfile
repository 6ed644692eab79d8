# syntax=docker/dockerfile:1
# docker build -t anqi . && docker run -p 8080:8080 -v ./site:/config -v anqi-data:/var/lib/anqi --device /dev/snd anqi

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY scripts scripts
COPY test test
RUN npm run build

FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The inference library comes for every platform in one package: keep this one's.
RUN npm ci --omit=dev --ignore-scripts \
  && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -path "*/$(node -p 'process.platform + "/" + process.arch')" -exec rm -r {} + \
  && npm cache clean --force

FROM node:20.20.2-bookworm-slim
LABEL org.opencontainers.image.title="anqi" org.opencontainers.image.licenses="Apache-2.0"
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    alsa-utils ca-certificates espeak-ng ffmpeg libjemalloc2 pulseaudio-utils tini util-linux \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /var/lib/anqi
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist/src dist/src
COPY --from=build /app/dist/console-web dist/console-web
COPY scripts/anqi scripts/anqi
COPY package.json LICENSE README.md ./
COPY models models
COPY audio audio
COPY config config
# Reads the sound card; everything the service writes goes to /var/lib/anqi.
RUN usermod -aG audio node
USER node
VOLUME ["/config", "/var/lib/anqi"]
EXPOSE 8080
HEALTHCHECK --interval=60s --timeout=15s --start-period=60s --retries=3 \
  CMD ["scripts/anqi", "alive", "--config", "/config/anqi.yaml"]
# tini reaps what ffmpeg and the players leave and passes SIGTERM on; the service stops by itself within 8 s.
ENTRYPOINT ["/usr/bin/tini", "--", "scripts/anqi"]
CMD ["run", "--config", "/config/anqi.yaml"]
