# The bridge as one small image: a virtual environment from hashed pins, an ordinary user, nothing written outside /app/var and /tmp.
FROM python:3.12-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /app/venv
# Dependencies first: this layer is built again only when a pin moves.
COPY requirements/run.txt requirements/build.txt requirements/
RUN /app/venv/bin/pip install --require-hashes -r requirements/run.txt \
 && /app/venv/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md ./
COPY bridge bridge
COPY connectors connectors
COPY rules rules
COPY sandbox sandbox
RUN /app/venv/bin/pip install --no-deps --no-build-isolation . \
 && /app/venv/bin/pip uninstall --yes setuptools pip \
 && python -m compileall -q /app/venv/lib

FROM python:3.12-slim
# libexpat1: the PDF maker's only shared library that the slim image lacks.
RUN apt-get update && apt-get install -y --no-install-recommends libexpat1 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 bridge && useradd --system --uid 10001 --gid bridge --home-dir /app --no-create-home bridge \
 && mkdir -p /app/var && chown bridge:bridge /app/var
COPY --from=build /app/venv /app/venv
COPY config /app/config
ENV PATH=/app/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 BRIDGE_WEB__HOST=0.0.0.0
WORKDIR /app
USER bridge
VOLUME /app/var
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s --retries=3 CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('BRIDGE_WEB__PORT', '8080') + '/health', timeout=5)"]
ENTRYPOINT ["bridge"]
CMD ["run"]
