# One image for every Python service of the stack; the service is chosen by the command.
# It builds with BuildKit and with the classic builder, so nothing here needs either one.
ARG PYTHON_IMAGE=python:3.13.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
# pip stays in the tools' environment; the program's own has none.
RUN python3 -m venv /opt/tools && python3 -m venv --without-pip /opt/celador
WORKDIR /src
# Wheels fetched beforehand, for a builder that reaches no package index (docker/wheels/README.md).
ARG WHEELS=docker/wheels
COPY ${WHEELS}/ /wheels/
COPY requirements/build.txt requirements/run.txt requirements/
# The hashes of the lock files decide what gets in, wherever it comes from; nothing is compiled.
RUN set -eu; \
    from=; \
    if ls /wheels/*.whl >/dev/null 2>&1; then from="--no-index --find-links /wheels"; fi; \
    locked="--no-deps --only-binary=:all: --require-hashes $from"; \
    /opt/tools/bin/pip install $locked -r requirements/build.txt; \
    /opt/tools/bin/pip --python /opt/celador/bin/python3 install $locked -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN set -eu; \
    /opt/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist .; \
    /opt/tools/bin/pip --python /opt/celador/bin/python3 install --no-deps --no-index /dist/celador-*.whl

FROM ${PYTHON_IMAGE}
# A fixed number, so that volumes keep their owner from one image to the next.
RUN groupadd --gid 10001 celador \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/celador \
        --shell /usr/sbin/nologin celador \
    && install -d -m 0750 -o celador -g celador /var/lib/celador \
    && install -d -m 0755 -o celador -g celador /exportaciones
COPY --from=build /opt/celador /opt/celador
COPY docker/salud_cliente.py /opt/celador/salud_cliente.py
ENV PATH=/opt/celador/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /var/lib/celador
ENTRYPOINT ["celador"]
CMD ["--help"]
