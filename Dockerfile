# medgan-tf for CPUs, and for NVIDIA GPUs: the folder wheels/ decides. Nothing but the first image is fetched. See
# docs/machines.md, Containers.
#
#   medgan-tf wheelhouse wheels            # with Python 3.11 on Linux; for GPUs with --lock requirements-gpu.lock
#   docker build --network none --tag medgan-tf:cpu .
#   docker run --rm --network none --read-only --tmpfs /tmp --user "$(id -u):$(id -g)" --volume "$PWD:/data" \
#     medgan-tf:cpu doctor
FROM python:3.11-slim-bookworm AS build
COPY wheels /wheels
WORKDIR /wheels
RUN sha256sum --check --quiet SHA256SUMS \
    && python3 -m venv /opt/medgan-tf \
    && /opt/medgan-tf/bin/pip install --no-cache-dir --no-index --find-links . --require-hashes --requirement requirements.txt

FROM python:3.11-slim-bookworm
COPY --from=build /opt/medgan-tf /opt/medgan-tf
# The user for whom nobody is named with --user. Whoever it is, all that is written goes to /data and /tmp.
RUN useradd --uid 1000 --no-create-home --home-dir /data/home medgan && mkdir /data && chown medgan: /data
ENV PATH=/opt/medgan-tf/bin:$PATH HOME=/data/home PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
WORKDIR /data
ENTRYPOINT ["medgan-tf"]
CMD ["--help"]
