"""Neural networks: the only folder that imports torch, ultralytics, onnxruntime or openvino."""

import sys

# `import openvino` and `import nncf` report themselves to an analytics service and write an
# identity into the home folder when the package openvino_telemetry is there. Both fall back to a
# silent stub when it cannot be imported, so it is made so for the whole process before either can
# be loaded: camera operators' machines call nobody.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
