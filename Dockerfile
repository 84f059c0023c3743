# The daemon with the claude CLI. The steps are scripts, so that they can be run and tested without a container.
FROM node:26-bookworm-slim AS tree
WORKDIR /source
COPY . .
RUN deploy/image/build-tree.sh /opt/breakglass

FROM node:26-bookworm-slim
COPY deploy/image/install.sh /tmp/install.sh
RUN /tmp/install.sh && rm /tmp/install.sh
COPY --from=tree /opt/breakglass /opt/breakglass

# The container is the sandbox: the agent may do inside of it what it likes.
ENV HOME=/home/breakglass \
    BREAKGLASS_LISTEN=0.0.0.0:8080 \
    BREAKGLASS_DATA_DIR=/var/lib/breakglass \
    BREAKGLASS_AGENT_PERMISSIONS=sandbox \
    BREAKGLASS_CLAUDE_BIN=/opt/breakglass/bin/claude
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["node", "/opt/breakglass/bin/health.js"]

# tini: what an agent's tools leave behind is reaped. The entrypoint drops root once it has read the key.
ENTRYPOINT ["tini", "--", "/opt/breakglass/bin/entrypoint.sh"]
