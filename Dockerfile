# litterwatch in a container: one image, one command, no root, nothing of the build left in it.
#
#   docker build -t litterwatch .
#   docker run --rm -v /media/dvr:/footage:ro -v litterwatch:/data litterwatch scan /footage
#
# For the processor. With an NVIDIA GPU (and NVIDIA's container toolkit on the machine), several GB larger:
#
#   docker build --build-arg CONSTRAINTS= --build-arg EXTRAS=[train] -t litterwatch:nvidia .
#   docker run --rm --gpus all ... litterwatch:nvidia watch ...

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
# Without constraints pip brings torch with CUDA, which the extra asks for.
ARG CONSTRAINTS="-c constraints-cpu.txt"
ARG EXTRAS=""
RUN /opt/litterwatch/bin/pip install --no-cache-dir ${CONSTRAINTS} ".${EXTRAS}" \
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
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    LITTERWATCH_DATA_FOLDER=/data
USER litterwatch
WORKDIR /data
VOLUME /data
# Healthy: the program starts and the weights are those the manifest names.
HEALTHCHECK --interval=5m --timeout=30s --start-period=20s \
  CMD ["litterwatch", "models", "verify"]
ENTRYPOINT ["litterwatch"]
CMD ["--help"]
