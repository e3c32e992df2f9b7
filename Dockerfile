# syntax=docker/dockerfile:1
# Odograph in a container: no root, no writes outside /data (run it with --read-only), no compiler, no test tools.
#   docker run --read-only --tmpfs /tmp -v odograph:/data -p 5027:5027 odograph

FROM node:24-bookworm-slim AS dependencies
WORKDIR /opt/odograph
COPY package.json package-lock.json .npmrc ./
# The embedded engine is half a gigabyte. With a ClickHouse server of your own, leave it out:
#   docker build --build-arg OMIT=--omit=optional .
ARG OMIT=
# The image is a Node already, so the packaged one (node-linux-*) would only double it. No package needs its install script.
RUN npm ci --omit=dev ${OMIT} --ignore-scripts \
  && rm -rf node_modules/node-linux-* node_modules/.bin/node

# The web console needs its builder, which the gateway does not.
FROM node:24-bookworm-slim AS console
WORKDIR /opt/odograph
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY scripts/console.ts ./scripts/
COPY client ./client
COPY src ./src
COPY web ./web
RUN node scripts/console.ts && test -f web/dist/index.html

FROM node:24-bookworm-slim
# Memory that is given back goes to the machine: the C library would keep some 200 MB of what batches of rows leave.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=1 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    ODOGRAPH_DATA_DIR=/data \
    ODOGRAPH_ADMIN__HOST=0.0.0.0
WORKDIR /opt/odograph
COPY --from=dependencies /opt/odograph/node_modules ./node_modules
COPY package.json LICENSE ./
COPY protocols ./protocols
COPY src ./src
COPY --from=console /opt/odograph/web/dist ./web/dist
# The path is the user's own before the volume is made, so that a fresh named volume is writable.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 5027 9090
# Live, not ready: a gateway whose spool is full must not be restarted.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.ODOGRAPH_ADMIN__PORT||9090)+'/livez').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# Node is process 1 and gets SIGTERM itself: no shell in between.
# What is allocated lives for moments or for as long as a batch: a larger young generation takes memory and saves no time.
ENTRYPOINT ["node", "--max-semi-space-size=8", "--disable-warning=ExperimentalWarning", "src/main.ts"]
CMD ["serve"]
