# litterwatch in a container: one image, one command, no root, nothing of the build left in it.
#
#   docker build -t litterwatch .
#   docker run --rm -v /media/dvr:/footage:ro -v litterwatch:/data litterwatch scan /footage
#
# CPU only. On a machine with an NVIDIA GPU install with pip, without constraints-cpu.txt.

FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/litterwatch
COPY pyproject.toml constraints-cpu.txt README.md LICENSE ./
COPY src src
COPY detector detector
COPY camera_adapters camera_adapters
COPY models models
COPY service service
COPY labelling labelling
RUN /opt/litterwatch/bin/pip install --no-cache-dir -c constraints-cpu.txt . \
 && find /opt/litterwatch -name __pycache__ -prune -exec rm -r {} +

FROM python:3.13-slim
# What OpenCV links to, and what WeasyPrint draws pages with.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data litterwatch \
 && install -d -o litterwatch -g litterwatch /data
COPY --from=build /opt/litterwatch /opt/litterwatch
# SAFEPATH: a file called detector.py in a mounted folder must never be imported.
ENV PATH=/opt/litterwatch/bin:$PATH \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    LITTERWATCH_DATA_FOLDER=/data
USER litterwatch
WORKDIR /data
VOLUME /data
# Healthy: the program starts and the weights are those the manifest names.
HEALTHCHECK --interval=5m --timeout=30s --start-period=20s \
  CMD ["litterwatch", "models", "verify"]
ENTRYPOINT ["litterwatch"]
CMD ["--help"]
