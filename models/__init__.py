"""Neural networks: the only folder that imports torch, ultralytics, onnxruntime or openvino."""
