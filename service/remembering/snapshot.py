"""A pipeline as bytes and back: what goes on from it goes on as if nothing had been."""

from litterwatch.detector.errors import MemoryUnusable
from litterwatch.detector.pipeline import CameraPipeline
from litterwatch.service.remembering.file import Contents
from litterwatch.service.remembering.graph import read, write


def contents_of(pipeline: CameraPipeline) -> Contents:
    """Everything a pipeline knows."""
    written = write(pipeline)
    return Contents(written.document, {str(n): array for n, array in enumerate(written.arrays)})


def pipeline_of(contents: Contents) -> CameraPipeline:
    """The pipeline that knows that.

    Raises:
        MemoryUnusable: it is none, or of an engine with other parts.
    """
    arrays = [contents.arrays[str(n)] for n in range(len(contents.arrays))]
    pipeline = read(contents.document, arrays)
    if not isinstance(pipeline, CameraPipeline):
        raise MemoryUnusable("What was remembered is no pipeline.")
    return pipeline
