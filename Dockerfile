# docker build .                the default: no torch, about 0.4 GB
# docker build --target gpu .   with torch and transformers, for Hugging Face checkpoints on a GPU
# Pin the base by digest in your build: --build-arg PYTHON=python@sha256:...
ARG PYTHON=python:3.13-slim-bookworm

FROM ${PYTHON} AS wheel
WORKDIR /src
COPY requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY gateway gateway
COPY classifiers classifiers
COPY policies policies
RUN python -m hatchling build --target wheel

FROM ${PYTHON} AS install
WORKDIR /src
RUN python -m venv /opt/stoplog
COPY requirements.lock ./
RUN /opt/stoplog/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.lock
COPY --from=wheel /src/dist/ ./dist/
RUN /opt/stoplog/bin/pip install --no-cache-dir --no-deps --no-index dist/*.whl \
    && install --directory --mode=0700 --owner=65532 --group=65532 /var/lib/stoplog

FROM install AS install-gpu
COPY requirements-torch.lock ./
RUN /opt/stoplog/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements-torch.lock

# What is inside, as CycloneDX: /usr/share/sbom/stoplog.cdx.json.
FROM wheel AS sbom
COPY --from=install /opt/stoplog /opt/stoplog
RUN python -m cyclonedx_py environment --output-reproducible --output-file stoplog.cdx.json /opt/stoplog

FROM wheel AS sbom-gpu
COPY --from=install-gpu /opt/stoplog /opt/stoplog
RUN python -m cyclonedx_py environment --output-reproducible --output-file stoplog.cdx.json /opt/stoplog

FROM ${PYTHON} AS runtime
LABEL org.opencontainers.image.title="stoplog" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=install --chown=65532:65532 /var/lib/stoplog /var/lib/stoplog
ENV PATH="/opt/stoplog/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    STOPLOG_LEDGER__PATH=/var/lib/stoplog/ledger.db \
    STOPLOG_SERVER__ADMIN_HOST=0.0.0.0 \
    STOPLOG_SERVER__HOST=0.0.0.0
# A number, so that runAsNonRoot can be checked. The root file system may be read-only.
USER 65532:65532
WORKDIR /var/lib/stoplog
VOLUME ["/var/lib/stoplog"]
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-m", "gateway.probe"]
ENTRYPOINT ["stoplog"]
CMD ["serve"]

FROM runtime AS gpu
COPY --from=install-gpu /opt/stoplog /opt/stoplog
COPY --from=sbom-gpu /src/stoplog.cdx.json /usr/share/sbom/stoplog.cdx.json

FROM runtime AS cpu
COPY --from=install /opt/stoplog /opt/stoplog
COPY --from=sbom /src/stoplog.cdx.json /usr/share/sbom/stoplog.cdx.json
